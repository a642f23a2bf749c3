"""Averages of the parameters over the steps, which are steadier than the last ones."""

from math import prod

import numpy as np

from .kernels import add_scaled, scale

# As in `optimizers`: a block of both vectors stays in the cache for the second pass.
_BLOCK = 2**16


class Average:
    """The mean of the parameters after every step, or an exponentially decaying one.

    θ̄ ← θ̄ + a_t (θ − θ̄) with a_t = max(1/t, 1 − decay) after step t. A decay of 1 gives
    the mean of all steps (Polyak and Juditsky, 1992, SIAM J. Control Optim. 30,
    838–855). Its advantage is asymptotic: the steps before the loss is low count as
    much as the later ones, so a short training is better without it. A smaller decay
    gives the mean of the first 1 / (1 − decay) steps, and from there on an exponential
    moving average. The initial parameters never count.

    Parameters
    ----------
    mean : ndarray of shape (n_params,)
        θ̄, overwritten.
    decay : float in (0, 1], default=1.0
        Share of the average that a step leaves.

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
        """Take in the parameters after a step.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            θ, in the dtype of `mean`.
        n_steps : int
            t, the number of steps so far with this one.
        n_equal : int >= 1, default=1
            How many of the last steps have left the same θ, and are taken in at once.
        """
        share = max(1 / n_steps, 1 - self.decay)
        if n_equal > 1:
            steps = range(n_steps - n_equal + 1, n_steps + 1)
            share = 1 - prod(1 - max(1 / t, 1 - self.decay) for t in steps)
        for start in range(0, len(params), _BLOCK):
            mean = self.mean[start : start + _BLOCK]
            scale(mean, 1 - share)
            add_scaled(mean, share, params[start : start + _BLOCK])
