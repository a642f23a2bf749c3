"""Schedules: how the learning rate changes while training goes on."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Schedule:
    """A pure function from training progress to a factor on the initial rate.

    Attributes
    ----------
    plateau_divisor : float or None
        What a plateau of the loss divides the rate by; None: a plateau ends training.
    min_rate : float
        A plateau at this rate or below ends training all the same.
    """

    plateau_divisor: ClassVar[float | None] = None
    min_rate: ClassVar[float] = 1e-6

    def factor(self, n_seen: int) -> float:
        """Return the factor for the next epoch.

        Parameters
        ----------
        n_seen : int
            Number of training samples seen so far, each as often as it was seen.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Constant(Schedule):
    """The initial rate throughout."""

    def factor(self, n_seen: int) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class InvScaling(Schedule):
    """1 / (n_seen / unit + 1)^power_t.

    Parameters
    ----------
    power_t : float in [0, inf), default=0.5
        The exponent.
    unit : int >= 1, default=1
        Number of samples that count as one: 1 counts samples, as scikit-learn's MLP
        does, the size of a batch counts steps.
    """

    power_t: float = 0.5
    unit: int = 1

    def factor(self, n_seen: int) -> float:
        """Fall with the number of samples seen."""
        return float((n_seen / self.unit + 1) ** -self.power_t)


@dataclass(frozen=True)
class Adaptive(Constant):
    """The initial rate, divided by 5 at every plateau of the loss."""

    plateau_divisor: ClassVar[float | None] = 5.0


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "invscaling": InvScaling,
    "adaptive": Adaptive,
}
