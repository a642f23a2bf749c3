"""Ensembles and feature subsets."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from scipy.special import log_softmax
from scipy.stats import gmean
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from small_networks import perceptron

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor
from sknn_scratch.engine.activations import Tanh
from sknn_scratch.engine.mini_batches import MiniBatches
from sknn_scratch.engine.network import Network
from sknn_scratch.estimators._validation import Validation
from sknn_scratch.inspection import find_learning_rate

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True, as_frame=True)
X = (X - X.mean()) / X.std()
ROWS = X.to_numpy()
SUBSETS = [[0, 1], [1, 2, 3]]
STOPPED = {"early_stopping": True, "scoring": "loss"}


def small(**settings):
    defaults = {"hidden_layer_sizes": (8, 5), "max_iter": 5, "random_state": 0}
    return MLPScratchClassifier(**defaults | settings)


def alone(model, X, y, subsets=SUBSETS, **validation):
    """Return an estimator of every subset of the features, trained by itself."""
    seeds = np.random.RandomState(0).randint(2**31, size=len(subsets))
    members = []
    for subset, seed in zip(subsets, seeds, strict=True):
        member = clone(model).set_params(ensemble=1, random_state=int(seed))
        kept = validation
        if "X_val" in validation:
            kept = validation | {"X_val": validation["X_val"][:, subset]}
        members.append(member.fit(X[:, subset], y, **kept))
    return members


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden_layer_sizes": ()},
        {"solver": "lbfgs"},
        {"dropout": 0.3, "average": 0.9, "clip_norm": 1.0},
        {"label_smoothing": 0.1, "refit": True} | STOPPED,
        {"input_scale": 6.0, "layer_rates": "fan_in", "learning_rate": "cosine"},
        {"early_stopping": True, "scoring": "neg_log_loss"},
    ],
    ids=str,
)
def test_the_outputs_are_the_mean_of_networks_trained_alone(settings):
    model = small(**settings, ensemble=SUBSETS).fit(ROWS, Y)
    members = alone(model, ROWS, Y)
    # Log probabilities are raw outputs up to a number for each sample.
    outputs = [
        member.predict_log_proba(ROWS[:, subset])
        for member, subset in zip(members, SUBSETS, strict=True)
    ]
    expected = log_softmax(np.mean(outputs, axis=0), axis=1)
    np.testing.assert_allclose(model.predict_log_proba(ROWS), expected, atol=1e-12)
    for name in ("loss_curve_", "validation_scores_", "best_epoch_", "temperature_"):
        assert getattr(model, name) == getattr(members[0], name)
    assert model.t_ == sum(member.t_ for member in members)


@pytest.mark.parametrize("loss", ["squared_error", "gaussian"])
def test_predictions_are_the_mean_of_networks_trained_alone(loss):
    X, y = load_diabetes(return_X_y=True)
    subsets = [slice(0, 6), np.arange(10) > 3]
    model = MLPScratchRegressor(
        ensemble=subsets, loss=loss, standardize_target=True, max_iter=5, random_state=0
    ).fit(X, y)
    members = alone(model, X, y, subsets)
    predictions = [
        member.predict(X[:, subset])
        for member, subset in zip(members, subsets, strict=True)
    ]
    np.testing.assert_allclose(model.predict(X), np.mean(predictions, axis=0))


@pytest.mark.parametrize("container", [np.float32, sparse.csr_matrix, sparse.csc_array])
def test_subsets_of_other_containers(container):
    given = container(ROWS)
    model = small(ensemble=SUBSETS).fit(given, Y)
    assert model.coefs_[0].dtype == given.dtype
    expected = small(ensemble=SUBSETS).fit(ROWS, Y).predict_proba(ROWS)
    np.testing.assert_allclose(model.predict_proba(given), expected, atol=1e-4)


def test_x_val_is_subset_like_the_training_set():
    settings = STOPPED | {
        "ensemble": SUBSETS,
        "max_iter": 30,
        "learning_rate_init": 0.05,
    }
    model = small(**settings).fit(ROWS[::2], Y[::2], X_val=ROWS[1::2], y_val=Y[1::2])
    members = alone(model, ROWS[::2], Y[::2], X_val=ROWS[1::2], y_val=Y[1::2])
    assert model.validation_loss_curve_ == members[0].validation_loss_curve_


@pytest.mark.parametrize(
    "subset",
    ["^petal", "petal (length|width)", [2, 3], np.arange(4) > 1, slice(2, None)],
    ids=str,
)
def test_a_feature_subset_is_a_pattern_or_an_index(subset):
    model = small(ensemble=[subset]).fit(X, Y)
    expected = small(ensemble=[[2, 3]]).fit(ROWS, Y).predict_proba(ROWS)
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_features_outside_all_subsets_are_ignored():
    model = small(ensemble=[[0, 1], [0, 3]]).fit(ROWS, Y)
    other = ROWS.copy()
    other[:, 2] = 99
    np.testing.assert_array_equal(model.predict_proba(other), model.predict_proba(ROWS))


def test_an_integer_ensemble_uses_all_features():
    model = small(ensemble=3, max_iter=50).fit(ROWS, Y)
    assert [weights.shape for weights in model.coefs_] == 3 * [(4, 8), (8, 5), (5, 3)]
    members = alone(model, ROWS, Y, [slice(None)] * 3)
    losses = [log_loss(Y, member.predict_proba(ROWS)) for member in members]
    assert log_loss(Y, model.predict_proba(ROWS)) < np.mean(losses)


def test_an_ensemble_has_the_geometric_mean_of_the_probabilities():
    model = small(ensemble=[slice(None)] * 3).fit(ROWS, Y)
    members = alone(model, ROWS, Y, [slice(None)] * 3)
    expected = gmean([member.predict_proba(ROWS) for member in members], axis=0)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(ROWS), expected, rtol=1e-8)


def test_a_gaussian_ensemble_has_a_smaller_variance_than_the_mixture():
    settings = {"hidden_layer_sizes": 8, "max_iter": 20, "random_state": 0}
    subsets = [slice(None)] * 3
    model = MLPScratchRegressor("gaussian", ensemble=subsets, **settings).fit(ROWS, Y)
    members = alone(model, ROWS, Y, subsets)
    predictions = [member.predict(ROWS, return_std=True) for member in members]
    means, stds = np.swapaxes(predictions, 0, 1)
    mean, std = model.predict(ROWS, return_std=True)
    np.testing.assert_allclose(mean, means.mean(axis=0), rtol=1e-8)
    np.testing.assert_allclose(std, gmean(stds, axis=0), rtol=1e-8)
    assert (std < np.sqrt((stds**2 + means**2).mean(axis=0) - mean**2)).all()


def test_a_pickled_ensemble_predicts_the_same():
    model = small(ensemble=["sepal", slice(None)]).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert loaded.ensemble == model.ensemble


def test_the_same_seed_is_the_same_model():
    first = small(ensemble=SUBSETS, random_state=3).fit(ROWS, Y).predict_proba(ROWS)
    model = small(ensemble=SUBSETS, random_state=3).fit(ROWS, Y)
    np.testing.assert_array_equal(model.predict_proba(ROWS), first)
    again = model.fit(ROWS, Y).predict_proba(ROWS)
    np.testing.assert_array_equal(again, first)


def test_callbacks_get_a_model_of_all_features():
    pytest.importorskip("sklearn.callback", exc_type=ImportError)
    from sknn_scratch.callbacks import WeightHistory

    history = WeightHistory()
    model = small(ensemble=[[1, 2, 3], slice(None)]).set_callbacks(history).fit(ROWS, Y)
    assert model.n_features_in_ == 4
    assert history.epochs[-1] == model.n_iter_
    seen = history.models[-1]
    assert seen.ensemble == model.ensemble
    other = ROWS.copy()
    other[:, 0] = 99  # the first network does not see it
    np.testing.assert_array_equal(seen.predict_proba(other), seen.predict_proba(ROWS))


@pytest.mark.parametrize(("at", "complete"), [(1, [0]), (2, [0]), (3, [0, 1])])
def test_an_interrupt_keeps_the_networks_that_are_complete(monkeypatch, at, complete):
    epochs, calls = MiniBatches.epochs, []

    def interrupt(self, *arguments):
        calls.append(1)
        if len(calls) == at:
            raise KeyboardInterrupt
        return epochs(self, *arguments)

    subsets = [*SUBSETS, [0]]
    seeds = np.random.RandomState(0).randint(2**31, size=3)
    monkeypatch.setattr(MiniBatches, "epochs", interrupt)
    with pytest.warns(UserWarning, match=r"Training interrupted by user"):
        model = small(ensemble=subsets).fit(ROWS, Y)
    assert model.stop_reason_ == "interrupted"
    assert len(model.coefs_) == 3 * len(complete)
    if at > 1:
        monkeypatch.undo()
        first = small(random_state=int(seeds[0])).fit(ROWS[:, subsets[0]], Y)
        np.testing.assert_array_equal(model.coefs_[0], first.coefs_[0])


def test_an_interrupt_of_partial_fit_keeps_all_networks(monkeypatch):
    model = small(ensemble=3).fit(ROWS, Y)
    third = model.coefs_[-1].copy()
    epochs, calls = MiniBatches.epochs, []

    def interrupt(self, *arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return epochs(self, *arguments)

    monkeypatch.setattr(MiniBatches, "epochs", interrupt)
    with pytest.warns(UserWarning, match=r"Training interrupted by user"):
        model.partial_fit(ROWS, Y)
    assert model.stop_reason_ == "interrupted"
    np.testing.assert_array_equal(model.coefs_[-1], third)


def test_warnings_point_to_the_line_of_the_fit():
    with pytest.warns(ConvergenceWarning) as caught:
        small(ensemble=[[0, 1]]).fit(ROWS, Y)
    assert caught[0].filename == __file__


def test_stop_reason_is_that_of_the_first_network():
    subsets = [[0], slice(None)]
    model = small(ensemble=subsets, max_iter=300, tol=1e-2, n_iter_no_change=2).fit(
        ROWS, Y
    )
    assert model.stop_reason_ == "no_improvement"
    assert model.n_iter_ == len(model.loss_curve_) < 300


def test_find_learning_rate_uses_all_features():
    model = small(ensemble=SUBSETS, early_stopping=True, refit=True, calibrate=True)
    found = find_learning_rate(model, ROWS, Y, n_steps=20, max_rate=1e3)
    plain = find_learning_rate(small(), ROWS, Y, n_steps=20, max_rate=1e3)
    np.testing.assert_array_equal(found.losses, plain.losses)


@pytest.mark.parametrize(
    ("ensemble", "message"),
    [
        ([], r"ensemble must be a number of networks, or a list .* got an empty list"),
        ([[]], r"must be one or more for each network, .* got none with \[\]"),
        (
            ["color"],
            r"must be one or more for each network, .* got none with 'color'",
        ),
        ([[0, 0]], r"got one of them twice with \[0, 0\]"),
        ([[4]], r"Features in ensemble must be indices, masks or slices .* got \[4\]"),
        ([0.5], r"Features in ensemble must be indices, masks or slices .* got 0.5"),
        (["("], r"Feature patterns in ensemble must be valid"),
        (0, r"'ensemble' parameter .* must be"),
        (True, r"ensemble must be a number, not a bool"),
    ],
    ids=str,
)
def test_an_invalid_ensemble_raises(ensemble, message):
    with pytest.raises(ValueError, match=message):
        small(ensemble=ensemble).fit(X, Y)


def test_patterns_need_names():
    with pytest.raises(ValueError, match=r"Features in ensemble must be indices"):
        small(ensemble=["petal"]).fit(ROWS, Y)


def test_ensembles_refuse_single_network_options():
    with pytest.raises(ValueError, match=r"for a single network; got ensemble="):
        small(ensemble=SUBSETS).fit(ROWS, Y, coefs_init=[])


@pytest.mark.parametrize("in_place", [False, True])
def test_assigned_weights_change_every_network_of_an_ensemble(in_place):
    model, other = (small(ensemble=2, random_state=i).fit(ROWS, Y) for i in (0, 1))
    expected = other.predict_proba(ROWS)
    if in_place:
        for arrays, values in (
            (model.coefs_, other.coefs_),
            (model.intercepts_, other.intercepts_),
        ):
            for array, value in zip(arrays, values, strict=True):
                array[...] = value
    else:
        model.coefs_, model.intercepts_ = other.coefs_, other.intercepts_
    np.testing.assert_array_equal(model.predict_proba(ROWS), expected)
    model.set_params(warm_start=True, learning_rate_init=1e-9, max_iter=1)
    model.fit(ROWS, Y)
    np.testing.assert_allclose(model.predict_proba(ROWS), expected, atol=1e-6)


def test_partial_fit_trains_every_network_as_if_alone():
    model = small(ensemble=SUBSETS).partial_fit(ROWS, Y, classes=[0, 1, 2])
    seeds = np.random.RandomState(0).randint(2**31, size=2)
    members = [small(random_state=int(seed)) for seed in seeds]
    for _ in range(2):
        model.partial_fit(ROWS[:90], Y[:90])
    for member, subset in zip(members, SUBSETS, strict=True):
        member.partial_fit(ROWS[:, subset], Y, classes=[0, 1, 2])
        for _ in range(2):
            member.partial_fit(ROWS[:90, subset], Y[:90])
    np.testing.assert_array_equal(model.coefs_[3], members[1].coefs_[0])
    assert model.loss_curve_ == members[0].loss_curve_
    assert model.members_[1].loss_curve == members[1].loss_curve_
    assert model.t_ == 2 * members[0].t_ == 2 * (150 + 90 + 90)


def test_a_warm_start_continues_every_network():
    model = small(ensemble=3, warm_start=True).fit(ROWS, Y)
    once = [one.loss_curve[-1] for one in model.members_]
    model.fit(ROWS, Y)
    assert [one.n_iter for one in model.members_] == [5, 5, 5]
    assert all(
        one.loss_curve[-1] < before
        for one, before in zip(model.members_, once, strict=True)
    )
    assert len(model.loss_curve_) == 10


@pytest.mark.parametrize("ensemble", [1, 2, SUBSETS])
def test_a_changed_ensemble_cannot_be_continued(ensemble):
    model = small(ensemble=3, warm_start=True).fit(ROWS, Y)
    before = model.predict_proba(ROWS)
    model.set_params(ensemble=ensemble)
    with pytest.raises(
        ValueError, match=r"ensemble and repeats must define at least 3 networks"
    ):
        model.fit(ROWS, Y)
    np.testing.assert_array_equal(model.predict_proba(ROWS), before)


def test_every_network_of_an_ensemble_has_curves_and_a_best_epoch():
    model = small(ensemble=SUBSETS, early_stopping=True, max_iter=40).fit(ROWS, Y)
    members = alone(model, ROWS, Y)
    for kept, member, subset in zip(model.members_, members, SUBSETS, strict=True):
        np.testing.assert_array_equal(kept.features, subset)
        assert kept.best_epoch == member.best_epoch_
        assert kept.validation_scores == member.validation_scores_
        assert kept.loss_curve == member.loss_curve_
        assert (kept.n_iter, kept.stop_reason) == (member.n_iter_, member.stop_reason_)


def test_the_mean_of_the_ensemble_is_calibrated():
    settings = {"early_stopping": True, "max_iter": 60, "learning_rate_init": 0.05}
    model = small(ensemble=3, hidden_layer_sizes=30, **settings)
    given = {"X_val": ROWS[1::2], "y_val": Y[1::2]}
    raw = model.fit(ROWS[::2], Y[::2], **given).predict_log_proba(ROWS)
    model.set_params(calibrate=True).fit(ROWS[::2], Y[::2], **given)
    expected = log_softmax(raw / model.temperature_, axis=1)
    np.testing.assert_allclose(model.predict_log_proba(ROWS), expected, atol=1e-9)
    labels = np.eye(3)[Y[1::2]]
    smoothed = labels + (1 / 3 - labels) / (len(labels) + 1)

    def loss(temperature):
        log_probabilities = log_softmax(raw[1::2] / temperature, axis=1)
        return -(smoothed * log_probabilities).sum(axis=1).mean()

    assert loss(model.temperature_) < loss(1.1 * model.temperature_)
    assert loss(model.temperature_) < loss(0.9 * model.temperature_)


def test_networks_that_are_calibrated_together_hold_out_the_same_samples(monkeypatch):
    held_out = []

    def record(loss, samples, rows, score):
        held_out.append(rows)
        return Validation(loss, samples, rows, score)

    monkeypatch.setattr("sknn_scratch.estimators._planning.Validation", record)
    small(ensemble=2, early_stopping=True, calibrate=True).fit(ROWS, Y)
    small(ensemble=2, early_stopping=True).fit(ROWS, Y)
    np.testing.assert_array_equal(held_out[0], held_out[1])
    assert not np.array_equal(held_out[2], held_out[3])


def test_a_mean_of_networks_stores_only_their_parameters():
    random_state = np.random.RandomState(0)
    networks = [perceptron(sizes, Tanh()) for sizes in ([2, 3, 1], [3, 4, 1])]
    for network in networks:
        network.initialize(random_state)
    features = [np.array([0, 2]), np.array([1, 2, 3])]
    whole = Network.mean_of(networks, features, 4)
    assert whole.n_parameters == sum(n.n_parameters for n in networks)
    expected = sum(n.raw(ROWS[:, f]) for n, f in zip(networks, features, strict=True))
    np.testing.assert_allclose(whole.raw(ROWS), expected / 2, atol=1e-15)
    for member, network in zip(whole.members(), networks, strict=True):
        np.testing.assert_array_equal(member.params, network.params)
        assert member.layers == network.layers


def test_after_an_interrupt_the_completed_networks_are_calibrated(monkeypatch):
    train, calls = MiniBatches.run, []

    def interrupt(self, run):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return train(self, run)

    settings = {"calibrate": True, "early_stopping": True, "learning_rate_init": 0.05}
    given = {"X_val": ROWS[1::2], "y_val": Y[1::2]}
    complete = small(ensemble=[[0, 1], [1, 2, 3]], **settings)
    complete.fit(ROWS[::2], Y[::2], **given)
    # The seeds of the first two networks are the same in a larger ensemble.
    monkeypatch.setattr(MiniBatches, "run", interrupt)
    broken = small(ensemble=[[0, 1], [1, 2, 3], [0]], **settings)
    with pytest.warns(UserWarning, match="interrupted"):
        broken.fit(ROWS[::2], Y[::2], **given)
    assert broken.temperature_ == complete.temperature_
    np.testing.assert_array_equal(
        broken.predict_proba(ROWS), complete.predict_proba(ROWS)
    )


def test_ensemble_may_be_a_numpy_integer():
    model = small(ensemble=np.int64(1)).fit(ROWS, Y, coefs_init=None)
    np.testing.assert_array_equal(
        model.predict_proba(ROWS), small().fit(ROWS, Y).predict_proba(ROWS)
    )


def test_verbose_says_which_network_it_is(capsys):
    small(ensemble=2, verbose=True, max_iter=1).fit(ROWS, Y)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "Network" in line] == [
        "Network 1 of 2",
        "Network 2 of 2",
    ]
