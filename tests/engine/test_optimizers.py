import copy
import pickle

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from sknn_scratch.engine.optimizers import OPTIMIZERS, SGD, Adam


@pytest.fixture(params=sorted(OPTIMIZERS))
def optimizer(request):
    return OPTIMIZERS[request.param]()


def test_a_quadratic_is_minimised(optimizer):
    params, target = np.zeros(5), np.array([3.0, -2.0, 0.5, 0.0, 1.0])
    curvature = np.array([1.0, 2.0, 0.5, 1.0, 3.0])
    state = optimizer.init(params)
    for _ in range(2000):
        optimizer.update(params, curvature * (params - target), state, 0.02)
    np.testing.assert_allclose(params, target, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_are_in_place_and_keep_the_precision(optimizer, dtype):
    params, grad = np.ones(4, dtype), np.ones(4, dtype)
    state = optimizer.init(params)
    optimizer.update(params, grad, state, 0.1)
    assert params.dtype == dtype
    assert (params < 1).all()


def test_a_copied_or_pickled_state_goes_on_alike(optimizer):
    rng = np.random.default_rng(0)
    params = rng.normal(size=6)
    state = optimizer.init(params)
    optimizer.update(params, rng.normal(size=6), state, 0.1)
    grad = rng.normal(size=6)
    results = []
    for twin in (copy.deepcopy(state), pickle.loads(pickle.dumps(state)), state):
        moved = params.copy()
        optimizer.update(moved, grad.copy(), twin, 0.1)
        results.append(moved)
    np.testing.assert_array_equal(results[0], results[2])
    np.testing.assert_array_equal(results[1], results[2])


@pytest.mark.parametrize(
    ("ours", "settings"),
    [
        (SGD(0.9, True), {"momentum": 0.9, "nesterov": True}),
        (SGD(0.5, False), {"momentum": 0.5, "nesterov": False}),
        (SGD(0.0), {"momentum": 0.0}),
        (Adam(), {}),
        (Adam(0.5, 0.9, 1e-3), {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
        (Adam(0.0, 0.0), {"beta_1": 0.0, "beta_2": 0.0}),
    ],
)
def test_steps_are_those_of_sklearn(ours, settings):
    rng = np.random.default_rng(1)
    params = rng.normal(size=8)
    their_params = [params.copy()]
    their_class = SGDOptimizer if isinstance(ours, SGD) else AdamOptimizer
    theirs = their_class(their_params, 0.05, **settings)
    state = ours.init(params)
    for _ in range(20):
        grad = rng.normal(size=8)
        theirs.update_params(their_params, [grad.copy()])
        ours.update(params, grad, state, 0.05)
    np.testing.assert_allclose(params, their_params[0], rtol=1e-12)


def test_the_first_step_of_adam_has_the_size_of_the_rate():
    params = np.zeros(3)
    adam = Adam()
    adam.update(params, np.array([0.1, -5.0, 1e4]), adam.init(params), 0.1)
    np.testing.assert_allclose(params, [-0.1, 0.1, -0.1], rtol=1e-5)
