import numpy as np
import pytest
from small_networks import perceptron

from sknn_scratch.engine.batches import TrainingSet
from sknn_scratch.engine.losses import LOSSES
from sknn_scratch.engine.objective import Objective

ALPHA = 0.5


@pytest.fixture
def ridge():
    """Ridge regression: a network without hidden layers, and its exact solution."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, -2.0, 0.5] + 4 + 0.1 * rng.normal(size=60)
    objective = Objective(perceptron([3, 1]), LOSSES["squared_error"](), ALPHA)
    centred = X - X.mean(axis=0)
    gram = centred.T @ centred + ALPHA * np.eye(3)
    weights = np.linalg.solve(gram, centred.T @ y)
    solution = np.append(weights, y.mean() - X.mean(axis=0) @ weights)
    return objective, TrainingSet(X, y[None]), solution
