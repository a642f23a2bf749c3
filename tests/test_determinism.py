"""The same seed gives identical bits in every process, thread and copy."""

import concurrent.futures
import multiprocessing
import pickle

import numpy as np
import pytest
from campaigns.bits import MODELS, X, Y, bits, digest
from joblib import Parallel, delayed
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from sknn_scratch.callbacks import WeightHistory

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

every_model = pytest.mark.parametrize("name", MODELS)


@every_model
def test_fits_that_are_repeated_pickled_or_warm(name):
    model = clone(MODELS[name])
    expected = digest(model.fit(X, Y))
    assert digest(model.fit(X, Y)) == expected
    assert digest(pickle.loads(pickle.dumps(model)).fit(X, Y)) == expected
    assert digest(clone(model).fit(np.asfortranarray(X), Y.tolist())) == expected


@every_model
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_fits_in_workers(name, n_jobs):
    fits = Parallel(n_jobs=n_jobs)(
        delayed(clone(MODELS[name]).fit)(X, Y) for _ in range(3)
    )
    assert {digest(model) for model in fits} == {bits(name)}


@every_model
def test_fits_in_threads_do_not_disturb_each_other(name):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(bits, [name, *MODELS] * 3))
    expected = {name: bits(name) for name in MODELS}
    assert found == [expected[one] for one in [name, *MODELS] * 3]


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a fork beside threads
def test_fits_in_forked_and_spawned_processes(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map_async(bits, MODELS).get(timeout=60)
    assert found == [bits(name) for name in MODELS]


@every_model
def test_predictions_in_eight_threads_are_those_of_one(name):
    model = clone(MODELS[name]).fit(X, Y)
    expected = model.predict(X)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for predicted in pool.map(model.predict, [X] * 40):
            np.testing.assert_array_equal(predicted, expected)


@every_model
def test_one_thread_of_the_blas_or_two(name):
    with threadpool_limits(1):
        one = bits(name)
    with threadpool_limits(2):
        assert bits(name) == one


@pytest.mark.needs_callbacks
@pytest.mark.parametrize("unit", ["epoch", "step"])
@every_model
def test_callbacks_do_not_change_the_results(name, unit):
    history = WeightHistory(unit=unit)
    watched = clone(MODELS[name]).set_callbacks(history).fit(X, Y)
    assert digest(watched) == bits(name)


@pytest.mark.parametrize("before", [None, np.random.RandomState(0), 1], ids=str)
@pytest.mark.parametrize("name", ["adam", "perceptron"])
def test_partial_fit_with_an_int_does_not_depend_on_the_global_state(name, before):
    model = clone(MODELS[name]).set_params(batch_size=30).fit(X, Y)
    model.set_params(random_state=before).partial_fit(X, Y)
    digests = set()
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        copied = pickle.loads(pickle.dumps(model))
        digests.add(digest(copied.set_params(random_state=0).partial_fit(X, Y)))
    assert len(digests) == 1
