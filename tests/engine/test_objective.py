"""The objective, and its gradient for every loss, activation and option."""

import numpy as np
import pytest
from scipy import sparse
from small_networks import perceptron

from sknn_scratch.engine.activations import ACTIVATIONS
from sknn_scratch.engine.layers import Noise
from sknn_scratch.engine.losses import LOSSES
from sknn_scratch.engine.objective import Objective, mean_loss

N_SAMPLES, N_FEATURES = 7, 4
NUMBERS = {name for name, loss in LOSSES.items() if not loss.for_classification}

# By the chain rule the parts of the gradient can be tested one after another. Each case
# differs from DEFAULTS in one part, with what that part needs.
DEFAULTS = {
    "loss": "log_loss",
    "activation": "tanh",
    "hidden": (5,),
    "n_outputs": 3,
    "container": np.asarray,
    "weighted": False,
    "penalty": {},
    "chunk_rows": N_SAMPLES,
    "dropout": None,
}
L2 = {"alpha": 0.3}
L1 = {"alpha": 0.3, "l1_ratio": 1.0}
ELASTIC_NET = {"alpha": 0.3, "l1_ratio": 0.4}
ONE_BY_ONE = [
    *({"loss": loss} for loss in sorted(LOSSES)),
    *({"activation": name, "hidden": (5, 4)} for name in sorted(ACTIVATIONS)),
    *({"hidden": hidden} for hidden in [(), (5, 4, 3)]),
    {"loss": "binary_log_loss", "n_outputs": 1},
    {"container": sparse.csr_array},
    {"weighted": True},
    *({"penalty": penalty} for penalty in (L2, L1, ELASTIC_NET)),
    {"chunk_rows": 3},  # the last chunk is short
    *({"dropout": rates} for rates in [(0.3, 0.5), (0.4, 0.0), (0.0, 0.5)]),
    # Dropout depends on whether the activation is flat at zero,
    *({"dropout": (0.3, 0.5), "activation": name} for name in ("relu", "gelu")),
    # and has its own code for sparse input.
    {"dropout": (0.3, 0.5), "chunk_rows": 3},
    {"dropout": (0.3, 0.5), "container": sparse.csr_array},
]


def random_combinations(n, seed=0):
    """Return n cases in which each part is drawn at random."""
    rng = np.random.default_rng(seed)

    def draw(*values):
        return values[rng.integers(len(values))]

    for _ in range(n):
        hidden = draw((5,), (5, 4), (5, 4, 3))
        yield {
            "loss": draw(*sorted(LOSSES)),
            "activation": draw(*sorted(ACTIVATIONS)),
            "hidden": hidden,
            "container": draw(np.asarray, sparse.csr_array),
            "weighted": draw(False, True),
            "penalty": draw({}, L2, L1, ELASTIC_NET),
            "chunk_rows": draw(N_SAMPLES, 3),
            "dropout": draw(None, (0.3,) * (len(hidden) + 1)),
        }


class FixedNoise(Noise):
    """The same masks at every evaluation, so that the objective has a gradient."""

    number = 0

    def mask(self, number, *how):
        self.number = number
        self.begin_epoch()
        mask = super().mask(number, *how)
        self.number = 0
        return mask

    def fill(self, mask, *how):
        self.bit_generator = np.random.SFC64(self.number)
        super().fill(mask, *how)


def make(loss, activation="tanh", hidden=(5,), n_outputs=3, dropout=None, **kwargs):
    sizes = [N_FEATURES, *hidden, n_outputs * LOSSES[loss].raw_per_target]
    network = perceptron(sizes, ACTIVATIONS[activation](), dropout)
    network.initialize(np.random.RandomState(0))
    return Objective(network, LOSSES[loss](), **kwargs)


def batch(loss, n_outputs=3):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(N_SAMPLES, N_FEATURES)) * (rng.random((7, 4)) < 0.7)
    if loss in NUMBERS:
        y = rng.poisson(2.0, (N_SAMPLES, n_outputs)) + 1.0
    elif n_outputs == 1:
        y = rng.integers(0, 2, (N_SAMPLES, 1)).astype(float)
    else:
        y = np.eye(n_outputs)[rng.integers(0, n_outputs, N_SAMPLES)]
    return X, y, rng.random(N_SAMPLES) + 0.5


def central_differences(objective, *args, h=1e-5):
    params = objective.network.params
    gradient = np.empty_like(params)
    for i, kept in enumerate(params.copy()):
        params[i] = kept + h
        above = objective.evaluate(*args).objective
        params[i] = kept - h
        gradient[i] = (above - objective.evaluate(*args).objective) / (2 * h)
        params[i] = kept
    return gradient


def described(case):
    """Return a name for a case."""
    return ", ".join(f"{key} {getattr(v, '__name__', v)}" for key, v in case.items())


@pytest.mark.parametrize("case", [*ONE_BY_ONE, *random_combinations(12)], ids=described)
def test_gradient_agrees_with_central_differences(case):
    case = DEFAULTS | case
    loss, n_outputs, rates = case["loss"], case["n_outputs"], case["dropout"]
    settings = {"mean_weight": 1.3, "dropout": rates} | case["penalty"]
    objective = make(loss, case["activation"], case["hidden"], n_outputs, **settings)
    if rates:
        objective.noise = FixedNoise(np.random.SFC64(0))
    objective.chunk_rows = case["chunk_rows"]
    X, y, weight = batch(loss, n_outputs)
    args = (case["container"](X), y, weight if case["weighted"] else None)
    objective.evaluate(*args)
    analytic = objective.grad.copy()
    numeric = central_differences(objective, *args)
    scale = np.abs(numeric).max()
    np.testing.assert_allclose(analytic, numeric, rtol=0, atol=1e-6 * scale)


def test_objective_of_one_sample_matches_hand_calculation():
    network = perceptron([2, 1])
    network.params[:] = [1.0, -2.0, 0.5]  # w = (1, -2), b = 0.5
    objective = Objective(network, LOSSES["squared_error"](), alpha=0.1)
    value = objective.evaluate(np.array([[3.0, 1.0]]), np.array([[0.5]]))
    # raw = 3 - 2 + 0.5 = 1.5; J = (1.5 - 0.5)²/2 + 0.1/2 (1 + 4)
    np.testing.assert_allclose(value.objective, 0.75)
    np.testing.assert_allclose(objective.grad, [3.1, 0.8, 1.0])


def test_the_elastic_net_penalty_matches_hand_calculation(monkeypatch):
    network = perceptron([3, 1])
    network.params[:] = [2.0, 0.0, -3.0, 7.0]
    objective = Objective(network, LOSSES["squared_error"](), alpha=2.0, l1_ratio=0.25)
    objective._signs = objective._signs[:2]  # block by block
    value = objective.evaluate(np.zeros((4, 3)), np.full((4, 1), 7.0))
    # 2/4 · (0.75/2 · 13 + 0.25 · 5), and 0 is where the absolute value is flat
    np.testing.assert_allclose(value.objective, 3.0625)
    np.testing.assert_allclose(objective.grad, [0.875, 0, -1.25, 0])


def test_weights_are_normalized_by_the_training_mean():
    X, y, _ = batch("log_loss")
    objective = make("log_loss", mean_weight=4.0, alpha=2.0)
    doubled = objective.evaluate(X, y, 2 * np.ones(N_SAMPLES)).objective
    ones = make("log_loss", mean_weight=2.0, alpha=1.0)
    np.testing.assert_allclose(doubled, ones.evaluate(X, y).objective)


def test_a_sample_of_weight_two_is_a_sample_twice():
    X, y, _ = batch("log_loss")
    weight = np.array([0, 1, 2, 0, 3, 1, 2.0])
    weighted = make("log_loss", alpha=0.5, mean_weight=weight.mean())
    repeated = make("log_loss", alpha=0.5)
    rows = np.repeat(np.arange(N_SAMPLES), weight.astype(int))
    value = weighted.evaluate(X, y, weight)
    assert value == pytest.approx(repeated.evaluate(X[rows], y[rows]))
    np.testing.assert_allclose(weighted.grad, repeated.grad, atol=1e-15)


def test_reported_loss_is_the_mean_over_outputs_where_the_loss_says_so():
    X, y, _ = batch("squared_error")
    value = make("squared_error").evaluate(X, y)
    np.testing.assert_allclose(value.objective, 3 * value.loss)
    value = make("poisson").evaluate(X, y)
    assert value.objective == value.loss


def test_without_biases_the_weights_have_the_gradient_of_biases_of_zero():
    X, y, _ = batch("log_loss")
    gradients = []
    for has_biases in (False, True):
        network = perceptron([N_FEATURES, 3], has_biases=has_biases)
        network.weights[0][...] = np.arange(12).reshape(4, 3) / 12
        objective = Objective(network, LOSSES["log_loss"]())
        objective.evaluate(X, y)
        gradients.append(objective.grad)
    np.testing.assert_array_equal(gradients[0], gradients[1][:12])


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_float32_stays_float32_and_close_to_float64(loss):
    X, y, weight = batch(loss)
    double = make(loss, alpha=0.1)
    network = double.network.copy(np.float32)
    single = Objective(network, LOSSES[loss](), alpha=0.1)
    args = [a.astype(np.float32) for a in (X, y, weight)]
    value = single.evaluate(*args)
    assert single.grad.dtype == np.float32
    assert value == pytest.approx(double.evaluate(X, y, weight), rel=1e-5)
    np.testing.assert_allclose(single.grad, double.grad, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_a_large_batch_in_chunks_gives_the_same_gradient(container):
    X, y, weight = batch("log_loss")
    objective = make("log_loss", alpha=0.5, mean_weight=weight.mean())
    whole = objective.evaluate(container(X), y, weight)
    gradient = objective.grad.copy()
    objective.chunk_rows = 3
    assert objective.evaluate(container(X), y, weight) == pytest.approx(whole)
    np.testing.assert_allclose(objective.grad, gradient, atol=1e-15)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "gaussian"])
def test_the_mean_loss_is_the_objective_without_its_penalty(loss):
    X, y, weight = batch(loss)
    objective = make(loss, mean_weight=weight.mean())
    for args in ((y,), (y, weight)):
        objective.mean_weight = 1.0 if len(args) == 1 else weight.mean()
        value = objective.evaluate(X, *args)
        raw = objective.network.raw(X)
        half = len(y) // 2
        parts = [(raw[:half].copy(), y[:half]), (raw[half:].copy(), y[half:])]
        mean = mean_loss(objective.loss, parts, *args[1:])
        np.testing.assert_allclose(mean, value.loss)


def test_the_penalty_does_not_depend_on_where_the_weights_are_in_memory():
    weights, buffer = np.random.default_rng(0).normal(size=503), np.empty(600)
    values = set()
    for offset in range(8):
        network = perceptron([503, 1])
        network.params = buffer[offset : offset + 504]
        network.weights, network.biases = network.unflatten(network.params)
        network.weights[0][:, 0], network.biases[0][:] = weights, 0
        objective = Objective(network, LOSSES["squared_error"](), 1.0, l1_ratio=1.0)
        values.add(objective.evaluate(np.zeros((1, 503)), np.zeros((1, 1))).objective)
    assert len(values) == 1
    np.testing.assert_allclose(values.pop(), np.abs(weights).sum(), rtol=1e-14)
