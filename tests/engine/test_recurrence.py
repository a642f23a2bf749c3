"""LSTM, compared with explicit loops over samples and units."""

from math import exp, tanh

import numpy as np
import pytest

from sknn_scratch.engine.layers import LSTM, Conv2D, Dense, Reshape
from sknn_scratch.engine.network import Network

RNG = np.random.default_rng(0)
N_STEPS, N_FEATURES, N_UNITS = 5, 3, 4


def sigmoid(z):
    return 1 / (1 + exp(-z))


def states_of(x, W, b):
    """Return h of every step of one sequence."""
    h, c, states = [0.0] * N_UNITS, [0.0] * N_UNITS, []
    for x_t in x:
        inputs = [*x_t, *h]
        sums = [
            sum(value * W[k][j] for k, value in enumerate(inputs)) + b[j]
            for j in range(4 * N_UNITS)
        ]
        for u in range(N_UNITS):
            i, f, o, g = (sums[gate * N_UNITS + u] for gate in range(4))
            c[u] = sigmoid(f) * c[u] + sigmoid(i) * tanh(g)
            h[u] = sigmoid(o) * tanh(c[u])
        states.append(list(h))
    return np.array(states)


def network_of(*layers, dtype=np.float64):
    size = N_STEPS * N_FEATURES
    network = Network(size, [Reshape((N_STEPS, N_FEATURES)), *layers], dtype)
    network.params[...] = np.random.default_rng(1).normal(size=network.params.size)
    return network


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("trains", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_lstm_follows_its_equations(return_sequences, trains, dtype):
    n = N_UNITS * (N_STEPS if return_sequences else 1)
    network = network_of(LSTM(N_UNITS, return_sequences), Reshape([n]), dtype=dtype)
    W, b = network.weights[0].astype(float), network.biases[0].astype(float)
    X = RNG.normal(size=(7, N_STEPS * N_FEATURES)).astype(dtype)
    ctx = network.bind(7, np.zeros_like(network.params) if trains else None)
    for _ in range(2):  # nothing is left of the batch before
        found = ctx.forward(X)
        for x, output in zip(X, found, strict=True):
            states = states_of(x.reshape(N_STEPS, N_FEATURES).astype(float), W, b)
            expected = states.ravel() if return_sequences else states[-1]
            atol = 1e-12 if dtype is np.float64 else 1e-5
            np.testing.assert_allclose(output, expected, atol=atol)


def test_gates_that_are_closed_or_open_are_exact_at_any_size():
    network = network_of(LSTM(N_UNITS))
    network.weights[0][...] = 0
    for biases, expected in (
        ([-1e4, 0, 1e4, 1e4], 0.0),  # nothing is written
        ([1e4, -1e4, 1e4, 1e4], np.tanh(1.0)),  # only the last step is left
        ([1e4, 1e4, 1e4, 1e4], np.tanh(5.0)),  # all steps are added up
        ([1e4, 1e4, -1e4, 1e4], 0.0),  # nothing is shown
    ):
        network.biases[0][...] = np.repeat(biases, N_UNITS)
        found = network.raw(np.zeros((2, N_STEPS * N_FEATURES)))
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_documented_start():
    network = network_of(LSTM(N_UNITS))
    network.initialize(np.random.RandomState(0))
    (W,), (b,) = network.weights, network.biases
    assert b.tolist() == [0] * 4 + [1] * 4 + [0] * 8
    for gate in np.split(W[N_FEATURES:], 4, axis=1):
        np.testing.assert_allclose(gate @ gate.T, np.eye(N_UNITS), atol=1e-12)
    bound = np.sqrt(6 / (N_FEATURES + 4 * N_UNITS))
    assert 0.8 * bound < np.abs(W[:N_FEATURES]).max() < bound
    network = network_of(LSTM(N_UNITS, weight_init="zeros"))
    network.initialize(np.random.RandomState(0))
    assert not network.weights[0][:N_FEATURES].any()
    assert network.weights[0][N_FEATURES:].any()


def test_the_gradient_reaches_the_first_of_many_steps():
    """What the cell is for: with a forget gate of 1, nothing of it is lost."""
    n_steps = 60
    network = Network(n_steps, [Reshape((n_steps, 1)), LSTM(1)])
    network.biases[0][...] = [0, 20, 20, 0]
    network.weights[0][...] = [[0, 0, 0, 1], [0, 0, 0, 0]]
    X = np.zeros((2, n_steps))
    X[1, 0] = 1e-6
    first, moved = network.raw(X)[:, 0]
    assert (moved - first) / 1e-6 == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([LSTM(4)], r"LSTM\(4\) requires sequences.* shape \(12,\)"),
        ([Reshape((4, 3)), LSTM(2), LSTM(2)], "return_sequences=True in the LSTM"),
        ([Reshape((2, 3, 2)), LSTM(2)], r"got an input of shape \(2, 3, 2\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(layers, message):
    with pytest.raises(ValueError, match=message):
        Network(12, [*layers, Dense(2)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LSTM(0), "n_units must be an int >= 1"),
        (lambda: LSTM(2, 1), "return_sequences must be a bool; got 1"),
        (lambda: LSTM(2, weight_init=1), "weight_init of a layer must be"),
    ],
)
def test_settings_that_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_sequence_can_be_reshaped_to_an_image():
    layers = [LSTM(N_UNITS, return_sequences=True), Conv2D(2, (3, 4)), Dense(2)]
    assert network_of(*layers).raw(np.ones((2, 15))).shape == (2, 2)
