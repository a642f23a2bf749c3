"""Raise an error at every line that a fit executes, one at a time.

A line that is passed several times fails the first time, and in another try the last.
After each error the estimator has to be bit for bit what it was, or after Ctrl-C
usable; a fit with a checkpoint can be resumed, and ends with the bits of a whole one.
``python tests/campaigns/faults.py`` tries all lines, the tests some of them.
"""

import argparse
import faulthandler
import gc
import linecache
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
from sklearn.datasets import load_diabetes, load_digits, load_iris

import sknn_scratch
from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)
from sknn_scratch._sklearn import forget_callbacks
from sknn_scratch.callbacks import Checkpoint
from sknn_scratch.engine.layers import Dense
from sknn_scratch.engine.network import Network
from sknn_scratch.estimators import _threads
from sknn_scratch.estimators._threads import _OTHERS, _SCIPY, threads_to_train

sys.path.insert(0, str(Path(__file__).parents[1]))

from campaigns.oracles import Crash, CrashError, record

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
    "ensemble": (
        MLPScratchClassifier,
        {"ensemble": 2, "early_stopping": True, "refit": True, "calibrate": True},
        "fit",
        IRIS,
        {},
    ),
    "subsets": (
        MLPScratchClassifier,
        {"ensemble": [slice(0, 2), slice(None)], "average": True, "dropout": 0.2},
        "partial_fit",
        IRIS,
        {"classes": [0, 1, 2]},
    ),
    "resume": (
        MLPScratchClassifier,
        {"max_iter": 3, "early_stopping": True, "average": 0.9, "dropout": 0.2},
        "resume",
        IRIS,
        {},
    ),
}


class Case:
    """A call of a method of an estimator that may be broken off.

    Parameters
    ----------
    name : str
        One of `CASES`.
    fitted : bool
        Whether the estimator was fitted before.
    folder : path-like
        Where there is room for a checkpoint.
    """

    def __init__(self, name, fitted, folder):
        self.cls, self.params, self.method, self.data, self.how = CASES[name]
        self.fitted, self.path, self.saved = fitted, Path(folder) / "checkpoint", None
        if self.method == "resume":
            whole, crashed = self.make(), self.make()
            self.call(whole)
            self.expected = record(whole)
            crashed.set_callbacks(Checkpoint(self.path), Crash())
            try:
                self.call(crashed)
            except CrashError:
                self.saved = self.path.read_bytes()

    def make(self):
        """Return an estimator, new or fitted before, whose random state is shared."""
        model = self.cls(max_iter=2, random_state=np.random.RandomState(0))
        if self.cls is not PerceptronClassifier:
            model.set_params(hidden_layer_sizes=5)
        model.set_params(**self.params)
        if self.fitted:
            self.call(model)
            model.set_params(warm_start=True)
        if self.saved is not None:
            model.set_callbacks(Checkpoint(self.path))
        return model

    def call(self, model):
        """Call the method."""
        method = "fit" if self.method == "resume" else self.method
        with warnings.catch_warnings(action="ignore"):
            getattr(model, method)(*self.data, **self.how)

    def passes(self):
        """Return all lines of the package that the call passes through, in order.

        Returns
        -------
        passes : list of (line, n)
            The line fails when it is passed for the n-th time.
        """
        self.call(self.make())  # what is done once only, is done
        passed = Counter()
        self._traced(self.make(), lambda place: passed.update([place]))
        # The last pass of a lock is its release, in C, which no error can keep from it.
        return [
            (line, n)
            for line in passed
            for n in sorted({1, passed[line]})
            if n == 1 or "with self.lock" not in linecache.getline(*line)
        ]

    def break_at(self, line, n, error):
        """Raise an error at a line; return what was wrong afterwards, or None."""
        model = self.make()
        before, left = pickle.dumps(vars(model)), n

        def raise_there(place):
            nonlocal left
            left -= place == line
            if place == line and not left:
                raise error("on purpose")

        try:
            self._traced(model, raise_there)
        except (error, AttributeError):  # which a failing available_if becomes
            if pickle.dumps(vars(model)) != before and not self._is_whole(model):
                return "the estimator has changed"
        else:
            if error is not KeyboardInterrupt or not self._is_usable(model):
                return "no error"
        return self._of_threads() or self._of_checkpoint()

    def _is_whole(self, model):
        """Return whether only the removal of the checkpoint has failed."""
        return self.saved is not None and record(model) == self.expected

    def _is_usable(self, model):
        """Return whether an interrupted model predicts, and can be trained further."""
        if getattr(model, "stop_reason_", None) != "interrupted":
            return False
        predicts = np.isfinite(model.predict(self.data[0])).all()
        model.set_params(warm_start=True)
        forget_callbacks(model)
        self.call(model)
        return predicts and model.stop_reason_ != "interrupted"

    @staticmethod
    def _of_threads():
        """Return what is wrong with the limits on threads, or None."""
        with ThreadPoolExecutor(1) as other_thread:
            for libraries in (_SCIPY, _OTHERS):
                if not other_thread.submit(_can_take, libraries.lock).result():
                    libraries.forget()
                    return "a lock is never released"
        for _ in range(2):
            with threads_to_train(Network(1, [Dense(1)]), 1):
                held = [len(one.users) for one in (_SCIPY, _OTHERS)]
            if held == [1, 1] and not (_SCIPY.found or _OTHERS.found):
                return None
            gc.collect()  # runs the exits of blocks that an error has skipped
        return "the BLAS is held to one thread for good"

    def _of_checkpoint(self):
        if self.saved is None:
            return None
        again = self.make()
        self.call(again)
        return None if record(again) == self.expected else "it cannot be resumed"

    def _traced(self, model, at):
        """Call the method, and a function with every line before it runs."""

        def on_line(frame, event, arg):
            if event == "line":
                at((frame.f_code.co_filename, frame.f_lineno))
            return on_line

        def on_call(frame, event, arg):
            return on_line if frame.f_code.co_filename.startswith(PACKAGE) else None

        if self.saved is not None:
            self.path.write_bytes(self.saved)
        before = sys.gettrace()
        sys.settrace(on_call)
        try:
            self.call(model)
        finally:
            sys.settrace(before)


def _can_take(lock):
    taken = lock.acquire(timeout=5)
    if taken:
        lock.release()
    return taken


def failures(name, fitted, error, step=1):
    """Break a case at every `step`-th line; return (number of tries, what failed)."""
    with (
        tempfile.TemporaryDirectory() as folder,
        # The BLAS is held to one thread, although the networks are very small.
        mock.patch.multiple(_threads, _NEVER_SHARED=0, _SHORT=0),
    ):
        case = Case(name, fitted, folder)
        passes = case.passes()[::step]
        tried = ((one, case.break_at(*one, error)) for one in passes)
        return len(passes), [(one, wrong) for one, wrong in tried if wrong]


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
    # A process in the background of a shell ignores SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    options = parser.parse_args()
    total, n_failed = 0, 0
    for name in options.cases:
        for fitted in (False, True):
            for error in (MemoryError, KeyboardInterrupt):
                faulthandler.dump_traceback_later(600, exit=True)  # if it hangs
                n, failed = failures(name, fitted, error, options.step)
                how = "fitted before" if fitted else "new"
                print(
                    f"{name:12} {how:13} {error.__name__:17} {n:5} {failed[:3] or ''}",
                    flush=True,
                )
                total, n_failed = total + n, n_failed + len(failed)
    print(f"{total} faults, {n_failed} failures")
    sys.exit(n_failed > 0)


if __name__ == "__main__":
    main()
