"""Fits for bitwise comparisons, in a module that every process can import."""

import hashlib
import warnings

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)

X, Y = load_digits(return_X_y=True)
X, Y = X[:500] / 16, Y[:500]
SETTINGS = {"max_iter": 5, "random_state": 0}
MODELS = {
    "adam": MLPScratchClassifier(20, **SETTINGS),
    "options": MLPScratchClassifier(
        20, dropout=0.3, average=0.9, early_stopping=True, batch_size=30, **SETTINGS
    ),
    "lbfgs": MLPScratchRegressor("squared_error", 20, solver="lbfgs", **SETTINGS),
    "perceptron": PerceptronClassifier("log_loss", batch_size=30, **SETTINGS),
}


def digest(model):
    """Return a digest of what a fit has found."""
    found = [
        model.model_.network.params.tobytes(),
        np.array(model.loss_curve_).tobytes(),
    ]
    return hashlib.sha256(b"".join(found)).hexdigest()


def bits(name):
    """Fit a clone of a model, and return its digest."""
    with warnings.catch_warnings(action="ignore"):
        return digest(clone(MODELS[name]).fit(X, Y))
