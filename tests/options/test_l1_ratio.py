"""The proportion of the L1 penalty."""

import numpy as np
import pytest
from small_networks import X, Y, small

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_an_l1_penalty_makes_weights_of_noise_small():
    """Half of the features are noise, and their weights shrink to zero."""
    rng = np.random.default_rng(0)
    noisy = np.hstack([X, rng.normal(size=X.shape)])
    settings = {"hidden_layer_sizes": (), "solver": "adam", "learning_rate_init": 0.01}
    small_share = []
    for l1_ratio in (0.0, 1.0):
        model = small(alpha=10.0, l1_ratio=l1_ratio, max_iter=500, **settings)
        weights = np.abs(model.fit(noisy, Y).coefs_[0][4:])
        small_share.append((weights < 0.02).mean())
        assert model.score(noisy, Y) > 0.9
    assert small_share[1] > 0.9 > small_share[0]
