"""Gradient clipping by global norm."""

import numpy as np
import pytest
from small_networks import X

from sknn_scratch import MLPScratchRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_clipping_prevents_divergence():
    rng = np.random.default_rng(0)
    y = X @ rng.normal(size=4)
    y[0] = 1e6
    settings = {"solver": "sgd", "learning_rate_init": 0.01, "random_state": 0}
    clipped = MLPScratchRegressor(clip_norm=1.0, **settings).fit(X, y)
    assert np.isfinite(clipped.predict(X)).all()
    with pytest.raises(ValueError, match="diverged"):
        MLPScratchRegressor(**settings).fit(X, y)
