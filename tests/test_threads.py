import ctypes
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from small_networks import perceptron
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

import sknn_scratch.estimators._threads as threads_module
from sknn_scratch import MLPScratchClassifier
from sknn_scratch.engine.activations import Relu
from sknn_scratch.engine.layers import LSTM, AveragePool2D, Conv2D, Dense, Reshape
from sknn_scratch.engine.network import Network
from sknn_scratch.estimators._threads import (
    OneThread,
    _Libraries,
    threads_to_predict,
    threads_to_train,
)

TINY = perceptron([4, 3, 2], Relu())
SMALL = perceptron([64, 200, 10], Relu())
LARGE = perceptron([784, 1024, 10], Relu())


def blas_threads(of=""):
    """Return the numbers of threads of the BLAS libraries whose path has `of` in it."""
    return {
        library["num_threads"]
        for library in threadpool_info()
        if library["user_api"] == "blas" and of in library["filepath"]
    }


# Where NumPy and SciPy share one BLAS, it is any.
PRODUCTS = "numpy.libs" if blas_threads("numpy.libs") else ""


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


def test_a_small_network_uses_one_blas_thread_and_restores_the_limit():
    with threads_to_train(SMALL, 200):
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_a_tiny_network_does_not_limit_threads():
    with threads_to_train(TINY, 10), threads_to_predict(TINY, 10):
        assert blas_threads() == {2}


def test_a_tiny_network_limits_threads_if_another_blas_is_loaded(monkeypatch):
    monkeypatch.setattr(_Libraries, "are_openblas", False)
    with threads_to_train(TINY, 10):
        assert blas_threads() == {1}
    with threads_to_predict(TINY, 10):
        assert blas_threads(PRODUCTS) == {1}
    assert blas_threads() == {2}


def test_small_image_and_sequence_networks_limit_threads():
    """Their products have many rows for each sample."""
    for layers in (
        [Reshape((8, 8)), Conv2D(4, 3), AveragePool2D(), Dense(2)],
        [Reshape((8, 8)), LSTM(4), Dense(2)],
    ):
        network = Network(64, layers)
        for hold in (threads_to_train, threads_to_predict):
            with hold(network, 10):
                assert blas_threads(PRODUCTS) == {1}
            assert blas_threads() == {2}


def test_long_vectors_limit_threads_if_the_products_are_tiny():
    with threads_to_train(perceptron([600, 20, 2], Relu()), 1):
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_predict_limits_blas_threads_for_small_networks_only():
    with threads_to_predict(LARGE, 200):
        assert blas_threads() == {2}
    with threads_to_predict(SMALL, 200):
        assert blas_threads(PRODUCTS) == {1}
    assert blas_threads() == {2}


def test_a_finished_thread_releases_its_limit():
    gone, next_one = threads_to_train(SMALL, 200), threads_to_train(SMALL, 200)
    gone.__enter__()
    del gone
    with next_one:
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_an_interrupted_thread_limit_is_restored(monkeypatch):
    failing = _Libraries(of_scipy=False)

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(failing, "_find", interrupted)
    user = OneThread(_Libraries(of_scipy=True), _Libraries(of_scipy=False), failing)
    with pytest.raises(KeyboardInterrupt):
        user.__enter__()
    assert blas_threads() == {2}


@pytest.mark.skipif(
    not (blas_threads("numpy.libs") and blas_threads("scipy.libs")),
    reason="NumPy and SciPy share one BLAS here",
)
def test_a_large_network_does_not_limit_blas_threads():
    with threads_to_train(LARGE, 200):
        assert blas_threads("numpy.libs") == {2}
        assert blas_threads("scipy.libs") == {1}
    assert blas_threads() == {2}


def test_overlapping_limits_are_restored_by_the_last_thread():
    first, second = threads_to_train(SMALL, 200), threads_to_train(SMALL, 200)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == {2}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fits_in_overlapping_threads_leave_no_limit_behind():
    X, y = np.random.default_rng(0).normal(size=(300, 8)), np.arange(300) % 3
    models = [MLPScratchClassifier(8, max_iter=n, random_state=0) for n in (5, 20, 40)]
    threads = [threading.Thread(target=model.fit, args=(X, y)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blas_threads() == {2}
    expected = MLPScratchClassifier(8, max_iter=40, random_state=0).fit(X, y)
    np.testing.assert_array_equal(models[2].predict_proba(X), expected.predict_proba(X))


def test_an_exception_restores_the_thread_limit():
    with pytest.raises(KeyboardInterrupt), threads_to_train(SMALL, 200):
        raise KeyboardInterrupt
    assert blas_threads() == {2}


def test_a_small_network_may_finish_during_the_training_of_a_large_one():
    small, large = threads_to_train(SMALL, 200), threads_to_train(LARGE, 200)
    small.__enter__()
    large.__enter__()
    small.__exit__(None, None, None)
    assert 2 in blas_threads()
    large.__exit__(None, None, None)
    assert blas_threads() == {2}


def test_the_thread_limit_is_restored_after_two_threads_in_any_order():
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        first, second = threads_to_train(SMALL, 200), threads_to_train(SMALL, 200)
        one.submit(first.__enter__).result()
        other.submit(second.__enter__).result()
        assert blas_threads() == {1}
        one.submit(first.__exit__, None, None, None).result()
        other.submit(second.__exit__, None, None, None).result()
    assert blas_threads() == {2}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("shape", [(64, 100), (784, 60)])
def test_a_worker_thread_gives_the_results_of_the_main_thread(shape):
    n_features, n_units = shape
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, n_features)), np.arange(600) % 10
    model = MLPScratchClassifier(
        n_units, learning_rate="linear", max_iter=3, random_state=0
    )
    expected = model.fit(X, y).coefs_[0].copy()
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(model.fit, X, y).result().coefs_[0]
    np.testing.assert_array_equal(found, expected)
    assert blas_threads() == {2}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a fork beside threads
def test_a_fork_during_training_in_another_thread_resets_thread_limits():
    inside, done = threading.Event(), threading.Event()

    def train():
        with threads_to_train(SMALL, 200):
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=train)
    thread.start()
    inside.wait(30)
    child = os.fork()
    if not child:
        with threads_to_train(SMALL, 200):
            limited = blas_threads() == {1}
        os._exit(0 if limited and blas_threads() == {2} else 1)
    assert os.waitpid(child, 0)[1] == 0
    done.set()
    thread.join()


def test_ctrl_c_during_the_search_for_libraries_is_not_lost(monkeypatch):
    @ctypes.CFUNCTYPE(None)
    def called_from_c():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)  # for the signal to arrive in

    def interrupted_search():
        called_from_c()
        return ThreadpoolController()

    monkeypatch.setattr(
        "sknn_scratch.estimators._threads.ThreadpoolController", interrupted_search
    )
    # A process in the background of a shell ignores SIGINT.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), OneThread(_Libraries(of_scipy=False)):
            pass
    finally:
        signal.signal(signal.SIGINT, before)
    assert blas_threads() == {2}


def test_ctrl_c_after_a_release_keeps_the_limit_of_another_thread(monkeypatch):
    libraries = _Libraries(of_scipy=False)
    set_each = threads_module._set_each

    def interrupted(limits):
        set_each(limits)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), OneThread(libraries):
        monkeypatch.setattr(threads_module, "_set_each", interrupted)
    monkeypatch.setattr(threads_module, "_set_each", set_each)
    with OneThread(libraries):
        assert 1 in blas_threads()
    assert blas_threads() == {2}
