"""A failed fit leaves the estimator unchanged."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from campaigns.faults import CASES, failures, interrupted_fits
from sklearn.datasets import load_iris

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.engine.losses import LogLoss

X, Y = load_iris(return_X_y=True)


NAMES = [
    pytest.param(name, marks=pytest.mark.needs_callbacks if name == "resume" else [])
    for name in CASES
]


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("fitted", [False, True], ids=["new", "fitted"])
@pytest.mark.parametrize("name", NAMES)
def test_an_error_at_any_line_leaves_the_estimator_unchanged(name, fitted, error):
    n_lines, failed = failures(name, fitted, error, step=101)
    assert n_lines > 7
    assert failed == []


class Countdown:
    """Something that is called, and fails the n-th time."""

    def __init__(self, n):
        self.n = n

    def __call__(self):
        self.n -= 1
        if not self.n:
            raise RuntimeError("on purpose")


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("what", ["augment", "scoring", "loss", "random_state"])
def test_an_error_in_a_user_function_leaves_the_estimator_unchanged(what, n):
    countdown = Countdown(n)

    def augment(X_batch, random_state):
        countdown()
        return X_batch

    def scorer(estimator, X, y):
        countdown()
        return 0.5

    class FailingLoss(LogLoss):
        def evaluate(self, raw, y, losses, workspace):
            countdown()
            super().evaluate(raw, y, losses, workspace)

    class FailingStream(np.random.RandomState):
        def shuffle(self, rows):
            countdown()
            super().shuffle(rows)

    given = {
        "augment": augment,
        "scoring": scorer,
        "loss": FailingLoss(),
        "random_state": FailingStream(0),
    }
    settings = {"early_stopping": True, "max_iter": 10, "batch_size": 50}
    model = MLPScratchClassifier(5, **settings).set_params(**{what: given[what]})
    params = model.get_params()
    before = vars(model).copy()
    with pytest.raises(RuntimeError, match="on purpose"):
        model.fit(X, Y)
    assert vars(model) == before
    assert model.get_params() == params


def test_ctrl_c_at_any_moment_leaves_a_model_or_none():
    # In a process of its own: in this one, what other tests have left behind may be
    # interrupted instead, and swallow it.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        outcomes = pool.submit(interrupted_fits, 20).result(timeout=120)
    assert "in training" in outcomes
