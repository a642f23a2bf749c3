"""An ensemble that is trained several times, each time with another validation set."""

import numpy as np
import pytest
from scipy.special import log_softmax
from small_networks import X, Y, same_weights, small, small_regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

EARLY = {"early_stopping": True, "max_iter": 3}
VIEWS = [[0, 1], [2, 3]]


class ValidationRecorder:
    """A scorer that records its samples."""

    def __init__(self):
        self.seen = set()

    def __call__(self, estimator, X, y):
        self.seen.add(X.tobytes())
        return 0.0


@pytest.mark.parametrize(
    ("settings", "n_networks"),
    [({}, 3), ({"ensemble": 2}, 6), ({"ensemble": VIEWS}, 6)],
)
def test_outputs_of_all_networks_are_averaged(settings, n_networks):
    model = small_regressor(**settings, repeats=3).fit(X, X[:, 0])
    networks = model.model_.network.members()
    features = (
        [None] * 3
        if "ensemble" not in settings
        else [m.features for m in model.members_]
    )
    each = [
        one.raw(X if seen is None else X[:, seen])
        for one, seen in zip(networks, features, strict=True)
    ]
    assert len(each) == len(model.members_) == n_networks
    assert np.std(each, axis=0).max() > 1e-3
    np.testing.assert_allclose(model.predict(X), np.mean(each, axis=0)[:, 0])


@pytest.mark.parametrize("calibrate", [False, True])
@pytest.mark.parametrize("linear", [None, slice(None)])
def test_every_repeat_has_a_validation_set_of_its_own(calibrate, linear):
    scorer = ValidationRecorder()
    settings = EARLY | {"calibrate": calibrate, "linear": linear, "scoring": scorer}
    small(**settings, ensemble=2, repeats=3).fit(X, Y)
    # Networks that are looked at together share one.
    assert len(scorer.seen) == (6 if linear is None and not calibrate else 3)


def test_repeats_default_to_one():
    model, once = small(**EARLY).fit(X, Y), small(**EARLY, repeats=1).fit(X, Y)
    assert same_weights(model, once)


@pytest.mark.parametrize(
    ("n_samples", "n_repeats"), [(10, 5), (400, 5), (401, 4), (1000, 2), (1001, 1)]
)
def test_small_training_sets_are_repeated_more_often(n_samples, n_repeats):
    Z = np.linspace(-1, 1, n_samples)[:, None]
    model = small_regressor(repeats="auto", max_iter=1).fit(Z, Z[:, 0])
    assert len(model.members_) == n_repeats


def test_the_temperature_has_the_lowest_loss_on_the_validation_set():
    validation = {"X_val": X[::2], "y_val": Y[::2]}
    settings = EARLY | {"max_iter": 30, "learning_rate_init": 0.05, "calibrate": True}
    model = small(**settings, label_smoothing=0.3, repeats=2).fit(
        X[1::2], Y[1::2], **validation
    )
    log_p, n = model.predict_log_proba(X[::2]), len(Y[::2])
    # As if one more sample had been seen that says nothing.
    truth = np.eye(3)[Y[::2]] * n / (n + 1) + 1 / (3 * (n + 1))

    def loss(factor):
        return -(truth * log_softmax(factor * log_p, axis=1)).sum()

    assert min(loss(0.97), loss(1.03)) > loss(1)
    assert model.temperature_ != 1


def test_partial_fit_and_warm_starts_continue_every_network():
    model = small(repeats=2).partial_fit(X, Y, classes=[0, 1, 2])
    model.partial_fit(X, Y)
    assert [one.n_iter for one in model.members_] == [2, 2]
    model = small(repeats=2, warm_start=True).fit(X, Y).set_params(max_iter=7)
    model.fit(X, Y)
    assert [len(one.loss_curve) for one in model.members_] == [12, 12]


def test_auto_repeats_continue_with_the_same_number_of_networks():
    Z = np.linspace(-1, 1, 600)[:, None]
    model = small_regressor(repeats="auto")
    for n_samples in (600, 10, 600):
        model.partial_fit(Z[:n_samples], Z[:n_samples, 0])
    assert [one.n_iter for one in model.members_] == [3, 3, 3]
    model.set_params(ensemble=2, warm_start=True).fit(Z, Z[:, 0])
    assert len(model.members_) == 4


@pytest.mark.parametrize("repeats", [0, 1.5, "all"])
def test_repeats_must_be_a_positive_int_or_auto(repeats):
    with pytest.raises(ValueError, match="'repeats' parameter"):
        small(repeats=repeats).fit(X, Y)


def test_initial_weights_require_a_single_network():
    start = {"coefs_init": [np.zeros((4, 8)), np.zeros((8, 3))]}
    with pytest.raises(ValueError, match=r"for a single network; got repeats=2\."):
        small(repeats=2).fit(X, Y, **start)
