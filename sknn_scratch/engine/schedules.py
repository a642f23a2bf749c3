"""Schedules: how the learning rate changes while training goes on."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Schedule:
    """A pure function from training progress to a factor on the initial rate.

    Attributes
    ----------
    counts_steps : bool
        Whether progress is counted in steps; else in samples, as scikit-learn does.
    plateau_divisor : float or None
        What a plateau of the loss divides the rate by; None: a plateau ends training.
    min_rate : float
        A plateau at this rate or below ends training all the same.
    """

    counts_steps: bool = False
    plateau_divisor: ClassVar[float | None] = None
    min_rate: ClassVar[float] = 1e-6

    def factor(self, n_done: int) -> float:
        """Return the factor for the next epoch.

        Parameters
        ----------
        n_done : int
            Number of steps so far, or of samples, each as often as it was seen.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Constant(Schedule):
    """The initial rate throughout."""

    def factor(self, n_done: int) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class InvScaling(Schedule):
    """1 / (n_done + 1)^power_t.

    Parameters
    ----------
    counts_steps : bool, default=False
        Whether n_done is the number of steps; else of samples.
    power_t : float in [0, inf), default=0.5
        The exponent.
    """

    power_t: float = 0.5

    def factor(self, n_done: int) -> float:
        """Fall with progress."""
        return float((n_done + 1) ** -self.power_t)


@dataclass(frozen=True)
class Adaptive(Constant):
    """The initial rate, divided by 5 at every plateau of the loss."""

    plateau_divisor: ClassVar[float | None] = 5.0


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "invscaling": InvScaling,
    "adaptive": Adaptive,
}
