"""Label smoothing."""

import numpy as np
import pytest
from small_networks import small

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_the_optimum_is_the_smoothed_frequency():
    """With constant features the optimal output is the smoothed class frequency."""
    constant = np.zeros((100, 1))
    settings = {"solver": "lbfgs", "max_iter": 200, "alpha": 0.0, "tol": 1e-8}
    y = np.repeat([0, 1, 2, 3], [10, 20, 30, 40])
    model = small(label_smoothing=0.2, **settings).fit(constant, y)
    expected = 0.8 * np.array([0.1, 0.2, 0.3, 0.4]) + 0.05
    np.testing.assert_allclose(model.predict_proba(constant)[0], expected, atol=1e-4)
    model = small(label_smoothing=0.2, **settings).fit(constant, y > 0)
    np.testing.assert_allclose(model.predict_proba(constant)[0, 1], 0.82, atol=1e-4)
    several = np.column_stack([y > 0, y > 1]).astype(int)
    model = small(label_smoothing=0.2, **settings).fit(constant, several)
    np.testing.assert_allclose(
        model.predict_proba(constant)[0], [0.82, 0.66], atol=1e-4
    )
