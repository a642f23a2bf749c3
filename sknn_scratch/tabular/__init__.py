"""Pipelines for tabular data: preprocessing and a network with tuned settings.

`tabular_classifier` and `tabular_regressor` return scikit-learn pipelines. Their
settings were tuned on 142 data sets, as :doc:`/guide/tables` describes.
:ref:`tables-accuracy` shows the accuracy on other data sets. The pipelines require
pandas, and skrub for datetime and text columns (the extra ``tabular``).

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

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from ..estimators._mlp_classifier import MLPScratchClassifier
from ..estimators._mlp_regressor import MLPScratchRegressor
from ._encoder import TableEncoder

__all__ = ["TableEncoder", "tabular_classifier", "tabular_regressor"]

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
    "linear": "^(?!smooth__|target__|knots__)",
}
# One network without the piecewise-linear encoding, one with it. The networks of a
# regressor also get the standardized columns, which are not softly clipped, because the
# target may depend on the size of large values.
_CLASSIFIER = _SHARED | {
    "ensemble": ("^(?!linear__|knots__)", "^(?!linear__)"),
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
    "ensemble": ("^(?!knots__)", slice(None)),
    "activation": "silu",
    "standardize_target": True,
    "n_iter_no_change": 32,
    "learning_rate_init": 0.07,
    "max_iter": 96,
}
_SMALLER = {"hidden_layer_sizes": (128, 128)}
_FAST = {
    "classes": _SMALLER | {"max_iter": 64, "n_iter_no_change": 10},
    "numbers": _SMALLER,  # regressors need all epochs
}
# What needs a validation set is off without early stopping.
_WITHOUT_VALIDATION = {"linear": None, "refit": False, "calibrate": False}
# Regression targets may depend linearly on features further out. With a larger gain the
# first layer learns faster.
_ENCODER = {
    "classes": {"clip": 3.0, "gain": 3.0},
    "numbers": {"clip": 8.0, "gain": 1.0},
}


def tabular_classifier(
    n_models: int | str = "auto",
    *,
    fast: bool = False,
    random_state: int | np.random.RandomState | None = None,
    **settings: Any,
) -> Pipeline:
    """Return a pipeline for classification of tabular data.

    The columns may be numeric, categorical, datetime or text, with missing values. A
    fifth of the rows is held out for early stopping, and the networks are trained again
    on all rows. If a table has too few rows for a validation set, pass
    ``early_stopping=False``, which also turns off `linear`, `refit` and `calibrate`.

    Parameters
    ----------
    n_models : int >= 1 or "auto", default="auto"
        Number of models to average. Each is trained with different initial weights and
        a different validation set. "auto" is 2000 / n_samples, rounded down and limited
        to 1 to 5; with `fast` it is 1.
    fast : bool, default=False
        Whether to train a smaller network for fewer epochs.
    random_state : int, RandomState instance or None, default=None
        Seed or generator of the random numbers. It determines the networks and the
        encoding of high-cardinality columns. Pass an int for reproducible results.
    **settings
        Parameters of :class:`~sknn_scratch.MLPScratchClassifier` that replace the
        tuned settings. An example is ``hidden_layer_sizes=16``.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        The first step, ``vectorizer``, is a :class:`TableEncoder`. The second step,
        ``mlp``, is an MLPScratchClassifier. It averages two networks with different
        encodings of the numeric columns (`ensemble`), each trained `n_models` times
        (`repeats`), and a linear model (`linear`).

    Raises
    ------
    ValueError
        If `n_models` is invalid, or if a setting is not a parameter of the network.

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
    settings = _merged(_CLASSIFIER | _sizes("classes", n_models, fast), settings)
    return _pipeline("classes", mlp, settings)


def tabular_regressor(
    n_models: int | str = "auto",
    *,
    fast: bool = False,
    random_state: int | np.random.RandomState | None = None,
    **settings: Any,
) -> Pipeline:
    """Return a pipeline for regression on tabular data.

    The columns may be numeric, categorical, datetime or text, with missing values. A
    tenth of the rows is held out for early stopping. If a table has too few rows for a
    validation set, pass ``early_stopping=False``, which also turns off `linear`.

    Parameters
    ----------
    n_models : int >= 1 or "auto", default="auto"
        Number of models to average. Each is trained with different initial weights and
        a different validation set. "auto" is 2000 / n_samples, rounded down and limited
        to 1 to 5; with `fast` it is 1.
    fast : bool, default=False
        Whether to train a smaller network.
    random_state : int, RandomState instance or None, default=None
        Seed or generator of the random numbers. It determines the networks and the
        encoding of high-cardinality columns. Pass an int for reproducible results.
    **settings
        Parameters of :class:`~sknn_scratch.MLPScratchRegressor` that replace the
        tuned settings. An example is ``hidden_layer_sizes=16``.

    Returns
    -------
    pipeline : sklearn.pipeline.Pipeline
        The first step, ``vectorizer``, is a :class:`TableEncoder`. The second step,
        ``mlp``, is an MLPScratchRegressor. It averages two networks with different
        encodings of the numeric columns (`ensemble`), each trained `n_models` times
        (`repeats`), and a linear model (`linear`).

    Raises
    ------
    ValueError
        If `n_models` is invalid, or if a setting is not a parameter of the network.

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
    settings = _merged(_REGRESSOR | _sizes("numbers", n_models, fast), settings)
    return _pipeline("numbers", mlp, settings)


def _merged(chosen, settings):
    """Return the chosen settings, replaced by those of the user."""
    if not settings.get("early_stopping", True):
        off = {name: _WITHOUT_VALIDATION.get(name, chosen[name]) for name in chosen}
        return off | settings
    return chosen | settings


def _sizes(target_type, n_models, fast):
    """Return the settings that determine how long training takes."""
    is_int = isinstance(n_models, Integral) and not isinstance(n_models, bool)
    if n_models != "auto" and not (is_int and n_models >= 1):
        raise ValueError(f"n_models must be 'auto' or an int >= 1; got {n_models!r}.")
    if not fast:
        return {"repeats": n_models}
    return _FAST[target_type] | {"repeats": 1 if n_models == "auto" else n_models}


def _pipeline(target_type, mlp, settings):
    """Return the pipeline from a table to a network with these settings."""
    # Unlike the constructor, set_params lists the valid parameters in its error.
    mlp.set_params(**settings)
    vectorizer = TableEncoder(
        target_type, **_ENCODER[target_type], random_state=mlp.random_state
    )
    # `ensemble` refers to the features by their names.
    vectorizer.set_output(transform="pandas")
    return Pipeline([("vectorizer", vectorizer), ("mlp", mlp)])
