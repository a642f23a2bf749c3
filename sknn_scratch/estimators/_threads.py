"""Limits for the number of threads of BLAS libraries."""

import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import scipy
from threadpoolctl import OpenBLASController, ThreadpoolController

# Number of multiply-adds in the largest product of a batch above which a second
# thread helps. Below it, threads wait for each other, very long on busy cores.
_WORTH_SHARING = 10_000_000
# Up to these sizes of products and vectors, OpenBLAS uses one thread on its own.
_NEVER_SHARED, _SHORT = 2**18, 10_000


class _Libraries:
    """BLAS libraries that are limited to one thread while a user needs it.

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
        # Users are weakly referenced, so a Ctrl-C at any line releases them. The
        # original number of threads stays stored until it is restored.
        self.users = {}
        # A signal handler may call predict while the interrupted thread holds the lock.
        self.lock = threading.RLock()
        self.libraries = self.found = None

    @property
    def are_openblas(self):
        """Whether all libraries are OpenBLAS."""
        self.look_for_them()
        return all(one.internal_api == "openblas" for one in self.libraries)

    def look_for_them(self):
        """Search for the libraries once, which takes milliseconds."""
        if self.libraries is None:
            self.libraries = self._find()

    def enter(self, user):
        """Limit the libraries to one thread."""
        self.look_for_them()
        with self.lock:
            self.users[id(user)] = weakref.ref(user)
            # Ctrl-C may have occurred between the release and its record.
            are_free = self.found is None or len(self.users) == 1
            if self.found is None:
                self.found = self._limits()
            if are_free:
                _set_each((one, 1) for one in self.libraries)

    def leave(self, user):
        """Restore the libraries, unless another user needs the limit."""
        with self.lock:
            self.users.pop(id(user), None)
            if all(other() is None for other in self.users.values()):
                self.users.clear()
                self._release()

    def _limits(self):
        # A separate function, because Python 3.13 does not release a lock if a
        # comprehension inside the block is interrupted.
        return [(one, one.num_threads) for one in self.libraries]

    def _release(self):
        if self.found is not None:
            _set_each(self.found)
            self.found = None

    def forget(self):
        """Reset the state in a process that was forked during other fits."""
        self.lock = threading.RLock()
        self.users = {}
        self._release()

    def _find(self):
        # The search calls Python from C, which would lose a Ctrl-C. Signals arrive
        # in the main thread only.
        with ThreadPoolExecutor(1) as pool:
            libraries = pool.submit(ThreadpoolController).result()
        # Wheels keep it in scipy.libs/ or scipy/.dylibs/; elsewhere NumPy and SciPy
        # share one library, which counts as NumPy's.
        folder = os.path.realpath(scipy.__path__[0])
        folders = (folder + os.sep, folder + ".libs" + os.sep)
        return [
            library
            for library in libraries.select(user_api="blas").lib_controllers
            if os.path.realpath(library.filepath).startswith(folders) == self.of_scipy
        ]


def _set_each(limits):
    """Set the number of threads of libraries.

    From threadpoolctl 3.8 on, OpenBLAS listens to the thread that spoke first, as long
    as it lives; here it does not matter which fit comes first.
    """
    _clear_control(force=True)
    try:
        for library, n_threads in limits:
            library.set_num_threads(n_threads)
    finally:
        _clear_control(force=True)


_clear_control = getattr(
    OpenBLASController, "clear_controlling_thread", lambda force: None
)
_SCIPY = _Libraries(of_scipy=True)
_OTHERS = _Libraries(of_scipy=False)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SCIPY.forget)
    os.register_at_fork(after_in_child=_OTHERS.forget)


class OneThread:
    """A user that needs one thread within a block."""

    def __init__(self, *libraries):
        self._libraries = libraries

    def __enter__(self):
        try:
            for libraries in self._libraries:
                libraries.enter(self)
        except BaseException:  # Ctrl-C during the search for libraries
            self.__exit__()
            raise

    def __exit__(self, *exception):
        for libraries in self._libraries:
            libraries.leave(self)


def threads_to_predict(network, n_rows):
    """Limit BLAS to one thread within a block if more threads do not help.

    Parameters
    ----------
    network : Network
        The network to predict with.
    n_rows : int
        Number of rows that go through it together.

    Returns
    -------
    block : context manager
        For one ``with`` statement.
    """
    return OneThread(*_libraries_for_products(network, n_rows, 0))


def threads_to_train(network, n_rows):
    """Do the same for a training run, which also uses SciPy's BLAS for vectors.

    That library is held for a large network, too: it has vectors only, while NumPy's
    threads, which stay awake between two matrix products, want the cores.

    Parameters
    ----------
    network : Network
        The network to train.
    n_rows : int
        Number of rows that go through it together.

    Returns
    -------
    block : context manager
        For one ``with`` statement.
    """
    length = network.n_parameters
    adding = () if length <= _SHORT and _SCIPY.are_openblas else (_SCIPY,)
    return OneThread(*adding, *_libraries_for_products(network, n_rows, length))


def _libraries_for_products(network, n_rows, length):
    """Return the libraries to limit for products, and for vectors of this length."""
    largest = n_rows * max(weights.size for weights in network.weights)
    if largest >= _WORTH_SHARING:
        return ()
    is_small = largest <= _NEVER_SHARED and length <= _SHORT
    is_small = is_small and network.multiplies_rows
    return () if is_small and _OTHERS.are_openblas else (_OTHERS,)
