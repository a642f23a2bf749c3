import numpy as np
import pytest

from sknn_scratch.engine.activations import Relu
from sknn_scratch.engine.initializers import INITIALIZERS, GlorotUniform
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
def test_a_network_without_biases_keeps_them_zero(has_biases):
    network = Network([3, 4, 2], [Relu()], has_biases=has_biases)
    network.initialize(INITIALIZERS["normal"](), np.random.RandomState(0))
    assert all(weights.any() for weights in network.weights)
    assert all(biases.any() == has_biases for biases in network.biases)
