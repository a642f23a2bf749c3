"""Gradient clipping by global norm."""

import numpy as np
import pytest
from small_networks import X

from sknn_scratch import MLPScratchRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def params(model):
    """Return all weights and biases as one vector."""
    return np.concatenate([w.ravel() for w in (*model.coefs_, *model.intercepts_)])


def test_clipping_prevents_divergence():
    """A clipped step has the length of the rate times the norm."""
    rng = np.random.default_rng(0)
    y = X @ rng.normal(size=4)
    y[0] = 1e6
    settings = {"solver": "sgd", "learning_rate_init": 0.01, "random_state": 0}
    one_step = settings | {"momentum": 0.0, "max_iter": 1}
    start = MLPScratchRegressor(**one_step | {"learning_rate_init": 1e-300}).fit(X, y)
    clipped = MLPScratchRegressor(clip_norm=2.0, **one_step).fit(X, y)
    moved = np.linalg.norm(params(clipped) - params(start))
    np.testing.assert_allclose(moved, 0.01 * 2.0)
    MLPScratchRegressor(clip_norm=1.0, **settings).fit(X, y)
    with pytest.raises(ValueError, match="diverged"):
        MLPScratchRegressor(**settings).fit(X, y)
