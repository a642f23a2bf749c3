"""Averaged weights: of all steps, or an exponential moving average."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss
from small_networks import X, Y, same_weights, small

from sknn_scratch import MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.engine.optimizers import SGD

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder(SGD):
    """Gradient descent that records the parameters after each step."""

    def init(self, params, n_weights):
        self.visited.clear()
        return super().init(params, n_weights)

    def update(self, params, grad, state, rate):
        super().update(params, grad, state, rate)
        self.visited.append(params.copy())


@pytest.fixture
def recorder():
    optimizer = Recorder()
    object.__setattr__(optimizer, "visited", [])  # a frozen dataclass has no setattr
    return optimizer


@pytest.mark.parametrize("average", [True, 0.8])
def test_the_model_has_the_average_of_the_weights_of_all_steps(recorder, average):
    settings = {"batch_size": 50, "learning_rate_init": 0.1}
    model = small(solver=recorder, average=average, **settings).fit(X, Y)
    visited = np.array(recorder.visited)
    assert len(visited) == 15
    age = np.arange(15)[::-1]
    shares = np.full(15, 1 / 15)
    if average == 0.8:
        shares = 0.2 * 0.8 ** np.minimum(age, 10)
    expected = shares @ visited
    weights = [w.ravel() for w in (*model.coefs_, *model.intercepts_)]
    np.testing.assert_allclose(np.concatenate(weights), expected)
    plain = small(solver="sgd", **settings).fit(X, Y)
    assert plain.loss_curve_ == model.loss_curve_
    assert not same_weights(plain, model)


def test_partial_fit_continues_the_average():
    settings = {"average": 0.9, "batch_size": 50, "learning_rate_init": 0.05}
    whole, parts = small(**settings).fit(X, Y), small(**settings)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
        parts = pickle.loads(pickle.dumps(parts))
    assert same_weights(whole, parts)
    assert whole.loss_curve_ == parts.loss_curve_


def test_partial_fit_starts_from_weights_that_were_set():
    settings = {"average": True, "solver": "sgd", "learning_rate_init": 1e-9}
    model = small(**settings).fit(X, Y)
    coefs = [np.ones_like(w) for w in model.coefs_]
    model.coefs_ = coefs
    model.set_params(average=False).partial_fit(X, Y)
    for now, was in zip(model.coefs_, coefs, strict=True):
        np.testing.assert_allclose(now, was, atol=1e-6)


def test_partial_fit_starts_from_the_best_average_of_early_stopping():
    settings = {"average": 0.9, "solver": SGD(momentum=0), "early_stopping": True}
    model = small(learning_rate_init=0.5, **settings).fit(X, Y)
    best = [w.copy() for w in model.coefs_]
    model.set_params(early_stopping=False, average=False, learning_rate_init=1e-12)
    for now, was in zip(model.partial_fit(X, Y).coefs_, best, strict=True):
        np.testing.assert_allclose(now, was, atol=1e-6)


def test_early_stopping_scores_the_average():
    settings = {"average": True, "early_stopping": True, "max_iter": 4}
    held = {"X_val": X[::3], "y_val": Y[::3]}
    model = small(scoring="loss", **settings).fit(X, Y, **held)
    last = small(average=True, max_iter=model.best_epoch_).fit(X, Y)
    assert same_weights(model, last)
    loss = log_loss(Y[::3], model.predict_proba(X[::3]))
    np.testing.assert_allclose(loss, min(model.validation_loss_curve_))


def test_the_mean_of_all_steps_needs_long_training():
    """The mean includes the first steps. Later steps oscillate around the optimum."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = X @ [1.0, -1.0, 0.5] + rng.normal(size=200)
    best = LinearRegression().fit(X, y)

    def error(average, max_iter):
        model = MLPScratchRegressor(
            hidden_layer_sizes=(),
            average=average,
            alpha=0,
            batch_size=10,
            learning_rate_init=0.05,
            n_iter_no_change=np.inf,
            max_iter=max_iter,
            random_state=0,
        ).fit(X, y)
        return np.abs(model.coefs_[0][:, 0] - best.coef_).max()

    assert error(True, max_iter=1) > 1.2 * error(False, max_iter=1)
    assert error(True, max_iter=100) < 0.5 * error(False, max_iter=100)


def test_the_averaged_perceptron_has_less_variance():
    """On overlapping classes, online training depends on the last samples."""
    settings = {"batch_size": 1, "learning_rate": "constant", "max_iter": 3}
    scores = {
        average: [
            PerceptronClassifier(average=average, random_state=seed, **settings)
            .fit(X[50:], Y[50:])
            .score(X[50:], Y[50:])
            for seed in range(10)
        ]
        for average in (False, True)
    }
    assert np.std(scores[True]) < np.std(scores[False])
    assert np.mean(scores[True]) > np.mean(scores[False])
