"""How many threads the BLAS libraries may use."""

import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

import scipy
from threadpoolctl import OpenBLASController, ThreadpoolController

# Multiply-adds in the largest product of a batch from which a second thread gains
# anything. Below, threads wait for each other; with busy cores, very long.
_WORTH_SHARING = 10_000_000


class _OneThread:
    """Holds some libraries to one thread while somebody wants it.

    A limit belongs to the process, not to the fit that asks for it. Were each of two
    fits in overlapping threads to put back what it found, the limit would stay for
    good; so the last to leave puts back what the first has found.

    Parameters
    ----------
    of_scipy : bool
        Whether to hold the BLAS that comes with SciPy, or all others.
    """

    def __init__(self, of_scipy):
        self.of_scipy = of_scipy
        # Wherever Ctrl-C strikes, a user who is no more has left; and what the first
        # has found stays noted until somebody puts it back.
        self.users = weakref.WeakSet()
        self.lock = threading.Lock()
        self.libraries = self.limiter = None

    @contextmanager
    def held(self):
        """Hold the libraries within a block."""
        user = _User()
        self._enter(user)
        try:
            yield
        finally:
            self._leave(user)

    def _enter(self, user):
        with self.lock:
            self.users.add(user)
            if self.libraries is None:  # to look for them takes milliseconds
                self.libraries = self._find()
            if self.limiter is None:
                with _in_control():
                    self.limiter = self.libraries.limit(limits=1, user_api="blas")

    def _leave(self, user):
        with self.lock:
            self.users.discard(user)
            if not self.users:
                self._release()

    def _release(self):
        if self.limiter is not None:
            with _in_control():
                self.limiter.restore_original_limits()
            self.limiter = None

    def forget(self):
        """Begin anew in a process that was forked while others fitted."""
        self.lock = threading.Lock()
        self.users = weakref.WeakSet()
        self._release()

    def _find(self):
        # The search calls Python from C, which would swallow a Ctrl-C; signals arrive
        # in the main thread only.
        with ThreadPoolExecutor(1) as pool:
            libraries = pool.submit(ThreadpoolController).result()
        paths = [library["filepath"] for library in libraries.info()]
        # Wheels keep it in scipy.libs/ or scipy/.dylibs/; elsewhere NumPy and SciPy
        # share one library, which counts as NumPy's.
        folder = os.path.realpath(scipy.__path__[0])
        folders = (folder + os.sep, folder + ".libs" + os.sep)
        return libraries.select(
            filepath=[
                path
                for path in paths
                if os.path.realpath(path).startswith(folders) == self.of_scipy
            ]
        )


@contextmanager
def _in_control():
    """Let this thread set limits, and any other one afterwards.

    From threadpoolctl 3.8 on, OpenBLAS listens to the thread that spoke first, as long
    as it lives; here it does not matter which fit comes first.
    """
    clear = getattr(OpenBLASController, "clear_controlling_thread", None)
    if clear is None:
        yield
        return
    clear(force=True)
    try:
        yield
    finally:
        clear(force=True)


class _User:
    """Somebody who wants one thread."""


_SCIPY = _OneThread(of_scipy=True)
_OTHERS = _OneThread(of_scipy=False)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SCIPY.forget)
    os.register_at_fork(after_in_child=_OTHERS.forget)


def vectors_on_one_thread():
    """Hold SciPy's BLAS, which only has vectors to add, to one thread within a block.

    `threads_for` does so, too, and is faster within this block.
    """
    return _SCIPY.held()


@contextmanager
def threads_for(network, n_rows):
    """Hold the BLAS to one thread where more do not help.

    Parameters
    ----------
    network : Network
        The network to train or to predict with.
    n_rows : int
        Number of rows that go through it together.
    """
    largest = n_rows * max(weights.size for weights in network.weights)
    # SciPy's library only has vectors to add, while NumPy's threads, which stay awake
    # between two matrix products, want the cores.
    others = nullcontext() if largest >= _WORTH_SHARING else _OTHERS.held()
    with _SCIPY.held(), others:
        yield
