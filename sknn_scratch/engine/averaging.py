"""Weight averaging: averages of the parameters over the steps."""

from collections.abc import Callable
from math import prod

import numpy as np

from .kernels import add_scaled, scale

# As in `optimizers`, a block of both vectors stays in the processor's cache.
_BLOCK = 2**16


class Average:
    """The mean, or the exponential moving average (EMA), of the parameters over steps.

    θ̄ ← θ̄ + a_t (θ − θ̄) with a_t = max(1/t, 1 − decay) after step t. A decay of 1 gives
    the mean of all steps (Polyak and Juditsky, 1992, SIAM J. Control Optim. 30,
    838–855). Its advantage is asymptotic: early steps, with a high loss, count as much
    as late steps, so short training is better without it. A smaller decay gives the
    mean of the first 1 / (1 − decay) steps, and then an exponential moving average. The
    initial parameters do not count.

    Parameters
    ----------
    mean : ndarray of shape (n_params,)
        θ̄, overwritten.
    decay : float in (0, 1], default=1.0
        Decay of the exponential moving average; 1 gives the mean of all steps.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.averaging import Average
    >>> average = Average(np.zeros(1))
    >>> for step, weight in enumerate([6.0, 2.0, 4.0], start=1):
    ...     average.update(np.array([weight]), step)
    ...     print(average.mean.round(3).tolist())
    [6.0]
    [4.0]
    [4.0]
    """

    def __init__(self, mean: np.ndarray, decay: float = 1.0) -> None:
        self.mean = mean
        self.decay = decay

    def update(self, params: np.ndarray, n_steps: int, n_equal: int = 1) -> None:
        """Update the average with the parameters after a step.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            θ, in the dtype of `mean`.
        n_steps : int
            t, the number of steps so far, including this one.
        n_equal : int >= 1, default=1
            Number of the last steps with the same θ, which are averaged at once.
        """
        share = max(1 / n_steps, 1 - self.decay)
        if n_equal > 1:
            steps = range(n_steps - n_equal + 1, n_steps + 1)
            share = 1 - prod(1 - max(1 / t, 1 - self.decay) for t in steps)
        for start in range(0, len(params), _BLOCK):
            mean = self.mean[start : start + _BLOCK]
            scale(mean, 1 - share)
            add_scaled(mean, share, params[start : start + _BLOCK])

    def update_at_once(
        self,
        params: np.ndarray,
        n_steps: int,
        n_equal: int,
        after_steps: Callable[[int], None] | None = None,
    ) -> None:
        """Update the average with several equal steps, and report each of them.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            θ, in the dtype of `mean`.
        n_steps : int
            t, the number of steps so far, including these.
        n_equal : int >= 1
            Number of the last steps with the same θ.
        after_steps : callable, optional
            Called with 1 after each step, when `mean` is the average after it. The
            final average is exactly that of `update`.
        """
        if after_steps is not None and n_equal > 1:
            before = self.mean.copy()
            for t in range(n_steps - n_equal + 1, n_steps):
                self.update(params, t)
                after_steps(1)
            self.mean[...] = before
        self.update(params, n_steps, n_equal)
        if after_steps is not None:
            after_steps(1)
