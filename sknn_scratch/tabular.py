"""Pipelines for tables: from data frames to networks with settings that do well there.

`tabular_classifier` and `tabular_regressor` return ordinary pipelines of scikit-learn.
Their settings were chosen by measurement on 76 sets; :doc:`/guide/tables` tells how,
and how good they are on others. Needs skrub, which the extra ``tabular`` installs.

Examples
--------
>>> from sklearn.datasets import load_wine
>>> from sklearn.model_selection import train_test_split
>>> from sknn_scratch.tabular import tabular_classifier
>>> X, y = load_wine(return_X_y=True, as_frame=True)
>>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
>>> model = tabular_classifier(random_state=0).fit(X_train, y_train)
>>> model.score(X_test, y_test) > 0.95
True
"""

import operator
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    QuantileTransformer,
    SplineTransformer,
)
from sklearn.utils import check_random_state

try:
    from skrub import (
        DatetimeEncoder,
        SquashingScaler,
        StringEncoder,
        TableVectorizer,
    )
except ImportError as error:
    raise ImportError(
        "sknn_scratch.tabular needs skrub, 0.6 or newer. Install it: pip install skrub."
    ) from error

from ._mlp_classifier import MLPScratchClassifier
from ._mlp_regressor import MLPScratchRegressor

__all__ = ["tabular_classifier", "tabular_regressor"]

_SHARED = {
    "hidden_layer_sizes": (256, 256),
    "alpha": 0.0,
    "batch_size": 0.25,  # up to 200 rows; small tables want more steps an epoch
    "learning_rate": "cosine",
    "beta_2": 0.95,
    "early_stopping": True,
    "scoring": "loss",
    "tol": 0.0,
    "weight_init": "lecun_normal",
    "output_init": "zeros",
    "dropout": 0.15,
    "average": 0.99,
    "layer_rates": "fan_in",
    "input_scale": 6.0,
    # One network without the hats, one with everything.
    "views": ("^(?!knots__)", slice(None)),
}
_OF_CLASSES = _SHARED | {
    "activation": "selu",
    "validation_fraction": 0.2,
    "n_iter_no_change": 15,
    "refit": True,
    "label_smoothing": 0.1,
    "calibrate": True,
    "learning_rate_init": 0.04,
    "max_iter": 96,
}
_OF_NUMBERS = _SHARED | {
    "activation": "silu",
    "standardize_target": True,
    "n_iter_no_change": 32,
    "learning_rate_init": 0.07,
    "max_iter": 96,
}
_FAST = {"hidden_layer_sizes": (128, 128), "max_iter": 64, "n_iter_no_change": 10}
# How far features reach once they are clipped: numbers may depend on them linearly.
_REACH_OF_CLASSES, _REACH_OF_NUMBERS = 3.0, 8.0
# What features are multiplied by then: classes want a first layer that learns faster.
_GAIN_OF_CLASSES, _GAIN_OF_NUMBERS = 3.0, 1.0
# At how many quantiles numbers have knots.
_N_KNOTS = 9


def tabular_classifier(
    n_models: int = 1,
    *,
    fast: bool = False,
    random_state: int | np.random.RandomState | None = None,
    n_jobs: int | None = None,
    **settings: Any,
) -> Pipeline:
    """Return a pipeline that classifies the rows of a table.

    Parameters
    ----------
    n_models : int >= 1, default=1
        How many pairs of networks to train, with other initial weights and other
        samples held out to validate; their probabilities are averaged.
        Several take one label a row.
    fast : bool, default=False
        Whether to train a smaller network for fewer epochs.
    random_state : int, RandomState instance or None, default=None
        That of the networks, and of columns with many names. An int makes the results
        of `fit` repeatable.
    n_jobs : int or None, default=None
        How many of `n_models` to train at once; as scikit-learn has it, None is 1.
    **settings
        Parameters of :class:`~sknn_scratch.MLPScratchClassifier`, in place of those
        chosen here.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        Its steps are ``vectorizer`` (skrub's TableVectorizer), ``imputer``
        (scikit-learn's SimpleImputer), ``gain`` (a factor on all features) and ``mlp``,
        an MLPScratchClassifier of two views: one network that sees numbers as they are,
        and one that sees hats between their quantiles, too. With several models it is a
        VotingClassifier of such pairs, ``mlp_1``, ``mlp_2`` and so on.
        A fifth of the rows finds the best epoch: where there are too few of them for
        that, pass ``early_stopping=False, refit=False, calibrate=False``.

    Raises
    ------
    ValueError
        If `n_models` is not a number of models, or a setting not a parameter.

    Examples
    --------
    Columns of numbers and of names, some of them missing:

    >>> import pandas as pd
    >>> from sknn_scratch.tabular import tabular_classifier
    >>> X = pd.DataFrame({
    ...     "size": [1.0, None, 3.0, 11.0, 12.0, 13.0] * 10,
    ...     "colour": ["red", "red", None, "blue", "blue", "green"] * 10,
    ... })
    >>> y = ["small", "small", "small", "large", "large", "large"] * 10
    >>> model = tabular_classifier(hidden_layer_sizes=16, random_state=0).fit(X, y)
    >>> model.predict(X[:2]).tolist()
    ['small', 'small']
    >>> model["mlp"].hidden_layer_sizes
    16
    """
    settings = _OF_CLASSES | (_FAST if fast else {}) | settings
    make = partial(_with_settings, MLPScratchClassifier, settings)
    voting = partial(VotingClassifier, voting="soft")
    sizes = _REACH_OF_CLASSES, _GAIN_OF_CLASSES
    return _pipeline(make, voting, n_models, random_state, n_jobs, *sizes)


def tabular_regressor(
    n_models: int = 1,
    *,
    fast: bool = False,
    random_state: int | np.random.RandomState | None = None,
    n_jobs: int | None = None,
    **settings: Any,
) -> Pipeline:
    """Return a pipeline that predicts a number for the rows of a table.

    Parameters
    ----------
    n_models : int >= 1, default=1
        How many pairs of networks to train, with other initial weights and other
        samples held out to validate; their predictions are averaged.
        Several take one target.
    fast : bool, default=False
        Whether to train a smaller network for fewer epochs.
    random_state : int, RandomState instance or None, default=None
        That of the networks, and of columns with many names. An int makes the results
        of `fit` repeatable.
    n_jobs : int or None, default=None
        How many of `n_models` to train at once; as scikit-learn has it, None is 1.
    **settings
        Parameters of :class:`~sknn_scratch.MLPScratchRegressor`, in place of those
        chosen here.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        Its steps are ``vectorizer`` (skrub's TableVectorizer), ``imputer``
        (scikit-learn's SimpleImputer), ``gain`` (a factor on all features) and ``mlp``,
        an MLPScratchRegressor of two views: one network that sees numbers as they are,
        and one that sees hats between their quantiles, too. With several models it is a
        VotingRegressor of such pairs, ``mlp_1``, ``mlp_2`` and so on.

    Raises
    ------
    ValueError
        If `n_models` is not a number of models, or a setting not a parameter.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.model_selection import train_test_split
    >>> from sknn_scratch.tabular import tabular_regressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = tabular_regressor(fast=True, random_state=0).fit(X_train, y_train)
    >>> model.score(X_test, y_test) > 0.3
    True
    """
    settings = _OF_NUMBERS | (_FAST if fast else {}) | settings
    make = partial(_with_settings, MLPScratchRegressor, settings)
    sizes = _REACH_OF_NUMBERS, _GAIN_OF_NUMBERS
    return _pipeline(make, VotingRegressor, n_models, random_state, n_jobs, *sizes)


def _with_settings(kind, settings, random_state):
    # Unlike the constructor, set_params lists the parameters if a name is none of them.
    return kind(random_state=random_state).set_params(**settings)


def _in_two_forms(reach, random_state):
    """Return what turns numbers into features for the two views of a network.

    As they are they serve what changes smoothly; hats between quantiles, of which two
    at a time are not zero, what jumps.
    """
    hats = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=0.0),
        QuantileTransformer(n_quantiles=_N_KNOTS, random_state=random_state),
        SplineTransformer(_N_KNOTS, degree=1),
    )
    return make_pipeline(
        SquashingScaler(max_absolute_value=reach),
        FeatureUnion([("smooth", "passthrough"), ("knots", hats)]),
    )


def _pipeline(make, voting, n_models, random_state, n_jobs, reach, gain):
    """Return the steps from a table to a network, or to the mean of several.

    `make` takes a random state and returns a network, `voting` takes networks with
    names and returns their mean. `reach` is what numeric features are clipped to,
    `gain` what all are multiplied by.
    """
    if not isinstance(n_models, Integral) or n_models < 1:
        raise ValueError(f"n_models must be an int >= 1; got {n_models!r}.")
    vectorizer = TableVectorizer(
        cardinality_threshold=256,
        numeric=_in_two_forms(reach, random_state),
        datetime=make_pipeline(DatetimeEncoder(), SquashingScaler()),
        low_cardinality=OneHotEncoder(
            handle_unknown="ignore", sparse_output=False, dtype=np.float32
        ),
        high_cardinality=StringEncoder(random_state=random_state),
    )
    # What is missing becomes the median, which is 0 by now, and a column that says so.
    # Columns keep their names, by which the network tells its views.
    imputer = SimpleImputer(
        strategy="constant", fill_value=0.0, add_indicator=True
    ).set_output(transform="pandas")
    multiplier = FunctionTransformer(
        partial(operator.mul, gain), feature_names_out="one-to-one"
    )
    mlp = make(random_state)
    if n_models > 1:
        seeds = check_random_state(random_state).randint(2**31, size=n_models)
        members = [(f"mlp_{i}", make(int(seed))) for i, seed in enumerate(seeds, 1)]
        mlp = voting(members, n_jobs=n_jobs)
    return Pipeline(
        [
            ("vectorizer", vectorizer),
            ("imputer", imputer),
            ("gain", multiplier),
            ("mlp", mlp),
        ]
    )
