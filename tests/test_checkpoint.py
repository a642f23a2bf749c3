"""An interrupted fit resumes from its checkpoint with identical bits."""

import errno
import os
import pickle
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from campaigns.kills import CASES, X, Y, model, noisy, outcome, survives
from campaigns.oracles import Crash
from sklearn.datasets import load_diabetes

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)
from sknn_scratch.callbacks import Checkpoint

pytestmark = [
    pytest.mark.needs_callbacks,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def scaled(X_batch, random_state, by):
    """Multiply a batch."""
    return by * X_batch


def crash(model, path, epoch, data=(X, Y), every=1):
    """Fit, and crash before an epoch."""
    model.set_callbacks(Checkpoint(path, every=every), Crash(epoch))
    with pytest.raises(RuntimeError, match="crash"):
        model.fit(*data)


def short(name):
    """Return the estimator of a case, with fewer epochs."""
    return model(name).set_params(max_iter=20)


# Every case is resumed after an error in the next test. What a kill adds to that does
# not depend on the case.
@pytest.mark.parametrize(("case", "n_kills"), [("everything", 2), ("perceptron", 1)])
def test_a_killed_fit_ends_with_the_same_bits(case, n_kills):
    reached, same = survives(case, n_kills, seed=0)
    assert max(reached) > 0
    assert same


@pytest.mark.parametrize("case", CASES)
def test_no_epoch_is_trained_twice(case, tmp_path):
    crash(short(case), tmp_path / "c", 6, every=4)
    watched = []

    class Watch(Crash):
        def on_fit_task_begin(self, estimator, context):
            if context.task_name == "epoch":
                watched.append(context.task_id)

    again = short(case).set_callbacks(Checkpoint(tmp_path / "c"), Watch(None))
    again.fit(X, Y)
    assert watched == list(range(4, again.n_iter_))
    assert outcome(again) == outcome(short(case).fit(X, Y))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("random_state", [None, "instance"])
def test_a_shared_random_state_continues_after_a_failed_fit(tmp_path, random_state):
    def fresh():
        stream = np.random.RandomState(7) if random_state else None
        return MLPScratchClassifier(8, max_iter=9, random_state=stream)

    np.random.seed(3)  # noqa: NPY002
    whole = fresh().fit(X, Y)
    np.random.seed(3)  # noqa: NPY002
    crash(fresh(), tmp_path / "c", 5)
    np.random.seed(99)  # noqa: NPY002
    again = fresh().set_callbacks(Checkpoint(tmp_path / "c")).fit(X, Y)
    assert outcome(again) == outcome(whole)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"alpha": 1.0}, "alpha"),
        ({"max_iter": 12}, "max_iter"),
        ({"random_state": 1}, "random_state"),
        ({"random_state": 0, "warm_start": True}, "warm_start"),
    ],
)
def test_a_checkpoint_of_another_fit_is_refused(tmp_path, change, named):
    settings = {"hidden_layer_sizes": 8, "max_iter": 9, "random_state": 0}
    crash(MLPScratchClassifier(**settings), tmp_path / "c", 5)
    other = MLPScratchClassifier(**settings | change)
    other.set_callbacks(Checkpoint(tmp_path / "c"))
    with pytest.raises(
        ValueError,
        match=rf"the same fit; got .*with different settings or data: {named}\.",
    ):
        other.fit(X, Y)
    assert not hasattr(other, "coefs_")


def test_a_checkpoint_of_other_data_is_refused(tmp_path):
    data = load_diabetes(return_X_y=True)
    mlp = MLPScratchRegressor(hidden_layer_sizes=8, max_iter=9, random_state=0)
    crash(mlp, tmp_path / "c", 5, data)
    mlp.set_callbacks(Checkpoint(tmp_path / "c"))
    with pytest.raises(
        ValueError, match=r"with different settings or data: the data\."
    ):
        mlp.fit(data[0], data[1] + 1)


def test_a_damaged_checkpoint_is_never_resumed(tmp_path):
    path = tmp_path / "c"
    settings = {"hidden_layer_sizes": 4, "max_iter": 9, "random_state": 0}
    crash(MLPScratchClassifier(**settings), path, 5)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [whole[: rng.integers(len(whole))] for _ in range(30)]
    for _ in range(30):
        flipped = bytearray(whole)
        flipped[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        damaged.append(bytes(flipped))
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(ValueError, match="damaged or not a checkpoint"):
            Checkpoint(path).load()


@pytest.mark.parametrize("when", ["mkstemp", "fsync", "replace"])
def test_a_full_disk_keeps_the_last_checkpoint_and_continues_training(
    tmp_path, monkeypatch, when
):
    path, fresh = tmp_path / "c", lambda: MLPScratchClassifier(4, max_iter=9)
    crash(fresh().set_params(random_state=0), path, 5)
    last = path.read_bytes()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    where = {"mkstemp": tempfile, "fsync": os, "replace": Path}[when]
    monkeypatch.setattr(where, when, full)
    removed = []
    monkeypatch.setattr(Checkpoint, "remove", lambda self: removed.append(self.path))
    again = fresh().set_params(random_state=0).set_callbacks(Checkpoint(path))
    with pytest.warns(UserWarning, match="could not be written: .*No space left"):
        again.fit(X, Y)
    assert path.read_bytes() == last
    assert os.listdir(tmp_path) == ["c"]
    assert again.n_iter_ == 9
    assert removed == [path]


def test_ctrl_c_keeps_the_checkpoint(tmp_path):
    class CtrlC(Crash):
        def on_fit_task_begin(self, estimator, context):
            if context.task_name == "epoch" and context.task_id == self.epoch:
                raise KeyboardInterrupt

    mlp = MLPScratchClassifier(8, max_iter=9, random_state=0)
    mlp.set_callbacks(Checkpoint(tmp_path / "c"), CtrlC(4))
    with pytest.warns(UserWarning, match="interrupted"):
        mlp.fit(X, Y)
    assert mlp.stop_reason_ == "interrupted"
    assert Checkpoint(tmp_path / "c").load()["state"]["history"]["n_iter"] == 4


def test_lbfgs_has_no_checkpoints(tmp_path):
    mlp = MLPScratchClassifier(8, solver="lbfgs").set_callbacks(
        Checkpoint(tmp_path / "c")
    )
    with pytest.raises(
        ValueError, match=r"requires a stochastic solver; got solver='lbfgs'"
    ):
        mlp.fit(X, Y)


@pytest.mark.parametrize("every", [0, 1.5])
def test_every_is_a_whole_number(every):
    with pytest.raises(ValueError, match="every must be an int >= 1; got"):
        Checkpoint("c", every=every)


def test_the_epochs_with_a_checkpoint_are_those_without(tmp_path):
    checked = short("everything").set_callbacks(Checkpoint(tmp_path / "c", every=7))
    assert outcome(checked.fit(X, Y)) == outcome(short("everything").fit(X, Y))


def test_a_checkpoint_is_pickled_with_its_estimator(tmp_path):
    def fresh():
        return MLPScratchClassifier(8, max_iter=9, random_state=0)

    crash(fresh(), tmp_path / "c", 5)
    resuming = fresh().set_callbacks(Checkpoint(tmp_path / "c"))
    resumed = pickle.loads(pickle.dumps(resuming)).fit(X, Y)
    assert outcome(resumed) == outcome(fresh().fit(X, Y))
    assert list(tmp_path.iterdir()) == []  # a checkpoint is removed after the fit


class CrashAtTheEnd(Crash):
    """Ends a fit with an error once all its epochs are made."""

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context):
        if context.task_name != "epoch":
            raise RuntimeError("crash")


@pytest.mark.parametrize(
    "fresh",
    [
        lambda: MLPScratchClassifier(8, max_iter=9, random_state=0),
        lambda: PerceptronClassifier(max_iter=9, random_state=0),
    ],
    ids=["mlp", "perceptron"],
)
def test_a_crash_after_the_last_epoch(tmp_path, fresh):
    path = tmp_path / "c"
    with pytest.raises(RuntimeError, match="crash"):
        fresh().set_callbacks(Checkpoint(path), CrashAtTheEnd(None)).fit(X, Y)
    resumed = fresh().set_callbacks(Checkpoint(path)).fit(X, Y)
    assert outcome(resumed) == outcome(fresh().fit(X, Y))
    assert not path.exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"early_stopping": True, "dropout": 0.3},
        {"early_stopping": True, "augment": noisy, "learning_rate_init": 0.3},
        {"learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 2},
    ],
)
def test_few_rows_in_a_single_batch(tmp_path, settings):
    def fresh():
        return MLPScratchClassifier(8, max_iter=30, random_state=0, **settings)

    data = X[:120], Y[:120]
    crash(fresh(), tmp_path / "c", 9, data)
    weight = np.linspace(0.5, 1, 120)
    resumed = fresh().set_callbacks(Checkpoint(tmp_path / "c"))
    with pytest.raises(ValueError, match="with different settings or data: the data"):
        resumed.fit(*data, sample_weight=weight)
    assert outcome(resumed.fit(*data)) == outcome(fresh().fit(*data))
    assert resumed.t_ == fresh().fit(*data).t_


class Counting:
    """An augmentation, or a scorer, that counts its calls."""

    def __init__(self, scale=1.0):
        self.n_calls, self.scale, self.parent = 0, scale, self

    def __call__(self, X_batch, random_state):
        self.n_calls += 1
        return self.scale * X_batch

    def score(self, estimator, X, y):
        self.n_calls += 1
        return estimator.score(X, y)


def test_a_callable_that_counts_its_calls_is_resumed(tmp_path):
    def fresh(counting):
        return MLPScratchClassifier(
            8,
            max_iter=9,
            random_state=0,
            early_stopping=True,
            augment=counting,
            scoring=counting.score,
        )

    counting, path = Counting(), tmp_path / "c"
    for _ in range(2):  # the second time it has counted already
        crash(fresh(counting), path, 5, every=2)
        kept = path.read_bytes()
        other = fresh(Counting(2.0)).set_callbacks(Checkpoint(path))
        with pytest.raises(ValueError, match=r"data: augment\.scale, scoring\."):
            other.fit(X, Y)
        for again in (counting, Counting()):  # in the same process, in a new one
            path.write_bytes(kept)
            resumed = fresh(again).set_callbacks(Checkpoint(path)).fit(X, Y)
            assert outcome(resumed) == outcome(fresh(Counting()).fit(X, Y))


def test_an_invalid_random_state_raises(tmp_path):
    def fresh(stream):
        return MLPScratchClassifier(8, max_iter=9, random_state=stream)

    crash(fresh(np.random.RandomState(np.random.PCG64(0))), tmp_path / "c", 5)
    other = fresh(np.random.RandomState(0)).set_callbacks(Checkpoint(tmp_path / "c"))
    with pytest.raises(
        ValueError, match=r"with different settings or data: random_state"
    ):
        other.fit(X, Y)


def with_noise(scale):
    """Return an augmentation that remembers its scale."""

    def augment(X_batch, random_state):
        return X_batch + random_state.normal(scale=scale, size=X_batch.shape)

    return augment


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (with_noise(0.1), with_noise(0.2)),
        (
            lambda X_batch, random_state: X_batch,
            lambda X_batch, random_state: 2 * X_batch,
        ),
        (partial(scaled, by=1.0), partial(scaled, by=2.0)),
    ],
    ids=["closure", "lambda", "partial"],
)
def test_functions_are_told_apart_by_what_they_do(tmp_path, then, now):
    def fresh(augment):
        return MLPScratchClassifier(8, max_iter=9, random_state=0, augment=augment)

    crash(fresh(then), tmp_path / "c", 5)
    other = fresh(now).set_callbacks(Checkpoint(tmp_path / "c"))
    with pytest.raises(
        ValueError, match=r"with different settings or data: augment\.\w+\."
    ):
        other.fit(X, Y)
    same = fresh(then).set_callbacks(Checkpoint(tmp_path / "c")).fit(X, Y)
    assert outcome(same) == outcome(fresh(then).fit(X, Y))
