"""Learning-rate schedules."""

from dataclasses import dataclass, field
from math import cos, log2, pi
from typing import ClassVar


@dataclass(frozen=True)
class Schedule:
    """Base class of schedules, which compute a factor of the initial learning rate.

    Attributes
    ----------
    counts_steps : bool
        Whether progress is counted in steps. If not, it is counted in samples, as in
        scikit-learn.
    per_step : bool
        Whether the rate changes in every step. If not, it changes in every epoch.
    plateau_divisor : float or None
        Divisor of the rate at a plateau of the loss. If None, training ends at a
        plateau.
    min_rate : float
        If the rate is at most this at a plateau, training ends.

    Examples
    --------
    >>> from sknn_scratch.engine.schedules import Schedule
    >>> class Halving(Schedule):
    ...     def factor(self, n_done, n_total):
    ...         return 0.5 ** (10 * n_done // n_total)
    >>> [Halving().factor(n_done, 100) for n_done in (0, 9, 10, 20)]
    [1.0, 1.0, 0.5, 0.25]
    """

    counts_steps: bool = field(default=False, kw_only=True)
    per_step: ClassVar[bool] = False
    plateau_divisor: ClassVar[float | None] = None
    min_rate: ClassVar[float] = 1e-6

    def factor(self, n_done: int, n_total: int) -> float:
        """Return the factor of the initial rate for the next epoch or step.

        Parameters
        ----------
        n_done : int
            Number of steps so far, or of samples processed so far.
        n_total : int
            Total number of steps or samples, without early stopping.

        Returns
        -------
        factor : float >= 0
            Factor of the initial rate.
        """
        raise NotImplementedError(f"{type(self).__name__} must define factor.")

    def is_rising(self, n_done: int, n_total: int) -> bool:
        """Return whether the rate is rising, so that it is too early to stop.

        Parameters
        ----------
        n_done, n_total : int
            As in `factor`.

        Returns
        -------
        rising : bool
            True if a loss without improvement should not stop training.
        """
        return False


@dataclass(frozen=True)
class Constant(Schedule):
    """A constant learning rate.

    Parameters
    ----------
    counts_steps : bool, default=False
        Ignored.

    Examples
    --------
    >>> from sknn_scratch.engine.schedules import Constant
    >>> [Constant().factor(i, 4) for i in range(5)]
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def factor(self, n_done: int, n_total: int) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class InvScaling(Schedule):
    """Inverse scaling: the factor is 1 / (n_done + 1)^power_t.

    Parameters
    ----------
    power_t : float in [0, inf), default=0.5
        Exponent of the decay.
    counts_steps : bool, default=False
        Whether n_done is the number of steps or of samples.

    Examples
    --------
    >>> from sknn_scratch.engine.schedules import InvScaling
    >>> [round(InvScaling().factor(i, 100), 3) for i in (0, 3, 99)]
    [1.0, 0.5, 0.1]
    """

    power_t: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.power_t < float("inf"):
            raise ValueError(f"power_t must be finite and >= 0; got {self.power_t}.")

    def factor(self, n_done: int, n_total: int) -> float:
        """Return 1 / (n_done + 1)^power_t."""
        return float((n_done + 1) ** -self.power_t)


@dataclass(frozen=True)
class Adaptive(Constant):
    """The initial rate, divided by 5 at every plateau of the loss.

    Parameters
    ----------
    counts_steps : bool, default=False
        Ignored.

    Examples
    --------
    >>> from sknn_scratch.engine.schedules import Adaptive
    >>> adaptive = Adaptive()
    >>> adaptive.factor(3, 4), adaptive.plateau_divisor
    (1.0, 5.0)
    """

    plateau_divisor: ClassVar[float | None] = 5.0


@dataclass(frozen=True)
class Annealing(Schedule):
    """Base class of schedules with a warm-up from 0, then annealing to the last step.

    Parameters
    ----------
    warmup : float in [0, 1), default=0.0
        Proportion of the steps for the warm-up. At the beginning, the moments of Adam
        are not yet estimated well, and training may diverge at a large rate.
    final : float >= 0, default=0.0
        Final factor.
    """

    counts_steps: bool = field(default=True, init=False, repr=False)
    warmup: float = 0.0
    final: float = 0.0

    per_step: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.warmup < 1:
            raise ValueError(f"warmup must be in [0, 1); got {self.warmup}.")
        if not 0 <= self.final < float("inf"):
            raise ValueError(f"final must be finite and >= 0; got {self.final}.")

    def factor(self, n_done: int, n_total: int) -> float:
        """Return the factor of the warm-up, then of the annealing."""
        n_warmup = round(self.warmup * n_total)
        if self.is_rising(n_done, n_total):
            return self.rise((n_done + 1) / n_warmup)
        return self.fall(min(1.0, (n_done - n_warmup) / max(1, n_total - n_warmup)))

    def is_rising(self, n_done: int, n_total: int) -> bool:
        """Return whether the warm-up is still running."""
        return n_done < round(self.warmup * n_total)

    def rise(self, x: float) -> float:
        """Return the factor after a proportion x of the warm-up.

        Parameters
        ----------
        x : float in [0, 1]
            Proportion x.

        Returns
        -------
        factor : float >= 0
            Factor of the initial rate.
        """
        return x

    def fall(self, x: float) -> float:
        """Return the factor after a proportion x of the annealing.

        Parameters
        ----------
        x : float in [0, 1]
            Proportion x.

        Returns
        -------
        factor : float >= 0
            Factor of the initial rate.
        """
        raise NotImplementedError(f"{type(self).__name__} must define fall.")


@dataclass(frozen=True)
class Linear(Annealing):
    """Linear decay 1 − (1 − final) x, after a proportion x of the annealing.

    Parameters
    ----------
    warmup : float in [0, 1), default=0.0
        Proportion of the steps for a linear warm-up from 0.
    final : float >= 0, default=0.0
        Final factor.

    Examples
    --------
    >>> from sknn_scratch.engine.schedules import Linear
    >>> [Linear().factor(i, 4) for i in range(5)]
    [1.0, 0.75, 0.5, 0.25, 0.0]
    >>> [Linear(warmup=0.5).factor(i, 4) for i in range(5)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """

    def fall(self, x: float) -> float:
        """Return the linear decay."""
        return 1 - (1 - self.final) * x


@dataclass(frozen=True)
class Cosine(Annealing):
    """Cosine annealing, final + (1 − final) (1 + cos π x) / 2.

    Loshchilov and Hutter (2017, arXiv 1608.03983), without restarts.

    Parameters
    ----------
    warmup : float in [0, 1), default=0.0
        Proportion of the steps for a linear warm-up from 0.
    final : float >= 0, default=0.0
        Final factor.

    Examples
    --------
    >>> from sknn_scratch.engine.schedules import Cosine
    >>> [round(Cosine().factor(i, 4), 3) for i in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def fall(self, x: float) -> float:
        """Return the cosine, which is flat at both ends."""
        return self.final + (1 - self.final) * (1 + cos(pi * x)) / 2


@dataclass(frozen=True)
class Exponential(Annealing):
    """Exponential decay final^x: every step multiplies the rate by the same factor.

    Parameters
    ----------
    warmup : float in [0, 1), default=0.0
        Proportion of the steps for a linear warm-up from 0.
    final : float > 0, default=0.01
        Final factor.

    Examples
    --------
    >>> from sknn_scratch.engine.schedules import Exponential
    >>> [round(Exponential().factor(i, 4), 3) for i in range(5)]
    [1.0, 0.316, 0.1, 0.032, 0.01]
    """

    final: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.final == 0:
            raise ValueError(
                "final must be > 0 for an exponential schedule; got 0. Pass a small "
                "number, or choose another schedule."
            )

    def fall(self, x: float) -> float:
        """Return the exponential decay."""
        return float(self.final**x)


@dataclass(frozen=True)
class OneCycle(Cosine):
    """One-cycle schedule: warm-up to the highest rate, then decay to almost zero.

    Smith and Topin (2018, arXiv 1708.07120) change the rate linearly in three phases,
    and the momentum with it. This schedule has two phases with cosine annealing, as in
    fastai and PyTorch's OneCycleLR, and constant momentum. `learning_rate_init` is the
    highest rate. It may be several times larger than a constant rate.

    Parameters
    ----------
    warmup : float in [0, 1), default=0.3
        Proportion of the steps for the warm-up.
    final : float >= 0, default=1e-4
        Final factor.
    initial : float in (0, 1], default=0.04
        Initial factor.

    Examples
    --------
    Three steps of warm-up and seven of annealing:

    >>> from sknn_scratch.engine.schedules import OneCycle
    >>> [round(OneCycle().factor(i, 10), 3) for i in range(11)]
    [0.28, 0.76, 1.0, 1.0, 0.95, 0.812, 0.611, 0.389, 0.188, 0.05, 0.0]
    """

    warmup: float = 0.3
    final: float = 1e-4
    initial: float = 0.04

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.initial <= 1:
            raise ValueError(f"initial must be in (0, 1]; got {self.initial}.")

    def rise(self, x: float) -> float:
        """Return the cosine-shaped warm-up, which is flat at both ends."""
        return self.initial + (1 - self.initial) * (1 - cos(pi * x)) / 2


@dataclass(frozen=True)
class CosLog(Schedule):
    """Cosine cycles of growing length: (1 − cos 2πc) / 2, c = log₂(1 + (2ⁿ − 1) x).

    x is the proportion of the steps so far, and c the number of completed cycles out of
    n. Every cycle is twice as long as the previous one, and starts and ends at a rate
    of 0 (Holzmüller et al., 2024, arXiv 2407.04491). The model at the end of a cycle is
    usually good. Early stopping selects the best one if its patience is longer than
    half a cycle, as with ``n_iter_no_change=inf``.

    Parameters
    ----------
    n_cycles : int in [1, 30], default=4
        Number of cycles n.

    Examples
    --------
    Of 14 steps, the cycles take 2, 4 and 8:

    >>> from sknn_scratch.engine.schedules import CosLog
    >>> schedule = CosLog(n_cycles=3)
    >>> [round(schedule.factor(i, 14), 1) for i in range(15)]
    [0.0, 0.9, 0.0, 0.7, 0.9, 0.3, 0.0, 0.3, 0.7, 1.0, 0.9, 0.7, 0.3, 0.1, 0.0]
    """

    counts_steps: bool = field(default=True, init=False, repr=False)
    n_cycles: int = 4

    per_step: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.n_cycles not in range(1, 31):
            raise ValueError(
                f"n_cycles must be an int in [1, 30]; got {self.n_cycles!r}."
            )

    def factor(self, n_done: int, n_total: int) -> float:
        """Return the factor of the current cycle."""
        return (1 - cos(2 * pi * self._n_cycles_done(n_done, n_total))) / 2

    def is_rising(self, n_done: int, n_total: int) -> bool:
        """Return whether the current cycle is in its first half."""
        return n_done < n_total and self._n_cycles_done(n_done, n_total) % 1 < 0.5

    def _n_cycles_done(self, n_done: int, n_total: int) -> float:
        return log2(1 + (2**self.n_cycles - 1) * min(1.0, n_done / n_total))


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "invscaling": InvScaling,
    "adaptive": Adaptive,
    "linear": Linear,
    "cosine": Cosine,
    "exponential": Exponential,
    "one_cycle": OneCycle,
    "cos_log": CosLog,
}
