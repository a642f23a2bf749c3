"""Networks for images and sequences, also with other options."""

import pickle

import numpy as np
import pytest
from campaigns.oracles import Crash
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from small_networks import same_weights

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, to_sklearn
from sknn_scratch.callbacks import Checkpoint
from sknn_scratch.inspection import check_gradients
from sknn_scratch.layers import (
    LSTM,
    AveragePool2D,
    Chain,
    Conv2D,
    Dense,
    Dropout,
    Identity,
    MaxPool2D,
    Parallel,
    Relu,
    Reshape,
    Residual,
    Tanh,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = load_digits(return_X_y=True)
X, Y = (X / 16)[:300].astype(np.float32), Y[:300]
IMAGES = [Reshape((8, 8)), Conv2D(6, 3), MaxPool2D(2), Dropout(0.1), Conv2D(5, 2), 20]
SEQUENCES = [Reshape((8, 8)), LSTM(12, return_sequences=True), Dropout(0.1), LSTM(16)]
both = pytest.mark.parametrize("layers", [IMAGES, SEQUENCES], ids=["images", "lstm"])


def classifier(layers, **settings):
    """Return a classifier that learns the digits in a few epochs."""
    start = {"max_iter": 30, "batch_size": 32, "learning_rate_init": 0.01}
    return MLPScratchClassifier(layers, random_state=0, **start | settings)


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_digits_are_learned(layers, dtype):
    model = classifier(layers).fit(X.astype(dtype), Y)
    assert model.score(X, Y) > 0.9
    assert model.coefs_[0].dtype == dtype


@both
def test_a_regressor_learns_how_much_ink_there_is(layers):
    ink = X.sum(axis=1)
    model = MLPScratchRegressor(
        hidden_layer_sizes=layers,
        max_iter=30,
        batch_size=32,
        learning_rate_init=0.01,
        standardize_target=True,
        random_state=0,
    )
    assert model.fit(X, ink).score(X, ink) > 0.7


@both
def test_predictions_in_chunks_equal_single_predictions(layers):
    model = classifier(layers, max_iter=2).fit(X, Y)
    together = model.predict_proba(X)
    model.model_.network.chunk_rows = 7
    np.testing.assert_allclose(model.predict_proba(X), together, atol=1e-6)
    one_by_one = [model.predict_proba(x[None])[0] for x in X[:20]]
    np.testing.assert_allclose(one_by_one, together[:20], atol=1e-6)


def test_chunks_of_large_images_are_small():
    layers = [Reshape((64, 64, 3)), Conv2D(8, 3), MaxPool2D(2)]
    images = np.zeros((40, 64 * 64 * 3))
    model = classifier(layers, max_iter=1).fit(images, np.arange(40) % 2)
    assert model.model_.network.chunk_rows * 62 * 62 * 8 < 2**18


@both
def test_sparse_input_gives_the_same(layers):
    ours, given = (classifier(layers, max_iter=2) for _ in range(2))
    ours.fit(X, Y)
    given.fit(sparse.csr_array(X), Y)
    assert same_weights(ours, given)
    np.testing.assert_array_equal(
        given.predict_proba(sparse.csc_matrix(X)), ours.predict_proba(X)
    )


@both
def test_augmentation_receives_rows(layers):
    seen = []

    def shift(batch, random_state):
        seen.append(batch.shape)
        return np.roll(batch.reshape(-1, 8, 8), 1, axis=2).reshape(batch.shape)

    classifier(layers, augment=shift, max_iter=2).fit(X, Y)
    assert set(seen) == {(32, 64), (300 % 32, 64)}


@both
def test_image_layers_work_with_ensembles_searches_and_refits(layers):
    model = classifier(
        layers,
        early_stopping=True,
        refit=True,
        average=0.9,
        ensemble=2,
        calibrate=True,
        class_weight="balanced",
        max_iter=4,
    ).fit(X, Y, sample_weight=np.linspace(0, 1, len(Y)))
    single = classifier(layers, max_iter=1).fit(X, Y)
    assert model.n_parameters_ == 2 * single.n_parameters_
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(twin.predict_proba(X), model.predict_proba(X))
    model.set_params(refit=False).fit(X, Y, X_val=X[:50], y_val=Y[:50])
    assert model.best_epoch_ >= 1


@pytest.mark.needs_callbacks
@both
def test_a_fit_resumes_from_a_checkpoint_with_the_same_bits(layers, tmp_path):
    def fresh():
        return classifier(layers, max_iter=4)

    with pytest.raises(RuntimeError, match="crash"):
        fresh().set_callbacks(Checkpoint(tmp_path / "c", every=2), Crash(3)).fit(X, Y)
    resumed = fresh().set_callbacks(Checkpoint(tmp_path / "c")).fit(X, Y)
    assert same_weights(resumed, fresh().fit(X, Y))


@both
def test_partial_fit_and_warm_start_continue(layers):
    whole = classifier(layers, max_iter=3).fit(X, Y)
    parts, warm = classifier(layers), classifier(layers, max_iter=1, warm_start=True)
    for _ in range(3):
        parts.partial_fit(X, Y, classes=np.arange(10))
        warm.fit(X, Y)
    assert same_weights(whole, parts)
    assert warm.loss_curve_[2] < warm.loss_curve_[0]
    assert clone(warm).fit(X, Y).loss_curve_ == warm.loss_curve_[:1]


@pytest.mark.parametrize("layers", [[*IMAGES[:3], 8], [Reshape((8, 8)), LSTM(8)]])
def test_lbfgs_and_gradients(layers):
    model = classifier(layers, solver="lbfgs", max_iter=15)
    assert check_gradients(model, X[:40], Y[:40], n_params=20)
    model.fit(X, Y)
    assert model.score(X, Y) > 0.6
    assert check_gradients(model, X[:40], Y[:40], n_params=20)


def test_a_grid_over_layers_and_their_settings():
    grid = {
        "hidden_layer_sizes": [
            [Reshape((8, 8)), Conv2D(4, size, padding=padding), MaxPool2D(4)]
            for size in (2, 3)
            for padding in ("valid", "same")
        ]
    }
    search = GridSearchCV(classifier([], max_iter=2), grid, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_["hidden_layer_sizes"] in grid["hidden_layer_sizes"]


def hidden_of(layers, **settings):
    """Return the layers of a network before the output, chains opened."""
    model = classifier(layers, max_iter=1, **settings).fit(X, Y)
    return list(Chain(model.model_.network.layers[:-1]).flat())


def kinds(layers):
    return [type(layer) for layer in layers]


def test_the_activation_is_added_after_a_convolution_without_one():
    found = hidden_of(
        [
            *[Reshape((8, 8)), Conv2D(2, 3), MaxPool2D(2), Conv2D(2, 2), Identity()],
            *[Chain([Conv2D(2, 1)]), Residual([Conv2D(2, 1)]), Dense(3)],
        ],
        activation="tanh",
    )
    inside = list(Chain(found[-2].layers).flat())
    assert kinds(found[1:4]) == [Conv2D, Tanh, MaxPool2D]
    assert kinds(found[4:8]) == [Conv2D, Identity, Conv2D, Tanh]
    assert kinds(inside) == [Conv2D, Tanh]
    assert type(found[-1]) is Dense


def test_a_list_of_activations_has_one_for_each_number_and_convolution():
    layers = [Reshape((8, 8)), Conv2D(2, 3), Conv2D(2, 3), Relu(), 5]
    found = hidden_of(layers, activation=["tanh", "identity"], dropout=[0.1])
    expected = [Conv2D, Tanh, Conv2D, Relu, Dense, Identity, Dropout]
    assert kinds(found[1:]) == expected
    with pytest.raises(ValueError, match=r"a list of 2 activations, .* each Conv2D"):
        hidden_of(layers, activation=["tanh"] * 3, dropout=[0.1])


def test_an_activation_is_added_to_each_branch():
    branches = Parallel([Chain([Reshape((8, 8)), Conv2D(2, 3), Dense(2)]), Relu()])
    assert hidden_of([branches])[0].output_shape((64,)) == (66,)
    images = Parallel([[Conv2D(2, 3), 4], [Conv2D(2, 5), MaxPool2D(2), 4]])
    inside = hidden_of([Reshape((8, 8)), images])[1]
    assert [kinds(Chain([one]).flat()) for one in inside.branches] == [
        [Conv2D, Relu, Dense, Relu],
        [Conv2D, Relu, MaxPool2D, Dense, Relu],
    ]


def test_initial_weights_are_those_of_the_estimator_or_of_the_layer():
    columns = [Reshape((8, 8)), Conv2D(3, 2), AveragePool2D((1, 7)), Reshape((7, 3))]
    layers = [*columns, LSTM(4, return_sequences=True), LSTM(4)]
    zeros = classifier(layers, weight_init="zeros", max_iter=1, learning_rate_init=1e-9)
    kernel, first, second, _ = zeros.fit(X, Y).coefs_
    for weights, n_inputs in ((kernel, 4), (first, 3), (second, 4)):
        assert abs(weights[:n_inputs]).max() < 1e-6
    assert abs(first[3:]).max() > 0.1  # recurrence starts from its own
    own = [Reshape((8, 8)), Conv2D(3, 2, weight_init="zeros")]
    model = classifier(own, max_iter=1, learning_rate_init=1e-9).fit(X, Y)
    assert abs(model.coefs_[0]).max() < 1e-6 < 0.1 < abs(model.coefs_[1]).max()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Conv2D(4, 3)], r"Conv2D\(4, kernel_size=3\) requires images.* \(64,\)"),
        ([LSTM(4)], r"LSTM\(4\) requires sequences.* \(64,\)"),
        (
            [Reshape((8, 9))],
            r"the same number of values as its input, 64; got \(8, 9\)",
        ),
        ([Reshape((8, 8)), Conv2D(4, 9)], "kernel_size must not be larger than"),
        ([Reshape((8, 8)), 5, LSTM(3)], r"requires sequences.* \(5,\)"),
        (
            [Reshape((8, 8)), Residual([Conv2D(2, 3)])],
            r"Residual must preserve the shape .* got \(6, 6, 2\) for \(8, 8\)",
        ),
        (
            [Reshape((8, 8)), Parallel([2, 3], features=[[0], None])],
            r"features of Parallel must be None .* of shape \(8, 8\)",
        ),
    ],
)
def test_incompatible_layers_raise_before_training(layers, message):
    model = classifier([5], max_iter=1).fit(X, Y)
    before = model.model_
    with pytest.raises(ValueError, match=message):
        model.set_params(hidden_layer_sizes=layers).fit(X, Y)
    assert model.model_ is before


@both
def test_options_that_need_a_first_dense_layer_raise_for_image_layers(layers):
    with pytest.raises(ValueError, match="unless the first layer is dense"):
        classifier(layers, input_scale=1.0).fit(X, Y)
    with pytest.raises(ValueError, match=r"Layers must be Dense .* got Reshape\("):
        to_sklearn(classifier(layers, max_iter=1).fit(X, Y))


def test_convolutions_do_not_depend_on_the_place_of_a_pattern():
    """With global pooling, a digit that is moved has the same probabilities."""
    layers = [Reshape((12, 12)), Conv2D(4, 3), AveragePool2D()]
    images = np.zeros((100, 12, 12))
    images[:, 2:6, 2:6] = X[:100].reshape(100, 8, 8)[:, 2:6, 2:6]
    moved = np.roll(images, (3, 2), axis=(1, 2))
    rows, moved_rows = images.reshape(100, 144), moved.reshape(100, 144)
    model = classifier(layers, max_iter=2).fit(rows, Y[:100])
    found = model.predict_proba(moved_rows)
    np.testing.assert_allclose(found, model.predict_proba(rows), atol=1e-12)
