"""A fit that succeeds as a whole or leaves no trace."""

from contextlib import contextmanager

import numpy as np


@contextmanager
def transaction(estimator):
    """Give a copy of the estimator to work on, and make it the estimator at the end.

    Until then, and if the block raises, the estimator is what it was. The block may
    rebind the copy's attributes, but must not change what they hold.
    """
    working_copy = object.__new__(type(estimator))
    vars(working_copy).update(vars(estimator))
    random_state = estimator.random_state
    shared = isinstance(random_state, np.random.RandomState)
    drawn_from = random_state.get_state(legacy=False) if shared else None
    try:
        yield working_copy
        estimator.__dict__ = vars(working_copy)
    except BaseException:
        if shared:
            random_state.set_state(drawn_from)
        raise
