"""Learning rates per layer."""

import numpy as np
import pytest
from small_networks import X, Y, small

from sknn_scratch import MLPScratchRegressor
from sknn_scratch.engine.rates import LayerRates

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_layer_rates_multiply_the_rate_of_each_layer():
    class Frozen(LayerRates):
        """Only the output layer is trained."""

        def of_weights(self, fan_ins):
            return [1e-12, 1.0]

    start = small(max_iter=1, learning_rate_init=1e-12).fit(X, Y)
    model = small(layer_rates=Frozen(biases=1e-12)).fit(X, Y)
    np.testing.assert_allclose(model.coefs_[0], start.coefs_[0], atol=1e-9)
    np.testing.assert_allclose(model.intercepts_[1], start.intercepts_[1], atol=1e-9)
    assert np.abs(model.coefs_[1] - start.coefs_[1]).max() > 1e-3


class MaximalUpdate(LayerRates):
    def of_weights(self, fan_ins):
        return [1 / fan_in for fan_in in fan_ins]


@pytest.mark.parametrize(
    ("layer_rates", "growth"),
    [("constant", 16), ("fan_in", 4), (MaximalUpdate(biases=0.1), 1)],
    ids=["constant", "fan_in", "maximal update"],
)
def test_growth_of_the_first_step_with_the_width(layer_rates, growth):
    """With 16 times the width: by 16, by its square root, or not at all."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 8)), rng.normal(size=50)

    def change(width):
        model = MLPScratchRegressor(
            hidden_layer_sizes=width,
            weight_init="lecun_normal",
            output_init="zeros",
            layer_rates=layer_rates,
            random_state=0,
        )
        # All outputs are 0 before the step.
        return np.sqrt(np.mean(model.partial_fit(X, y).predict(X) ** 2))

    assert change(2048) / change(128) == pytest.approx(growth, rel=0.25)


def test_rates_by_fan_in_suit_narrow_and_wide_networks():
    """Without them, a rate that suits 16 units is too large for 512."""

    def loss_of(width, **settings):
        model = small(
            hidden_layer_sizes=(width, width),
            weight_init="lecun_normal",
            learning_rate_init=0.1,
            max_iter=10,
            **settings,
        )
        return model.fit(X.astype(np.float32), Y).loss_

    wide = loss_of(512, layer_rates="fan_in")
    assert wide < 0.5
    assert loss_of(16, layer_rates="fan_in") < 0.5
    assert loss_of(512) > 4 * wide
