"""Output activations that bound the predictions."""

import numpy as np
import pytest
from small_networks import X, Y, same_weights

from sknn_scratch import MLPScratchRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("loss", ["squared_error", "huber"])
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("logistic", 0, 1), ("tanh", -1, 1), ("exp", 0, 8), ("softplus", 0, 8)],
)
def test_predictions_stay_within_the_bounds(name, low, high, loss):
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(200, 2))
    y = np.clip(wide @ [1.0, 1.0], low, high)
    settings = {"solver": "lbfgs", "alpha": 0.01, "random_state": 0, "max_iter": 500}
    model = MLPScratchRegressor(loss, 8, output_activation=name, **settings)
    model.fit(wide, y)
    assert model.score(wide, y) > 0.9
    assert model.out_activation_ == name
    far = model.predict(100 * wide)
    assert far.min() >= low
    if name in ("logistic", "tanh"):
        assert far.max() <= high
    with pytest.raises(ValueError, match=rf"y must be in \[{low}, .*; got values from"):
        model.fit(wide, y - 5)


def test_a_loss_that_fixes_the_output_activation_refuses_others():
    model = MLPScratchRegressor("poisson", output_activation="softplus")
    with pytest.raises(ValueError, match="output_activation must be 'auto' or 'exp'"):
        model.fit(X, Y)
    settings = {"max_iter": 3, "random_state": 0}
    same = MLPScratchRegressor("poisson", output_activation="exp", **settings)
    auto = MLPScratchRegressor("poisson", **settings)
    assert same_weights(same.fit(X, Y), auto.fit(X, Y))
