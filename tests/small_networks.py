"""The iris data, standardized, and small networks to fit to them."""

import numpy as np
from sklearn.datasets import load_iris

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
SETTINGS = {"hidden_layer_sizes": 8, "max_iter": 5, "random_state": 0}


def small(**settings):
    """Return a small classifier with the given settings."""
    return MLPScratchClassifier(**SETTINGS | settings)


def small_regressor(**settings):
    """Return a small regressor with the given settings."""
    return MLPScratchRegressor(**SETTINGS | settings)


def same_weights(a, b):
    """Return whether the weights of two networks are equal to the last bit."""
    return all(np.array_equal(x, y) for x, y in zip(a.coefs_, b.coefs_, strict=True))
