import numpy as np
import pytest

from sknn_scratch.engine.activations import Relu
from sknn_scratch.engine.initializers import INITIALIZERS, GlorotUniform, Orthogonal
from sknn_scratch.engine.layers import Dense
from sknn_scratch.engine.network import Network


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_draws_have_the_shapes_of_the_layer_and_repeat(name):
    initializer = INITIALIZERS[name]()
    weights, biases = initializer.draw(np.random.RandomState(3), 5, 2)
    assert (weights.shape, biases.shape) == ((5, 2), (2,))
    again, _ = initializer.draw(np.random.RandomState(3), 5, 2)
    np.testing.assert_array_equal(weights, again)


def test_glorot_fills_its_bounds():
    weights, biases = GlorotUniform(factor=2.0).draw(np.random.RandomState(0), 300, 100)
    bound = np.sqrt(2 / 400)
    assert 0.999 * bound < np.abs(weights).max() <= bound
    assert np.abs(biases).max() <= bound
    np.testing.assert_allclose(weights.std(), bound / np.sqrt(3), rtol=0.01)


def test_normal_has_mean_zero_and_deviation_one():
    weights, _ = INITIALIZERS["normal"]().draw(np.random.RandomState(0), 300, 300)
    np.testing.assert_allclose([weights.mean(), weights.std()], [0, 1], atol=0.01)


@pytest.mark.parametrize("has_biases", [True, False])
def test_a_layer_without_biases_draws_the_same_weights(has_biases):
    normal = INITIALIZERS["normal"]()
    layers = [Dense(4, has_biases=has_biases, weight_init=normal), Relu(), Dense(2)]
    network = Network(3, layers)
    network.initialize(np.random.RandomState(0))
    drawn = normal.draw(np.random.RandomState(0), 3, 4)
    for array, expected in zip(
        (network.weights[0], *network.biases[:-1]), drawn, strict=False
    ):
        np.testing.assert_array_equal(array, expected)
    assert len(network.biases) == 1 + has_biases


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_uniform", 2 / 400),
        ("glorot_normal", 2 / 400),
        ("he_uniform", 2 / 300),
        ("he_normal", 2 / 300),
        ("lecun_uniform", 1 / 300),
        ("lecun_normal", 1 / 300),
    ],
)
def test_the_variance_depends_on_the_layer_size(name, variance):
    weights, biases = INITIALIZERS[name]().draw(np.random.RandomState(0), 300, 100)
    np.testing.assert_allclose(weights.mean(), 0, atol=0.01 * np.sqrt(variance))
    np.testing.assert_allclose(weights.var(), variance, rtol=0.02)
    largest = np.abs(weights).max() / np.sqrt(variance)
    assert largest <= np.sqrt(3) if "uniform" in name else largest > 3
    assert biases.any() == (name == "glorot_uniform")


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5)])
def test_orthogonal_weights_have_orthonormal_rows_or_columns(shape):
    weights, _ = Orthogonal(gain=2.0).draw(np.random.RandomState(0), *shape)
    assert weights.shape == shape
    gram = weights.T @ weights if shape[0] >= shape[1] else weights @ weights.T
    np.testing.assert_allclose(gram, 4 * np.eye(min(shape)), atol=1e-12)


@pytest.mark.parametrize("shape", [(40, 70), (50, 50), (70, 40), (300, 3)])
def test_orthogonal_layers_keep_lengths_unless_they_project(shape):
    fan_in, fan_out = shape
    signals = np.random.default_rng(0).normal(size=(2000, fan_in))
    weights, _ = Orthogonal().draw(np.random.RandomState(0), *shape)
    ratios = ((signals @ weights) ** 2).sum(axis=1) / (signals**2).sum(axis=1)
    if fan_in <= fan_out:
        np.testing.assert_allclose(ratios, 1)
    else:
        assert ratios.max() < 1
        np.testing.assert_allclose(ratios.mean(), fan_out / fan_in, rtol=0.05)
