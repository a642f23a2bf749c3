"""Solvers, by name or as an instance."""

import numpy as np
import pytest
from small_networks import X, Y, same_weights, small

from sknn_scratch.engine.optimizers import AdamW, Nadam, Optimizer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    "solver", ["adamw", "nadam", "rmsprop", AdamW(weight_decay=0.1)]
)
def test_solvers_beyond_scikit_learn_fit_iris(solver):
    model = small(solver=solver, learning_rate_init=0.02, max_iter=100).fit(X, Y)
    assert model.score(X, Y) > 0.95


def test_a_solver_name_uses_the_settings_of_the_estimator():
    named = small(solver="nadam", beta_1=0.5, epsilon=1e-3).fit(X, Y)
    assert same_weights(named, small(solver=Nadam(0.5, epsilon=1e-3)).fit(X, Y))
    instance = small(solver=Nadam(), beta_1=0.5).fit(X, Y)
    assert same_weights(instance, small(solver=Nadam()).fit(X, Y))


def test_a_custom_solver():
    class SignDescent(Optimizer):
        """Steps of the same size, whatever the gradient."""

        def init(self, params, n_weights):
            return None

        def update(self, params, grad, state, rate):
            params -= rate * np.sign(grad)

    model = small(solver=SignDescent(), learning_rate_init=0.01, max_iter=100)
    assert model.fit(X, Y).score(X, Y) > 0.95
    assert model.partial_fit(X, Y).n_iter_ == 101


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": [0.5]},
        {"input_dropout": 0.1},
        {"average": True},
        {"augment": max},
        {"input_scale": 6.0},
        {"refit": True},
    ],
    ids=str,
)
def test_lbfgs_refuses_options_that_change_the_objective(settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"solver='lbfgs' does not support {name}, "):
        small(**settings, early_stopping="refit" in settings, solver="lbfgs").fit(X, Y)
