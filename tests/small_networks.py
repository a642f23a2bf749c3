"""The iris data, standardized, and small networks to fit to them."""

import numpy as np
from sklearn.datasets import load_iris

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor
from sknn_scratch.engine.layers import Dense, Dropout
from sknn_scratch.engine.network import Network

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


def perceptron(sizes, activation=None, dropout=None, dtype=np.float64, **dense):
    """Return a network of dense layers, all but the last with the same activation.

    `sizes` are the number of features, then of units; `dropout` has a rate for the
    input of every layer.
    """
    layers = []
    for i, n_units in enumerate(sizes[1:]):
        if dropout and dropout[i]:
            layers.append(Dropout(dropout[i]))
        layers.append(Dense(n_units, **dense))
        if i < len(sizes) - 2:
            layers.append(activation)
    return Network(sizes[0], layers, dtype)
