import numpy as np
import pytest
from small_networks import perceptron

from sknn_scratch.engine.activations import Tanh
from sknn_scratch.engine.losses import SquaredError
from sknn_scratch.engine.objective import Objective
from sknn_scratch.engine.optimizers import OPTIMIZERS, SGD, Adam
from sknn_scratch.engine.rates import ConstantRates, FanInRates, LayerRates
from sknn_scratch.engine.steps import InputScale, Stepping, Steps

SIZES = [3, 5, 5, 2]


class Own(LayerRates):
    """Factors of their own for three layers."""

    def of_weights(self, fan_ins):
        return [2.0, 2.0, 0.5]


@pytest.fixture
def problem():
    """A network, samples, and the objective of it."""
    rng = np.random.default_rng(0)
    network = perceptron(SIZES, Tanh())
    network.params[...] = rng.normal(size=network.params.size)
    X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    return Objective(network, SquaredError()), X, y


def multipliers_of_params(network, multipliers):
    """Return the factor of every single parameter."""
    sizes = [*(weights.size for weights in network.weights), sum(SIZES[1:])]
    return np.repeat(multipliers, sizes)


@pytest.mark.parametrize("rates", [ConstantRates(), Own(biases=0.1), FanInRates()])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_parameter_moves_as_it_would_alone(problem, name, rates):
    objective, X, y = problem
    network, optimizer = objective.network, OPTIMIZERS[name]()
    multipliers = rates.multipliers(SIZES[:-1])
    of_params = multipliers_of_params(network, multipliers)
    expected = network.params.copy()
    alone = [
        optimizer.init(expected[i : i + 1], int(i < network.n_weights))
        for i in range(len(expected))
    ]
    steps = Steps(network, objective.grad, Stepping(optimizer, multipliers))
    for _ in range(3):
        objective.evaluate(X, y)
        for i, state in enumerate(alone):
            one, grad = expected[i : i + 1], objective.grad[i : i + 1].copy()
            optimizer.update(one, grad, state, 0.1 * of_params[i])
        steps.take(0.1)
    np.testing.assert_allclose(network.params, expected, rtol=1e-12)


def test_parameters_with_one_multiplier_are_one_group(problem):
    objective, *_ = problem

    def n_groups(rates, *how):
        multipliers = rates.multipliers(SIZES[:-1])
        return len(
            Steps(
                objective.network, objective.grad, Stepping(SGD(), multipliers, *how)
            ).states
        )

    assert n_groups(ConstantRates()) == 1
    assert n_groups(ConstantRates(biases=0.5)) == 2
    assert n_groups(Own()) == 3  # two layers, one, and the biases
    assert n_groups(ConstantRates(), 6.0) == 2  # the first layer with its scale, others


def test_the_gradient_of_an_input_scale_is_that_of_finite_differences(problem):
    objective, X, y = problem
    network = objective.network
    scale, still = np.array([0.5, 1.0, 2.0]), SGD(momentum=0)
    start = np.append(network.weights[0], scale)
    network.weights[0][...] *= scale[:, None]
    grad = objective.grad[:15].reshape(3, 5)
    first = InputScale(network.weights[0], grad, vector=start)
    objective.evaluate(X, y)
    first.move(still, first.begin(still), rate=0.0)
    gradient = first.vector_grad.copy()

    def at(vector):
        weights, scale = vector[:15].reshape(3, 5), vector[15:]
        network.weights[0][...] = weights * scale[:, None]
        return objective.evaluate(X, y).objective

    for i in range(len(start)):
        step = np.zeros_like(start)
        step[i] = 1e-5
        difference = (at(start + step) - at(start - step)) / 2e-5
        assert gradient[i] == pytest.approx(difference, abs=1e-8)


def test_a_scaled_layer_is_the_product_after_every_step(problem):
    objective, X, y = problem
    network = objective.network
    steps = Steps(network, objective.grad, Stepping(Adam(), input_scale=6.0))
    for _ in range(3):
        objective.evaluate(X, y)
        steps.take(0.01)
    weights, scale = steps.scaled[:15].reshape(3, 5), steps.scaled[15:]
    assert (np.abs(scale - 1) > 0.05).all()
    np.testing.assert_array_equal(network.weights[0], weights * scale[:, None])


def test_an_input_scale_continues_unless_the_weights_changed():
    weights, grad = np.array([[2.0, 4.0]]), np.zeros((1, 2))
    vector = np.array([1.0, 2.0, 2.0])
    going_on = InputScale(weights, grad, vector=vector)
    assert going_on.vector.tolist() == vector.tolist()
    assert going_on.vector is not vector
    weights[0, 0] = 3
    assert InputScale(weights, grad, vector=vector).vector.tolist() == [3.0, 4.0, 1.0]


def test_rates_of_biases_must_be_positive():
    with pytest.raises(ValueError, match=r"biases must be finite and > 0; got 0"):
        FanInRates(biases=0)


def test_a_new_input_scale_resets_the_optimizer_state(problem):
    objective, X, y = problem
    network = objective.network

    def steps(states=None, scaled=None):
        stepping = Stepping(Adam(), input_scale=6.0)
        return Steps(network, objective.grad, stepping, states, scaled)

    first = steps()
    objective.evaluate(X, y)
    first.take(0.01)

    def counts(steps):
        scaled, others = steps.states
        return [*(state.step for state in scaled), others.step]

    assert counts(first) == [1, 1, 1]
    assert counts(steps(list(first.states), first.scaled)) == [1, 1, 1]
    network.weights[0][...] += 1
    assert counts(steps(list(first.states), first.scaled)) == [0, 0, 1]


@pytest.mark.parametrize(
    "multipliers", [[1.0, 1.0], [1.0, 1.0, -1.0], [1.0, 1.0, np.nan]]
)
def test_multipliers_must_be_one_positive_number_per_layer(multipliers):
    class Bad(LayerRates):
        def of_weights(self, fan_ins):
            return multipliers

    with pytest.raises(ValueError, match=r"layer_rates must .* each of the 3 layers"):
        Bad().multipliers(SIZES[:-1])
