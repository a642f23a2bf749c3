"""Networks of several views: what each sees, and that they are one in the end."""

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

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor
from sknn_scratch.engine.activations import Tanh
from sknn_scratch.engine.initializers import LecunNormal
from sknn_scratch.engine.network import Network
from sknn_scratch.inspection import find_learning_rate

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True, as_frame=True)
X = (X - X.mean()) / X.std()
ROWS = X.to_numpy()
VIEWS = [[0, 1], [1, 2, 3]]
STOPPED = {"early_stopping": True, "scoring": "loss"}


def small(**settings):
    defaults = {"hidden_layer_sizes": (8, 5), "max_iter": 5, "random_state": 0}
    return MLPScratchClassifier(**defaults | settings)


def alone(model, X, y, views=VIEWS, **validation):
    """Return an estimator of every view, trained by itself."""
    seeds = np.random.RandomState(0).randint(2**31, size=len(views))
    members = []
    for view, seed in zip(views, seeds, strict=True):
        member = clone(model).set_params(views=None, random_state=int(seed))
        kept = validation
        if "X_val" in validation:
            kept = validation | {"X_val": validation["X_val"][:, view]}
        members.append(member.fit(X[:, view], y, **kept))
    return members


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden_layer_sizes": ()},
        {"solver": "lbfgs"},
        {"dropout": 0.3, "average": 0.9, "clip_norm": 1.0},
        {"label_smoothing": 0.1, "refit": True, "calibrate": True} | STOPPED,
        {"input_scale": 6.0, "layer_rates": "fan_in", "learning_rate": "cosine"},
        {"early_stopping": True, "scoring": "neg_log_loss"},
    ],
    ids=str,
)
def test_the_outputs_are_the_mean_of_networks_trained_alone(settings):
    model = small(**settings, views=VIEWS).fit(ROWS, Y)
    members = alone(model, ROWS, Y)
    # Log probabilities are raw outputs up to a number for each sample.
    outputs = [
        member.predict_log_proba(ROWS[:, view])
        for member, view in zip(members, VIEWS, strict=True)
    ]
    expected = log_softmax(np.mean(outputs, axis=0), axis=1)
    np.testing.assert_allclose(model.predict_log_proba(ROWS), expected, atol=1e-12)
    for name in ("loss_curve_", "validation_scores_", "best_epoch_", "temperature_"):
        assert getattr(model, name) == getattr(members[0], name)
    assert model.t_ == sum(member.t_ for member in members)


@pytest.mark.parametrize("loss", ["squared_error", "gaussian"])
def test_predictions_are_the_mean_of_networks_trained_alone(loss):
    X, y = load_diabetes(return_X_y=True)
    views = [slice(0, 6), np.arange(10) > 3]
    model = MLPScratchRegressor(
        views=views, loss=loss, standardize_target=True, max_iter=5, random_state=0
    ).fit(X, y)
    members = alone(model, X, y, views)
    predictions = [
        member.predict(X[:, view]) for member, view in zip(members, views, strict=True)
    ]
    np.testing.assert_allclose(model.predict(X), np.mean(predictions, axis=0))


@pytest.mark.parametrize("container", [np.float32, sparse.csr_matrix, sparse.csc_array])
def test_views_of_other_containers(container):
    given = container(ROWS)
    model = small(views=VIEWS).fit(given, Y)
    assert model.coefs_[0].dtype == given.dtype
    expected = small(views=VIEWS).fit(ROWS, Y).predict_proba(ROWS)
    np.testing.assert_allclose(model.predict_proba(given), expected, atol=1e-4)


def test_a_given_validation_set_is_seen_in_the_same_views():
    settings = STOPPED | {"views": VIEWS, "max_iter": 30, "learning_rate_init": 0.05}
    model = small(**settings).fit(ROWS[::2], Y[::2], X_val=ROWS[1::2], y_val=Y[1::2])
    members = alone(model, ROWS[::2], Y[::2], X_val=ROWS[1::2], y_val=Y[1::2])
    assert model.validation_loss_curve_ == members[0].validation_loss_curve_


@pytest.mark.parametrize(
    "view",
    ["^petal", "petal (length|width)", [2, 3], np.arange(4) > 1, slice(2, None)],
    ids=str,
)
def test_a_view_is_a_pattern_or_what_picks_features(view):
    model = small(views=[view]).fit(X, Y)
    expected = small(views=[[2, 3]]).fit(ROWS, Y).predict_proba(ROWS)
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_what_no_view_shows_does_not_matter():
    model = small(views=[[0, 1], [0, 3]]).fit(ROWS, Y)
    other = ROWS.copy()
    other[:, 2] = 99
    np.testing.assert_array_equal(model.predict_proba(other), model.predict_proba(ROWS))


def test_networks_that_see_everything_are_an_ensemble():
    model = small(views=[slice(None)] * 3, max_iter=50).fit(ROWS, Y)
    assert [weights.shape for weights in model.coefs_] == [(4, 24), (24, 15), (15, 3)]
    members = alone(model, ROWS, Y, [slice(None)] * 3)
    losses = [log_loss(Y, member.predict_proba(ROWS)) for member in members]
    assert log_loss(Y, model.predict_proba(ROWS)) < np.mean(losses)


def test_an_ensemble_has_the_geometric_mean_of_the_probabilities():
    model = small(views=[slice(None)] * 3).fit(ROWS, Y)
    members = alone(model, ROWS, Y, [slice(None)] * 3)
    expected = gmean([member.predict_proba(ROWS) for member in members], axis=0)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(ROWS), expected, rtol=1e-8)


def test_a_gaussian_ensemble_is_narrower_than_the_mixture():
    settings = {"hidden_layer_sizes": 8, "max_iter": 20, "random_state": 0}
    views = [slice(None)] * 3
    model = MLPScratchRegressor("gaussian", views=views, **settings).fit(ROWS, Y)
    members = alone(model, ROWS, Y, views)
    predictions = [member.predict(ROWS, return_std=True) for member in members]
    means, stds = np.swapaxes(predictions, 0, 1)
    mean, std = model.predict(ROWS, return_std=True)
    np.testing.assert_allclose(mean, means.mean(axis=0), rtol=1e-8)
    np.testing.assert_allclose(std, gmean(stds, axis=0), rtol=1e-8)
    assert (std < np.sqrt((stds**2 + means**2).mean(axis=0) - mean**2)).all()


def test_saved_it_is_the_same_model():
    model = small(views=["sepal", slice(None)]).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert loaded.views == model.views


def test_the_same_seed_is_the_same_model():
    first = small(views=VIEWS, random_state=3).fit(ROWS, Y).predict_proba(ROWS)
    model = small(views=VIEWS, random_state=3).fit(ROWS, Y)
    np.testing.assert_array_equal(model.predict_proba(ROWS), first)
    again = model.fit(ROWS, Y).predict_proba(ROWS)
    np.testing.assert_array_equal(again, first)


def test_callbacks_see_a_model_of_all_features():
    pytest.importorskip("sklearn.callback", exc_type=ImportError)
    from sknn_scratch.callbacks import WeightHistory

    history = WeightHistory()
    model = small(views=[[1, 2, 3], slice(None)]).set_callbacks(history).fit(ROWS, Y)
    assert model.n_features_in_ == 4
    assert history.epochs[-1] == model.n_iter_
    seen = history.models[-1]
    assert seen.views == model.views
    other = ROWS.copy()
    other[:, 0] = 99  # the first view does not show it
    np.testing.assert_array_equal(seen.predict_proba(other), seen.predict_proba(ROWS))


@pytest.mark.parametrize(("at", "complete"), [(1, [0]), (2, [0]), (3, [0, 1])])
def test_an_interrupt_keeps_the_networks_that_are_complete(monkeypatch, at, complete):
    train, calls = MLPScratchClassifier._run_epochs, []

    def interrupt(self, *arguments, **settings):
        calls.append(1)
        if len(calls) == at:
            raise KeyboardInterrupt
        return train(self, *arguments, **settings)

    views = [*VIEWS, [0]]
    seeds = np.random.RandomState(0).randint(2**31, size=3)
    monkeypatch.setattr(MLPScratchClassifier, "_run_epochs", interrupt)
    with pytest.warns(UserWarning, match=r"Training interrupted by user"):
        model = small(views=views).fit(ROWS, Y)
    assert model.stop_reason_ == "interrupted"
    assert model.coefs_[0].shape == (4, 8 * len(complete))
    if at > 1:
        monkeypatch.undo()
        first = small(random_state=int(seeds[0])).fit(ROWS[:, views[0]], Y)
        np.testing.assert_array_equal(model.coefs_[0][:2, :8], first.coefs_[0])


def test_warnings_point_to_the_line_of_the_fit():
    with pytest.warns(ConvergenceWarning) as caught:
        small(views=[[0, 1]]).fit(ROWS, Y)
    assert caught[0].filename == __file__


def test_the_reason_is_that_of_the_curves():
    views = [[0], slice(None)]
    model = small(views=views, max_iter=300, tol=1e-2, n_iter_no_change=2).fit(ROWS, Y)
    assert model.stop_reason_ == "no_improvement"
    assert model.n_iter_ == len(model.loss_curve_) < 300


def test_a_range_of_rates_is_tried_on_all_features():
    model = small(views=VIEWS, early_stopping=True, refit=True, calibrate=True)
    found = find_learning_rate(model, ROWS, Y, n_steps=20, max_rate=1e3)
    plain = find_learning_rate(small(), ROWS, Y, n_steps=20, max_rate=1e3)
    np.testing.assert_array_equal(found.losses, plain.losses)


@pytest.mark.parametrize(
    ("views", "message"),
    [
        ([], r"views must be one or more"),
        ([[]], r"Each of the views must be of one .* got none with \[\]"),
        (["colour"], r"Each of the views must be of one .* got none with 'colour'"),
        ([[0, 0]], r"got one of them twice with \[0, 0\]"),
        ([[4]], r"views must be indices, masks or slices .* got \[4\]"),
        ([0.5], r"views must be indices, masks or slices .* got 0.5"),
        (["("], r"views must be regular expressions"),
    ],
    ids=str,
)
def test_a_bad_view_is_named(views, message):
    with pytest.raises(ValueError, match=message):
        small(views=views).fit(X, Y)


def test_patterns_need_names():
    with pytest.raises(ValueError, match=r"views must be indices, masks or slices whe"):
        small(views=["petal"]).fit(ROWS, Y)


def test_views_are_not_trained_further():
    with pytest.raises(ValueError, match=r"views must be None with partial_fit"):
        small(views=VIEWS).partial_fit(ROWS, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"views must be None with coefs_init"):
        small(views=VIEWS).fit(ROWS, Y, coefs_init=[])
    model = small(views=VIEWS, warm_start=True).fit(ROWS, Y)
    before = model.predict_proba(ROWS)
    with pytest.raises(ValueError, match=r"views must be None with warm_start"):
        model.fit(ROWS, Y)
    with pytest.raises(ValueError, match=r"its layer sizes must stay"):
        model.set_params(views=None).partial_fit(ROWS, Y)
    np.testing.assert_array_equal(model.predict_proba(ROWS), before)


def test_networks_side_by_side_of_different_widths():
    random_state = np.random.RandomState(0)
    networks = [Network(sizes, [Tanh()]) for sizes in ([2, 3, 1], [3, 4, 1])]
    for network in networks:
        network.initialize([LecunNormal()] * 2, random_state)
        network.biases[1][...] = random_state.normal(size=1)
    features = [np.array([0, 2]), np.array([1, 2, 3])]
    whole = Network.side_by_side(networks, features, 4)
    assert whole.layer_sizes == (4, 7, 1)
    expected = sum(n.raw(ROWS[:, f]) for n, f in zip(networks, features, strict=True))
    np.testing.assert_allclose(whole.raw(ROWS), expected / 2, atol=1e-15)
