"""Searches on a Dask cluster of two processes, and Dask arrays."""

import concurrent.futures
import contextlib
import copy
import itertools
import os
import signal
import threading
from pathlib import Path

import dask
import dask.array as da
import distributed
import joblib
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor

FutureCancelledError = distributed.client.FutureCancelledError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_breast_cancer(return_X_y=True)
GRID = {"hidden_layer_sizes": [(5,), (20, 10)], "alpha": [1e-4, 1e-2, 1.0]}
SECONDS = 240  # that anything may take; on busy cores twenty were needed


def bounded(function, *arguments):
    """Return what a function returns, or raise a TimeoutError when it takes too long.

    It runs in a daemon thread, so that a search that hangs does not hang the tests.
    """
    future = concurrent.futures.Future()

    def run():
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result(timeout=SECONDS)


def search(estimator=None, grid=GRID, **how):
    """Return a search whose fits are short."""
    if estimator is None:
        estimator = MLPScratchClassifier(max_iter=10, random_state=0)
    return GridSearchCV(estimator, grid, cv=3, **how)


def fit_on(client, model, X=X, y=Y, **how):
    """Fit on the cluster, with settings of joblib's backend; raise if it hangs."""

    def fit():
        with client.as_current(), joblib.parallel_config(backend="dask", **how):
            return model.fit(X, y)

    return bounded(fit)


def scores(fitted):
    """Return the scores of every candidate in every fold."""
    return np.array([fitted.cv_results_[f"split{i}_test_score"] for i in range(3)])


@contextlib.contextmanager
def two_workers():
    """Two processes of a thread each, and a client.

    The scheduler is in this process. Its memory manager, which drops copies of data
    that no task waits for, would do so at any time: it is off, that these tests can
    count. On busy cores a process may be slow to answer without being dead.
    """
    settings = {
        "distributed.scheduler.active-memory-manager.start": False,
        "distributed.comm.timeouts.connect": SECONDS,
        "distributed.comm.timeouts.tcp": SECONDS,
        # Workers that a task may kill before it is given up.
        "distributed.scheduler.allowed-failures": 1,
    }
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            processes=True,
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            # The scheduler's own port, or it would warn when the usual one is taken.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            host="127.0.0.1",
        ) as cluster,
        distributed.Client(cluster, timeout=SECONDS, set_as_default=False) as client,
    ):
        client.wait_for_workers(2, timeout=SECONDS)
        yield client


@pytest.fixture(scope="module")
def client():
    with two_workers() as client:
        yield client


@pytest.fixture(scope="module")
def doomed():
    """A client for tests that kill workers: these need not affect the other tests."""
    with two_workers() as client:
        yield client


def test_a_search_finds_the_same_as_locally(client):
    local = search().fit(X, Y)
    remote = fit_on(client, search())
    np.testing.assert_array_equal(scores(remote), scores(local))
    np.testing.assert_array_equal(
        remote.cv_results_["mean_test_score"], local.cv_results_["mean_test_score"]
    )
    assert remote.best_params_ == local.best_params_
    np.testing.assert_array_equal(
        remote.best_estimator_.coefs_[0], local.best_estimator_.coefs_[0]
    )


def test_both_workers_are_used(client):
    def where(model, X, y):
        # A score that says which process it is from.
        return float(os.getpid())

    fitted = fit_on(client, search(scoring=where, refit=False))
    pids = set(client.run(os.getpid).values())
    assert len(pids) == 2
    assert {int(pid) for pid in scores(fitted).ravel()} == pids


@pytest.mark.parametrize(
    ("estimator", "grid", "y"),
    [
        (
            make_pipeline(
                StandardScaler(), MLPScratchClassifier(5, max_iter=10, random_state=0)
            ),
            {"mlpscratchclassifier__activation": ["relu", "gelu"]},
            Y,
        ),
        (
            MLPScratchRegressor("huber", 5, max_iter=10, random_state=0),
            {"average": [False, 0.9]},
            X[:, 0],
        ),
    ],
    ids=["pipeline", "regressor"],
)
def test_pipelines_and_regressors_too(client, estimator, grid, y):
    local = search(estimator, grid).fit(X, y)
    remote = fit_on(client, search(estimator, grid), y=y)
    np.testing.assert_array_equal(scores(remote), scores(local))


def copies_of(client, shape):
    """Return, for each worker, the keys of arrays of a shape that it keeps."""

    def keys(dask_worker):
        items = dask_worker.data.items()
        return [key for key, value in items if getattr(value, "shape", None) == shape]

    return list(client.run(keys).values())


def arrivals(client, key):
    """Return how often a worker has fetched something from the other."""

    def count(dask_worker):
        log = dask_worker.transfer_incoming_log
        return sum(key in transfer["keys"] for transfer in log)

    return sum(client.run(count).values())


def two_searches(client, X, **how):
    """Return what copies of X the workers have after each of two searches."""
    found = []

    def run():
        with client.as_current(), joblib.parallel_config("dask", **how):
            for alpha in ([1e-4, 1e-2], [1.0, 2.0]):
                search(grid={"alpha": alpha}, refit=False).fit(X, Y)
                found.append(copies_of(client, X.shape))

    bounded(run)
    return found


def test_scattered_data_go_to_each_worker_once(client):
    own = X[:, :29] + 1  # no other array here has this shape
    first, second = two_searches(client, own, scatter=[own, Y])
    (key,), (same,) = first
    assert key == same  # a copy in either worker
    assert second == first  # which the second search has used again
    assert arrivals(client, key) == 0  # neither had to ask the other for it


def test_a_killed_worker_is_replaced_and_the_search_continues(doomed, tmp_path):
    folder, tests = str(tmp_path), os.getpid()

    def deadly(model, X, y):
        """Return the accuracy; the worker that scores the fifth fit dies, once."""
        assert os.getpid() != tests
        directory = Path(folder)
        (directory / os.urandom(8).hex()).touch()
        if len(list(directory.iterdir())) > 4:
            try:
                (directory / "killed").touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return model.score(X, y)

    before = set(doomed.run(os.getpid).values())
    # Rows of the folds as well, or those that only the dead one had are lost.
    folds = list(StratifiedKFold(3).split(X, Y))
    shared = [X, Y, *itertools.chain(*folds)]
    model = search(scoring=deadly, refit=False).set_params(cv=folds)
    remote = fit_on(doomed, model, scatter=shared)
    assert (tmp_path / "killed").exists()
    np.testing.assert_array_equal(scores(remote), scores(search().fit(X, Y)))
    doomed.wait_for_workers(2, timeout=SECONDS)
    after = set(doomed.run(os.getpid).values())
    assert len(after) == 2
    assert len(after & before) == 1


def test_a_fit_that_kills_every_worker_raises(doomed):
    tests = os.getpid()

    def deadly(model, X, y):
        assert os.getpid() != tests
        os.kill(os.getpid(), signal.SIGKILL)

    model = search(grid={"alpha": [1.0]}, scoring=deadly, refit=False)
    # Which of the two depends on whether a worker with data is the last to die.
    with pytest.raises((distributed.KilledWorker, FutureCancelledError)):
        fit_on(doomed, model)


@pytest.fixture(scope="module")
def blocks():
    """The digits in blocks of 450 rows, and a model of a loop over these."""
    X, y = load_digits(return_X_y=True)
    X /= 16
    model = MLPScratchClassifier(learning_rate_init=0.005, random_state=0)
    for _ in range(3):
        for start in range(0, len(y), 450):
            rows = slice(start, start + 450)
            model.partial_fit(X[rows], y[rows], classes=range(10))
    return da.from_array(X, (450, -1)), da.from_array(y, 450), model


def test_training_on_dask_blocks_equals_training_on_their_rows(client, blocks):
    X, y, expected = blocks

    def loop():
        model = MLPScratchClassifier(learning_rate_init=0.005, random_state=0)
        for _ in range(3):
            for X_block, y_block in zip(X.blocks, y.blocks, strict=True):
                pair = client.gather(client.compute([X_block, y_block]))
                model.partial_fit(*pair, classes=range(10))
        return model

    model = bounded(loop)
    for ours, theirs in zip(model.coefs_, expected.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_training_can_run_on_the_worker_with_the_blocks(client, blocks):
    X, y, expected = blocks

    @dask.delayed
    def step(model, X_block, y_block):
        # What a task is given is not its own to change.
        model = copy.deepcopy(model)
        return model.partial_fit(X_block, y_block, classes=range(10))

    model = MLPScratchClassifier(learning_rate_init=0.005, random_state=0)
    for _ in range(3):
        for X_block, y_block in zip(X.blocks, y.blocks, strict=True):
            model = step(model, X_block, y_block)
    model = client.compute(model).result(timeout=SECONDS)
    for ours, theirs in zip(model.coefs_, expected.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_predictions_of_blocks_are_computed_by_the_workers(client, blocks):
    X, _, model = blocks
    proba = X.map_blocks(model.predict_proba, dtype=float, chunks=(X.chunks[0], 10))
    got = client.compute(proba).result(timeout=SECONDS)
    np.testing.assert_allclose(got, model.predict_proba(X.compute()), rtol=1e-9)


def test_incremental_of_dask_ml_goes_through_the_blocks(client, blocks):
    wrappers = pytest.importorskip("dask_ml.wrappers")
    X, y, expected = blocks
    model = wrappers.Incremental(
        MLPScratchClassifier(learning_rate_init=0.005, random_state=0),
        shuffle_blocks=False,
    )

    def fit():
        with client.as_current():
            for _ in range(3):
                model.partial_fit(X, y, classes=list(range(10)))
            return model.predict(X).compute(), model.score(X, y)

    labels, score = bounded(fit)
    np.testing.assert_array_equal(labels, expected.predict(X.compute()))
    assert score == pytest.approx(expected.score(X.compute(), y.compute()))
