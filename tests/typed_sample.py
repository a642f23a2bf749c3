"""A user program that mypy checks in strict mode. It is never run."""

from typing import assert_type

import numpy as np

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)
from sknn_scratch.engine.activations import LeakyReLU
from sknn_scratch.engine.losses import Quantile
from sknn_scratch.engine.schedules import Cosine

X = np.zeros((10, 3))
y = np.arange(10) % 2

mlp = MLPScratchClassifier(
    (20, 10),
    activation=["relu", LeakyReLU(slope=0.2)],
    learning_rate=Cosine(warmup=0.1),
    class_weight={0: 1.0, 1: 2.0},
    augment=lambda X_batch, random_state: X_batch,
)
assert_type(mlp.fit(X, y, X_val=X, y_val=y), MLPScratchClassifier)
assert_type(mlp.predict_proba(X), np.ndarray)
assert_type(mlp.coefs_[0], np.ndarray)

regressor = MLPScratchRegressor("gaussian", 5, max_iter=3).fit(X, y)
assert_type(regressor.predict(X), np.ndarray)
mean, std = regressor.predict(X, return_std=True)
assert_type(std, np.ndarray)
MLPScratchRegressor(Quantile(0.9))
MLPScratchRegressor(Quantile([0.1, 0.5, 0.9]), calibrate=True)

perceptron = PerceptronClassifier("hinge", batch_size=1).fit(
    X, y, sample_weight=X[:, 0]
)
assert_type(perceptron.coef_, np.ndarray)

MLPScratchClassifier(max_iter="many")  # type: ignore[arg-type]
MLPScratchClassifier(hidden_layers=3)  # type: ignore[call-arg]
