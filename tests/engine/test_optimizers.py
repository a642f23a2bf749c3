import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from sknn_scratch.engine.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    Nadam,
    RMSprop,
)
from sknn_scratch.engine.optimizers.base import copied_state


@pytest.fixture(params=sorted(OPTIMIZERS))
def optimizer(request):
    return OPTIMIZERS[request.param]()


@dataclass
class Nested:
    """A state of a user's optimizer."""

    moments: list
    steps: dict


@pytest.mark.parametrize(
    "state",
    [Nested([np.ones(2)], {"n": [1]}), [np.ones(2), [1]], {"v": [np.ones(2)]}],
    ids=lambda state: type(state).__name__,
)
def test_a_copied_state_of_any_kind_shares_nothing(state):
    expected = repr(state)
    twin = copied_state(state)
    assert repr(twin) == expected
    inside = twin.moments if isinstance(twin, Nested) else list(twin)[:1]
    inside = twin["v"] if isinstance(twin, dict) else inside
    inside[0][...] = 5
    assert repr(state) == expected


def test_a_quadratic_is_minimized(optimizer):
    if isinstance(optimizer, AdamW):  # which has another minimum in mind
        optimizer = AdamW(weight_decay=0.0)
    params, target = np.zeros(5), np.array([3.0, -2.0, 0.5, 0.0, 1.0])
    curvature = np.array([1.0, 2.0, 0.5, 1.0, 3.0])
    state = optimizer.init(params, 2)
    for rate in np.geomspace(0.05, 1e-5, 2000):
        optimizer.update(params, curvature * (params - target), state, rate)
    np.testing.assert_allclose(params, target, atol=2e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_are_in_place(optimizer, dtype):
    params, grad = np.ones(4, dtype), np.ones(4, dtype)
    state = optimizer.init(params, 2)
    optimizer.update(params, grad, state, 0.1)
    assert (params < 1).all()


def test_a_copied_or_pickled_state_continues_identically(optimizer):
    rng = np.random.default_rng(0)
    params = rng.normal(size=6)
    state = optimizer.init(params, 2)
    optimizer.update(params, rng.normal(size=6), state, 0.1)
    grad = rng.normal(size=6)
    results = []
    for twin in (copied_state(state), pickle.loads(pickle.dumps(state)), state):
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
    state = ours.init(params, len(params))
    for _ in range(20):
        grad = rng.normal(size=8)
        theirs.update_params(their_params, [grad.copy()])
        ours.update(params, grad, state, 0.05)
    np.testing.assert_allclose(params, their_params[0], rtol=1e-12)


def test_the_first_step_of_adam_has_the_size_of_the_rate():
    params = np.zeros(3)
    adam = Adam()
    adam.update(params, np.array([0.1, -5.0, 1e4]), adam.init(params, 3), 0.1)
    np.testing.assert_allclose(params, [-0.1, 0.1, -0.1], rtol=1e-5)


def test_adamw_decays_the_weights_and_then_does_what_adam_does():
    rng = np.random.default_rng(2)
    params, grads = rng.normal(size=5), rng.normal(size=(3, 5))
    ours, theirs = params.copy(), params.copy()
    adamw, adam = AdamW(weight_decay=0.5), Adam()
    state, their_state = adamw.init(ours, 3), adam.init(theirs, 3)
    for grad in grads:
        adamw.update(ours, grad.copy(), state, 0.1)
        theirs[:3] -= 0.1 * 0.5 * theirs[:3]  # three weights; biases do not decay
        adam.update(theirs, grad.copy(), their_state, 0.1)
    np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_two_steps_of_nadam_match_hand_calculations():
    params, nadam = np.zeros(1), Nadam(beta_1=0.5, beta_2=0.5, epsilon=1e-8)
    state = nadam.init(params, 1)
    nadam.update(params, np.array([2.0]), state, 0.1)
    # m = 1, v = 2, both to be divided by 1 − 1/2; m ahead: by 1 − 1/4.
    # 0.5 · 1 / 0.75 + 0.5 · 2 / 0.5 = 8/3 over √(2 / 0.5) = 2
    np.testing.assert_allclose(params, -0.1 * 8 / 3 / 2, rtol=1e-7)
    before = params.copy()
    nadam.update(params, np.array([4.0]), state, 0.1)
    # m = 2.5, v = 9: 0.5 · 2.5 / 0.875 + 0.5 · 4 / 0.75 over √(9 / 0.75)
    step = (1.25 / 0.875 + 2 / 0.75) / np.sqrt(12)
    np.testing.assert_allclose(params - before, -0.1 * step, rtol=1e-7)


@pytest.mark.parametrize(
    ("optimizer", "step"),
    [
        # The first step for a gradient of 2, with ε = 1 so that its place matters:
        # m = 1 and v = 2 are half of the gradient and of its square.
        (Adam(0.5, 0.5, 1.0), np.sqrt(0.5) / 0.5 * 1 / (np.sqrt(2) + 1)),
        (AdamW(0.5, 0.5, 1.0), np.sqrt(0.5) / 0.5 * 1 / (np.sqrt(2) + 1)),
        (Nadam(0.5, 0.5, 1.0), (0.5 / 0.75 + 1 / 0.5) / (np.sqrt(2 / 0.5) + 1)),
        (RMSprop(0.5, 1.0), 2 / (np.sqrt(2) + 1)),
    ],
)
def test_epsilon_is_added_as_in_the_formula(optimizer, step):
    params = np.zeros(1)
    optimizer.update(params, np.array([2.0]), optimizer.init(params, 1), 0.1)
    np.testing.assert_allclose(params, -0.1 * step, rtol=1e-12)


def test_two_steps_of_rmsprop_match_hand_calculations():
    params, rmsprop = np.zeros(1), RMSprop(rho=0.75, epsilon=1e-8)
    state = rmsprop.init(params, 1)
    rmsprop.update(params, np.array([4.0]), state, 0.1)  # v = 16 / 4 = 4
    np.testing.assert_allclose(params, -0.1 * 4 / 2, rtol=1e-7)
    rmsprop.update(params, np.array([-2.0]), state, 0.1)  # v = 3 + 1
    np.testing.assert_allclose(params, -0.2 + 0.1 * 2 / 2, rtol=1e-7)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_long_vectors_are_updated_to_the_end(name, monkeypatch):
    rng = np.random.default_rng(3)
    params, grad = rng.normal(size=(2, 11))
    results = []
    for block in (100, 4):
        monkeypatch.setattr("sknn_scratch.engine.optimizers.base._BLOCK", block)
        optimizer, moved = OPTIMIZERS[name](), params.copy()
        state = optimizer.init(moved, 7)
        for _ in range(3):
            optimizer.update(moved, grad.copy(), state, 0.1)
        results.append(moved)
    np.testing.assert_allclose(results[0], results[1], rtol=1e-14)


@pytest.mark.parametrize(
    ("cls", "settings"),
    [
        (SGD, {"momentum": 1.5}),
        (Adam, {"beta_1": 1.0}),
        (Nadam, {"beta_2": -0.1}),
        (AdamW, {"weight_decay": -1.0}),
        (AdamW, {"beta_1": 2.0}),
        (RMSprop, {"rho": 1.0}),
        (RMSprop, {"epsilon": 0.0}),
    ],
)
def test_settings_out_of_range_are_refused(cls, settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"{name} must be .*; got {settings[name]}"):
        cls(**settings)


@dataclass(slots=True)
class WithSlots:
    velocity: np.ndarray


@dataclass
class WithList:
    velocities: list


@pytest.mark.parametrize("cls", [WithSlots, WithList])
def test_a_copy_of_any_state_has_its_own_arrays(cls):
    (name,) = cls.__annotations__
    array = np.ones(3)
    twin = copied_state(cls(array if cls is WithSlots else [array]))
    np.ravel(array)[:] = 0
    np.testing.assert_array_equal(np.ravel(getattr(twin, name)), 1)


def test_a_copied_state_is_independent(optimizer):
    params, grad = np.ones(4), np.ones(4)
    state = optimizer.init(params, 2)
    optimizer.update(params, grad.copy(), state, 0.1)
    twin = copied_state(state)
    ahead, behind = params.copy(), params.copy()
    for _ in range(2):
        optimizer.update(ahead, grad.copy(), state, 0.1)
    for _ in range(2):
        optimizer.update(behind, grad.copy(), twin, 0.1)
    np.testing.assert_array_equal(ahead, behind)
