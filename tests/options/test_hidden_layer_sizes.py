"""Layers in `hidden_layer_sizes`."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
import skops.io
from campaigns.oracles import Crash
from scipy import sparse
from scipy.special import softmax
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from small_networks import X, Y, same_weights, small, small_regressor

from sknn_scratch.callbacks import Checkpoint
from sknn_scratch.engine.layers.base import leaves
from sknn_scratch.inspection import check_gradients
from sknn_scratch.layers import (
    GELU,
    LSTM,
    AveragePool2D,
    Chain,
    Conv2D,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    Logistic,
    MaxPool2D,
    Parallel,
    Relu,
    Reshape,
    Residual,
    Tanh,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

TARGET = np.column_stack([X[:, 0] * X[:, 1], X[:, 2]])
LAYERS = [
    Residual([16, LayerNorm(), 8]),
    LayerNorm(),
    Parallel([[6, Dropout(0.2)], 5], features=[[0, 1], None]),
    Dropout(0.1),
    7,
]
ARCHITECTURES = {
    "all": LAYERS,
    "one layer": Residual([6]),
    "one dense layer": Dense(6),
    "activations": [Dense(6), GELU(), Logistic(), Dense(5), Tanh()],
    "no numbers of units": [LayerNorm(), Relu()],
    "one chain": Chain([6, LayerNorm(), 5]),
    "mean": [Parallel([[6, 5], 5], combine="mean"), LayerNorm()],
    "nothing": [Residual([]), Chain([]), Parallel([[], []], combine="mean")],
    "dropout": [Dropout(0.3), 6, Dropout(0.2), Residual([Dropout(0.1)])],
    "images": [Reshape((2, 2)), Conv2D(5, 2, padding="same"), MaxPool2D((1, 2)), 6],
    "images at the end": [12, Reshape((3, 2, 2)), Residual([Conv2D(2, 3, 1, "same")])],
    "an average": [Reshape((2, 2)), Conv2D(5, (2, 1)), Dropout(0.1), AveragePool2D()],
    "sequences": [Reshape((2, 2)), LSTM(5, True), Dropout(0.1), LSTM(4)],
    "sequences at the end": [Reshape((4, 1)), LSTM(3, return_sequences=True)],
}
architectures = pytest.mark.parametrize(
    "layers", ARCHITECTURES.values(), ids=ARCHITECTURES
)


@dataclass(frozen=True)
class Scale(Layer):
    """y = x ∘ s, a layer of a user."""

    start: float = 1.0

    def parameter_shapes(self, input_shape):
        return {}, {"scale": input_shape}

    def initialize(self, ctx, random_state):
        ctx.scale[...] = self.start

    def forward(self, x, ctx):
        ctx.input = x
        return x * ctx.scale

    def backward(self, delta, ctx):
        ctx.d_scale[...] = (delta * ctx.input).sum(axis=0)
        return delta * ctx.scale


@dataclass(frozen=True)
class WrongScale(Scale):
    """A layer whose backward pass omits the factor of the input gradient."""

    def backward(self, delta, ctx):
        super().backward(delta, ctx)
        return delta


@architectures
@pytest.mark.parametrize("make", [small, small_regressor])
def test_predictions_and_reports_fit_together(make, layers):
    y = Y if make is small else TARGET
    model = make(hidden_layer_sizes=layers).fit(X, y)
    assert np.isfinite(model.score(X, y))
    output = model.predict_proba(X) if make is small else model.predict(X)
    *hidden, last = model.layer_activations(X)
    np.testing.assert_allclose(last, output, rtol=1e-12)
    assert len(hidden) == model.n_layers_ - 2
    arrays = [*model.coefs_, *model.intercepts_]
    assert model.n_parameters_ == sum(array.size for array in arrays)
    total = model.summary().splitlines()[-1].split()
    assert total == ["total", str(model.n_parameters_)]
    n_last = np.prod(hidden[-1].shape[1:]) if hidden else 4
    assert n_last == model.coefs_[-1].shape[0]


@architectures
def test_gradients_are_right(layers):
    settings = {"hidden_layer_sizes": layers, "activation": "tanh", "alpha": 0.1}
    assert check_gradients(small(**settings), X, Y)
    assert check_gradients(small_regressor(**settings).fit(X, TARGET), X, TARGET)


@architectures
def test_copies_are_equal(layers):
    model = small(hidden_layer_sizes=layers).fit(X, Y)
    expected = model.predict_proba(X)
    saved = skops.io.dumps(model)
    types = skops.io.get_untrusted_types(data=saved)
    assert {name.split(".")[0] for name in types} <= {"sknn_scratch", "numpy"}
    copies = pickle.loads(pickle.dumps(model)), skops.io.loads(saved, trusted=types)
    for twin in copies:
        assert twin.get_params() == model.get_params()
        np.testing.assert_array_equal(twin.predict_proba(X), expected)
    trained = [one.partial_fit(X, Y) for one in (model, *copies)]
    assert all(same_weights(trained[0], one) for one in trained[1:])
    again = clone(model)
    assert again.get_params() == model.get_params()
    assert not hasattr(again, "model_")
    np.testing.assert_array_equal(again.fit(X, Y).predict_proba(X), expected)


def test_a_list_of_layers_computes_their_composition():
    layers = [Residual([6, LayerNorm()]), Parallel([3, [Dense(2)]], [[0, 5], None])]
    model = small(hidden_layer_sizes=layers, activation="tanh").fit(X, Y)
    V, P, R, S, W = model.coefs_
    b, gain, shift, c, d, e = model.intercepts_
    inside = np.tanh(X @ V + b)
    centered = inside - inside.mean(axis=1, keepdims=True)
    normalized = centered / np.sqrt(inside.var(axis=1, keepdims=True) + 1e-5)
    first = normalized * gain + shift + X @ P
    second = np.hstack([np.tanh(first[:, [0, 5]] @ R + c), first @ S + d])
    np.testing.assert_allclose(model.layer_activations(X)[0], first)
    np.testing.assert_allclose(model.layer_activations(X)[1], second)
    np.testing.assert_allclose(model.predict_proba(X), softmax(second @ W + e, axis=1))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_numbers_are_chains_of_a_dense_layer_and_the_activation(solver):
    settings = {"activation": "gelu", "solver": solver}
    numbers = small(hidden_layer_sizes=[8, 6], **settings).fit(X, Y)
    blocks = [Chain([Dense(8), GELU()]), Dense(6), GELU()]
    assert same_weights(numbers, small(hidden_layer_sizes=blocks, **settings).fit(X, Y))


def test_weights_and_biases_can_be_replaced():
    model = small(hidden_layer_sizes=LAYERS).fit(X, Y)
    other = small(hidden_layer_sizes=LAYERS, random_state=1).fit(X, Y)
    assert [one.shape for one in model.coefs_] == [
        *[(4, 16), (16, 8), (4, 8)],  # F of the block, then what is past it
        *[(2, 6), (8, 5)],
        *[(11, 7), (7, 3)],
    ]
    assert [len(one) for one in model.intercepts_] == [
        *[16, 16, 16, 8],  # a normalization has two
        *[8, 8],
        *[6, 5],
        *[7, 3],
    ]
    model.coefs_, model.intercepts_ = other.coefs_, other.intercepts_
    np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))
    with pytest.raises(ValueError, match="coefs_ must have the shapes"):
        model.coefs_ = other.coefs_[1:]
    started = small(hidden_layer_sizes=LAYERS, max_iter=1, learning_rate_init=1e-12)
    started.fit(X, Y, coefs_init=other.coefs_, intercepts_init=other.intercepts_)
    expected = other.predict_proba(X)
    np.testing.assert_allclose(started.predict_proba(X), expected, atol=1e-6)


def test_the_projection_of_a_residual_block_uses_weight_init():
    zeros = small(hidden_layer_sizes=[Residual([8])], weight_init="zeros")
    given = small(hidden_layer_sizes=[Residual([8], weight_init="zeros")])
    for model, is_zero in ((zeros, [True, True]), (given, [False, True])):
        model.set_params(learning_rate_init=1e-12, max_iter=1).fit(X, Y)
        assert [abs(one).max() < 1e-6 for one in model.coefs_[:2]] == is_zero


def test_the_summary_opens_layers():
    layers = [Residual([8, LayerNorm()]), 5, Dropout(0.1), Parallel([3, [Dense(2)]])]
    model = small(hidden_layer_sizes=layers).fit(X, Y)
    rows = [line.split() for line in model.summary().splitlines()]
    assert rows == [
        ["layer", "inputs", "units", "parameters", "activation"],
        ["hidden", "1:", "Residual", "4", "8"],
        ["Dense", "4", "8", "40", "relu"],
        ["LayerNorm", "8", "8", "16"],
        ["shortcut", "4", "8", "32"],
        ["hidden", "2", "8", "5", "45", "relu"],
        ["hidden", "3:", "Parallel", "5", "5"],
        ["branch", "1", "5", "3", "18", "relu"],
        ["branch", "2", "5", "2"],
        ["Dense", "5", "2", "12"],
        ["output", "5", "3", "18", "softmax"],
        ["total", "181"],
    ]


def test_a_grid_mixes_layers_and_numbers():
    sizes = [8, [8], (8, 6), [8, LayerNorm()], Residual([8]), LAYERS, []]
    search = GridSearchCV(small(), {"hidden_layer_sizes": sizes}, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_["hidden_layer_sizes"] in sizes
    model = small().set_params(hidden_layer_sizes=LAYERS)
    assert model.get_params()["hidden_layer_sizes"] is LAYERS


@pytest.mark.needs_callbacks
def test_a_fit_resumes_from_a_checkpoint_with_the_same_bits(tmp_path):
    def fresh():
        return small(hidden_layer_sizes=LAYERS, max_iter=6, average=0.9)

    crashed = fresh().set_callbacks(Checkpoint(tmp_path / "c", every=2), Crash(4))
    with pytest.raises(RuntimeError, match="crash"):
        crashed.fit(X, Y)
    resumed = fresh().set_callbacks(Checkpoint(tmp_path / "c"))
    other = clone(resumed).set_params(hidden_layer_sizes=[*LAYERS[:-1], 6])
    other.set_callbacks(Checkpoint(tmp_path / "c"))
    with pytest.raises(
        ValueError, match="different settings or data: hidden_layer_sizes"
    ):
        other.fit(X, Y)
    whole = fresh().fit(X, Y)
    resumed.fit(X, Y)
    assert same_weights(resumed, whole)
    assert resumed.loss_curve_ == whole.loss_curve_
    for ours, theirs in zip(resumed.intercepts_, whole.intercepts_, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_partial_fit_and_warm_start_continue():
    whole = small(hidden_layer_sizes=LAYERS, max_iter=4).fit(X, Y)
    parts = small(hidden_layer_sizes=LAYERS)
    for _ in range(4):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_weights(whole, parts)
    warm = small(hidden_layer_sizes=LAYERS, max_iter=2, warm_start=True).fit(X, Y)
    warm.fit(X, Y)
    assert len(warm.loss_curve_) == 4
    assert warm.loss_curve_[2] < warm.loss_curve_[0]


@pytest.mark.parametrize("warm_start", [False, True])
def test_warm_start_refuses_changed_layers_but_allows_changed_dropout(warm_start):
    model = small(hidden_layer_sizes=LAYERS, warm_start=warm_start).fit(X, Y)
    train = model.fit if warm_start else model.partial_fit
    for others in (
        [*LAYERS[:-1], 8],
        LAYERS[:-1],
        [LAYERS[0], LayerNorm(0.1), *LAYERS[2:]],
        [*LAYERS[:2], Parallel([6, 5], features=[[1, 0], None]), 7],
        [Chain([16, LayerNorm(), 8]), *LAYERS[1:]],
    ):
        expected = model.predict_proba(X)
        model.set_params(hidden_layer_sizes=others)
        with pytest.raises(ValueError, match=r"layers must stay .* fit with warm"):
            train(X, Y)
        np.testing.assert_array_equal(model.predict_proba(X), expected)
    parallel = Parallel([6, [5, Dropout(0.5)]], features=[[0, 1], None])
    same = [Dropout(0.1), *LAYERS[:2], parallel, Chain([Dropout(0.3), 7])]
    model.set_params(hidden_layer_sizes=same, dropout=0.1)
    train(X, Y)
    assert (
        model.n_parameters_ == small(hidden_layer_sizes=LAYERS).fit(X, Y).n_parameters_
    )


def test_layers_work_with_ensembles_searches_and_refits():
    settings = {
        "hidden_layer_sizes": LAYERS,
        "early_stopping": True,
        "refit": True,
        "average": 0.9,
        "ensemble": [[0, 1, 2], [1, 2, 3]],
        "calibrate": True,
        "max_iter": 10,
    }
    model = small(**settings).fit(X.astype(np.float32), Y)
    assert {array.dtype for array in (*model.coefs_, *model.intercepts_)} == {
        np.dtype(np.float32)
    }
    assert np.isfinite(model.predict_proba(X)).all()
    single = small(hidden_layer_sizes=LAYERS).fit(X[:, :3], Y)
    assert model.n_parameters_ == 2 * single.n_parameters_
    assert same_weights(model, pickle.loads(pickle.dumps(model)))


@pytest.mark.parametrize("container", [sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize(
    "first",
    [
        *[Residual([8]), Residual([]), LayerNorm(), Relu(), Chain([])],
        *[Chain([Reshape((2, 2)), layer]) for layer in (Conv2D(3, 2), LSTM(3))],
        *[Parallel([8, LayerNorm(), []]), Parallel([4, []], [[0, 2], [1]])],
        Scale(),
    ],
    ids=repr,
)
def test_sparse_input_goes_into_every_layer(first, container):
    zeros = np.where(np.abs(X) < 0.5, 0, X)
    dense, given = (small(hidden_layer_sizes=[first, 5]) for _ in range(2))
    dense.fit(zeros, Y)
    given.fit(container(zeros), Y)
    expected = dense.predict_proba(zeros)
    np.testing.assert_allclose(given.predict_proba(container(zeros)), expected)
    outputs = given.layer_activations(container(zeros))
    for one, other in zip(outputs, dense.layer_activations(zeros), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    "layers", [[Dropout(0.3), 5], Residual([Dropout(0.3)]), Parallel([Dropout(0.3)])]
)
def test_dropout_of_sparse_input(layers):
    model = small(hidden_layer_sizes=layers, max_iter=60, learning_rate_init=0.02)
    model.fit(sparse.csr_array(X), Y)
    assert model.score(X, Y) > 0.8
    found = model.predict_proba(sparse.csr_array(X))
    np.testing.assert_allclose(found, model.predict_proba(X))


def test_lists_of_options_count_the_numbers_in_order():
    layers = [Residual([8, LayerNorm(), Parallel([7, [6]])]), Dense(4), 5]
    model = small(
        hidden_layer_sizes=layers,
        activation=["tanh", "relu", GELU(), "logistic"],
        dropout=[0.1, 0, 0.25, 0.5],
    ).fit(X, Y)
    network = model.model_.network
    found = [
        one
        for one, _ in leaves(Chain(network.layers), (4,))
        if not isinstance(one, Dense | LayerNorm)
    ]
    assert found == [
        *[Tanh(), Dropout(0.1), Relu(), GELU(), Dropout(0.25)],
        *[Logistic(), Dropout(0.5)],
    ]
    for name, wrong in (("activation", ["relu"] * 3), ("dropout", [0.1] * 5)):
        message = (
            f"{name} must be .* a list of 4 .* one for each number of units in hidden"
        )
        with pytest.raises(ValueError, match=message):
            clone(model).set_params(**{name: wrong}).fit(X, Y)


def test_a_user_defined_layer_works_in_a_network():
    layers = [Scale(), 6, Scale(2.0), Residual([Scale()])]
    model = small(hidden_layer_sizes=layers).fit(X, Y)
    assert check_gradients(model, X, Y)
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(twin.predict_proba(X), model.predict_proba(X))
    assert clone(model).get_params() == model.get_params()
    assert "hidden 3: Scale" in model.summary()
    assert [len(one) for one in model.intercepts_] == [4, 6, 6, 6, 3]


def test_a_wrong_backward_is_found():
    check = check_gradients(small(hidden_layer_sizes=[6, WrongScale(2.0)]), X, Y)
    assert not check
    wrong = [name for name, error in check.errors.items() if error > check.tol]
    assert wrong == ["weights 1", "biases 1"]  # those before the layer


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ("64", "hidden_layer_sizes"),
        (None, "hidden_layer_sizes"),
        (True, "must be a number, not a bool"),
        (0, r"hidden_layer_sizes.*range \[1, inf\)"),
        ([0], r"must be a list of layers or numbers of units.* got 0 in \[0\]\."),
        ([-3, LayerNorm()], "must be a list of layers or numbers of units"),
        ([True], "must be a list of layers or numbers of units"),
        ([8.0], "must be a list of layers or numbers of units"),
        (["8"], "must be a list of layers or numbers of units"),
        ([None], "must be a list of layers or numbers of units"),
        ([LayerNorm], "must be a list of layers or numbers of units"),
        ([[8, 8], 8], "[Ww]rite a nested list as Chain"),
        (
            [Parallel([8], features=[[4]])],
            "features must be indices below 4, the number of",
        ),
        (
            [Parallel([8, 9], combine="mean")],
            r"the same number of outputs .*got \[8, 9\]",
        ),
        ([Layer()], "Layer must define forward"),
    ],
)
def test_invalid_layers_raise_and_leave_the_estimator_unchanged(sizes, message):
    model = small(warm_start=True).fit(X, Y)
    before, weights = model.model_, model.coefs_[0].copy()
    model.set_params(hidden_layer_sizes=sizes)
    with pytest.raises((ValueError, NotImplementedError), match=message):
        model.set_params(warm_start=False).fit(X, Y)
    assert model.model_ is before
    np.testing.assert_array_equal(model.coefs_[0], weights)


class Wide(Scale):
    """A layer that returns another shape than output_shape."""

    def forward(self, x, ctx):
        return np.hstack([super().forward(x, ctx)] * 2)


class Double(Scale):
    """A layer that computes in another precision."""

    def forward(self, x, ctx):
        return super().forward(x, ctx).astype(np.float64)


class Narrow(Scale):
    """A layer whose gradient has another shape than its input."""

    def backward(self, delta, ctx):
        return super().backward(delta, ctx)[:, 1:]


class InPlace(Scale):
    """A layer that overwrites its input without declaring it."""

    def forward(self, x, ctx):
        ctx.input = x
        x *= ctx.scale
        return x


class View(Scale):
    """A layer that returns its input with caches_output = False."""

    caches_output = False

    def forward(self, x, ctx):
        ctx.input = x
        return x


class Unset(Scale):
    """A layer that replaces the array of its parameter in initialize."""

    def initialize(self, ctx, random_state):
        ctx.scale = np.ones(ctx.scale.shape)


class Loses(Scale):
    """A layer that replaces the array of its parameter in forward."""

    def forward(self, x, ctx):
        ctx.scale = x
        return x * 2


class Number(Scale):
    """A layer whose output_shape returns a number."""

    def output_shape(self, input_shape):
        return input_shape[0]


class OneDict(Scale):
    """A layer whose parameter_shapes returns one dict."""

    def parameter_shapes(self, input_shape):
        return {"scale": input_shape}


class NoDataclass(Scale):
    """A layer whose settings cannot be compared."""

    def __init__(self, k=2):
        self.k = k


class Nothing(Scale):
    """A layer whose backward returns None."""

    def backward(self, delta, ctx):
        super().backward(delta, ctx)


class Replaces(Scale):
    """A layer that replaces the array of its gradient."""

    def backward(self, delta, ctx):
        ctx.d_scale = (delta * ctx.input).sum(axis=0)
        return delta * ctx.scale


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Wide(), r"forward of Wide\(.*\) must return .* \(\d+, 5\) .* got \(\d+, 10\)"),
        (Double(), r"forward of Double\(.*\) .* dtype float32; got .* float64"),
        (Narrow(), r"backward of Narrow\(.*\) must return .* got \(\d+, 4\)"),
        (Nothing(), r"backward of Nothing\(.*\) must return .* got None"),
        (InPlace(), "read-only"),
        (View(), r"caches_output of View\(.*\) must be True"),
        (Unset(), r"initialize of Unset\(.*\) must write into ctx.scale; .*\[...\] = "),
        (Loses(), r"forward of Loses\(.*\) must write into ctx.scale"),
        (Number(), r"output_shape of Number\(.*\) must return a tuple .* got 5"),
        (OneDict(), r"parameter_shapes of OneDict\(.*\) must return two dicts"),
        (NoDataclass.__new__(NoDataclass), "must be a frozen dataclass.*NoDataclass"),
        (Replaces(), r"backward of Replaces\(.*\) must write .* ctx.d_scale\[...\]"),
    ],
)
def test_errors_in_user_defined_layers_are_reported(layer, message):
    model = small(hidden_layer_sizes=[5, layer])
    with pytest.raises(ValueError, match=message):
        model.fit(X.astype(np.float32), Y)
    assert not hasattr(model, "model_")


@dataclass(frozen=True)
class Noisy(Scale):
    """A training-only layer that changes the shape."""

    training_only = True

    def parameter_shapes(self, input_shape):
        return {}, {}

    def output_shape(self, input_shape):
        return (2 * input_shape[0],)


@dataclass(frozen=True)
class OfArray(Scale):
    """A layer with an array as a setting."""

    array: np.ndarray = None


def test_a_training_only_layer_must_preserve_the_shape():
    with pytest.raises(ValueError, match=r"shape of its input; got .10,. for .5,."):
        small(hidden_layer_sizes=[5, Noisy()]).fit(X, Y)


def test_settings_that_cannot_be_compared_are_named():
    layers = [[5, OfArray(array=np.arange(3))] for _ in range(2)]
    model = small(hidden_layer_sizes=layers[0], warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=r"must be comparable with ==.*Use tuples"):
        model.set_params(hidden_layer_sizes=layers[1]).fit(X, Y)


def test_a_replaced_array_of_an_ensemble_keeps_its_shape():
    model = small(ensemble=2).fit(X, Y)
    model.coefs_[0] = model.coefs_[0][:1]
    with pytest.raises(ValueError, match="must keep their shapes"):
        model.partial_fit(X, Y)


@dataclass(frozen=True)
class HalfResidual(Residual):
    """A layer with the same parameters and another function."""

    def forward(self, x, ctx):
        return super().forward(x, ctx) / 2


def test_a_subclass_of_a_block_is_another_layer():
    model = small(hidden_layer_sizes=[Residual([8])], warm_start=True).fit(X, Y)
    model.set_params(hidden_layer_sizes=[HalfResidual([8])])
    with pytest.raises(ValueError, match=r"layers must stay .* got .*HalfResidual"):
        model.fit(X, Y)
