"""Initial weights of the output layer."""

import numpy as np
import pytest
from small_networks import X, Y, small

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_output_init_zeros_starts_from_a_constant():
    model = small(output_init="zeros", learning_rate_init=1e-12, max_iter=1).fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(X), 1 / 3, atol=1e-9)
    assert model.coefs_[0].std() > 0.1
    other = small(learning_rate_init=1e-12, max_iter=1).fit(X, Y)
    np.testing.assert_allclose(other.coefs_[0], model.coefs_[0], atol=1e-9)
