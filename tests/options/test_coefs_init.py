"""Initial weights that are passed to fit."""

import numpy as np
import pytest
from small_networks import X, Y, same_weights, small

from sknn_scratch import MLPScratchRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_training_starts_from_given_weights(solver):
    first = small(solver=solver, random_state=1).fit(X, Y)
    start = {"coefs_init": first.coefs_, "intercepts_init": first.intercepts_}
    seeds = [small(solver=solver, random_state=s, shuffle=False) for s in (2, 3)]
    second, third = (model.fit(X, Y, **start) for model in seeds)
    assert same_weights(second, third)
    assert second.loss_curve_[0] < first.loss_curve_[0]
    with pytest.raises(ValueError, match=r"shapes \[\(4, 8\), \(8, 3\)\]; got"):
        second.fit(X, Y, coefs_init=first.coefs_[:1])


def test_a_regressor_starts_from_given_weights():
    coefs = [np.ones((4, 2)), np.ones((2, 1))]
    model = MLPScratchRegressor(hidden_layer_sizes=2, max_iter=1, random_state=0)
    model.set_params(learning_rate_init=1e-300, activation="identity")
    intercepts = [np.zeros(2), np.ones(1)]
    model.fit(X, Y, coefs_init=coefs, intercepts_init=intercepts)
    np.testing.assert_allclose(model.predict(X), 2 * X.sum(axis=1) + 1)


@pytest.mark.parametrize("bad", [[[1.0], 2], 5, [np.full((4, 8), np.nan)] * 2])
def test_bad_initial_weights_are_refused(bad):
    with pytest.raises(ValueError, match="coefs_init must"):
        small().fit(X, Y, coefs_init=bad)
