"""A learned scale for each input feature."""

import pickle

import numpy as np
import pytest
from small_networks import X, Y, same_weights, small, small_regressor

from sknn_scratch.engine.rates import FanInRates

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_input_scale_favors_informative_features():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 12))
    settings = {"max_iter": 60, "average": True, "learning_rate_init": 0.01}

    def share(**how):
        """Return the share of the weights that the informative feature has."""
        model = small_regressor(**settings, **how).fit(X, X[:, 0])
        size = np.abs(model.coefs_[0]).sum(axis=1)
        return size[0] / size.sum()

    assert share(input_scale=6.0) > 1.5 * share()


@pytest.mark.parametrize("average", [False, 0.9])
@pytest.mark.parametrize(
    "settings",
    [
        {"input_scale": 6.0},
        {"layer_rates": "fan_in"},
        {"input_scale": 2.0, "layer_rates": FanInRates(biases=0.5), "solver": "sgd"},
    ],
    ids=str,
)
def test_partial_fit_continues_the_state_of_each_parameter_group(settings, average):
    whole = small(**settings, average=average, batch_size=50).fit(X, Y)
    parts = small(**settings, average=average, batch_size=50)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
        parts = pickle.loads(pickle.dumps(parts))
    assert same_weights(whole, parts)


@pytest.mark.parametrize(
    "settings",
    [{"layer_rates": "fan_in"}, {"input_scale": 2.0}, {"input_scale": None}],
    ids=str,
)
def test_a_change_of_parameter_groups_resets_the_solver(settings):
    """The next step is that of a new model which starts from the same weights."""
    model = small(input_scale=6.0, shuffle=False).partial_fit(X, Y, classes=[0, 1, 2])
    start = {"coefs_init": model.coefs_, "intercepts_init": model.intercepts_}
    new = small(max_iter=1, shuffle=False, **{"input_scale": 6.0} | settings)
    new.fit(X, Y, **start)
    model.set_params(**settings).partial_fit(X, Y)
    assert same_weights(model, new)
    assert model.n_iter_ == 2


def test_partial_fit_starts_a_scaled_layer_from_weights_that_were_set():
    model = small(input_scale=6.0, learning_rate_init=1e-9)
    model.partial_fit(X, Y, classes=[0, 1, 2])
    model.coefs_ = [np.ones((4, 8)), np.ones((8, 3))]
    model.partial_fit(X, Y)
    np.testing.assert_allclose(model.coefs_[0], 1, atol=1e-6)
