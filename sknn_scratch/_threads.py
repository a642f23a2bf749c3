"""How many threads the matrix products of a network may use."""

import threading
from contextlib import contextmanager, nullcontext

from threadpoolctl import ThreadpoolController

# Multiply-adds in the largest product of a batch from which a second thread gains
# anything. Below, threads wait for each other; with busy cores, very long.
_WORTH_SHARING = 10_000_000


def threads_for(network, n_rows):
    """Return a context that holds the BLAS to one thread where more do not help.

    Parameters
    ----------
    network : Network
        The network to train or to predict with.
    n_rows : int
        Number of rows that go through it together.
    """
    largest = n_rows * max(weights.size for weights in network.weights)
    return nullcontext() if largest >= _WORTH_SHARING else _one_thread()


# The limit belongs to the process, not to the fit that asks for it. Were each of two
# fits in overlapping threads to put back what it found, the limit would stay for good.
_lock = threading.Lock()
_n_users = 0
_controller = None
_limiter = None


@contextmanager
def _one_thread():
    """Hold the BLAS to one thread until the last of all users has left."""
    global _n_users, _controller, _limiter
    with _lock:
        if _controller is None:  # to look for the libraries takes milliseconds
            _controller = ThreadpoolController()
        if _n_users == 0:
            _limiter = _controller.limit(limits=1, user_api="blas")
        _n_users += 1
    try:
        yield
    finally:
        with _lock:
            _n_users -= 1
            if _n_users == 0:
                _limiter.restore_original_limits()
