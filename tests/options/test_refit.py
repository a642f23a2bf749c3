"""Refitting on all samples after early stopping."""

import numpy as np
import pytest
from small_networks import X, Y, same_weights, small

from sknn_scratch.engine.optimizers import SGD

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("average", [False, 0.9])
def test_refit_trains_on_all_samples_until_the_best_epoch(average):
    # Nothing is left to chance but which samples are held out.
    start = {
        "coefs_init": [np.full((4, 8), 0.1), np.eye(8, 3)],
        "intercepts_init": [np.zeros(8), np.zeros(3)],
    }
    settings = {"learning_rate_init": 0.1, "shuffle": False, "average": average}
    held_out = settings | {"early_stopping": True, "scoring": "loss", "max_iter": 60}
    stopped = small(**held_out, validation_fraction=0.5).fit(X, Y, **start)
    model = small(**held_out, validation_fraction=0.5, refit=True).fit(X, Y, **start)
    assert 0 < model.best_epoch_ == stopped.best_epoch_ < stopped.n_iter_
    assert model.validation_scores_ == stopped.validation_scores_
    whole = small(**settings, max_iter=model.best_epoch_).fit(X, Y, **start)
    assert same_weights(model, whole)
    assert not same_weights(model, stopped)
    assert model.t_ == whole.t_
    model.set_params(early_stopping=False, refit=False).partial_fit(X, Y)
    assert same_weights(model, whole.partial_fit(X, Y))


class RateRecorder(SGD):
    """Gradient descent that records its rates."""

    def __init__(self):
        super().__init__(momentum=0.0)
        object.__setattr__(self, "rates", [])

    def update(self, params, grad, state, rate):
        self.rates.append(rate)
        super().update(params, grad, state, rate)


def test_refit_follows_the_schedule_until_the_best_epoch():
    settings = {"learning_rate": "cosine", "max_iter": 20, "early_stopping": True}
    model = small(**settings, refit=True, solver=RateRecorder()).fit(X, Y)
    rates = model.solver.rates
    again = rates[model.n_iter_ :]
    assert len(again) == model.best_epoch_
    np.testing.assert_array_equal(again, rates[: len(again)])


class InterruptedInRefit(SGD):
    """Gradient descent that the user interrupts in the second training."""

    def __init__(self):
        super().__init__()
        object.__setattr__(self, "trainings", [])

    def init(self, params, n_weights):
        self.trainings.append(len(params))
        return super().init(params, n_weights)

    def update(self, params, grad, state, rate):
        if len(self.trainings) == 2:
            raise KeyboardInterrupt
        super().update(params, grad, state, rate)


def test_an_interrupted_refit_keeps_the_best_epoch():
    settings = {"early_stopping": True, "max_iter": 10}
    stopped = small(**settings, solver=SGD()).fit(X, Y)
    with pytest.warns(UserWarning, match=r"Training interrupted by user"):
        model = small(**settings, refit=True, solver=InterruptedInRefit()).fit(X, Y)
    assert model.stop_reason_ == "interrupted"
    assert same_weights(model, stopped)


def test_refit_requires_early_stopping_without_a_given_validation_set():
    with pytest.raises(ValueError, match=r"refit=True requires early_stopping=True"):
        small(refit=True).fit(X, Y)
    model = small(refit=True, early_stopping=True)
    with pytest.raises(
        ValueError,
        match=r"refit=True requires a validation set drawn from X; got X_val",
    ):
        model.fit(X, Y, X_val=X, y_val=Y)
