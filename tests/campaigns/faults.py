"""Raise an error at every line that a fit passes through, one at a time.

After each the estimator has to be bit for bit what it was, or after Ctrl-C usable.
``python tests/campaigns/faults.py`` tries all lines, the tests some of them.
"""

import argparse
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes, load_digits, load_iris

import sknn_scratch
from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)
from sknn_scratch._threads import _OTHERS, _SCIPY, threads_for
from sknn_scratch.engine.network import Network

PACKAGE = str(Path(sknn_scratch.__file__).parent)
IRIS = load_iris(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
WEIGHT = np.linspace(0.5, 1.5, 150)


def noisy(X_batch, random_state):
    """Add noise to a batch."""
    X_batch += random_state.normal(scale=0.1, size=X_batch.shape)
    return X_batch


# Every case is a class, parameters, the name of the method, and what it is given.
CASES = {
    "adam": (MLPScratchClassifier, {}, "fit", IRIS, {}),
    "everything": (
        MLPScratchClassifier,
        {
            "early_stopping": True,
            "dropout": 0.2,
            "average": 0.9,
            "l1_ratio": 0.5,
            "clip_norm": 1.0,
            "augment": noisy,
            "class_weight": "balanced",
            "scoring": "accuracy",
            "layer_rates": "fan_in",
            "input_scale": 6.0,
            "refit": True,
            "calibrate": True,
        },
        "fit",
        IRIS,
        {"sample_weight": WEIGHT},
    ),
    "lbfgs": (
        MLPScratchRegressor,
        {"solver": "lbfgs", "early_stopping": True},
        "fit",
        DIABETES,
        {},
    ),
    "gaussian": (
        MLPScratchRegressor,
        {
            "loss": "gaussian",
            "solver": "nadam",
            "learning_rate": "one_cycle",
            "standardize_target": True,
        },
        "fit",
        DIABETES,
        {},
    ),
    "perceptron": (PerceptronClassifier, {}, "fit", IRIS, {}),
    "partial_fit": (
        MLPScratchClassifier,
        {},
        "partial_fit",
        IRIS,
        {"classes": [0, 1, 2]},
    ),
}


class Case:
    """A call of a method of an estimator that may be broken off."""

    def __init__(self, name, fitted):
        self.cls, self.params, self.method, self.data, self.how = CASES[name]
        self.fitted = fitted

    def make(self):
        """Return an estimator, new or fitted before, whose random state is shared."""
        model = self.cls(max_iter=2, random_state=np.random.RandomState(0))
        if self.cls is not PerceptronClassifier:
            model.set_params(hidden_layer_sizes=5)
        model.set_params(**self.params)
        if self.fitted:
            self.call(model)
            model.set_params(warm_start=True)
        return model

    def call(self, model):
        """Call the method."""
        with warnings.catch_warnings(action="ignore"):
            getattr(model, self.method)(*self.data, **self.how)

    def lines(self):
        """Return all lines of the package that the call passes through, in order."""
        self.call(self.make())  # what is done once only, is done
        passed = {}
        self._traced(self.make(), lambda place: passed.setdefault(place))
        return list(passed)

    def break_at(self, line, error):
        """Raise an error at a line; return what was wrong afterwards, or None."""
        model = self.make()
        before = pickle.dumps(vars(model))

        def raise_there(place):
            if place == line:
                raise error("on purpose")

        try:
            self._traced(model, raise_there)
        except (error, AttributeError):  # which a failing available_if becomes
            if pickle.dumps(vars(model)) != before:
                return "the estimator has changed"
        else:
            usable = getattr(model, "stop_reason_", None) == "interrupted"
            usable = usable and np.isfinite(model.predict(self.data[0])).all()
            if error is not KeyboardInterrupt or not usable:
                return "no error"
        with threads_for(Network([1, 1], []), 1):
            held = [len(one.users) for one in (_SCIPY, _OTHERS)]
        if held != [1, 1] or _SCIPY.limiter or _OTHERS.limiter:
            return "the BLAS is held to one thread for good"
        return None

    def _traced(self, model, at):
        """Call the method, and a function with every line before it runs."""

        def on_line(frame, event, arg):
            if event == "line":
                at((frame.f_code.co_filename, frame.f_lineno))
            return on_line

        def on_call(frame, event, arg):
            return on_line if frame.f_code.co_filename.startswith(PACKAGE) else None

        before = sys.gettrace()
        sys.settrace(on_call)
        try:
            self.call(model)
        finally:
            sys.settrace(before)


def failures(name, fitted, error, step=1):
    """Break a case at every `step`-th line; return (number of tries, what failed)."""
    case = Case(name, fitted)
    lines = case.lines()[::step]
    tried = ((line, case.break_at(line, error)) for line in lines)
    return len(lines), [(line, wrong) for line, wrong in tried if wrong]


def interrupted_fits(n):
    """Interrupt fits by Ctrl-C, at moments that are left to chance.

    Parameters
    ----------
    n : int
        How many.

    Returns
    -------
    outcomes : set of str
        Of "before training", where the estimator has to be as it was, and "in
        training", where there has to be a model.
    """
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    outcomes = set()
    for _ in range(n):
        model = MLPScratchClassifier(
            20, max_iter=10_000, n_iter_no_change=np.inf, random_state=0
        )
        before = pickle.dumps(vars(model))
        interrupt = threading.Thread(target=_interrupt, args=[rng.uniform(0, 0.06)])
        try:
            interrupt.start()
            with warnings.catch_warnings(action="ignore"):
                model.fit(X, y)
        except KeyboardInterrupt:
            assert pickle.dumps(vars(model)) == before
            outcomes.add("before training")
        else:
            assert model.stop_reason_ == "interrupted"
            assert np.isfinite(model.predict_proba(X)).all()
            outcomes.add("in training")
    return outcomes


def _interrupt(seconds):
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGINT)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="try one line in so many")
    step = parser.parse_args().step
    total, n_failed = 0, 0
    for name in CASES:
        for fitted in (False, True):
            for error in (MemoryError, KeyboardInterrupt):
                n, failed = failures(name, fitted, error, step)
                how = "fitted before" if fitted else "new"
                print(
                    f"{name:12} {how:13} {error.__name__:17} {n:5} {failed[:3] or ''}"
                )
                total, n_failed = total + n, n_failed + len(failed)
    print(f"{total} faults, {n_failed} failures")
    sys.exit(n_failed > 0)


if __name__ == "__main__":
    main()
