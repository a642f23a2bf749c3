"""Pipelines for tabular data: preprocessing and a network with tuned settings.

`tabular_classifier` and `tabular_regressor` return scikit-learn pipelines. Their
settings were chosen on 76 development data sets; :doc:`/guide/tables` describes how,
and gives their accuracy on other data sets. Requires skrub (extra ``tabular``).

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
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    QuantileTransformer,
    SplineTransformer,
)

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
except (OSError, RuntimeError) as error:
    raise ImportError(
        f"skrub creates a data folder when it is imported, which failed ({error}). Set "
        "the environment variable SKB_DATA_DIRECTORY to the absolute path of a "
        "writable folder."
    ) from error

from ._ensemble import EnsembleClassifier, EnsembleRegressor
from .estimators._mlp_classifier import MLPScratchClassifier
from .estimators._mlp_regressor import MLPScratchRegressor

__all__ = ["tabular_classifier", "tabular_regressor"]

_SHARED = {
    "hidden_layer_sizes": (256, 256),
    "alpha": 0.0,
    "batch_size": 0.25,  # up to 200 rows; small tables need more steps per epoch
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
    # One network without the piecewise-linear encoding, one with all features.
    "ensemble": ("^(?!knots__)", slice(None)),
}
_CLASSIFIER = _SHARED | {
    "activation": "selu",
    "validation_fraction": 0.2,
    "n_iter_no_change": 15,
    "refit": True,
    "label_smoothing": 0.1,
    "calibrate": True,
    "learning_rate_init": 0.04,
    "max_iter": 96,
}
_REGRESSOR = _SHARED | {
    "activation": "silu",
    "standardize_target": True,
    "n_iter_no_change": 32,
    "learning_rate_init": 0.07,
    "max_iter": 96,
}
_FAST = {"hidden_layer_sizes": (128, 128), "max_iter": 64, "n_iter_no_change": 10}
# The value that numeric features are softly clipped to. Regression targets may depend
# on them linearly further out.
_CLIP_CLASSIFIER, _CLIP_REGRESSOR = 3.0, 8.0
# The factor on all features: a larger one makes the first layer learn faster.
_GAIN_CLASSIFIER, _GAIN_REGRESSOR = 3.0, 1.0
# The number of quantiles that are knots of the piecewise-linear encoding.
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
        Number of models to train, each with its own initial weights and validation
        set. Their probabilities are averaged.
    fast : bool, default=False
        Whether to train a smaller network for fewer epochs.
    random_state : int, RandomState instance or None, default=None
        Random state of the networks and of the encoding of high-cardinality columns.
        An int makes the results of `fit` reproducible.
    n_jobs : int or None, default=None
        Number of models to train in parallel; None is 1 unless in a
        ``joblib.parallel_backend`` context, -1 is all processors.
    **settings
        Parameters of :class:`~sknn_scratch.MLPScratchClassifier` that replace the
        settings chosen here.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        Its steps are ``vectorizer`` (skrub's TableVectorizer), ``imputer``
        (scikit-learn's SimpleImputer), ``gain`` (a factor on all features) and ``mlp``,
        an MLPScratchClassifier that averages two networks (`ensemble`): one without and
        one with the piecewise-linear encoding of numeric columns.
        With ``n_models > 1`` the step ``mlp`` is an ensemble of such classifiers. Its
        attribute ``estimators_`` lists them; parameters (``mlp__dropout``), arguments
        of `fit` (``mlp__sample_weight``), labels and predictions are those of a single
        classifier.
        A fifth of the rows is the validation set, which determines the best epoch. If
        that is too few rows, pass
        ``early_stopping=False, refit=False, calibrate=False``.

    Raises
    ------
    ValueError
        If `n_models` is not an int >= 1, or a setting is not a parameter of the
        network.

    Examples
    --------
    A numeric and a categorical column with missing values:

    >>> import pandas as pd
    >>> from sknn_scratch.tabular import tabular_classifier
    >>> X = pd.DataFrame({
    ...     "size": [1.0, None, 3.0, 11.0, 12.0, 13.0] * 10,
    ...     "color": ["red", "red", None, "blue", "blue", "green"] * 10,
    ... })
    >>> y = ["small", "small", "small", "large", "large", "large"] * 10
    >>> model = tabular_classifier(hidden_layer_sizes=16, random_state=0).fit(X, y)
    >>> model.predict(X[:2]).tolist()
    ['small', 'small']
    >>> model["mlp"].hidden_layer_sizes
    16
    """
    mlp = MLPScratchClassifier(random_state=random_state)
    # Unlike the constructor, set_params lists the valid parameters in its error.
    mlp.set_params(**_CLASSIFIER | (_FAST if fast else {}) | settings)
    if _is_several(n_models):
        mlp = EnsembleClassifier(mlp, n_models, n_jobs=n_jobs)
    return _pipeline(mlp, random_state, _CLIP_CLASSIFIER, _GAIN_CLASSIFIER)


def tabular_regressor(
    n_models: int = 1,
    *,
    fast: bool = False,
    random_state: int | np.random.RandomState | None = None,
    n_jobs: int | None = None,
    **settings: Any,
) -> Pipeline:
    """Return a pipeline for regression on the rows of a table.

    Parameters
    ----------
    n_models : int >= 1, default=1
        Number of models to train, each with its own initial weights and validation
        set. Their predictions are averaged.
    fast : bool, default=False
        Whether to train a smaller network for fewer epochs.
    random_state : int, RandomState instance or None, default=None
        Random state of the networks and of the encoding of high-cardinality columns.
        An int makes the results of `fit` reproducible.
    n_jobs : int or None, default=None
        Number of models to train in parallel; None is 1 unless in a
        ``joblib.parallel_backend`` context, -1 is all processors.
    **settings
        Parameters of :class:`~sknn_scratch.MLPScratchRegressor` that replace the
        settings chosen here.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        Its steps are ``vectorizer`` (skrub's TableVectorizer), ``imputer``
        (scikit-learn's SimpleImputer), ``gain`` (a factor on all features) and ``mlp``,
        an MLPScratchRegressor that averages two networks (`ensemble`): one without and
        one with the piecewise-linear encoding of numeric columns.
        With ``n_models > 1`` the step ``mlp`` is an ensemble of such regressors. Its
        attribute ``estimators_`` lists them; parameters (``mlp__dropout``), arguments
        of `fit` (``mlp__sample_weight``), targets and predictions are those of a single
        regressor.

    Raises
    ------
    ValueError
        If `n_models` is not an int >= 1, or a setting is not a parameter of the
        network.

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
    mlp = MLPScratchRegressor(random_state=random_state)
    mlp.set_params(**_REGRESSOR | (_FAST if fast else {}) | settings)
    if _is_several(n_models):
        mlp = EnsembleRegressor(mlp, n_models, n_jobs=n_jobs)
    return _pipeline(mlp, random_state, _CLIP_REGRESSOR, _GAIN_REGRESSOR)


def _is_several(n_models):
    """Return whether a valid number of models is above 1."""
    if not isinstance(n_models, Integral) or isinstance(n_models, bool) or n_models < 1:
        raise ValueError(f"n_models must be an int >= 1; got {n_models!r}.")
    return n_models > 1


def _numeric_encoder(clip, random_state):
    """Return a transformer of numeric columns to the features of the two networks.

    Scaled columns suit smooth functions. The piecewise-linear encoding, degree-1
    B-splines with knots at quantiles, of which at most two are nonzero in a row, suits
    functions with jumps.
    """
    piecewise_linear = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=0.0),
        QuantileTransformer(n_quantiles=_N_KNOTS, random_state=random_state),
        SplineTransformer(_N_KNOTS, degree=1),
    )
    return make_pipeline(
        SquashingScaler(max_absolute_value=clip),
        FeatureUnion([("smooth", "passthrough"), ("knots", piecewise_linear)]),
    )


def _pipeline(mlp, random_state, clip, gain):
    """Return the steps from a table to `mlp`.

    Numeric features are softly clipped to `clip`; all features are multiplied by
    `gain`.
    """
    vectorizer = TableVectorizer(
        cardinality_threshold=256,
        numeric=_numeric_encoder(clip, random_state),
        datetime=make_pipeline(DatetimeEncoder(), SquashingScaler()),
        low_cardinality=OneHotEncoder(
            handle_unknown="ignore", sparse_output=False, dtype=np.float32
        ),
        high_cardinality=StringEncoder(random_state=random_state),
    )
    # Missing values become 0, the median of the scaled column, and an indicator column
    # marks them. Column names are kept, because `ensemble` refers to them.
    imputer = SimpleImputer(
        strategy="constant", fill_value=0.0, add_indicator=True
    ).set_output(transform="pandas")
    multiplier = FunctionTransformer(
        partial(operator.mul, gain), feature_names_out="one-to-one"
    )
    return Pipeline(
        [
            ("vectorizer", vectorizer),
            ("imputer", imputer),
            ("gain", multiplier),
            ("mlp", mlp),
        ]
    )
