"""Fitted attributes: nothing superfluous, nothing shared."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from sknn_scratch import MLPScratchClassifier, PerceptronClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = scale(X)


def small(**settings):
    defaults = {"hidden_layer_sizes": 4, "max_iter": 5, "random_state": 0}
    return MLPScratchClassifier(**defaults | settings)


def test_the_order_within_a_single_batch_is_not_stored():
    many = np.random.default_rng(0).normal(size=(20_000, 2))
    labels = (many[:, 0] > 0).astype(int)
    model = PerceptronClassifier().partial_fit(many, labels, classes=[0, 1])
    assert len(pickle.dumps(model)) < 20_000


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_a_random_state_of_the_user_is_not_stored(random_state):
    model = small(random_state=random_state).fit(X, Y)
    assert model._continuation.states[0].random_state is None
    model.partial_fit(X, Y)
    assert model.n_iter_ == 6


def test_a_shallow_copy_is_not_changed_by_training_the_original():
    model = small(ensemble=2, average=0.9).fit(X, Y)
    twin = copy.copy(model)
    before = pickle.dumps(twin)
    model.partial_fit(X, Y)
    model.set_params(warm_start=True).fit(X, Y)
    assert pickle.dumps(twin) == before
    expected = small(ensemble=2, average=0.9).fit(X, Y).partial_fit(X, Y)
    twin.partial_fit(X, Y)
    np.testing.assert_array_equal(twin.coefs_[0], expected.coefs_[0])


def test_the_networks_of_an_ensemble_are_stored_once():
    model = small(ensemble=5, hidden_layer_sizes=200, solver="sgd", momentum=0)
    saved = len(pickle.dumps(model.fit(X, Y)))
    assert saved < 1.3 * model.n_parameters_ * 8


def test_the_model_of_the_last_callback_is_a_copy():
    pytest.importorskip("sklearn.callback", exc_type=ImportError)

    class Last:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            self.model = fitted_estimator

    last = Last()
    model = small().set_callbacks(last).fit(X, Y)
    expected = copy.deepcopy(model).partial_fit(X, Y).predict_proba(X)
    model.coefs_[0][...] = 0
    found = last.model.partial_fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(found, expected)


def test_the_history_of_weights_does_not_keep_all_curves():
    pytest.importorskip("sklearn.callback", exc_type=ImportError)
    from sknn_scratch.callbacks import WeightHistory

    history = WeightHistory()
    small(max_iter=400, tol=0, n_iter_no_change=np.inf).set_callbacks(history).fit(X, Y)
    assert len(history.models) == 401
    assert len(pickle.dumps(history.models[-1])) < 1.5 * len(
        pickle.dumps(history.models[0])
    )


@pytest.mark.parametrize("seed", range(4))
def test_partial_fit_with_weights_gives_the_bits_of_fit(seed):
    weight = np.random.default_rng(seed).uniform(size=len(X))
    settings = {"random_state": seed, "batch_size": 8, "max_iter": 4}
    whole = small(**settings).fit(X, Y, weight)
    parts = small(**settings)
    for _ in range(4):
        parts.partial_fit(X, Y, weight, classes=[0, 1, 2])
    assert parts.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(parts.coefs_[0], whole.coefs_[0])


def test_an_interrupt_skips_the_refit():
    calls = []

    def augment(X_batch, random_state):
        calls.append(1)
        if len(calls) == 8:  # in the second network
            raise KeyboardInterrupt
        return X_batch

    model = small(ensemble=3, refit=True, early_stopping=True, augment=augment)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, Y)
    assert len(calls) == 8
    assert len(model.members_) == 1


def test_lbfgs_has_no_batches_to_warn_of():
    model = small(solver="lbfgs", batch_size=1000, max_iter=300, alpha=1.0).fit(X, Y)
    assert model.stop_reason_ == "converged"
