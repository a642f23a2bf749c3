"""Contract tests of all registered layers, alone and in pairs."""

import copy
import itertools
import pickle
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse

from sknn_scratch import layers as public
from sknn_scratch.engine.activations import (
    ACTIVATIONS,
    ELU,
    Activation,
    LeakyReLU,
    Relu,
    SiLU,
    Tanh,
)
from sknn_scratch.engine.layers import (
    LAYERS,
    LSTM,
    AveragePool2D,
    Chain,
    Conv2D,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    MaxPool2D,
    Noise,
    Parallel,
    Place,
    Reshape,
    Residual,
)
from sknn_scratch.engine.layers.binding import Binding
from sknn_scratch.engine.layers.chain import Copy
from sknn_scratch.engine.losses import LOSSES
from sknn_scratch.engine.network import Network
from sknn_scratch.engine.objective import Objective

N_FEATURES = 4


def framed(shape, layer):
    """Return a layer for images or sequences as one from a row to a row."""
    n_outputs = prod(layer.output_shape(shape))
    return Chain([Reshape(shape), layer, Reshape([n_outputs])])


def kind(layer):
    """Return the class that an example is for."""
    if isinstance(layer, Chain) and layer.layers and type(layer.layers[0]) is Reshape:
        return type(layer.layers[1])
    return type(layer)


# The first layer of each class stands for it in pairs. All take four values.
EXAMPLES = [
    Dense(3),
    Dense(4, has_biases=False, weight_init="he_normal"),
    Dropout(0.5),
    Dropout(0.0),
    LayerNorm(),
    LayerNorm(epsilon=0.5),
    Residual([Dense(4), Tanh()]),
    Residual([Dense(3), Dropout(0.5)]),
    Residual([]),
    Parallel([[Dense(3), Tanh()], LayerNorm(), Relu()]),
    Parallel([Dense(2), [], [Tanh(), Dense(3)]], features=[[3, 0, 3], [1], None]),
    Parallel([[Dense(2), Tanh()], Dense(2)], combine="mean"),
    Chain([Tanh(), Dense(3)]),
    Chain([]),
    Chain([Chain([Dropout(0.25)]), Chain([Residual([LayerNorm()]), Dense(2)])]),
    Reshape([4]),
    framed((2, 2), Conv2D(2, 2)),
    framed((2, 2), Conv2D(3, (1, 2), (2, 1), padding="same", weight_init="he_normal")),
    framed((1, 2, 2), Conv2D(2, 3, padding="same")),
    framed((2, 2), MaxPool2D((1, 2))),
    framed((1, 2, 2), MaxPool2D()),
    framed((4, 1), MaxPool2D((3, 1))),
    framed((2, 2), AveragePool2D((2, 1))),
    framed((2, 2), AveragePool2D()),
    framed((2, 2), LSTM(3)),
    framed((4, 1), LSTM(2, return_sequences=True, weight_init="he_normal")),
    *(activation() for activation in ACTIVATIONS.values()),
    LeakyReLU(slope=0.3),
    ELU(alpha=0.5),
]
FIRST = list({kind(layer): layer for layer in reversed(EXAMPLES)}.values())
layers = pytest.mark.parametrize("layer", EXAMPLES, ids=repr)
containers = pytest.mark.parametrize("container", [sparse.csr_array, sparse.csr_matrix])
EVALUABLE = vars(public) | {cls.__name__: cls for cls in ACTIVATIONS.values()}
RNG = np.random.default_rng(0)
X = np.where(RNG.random((7, N_FEATURES)) < 0.3, 0.0, RNG.normal(size=(7, N_FEATURES)))
Z = RNG.normal(size=(7, N_FEATURES))  # without zeros, where relu has a kink


class SameNoise(Noise):
    """Random numbers that are the same after every restart."""

    def __init__(self):
        super().__init__(np.random.SFC64(0))

    def restart(self):
        self.__init__()


def network_of(*layers, dtype=np.float64):
    """Return a network with parameters that are not those of any initializer."""
    network = Network(N_FEATURES, layers)
    network.initialize(np.random.RandomState(0))
    network.params += 0.3 * np.random.default_rng(1).normal(size=network.params.size)
    return network.copy(dtype)


class Sum:
    """J = Σ C ∘ y of layers y(x), as a function of their parameters and of x.

    The layers are bound as if layers with parameters were before them.
    """

    def __init__(self, layers, x, dtype=np.float64):
        network = network_of(*layers, dtype=dtype)
        self.params, self.x = network.params, x.astype(dtype)
        self.grad = np.zeros_like(self.params)
        self.noise = SameNoise()
        whole = Place(with_noise=True, numbers=itertools.count(), parts=[])
        chain = Chain((*layers, Copy()))
        place = whole.put(chain, x.shape[1:], needs_input_grad=True)
        arrays = network.unflatten(self.params) + network.unflatten(self.grad)
        binding = Binding(len(x), self.params.dtype, *map(iter, arrays), self.noise)
        self.ctx = binding.bind(place)
        self.weights = np.random.default_rng(2).normal(size=(len(x), network.n_outputs))

    def value(self):
        self.noise.restart()
        return float((self.weights * self.ctx.forward(self.x)).sum())

    def gradients(self):
        """Return ∂J/∂params and ∂J/∂x."""
        self.value()
        d_x = self.ctx.backward(self.weights.astype(self.x.dtype))
        return self.grad.copy(), d_x.copy()

    def slope(self, array, direction, h=1e-6):
        """Return the central difference along a direction of an array."""
        start, values = array.copy(), []
        for step in (h, -h):
            array[...] = start + step * direction
            values.append(self.value())
        array[...] = start
        return (values[0] - values[1]) / (2 * h)


def assert_gradients(*layers):
    """Compare with differences along every axis."""
    total = Sum(layers, Z)
    gradients = total.gradients()
    for array, found in zip((total.params, total.x), gradients, strict=True):
        expected = np.empty_like(found)
        for i in range(array.size):
            axis = np.zeros(array.size)
            axis[i] = 1
            expected.flat[i] = total.slope(array, axis.reshape(array.shape))
        size = np.abs(expected).max(initial=1e-3)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * size)


def assert_slopes(*layers):
    """Compare with differences along one random direction of each array."""
    total = Sum(layers, Z)
    rng = np.random.default_rng(3)
    for array, found in zip((total.params, total.x), total.gradients(), strict=True):
        direction = rng.normal(size=array.shape)
        expected = total.slope(array, direction)
        size = max(1e-2, np.linalg.norm(found))
        assert abs((direction * found).sum() - expected) < 1e-6 * size, layers


def objective_of(network, noise=None):
    return Objective(network, LOSSES["squared_error"](), alpha=0.1, noise=noise)


def evaluated(objective, X):
    """Return J and its gradient, with targets of zero."""
    X = X.astype(objective.grad.dtype)
    y = np.zeros((X.shape[0], objective.network.n_outputs), objective.grad.dtype)
    return objective.evaluate(X, y).objective, objective.grad.copy()


def assert_slope_of_objective(network, X, noise=None, h=1e-6):
    """Compare with the difference along a random direction of the parameters."""
    objective, start = objective_of(network, noise), network.params.copy()
    direction = np.random.default_rng(4).normal(size=start.size)
    results = []
    for step in (0, h, -h):
        network.params[...] = start + step * direction
        if noise:
            noise.restart()
        results.append(evaluated(objective, X))
    network.params[...] = start
    (_, grad), (above, _), (below, _) = results
    size = max(1e-2, np.linalg.norm(grad))
    assert abs(direction @ grad - (above - below) / (2 * h)) < 1e-6 * size


def assert_same(found, expected, rtol=1e-10):
    for one, other in zip(found, expected, strict=True):
        size = np.abs(other).max(initial=1e-3)
        np.testing.assert_allclose(one, other, rtol=0, atol=rtol * size)


def test_every_registered_layer_has_an_example():
    registered = {*LAYERS.values(), *ACTIVATIONS.values()}
    assert {kind(layer) for layer in EXAMPLES} == registered


@layers
def test_output_shapes_match_output_shape(layer):
    network = network_of(layer)
    shape = layer.output_shape((N_FEATURES,))
    assert network.raw(X).shape == (7, *shape) == (7, network.n_outputs)
    assert [one.shape for one in network.layer_outputs(X)] == (
        [] if layer.training_only else [(7, *shape)]
    )
    for part, ctx in network.parts():
        for shapes in part.parameter_shapes(ctx.input_shape):
            for name, parameter_shape in shapes.items():
                assert getattr(ctx, name).shape == parameter_shape
                assert np.shares_memory(getattr(ctx, name), network.params)
    assert Sum([layer], Z).gradients()[1].shape == Z.shape


@layers
def test_gradients_match_finite_differences(layer):
    assert_gradients(layer)


@layers
def test_float32_agrees_with_float64(layer):
    single, double = (Sum([layer], Z, dtype) for dtype in (np.float32, np.float64))
    assert single.ctx.forward(single.x).dtype == np.float32
    assert single.value() == pytest.approx(double.value(), rel=1e-4, abs=1e-4)
    assert_same(single.gradients(), double.gradients(), rtol=1e-4)


@layers
def test_chunks_give_the_same_result(layer):
    network = network_of(layer)
    raw, whole = network.raw(X), evaluated(objective_of(network), X)
    network.chunk_rows = 3
    objective = objective_of(network)
    assert objective.chunk_rows == 3
    assert_same(network.raw(X), raw)
    assert_same(evaluated(objective, X), whole)


@layers
def test_batch_sizes_have_separate_buffers(layer):
    network = network_of(layer)
    objective = objective_of(network)
    for n_rows in (7, 2, 7, 2):
        found = evaluated(objective, X[:n_rows])
        fresh = evaluated(objective_of(network), X[:n_rows])
        assert found[0] == fresh[0]
        np.testing.assert_array_equal(found[1], fresh[1])


@layers
def test_layers_compare_by_their_settings(layer):
    for twin in (
        eval(repr(layer), EVALUABLE),
        pickle.loads(pickle.dumps(layer)),
        copy.deepcopy(layer),
    ):
        assert twin == layer
        assert hash(twin) == hash(layer)
    others = [one for one in EXAMPLES if one is not layer]
    assert layer not in others


@layers
def test_copies_of_a_network_predict_the_same(layer):
    network = network_of(layer)
    expected = network.raw(X)
    twins = network.copy(), pickle.loads(pickle.dumps(network))
    network.params[...] = 0
    for twin in twins:
        assert twin.layers == network.layers
        np.testing.assert_array_equal(twin.raw(X), expected)


@layers
def test_two_passes_give_the_same_result(layer):
    total = Sum([layer], Z)
    first, value = total.gradients(), total.value()
    for again, one in zip(total.gradients(), first, strict=True):
        np.testing.assert_array_equal(again, one)
    assert total.value() == value


@layers
@pytest.mark.parametrize("draws", [False, True])
def test_only_layers_that_declare_it_overwrite_their_input(layer, draws):
    network, noise = network_of(layer), SameNoise() if draws else None
    inputs = X.copy()
    network.raw(inputs)
    network.layer_outputs(inputs)
    evaluated(objective_of(network, noise), inputs)
    np.testing.assert_array_equal(inputs, X)
    if not layer.overwrites:
        place = Place(with_noise=True, numbers=itertools.count(), parts=[])
        place = place.put(layer, (N_FEATURES,), needs_input_grad=True)
        arrays = network.unflatten(network.params) + network.unflatten(
            network.params.copy()
        )
        binding = Binding(7, X.dtype, *map(iter, arrays), SameNoise())
        binding.bind(place).forward(inputs)
        np.testing.assert_array_equal(inputs, X)


@layers
@containers
def test_sparse_input_gives_the_same_result(layer, container):
    network = network_of(layer)
    given = container(X)
    assert_same(network.raw(given), network.raw(X))
    found = evaluated(objective_of(network), given)
    assert_same(found, evaluated(objective_of(network), X))
    for one, other in zip(
        network.layer_outputs(given), network.layer_outputs(X), strict=True
    ):
        assert_same(one, other)
    assert (given != container(X)).nnz == 0


@containers
@layers
def test_sparse_input_with_random_numbers_has_the_right_gradient(layer, container):
    assert_slope_of_objective(network_of(layer, Dense(2)), container(X), SameNoise())


@pytest.mark.parametrize("first", FIRST, ids=repr)
def test_layers_after_one_another_have_the_right_gradient(first):
    """Which of them may overwrite what, and when there has to be a copy between."""
    for second in FIRST:
        if len(first.output_shape((N_FEATURES,))) == 1:
            for between in ([], [Dropout(0.5)]):
                fitting = _fitting(second, first)
                assert_slopes(first, *between, *fitting)
                assert_slopes(Dense(N_FEATURES), first, *between, *fitting)


_TAKE_ANY = {Chain, Dense, Dropout, LayerNorm, Residual, *ACTIVATIONS.values()}


def _fitting(layer, before):
    """Return a layer with a dense one before it where it needs four values."""
    (n_values,) = before.output_shape((N_FEATURES,))
    takes_any = n_values == N_FEATURES or kind(layer) in _TAKE_ANY
    return [layer] if takes_any else [Dense(N_FEATURES), layer]


@pytest.mark.parametrize("layer", FIRST, ids=repr)
def test_layers_inside_of_others_have_the_right_gradient(layer):
    for outer in (
        Residual([layer]),
        Residual([layer, Dense(N_FEATURES)]),
        Residual([Residual([layer]), Tanh()]),
        Parallel([layer, layer, []]),
        Parallel([[layer, Dense(2)], [Dense(4), layer, Dense(2)]], combine="mean"),
        Parallel([[Dropout(0.5), layer], [layer, Dropout(0.5)]]),
    ):
        assert_slopes(outer)
        assert_slopes(Relu(), outer, Tanh())
        # LayerNorm of two values is too steep for differences.
        wider = [Dense(3)] if prod(outer.output_shape((N_FEATURES,))) == 2 else []
        assert_slopes(Dense(N_FEATURES), outer, *wider, LayerNorm(), Dense(2))


@pytest.mark.parametrize("last", FIRST, ids=repr)
def test_a_loss_may_overwrite_what_the_last_layer_returns(last):
    network = network_of(Dense(N_FEATURES), Tanh(), last)
    assert_slope_of_objective(network, Z)
    assert_slope_of_objective(network, Z, SameNoise())


@pytest.mark.parametrize(
    ("layers", "n_copies"),
    [
        ([Dense(3), LayerNorm(), Relu(), Dropout(0.5), Dense(2)], 0),
        ([Residual([Dense(3), Tanh()]), Relu(), Parallel([Dense(2)])], 0),
        ([Relu(), Dense(3), Tanh(), Relu(), Dense(2)], 2),  # of the features, of tanh
        ([Dense(3), Tanh()], 1),  # of the output, which a loss overwrites
    ],
)
def test_copies_are_made_only_if_needed(layers, n_copies):
    steps = Network(N_FEATURES, layers).bind(2).steps
    assert sum(isinstance(step.layer, Copy) for step in steps) == n_copies


@dataclass(frozen=True)
class ArrayDense(Dense):
    """A user-defined dense layer without sparse input."""

    accepts_sparse: ClassVar[bool] = False


def test_the_scale_of_dropout_is_applied_by_the_next_dense_layer():
    outputs = []
    for dense in (Dense(2), ArrayDense(2)):
        network = Network(N_FEATURES, [Dropout(0.5), dense])
        network.initialize(np.random.RandomState(0))
        ctx = network.bind(len(Z), np.empty_like(network.params), SameNoise())
        outputs.append(ctx.forward(Z.copy()).copy())
    np.testing.assert_array_equal(*outputs)


@dataclass(frozen=True)
class Hyperbola(Activation):
    """A(z) = √(1 + z²), whose derivative z / A reads an output that is never 0."""

    needs_cache: ClassVar[bool] = True

    def activate(self, z, cache):
        cache[...] = z
        np.sqrt(1 + z**2, out=z)

    def differentiate(self, output, delta, cache):
        delta *= cache / output


def test_dropout_does_not_overwrite_the_output_of_user_defined_activations():
    assert_slopes(Dense(5), Hyperbola(), Dropout(0.5), Dense(2))


def test_after_relu_the_gradient_of_dropout_needs_no_mask():
    network = Network(N_FEATURES, [Dense(5), Relu(), Dropout(0.5), Dense(2)])
    ctx = network.bind(3, np.empty_like(network.params), SameNoise())
    (dropout,) = (step for step in ctx.steps if isinstance(step.layer, Dropout))
    assert dropout.in_place
    assert not dropout.needs_mask


@dataclass(frozen=True)
class Gain(Layer):
    """y = g x, with one number g for all."""

    def parameter_shapes(self, input_shape):
        return {"gain": ()}, {}

    def forward(self, x, ctx):
        ctx.input = x
        return x * ctx.gain

    def backward(self, delta, ctx):
        ctx.d_gain[...] = np.vdot(delta, ctx.input)
        return delta * ctx.gain


def test_a_single_number_is_a_weight_with_one_input():
    assert Network(N_FEATURES, [Gain(), Dense(2)]).fan_ins == [1, N_FEATURES]
    assert_slopes(Gain(), Dense(2))


def test_replaced_biases_of_another_dtype_are_used():
    network = Network(N_FEATURES, [LayerNorm(), Dense(2)], np.float32)
    network.initialize(np.random.RandomState(0))
    expected = network.raw(Z)
    network.biases[0] = network.biases[0].astype(np.float64)
    np.testing.assert_array_equal(network.raw(Z), expected)


@dataclass(frozen=True)
class Ramp(Layer):
    """y = x + r, with numbers r that are filled in once."""

    top: float = 1.0

    def prepare(self, ctx):
        ctx.ramp = ctx.empty(*ctx.input_shape)
        ctx.ramp[...] = np.linspace(0, self.top, *ctx.input_shape)

    def forward(self, x, ctx):
        return x + ctx.ramp

    def backward(self, delta, ctx):
        return delta


def test_user_defined_layers_keep_their_arrays_in_branches():
    network = Network(N_FEATURES, [Parallel([Ramp(1.0), Ramp(100.0)])])
    expected = np.hstack([X + np.linspace(0, top, N_FEATURES) for top in (1, 100)])
    np.testing.assert_allclose(network.raw(X), expected)


@dataclass(frozen=True)
class Doubled(Chain):
    """Twice what a chain puts out."""

    def forward(self, x, ctx):
        return 2 * super().forward(x, ctx)

    def backward(self, delta, ctx):
        return super().backward(2 * delta, ctx)


def test_a_subclass_of_chain_is_not_flattened():
    network = Network(N_FEATURES, [Doubled([Dense(2)])])
    network.initialize(np.random.RandomState(0))
    expected = 2 * (X @ network.weights[0] + network.biases[0])
    np.testing.assert_allclose(network.raw(X), expected)
    assert_slopes(Dense(3), Doubled([Dense(4), Tanh()]), Dense(2))


@dataclass(frozen=True)
class OwnDense(Dense):
    """A dense layer that does not apply the factor of dropout."""

    def forward(self, x, ctx):
        ctx.input = x
        return x @ ctx.weights + ctx.biases


def test_dropout_before_a_user_defined_layer_rescales_itself():
    outputs = []
    for dense in (Dense(2), OwnDense(2)):
        network = Network(N_FEATURES, [Dropout(0.5), dense])
        network.initialize(np.random.RandomState(0))
        ctx = network.bind(len(Z), np.empty_like(network.params), SameNoise())
        outputs.append(ctx.forward(Z.copy()).copy())
    np.testing.assert_allclose(*outputs)


@pytest.mark.filterwarnings("ignore:overflow|invalid:RuntimeWarning")
def test_layer_norm_of_overflowing_values_is_not_finite():
    network = Network(2, [LayerNorm()], np.float32)
    network.initialize(np.random.RandomState(0))
    with np.errstate(all="ignore"):
        raw = network.raw(np.array([[1e25, -1e25], [1, -1]], np.float32))
    assert not np.isfinite(raw[0]).any()
    assert np.isfinite(raw[1]).all()


# Without a Reshape between them, which would have others work on copies.
ON_IMAGES = [
    Conv2D(2, (2, 1), padding="same"),
    MaxPool2D((2, 1)),
    MaxPool2D((1, 2)),
    AveragePool2D((2, 1)),
    Residual([Conv2D(2, 2, padding="same")]),
    Residual([Tanh()]),
    Tanh(),
    SiLU(),
    Dropout(0.5),
    Dense(3),
]
ON_SEQUENCES = [LSTM(2, return_sequences=True), LSTM(3), *ON_IMAGES[-5:]]


@pytest.mark.parametrize("before", [[], [Dense(32)]], ids=repr)
@pytest.mark.parametrize(
    ("shape", "first", "second"),
    [
        *(((4, 4, 2), *both) for both in itertools.product(ON_IMAGES[:-1], ON_IMAGES)),
        *(
            ((8, 4), *both)
            for both in itertools.product(ON_SEQUENCES[:-1], ON_SEQUENCES)
            if both[0] != LSTM(3) or not isinstance(both[1], LSTM)
        ),
    ],
)
def test_layers_on_images_and_sequences_have_the_right_gradient(
    before, shape, first, second
):
    layers = [*before, Reshape(shape), first, second, Dense(2)]
    network = Network(32, layers)
    network.initialize(np.random.RandomState(0))
    network.params += 0.1 * np.random.default_rng(1).normal(size=network.params.size)
    inputs = np.random.default_rng(2).normal(size=(5, 32))
    assert_slope_of_objective(network, inputs)
    assert_slope_of_objective(network, inputs, SameNoise())
