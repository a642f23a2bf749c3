"""The state of mini-batch training between epochs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .steps import Stepping, copied_states
from .streams import copied, state_of, stream_of


@dataclass
class Progress:
    """The state of mini-batch training between epochs.

    Attributes
    ----------
    stepping : Stepping
        Settings of the update steps.
    rate : float
        Learning rate of the next epoch.
    steps_per_epoch, n_epochs, samples_per_epoch : int
        Planned length of training.
    plateau_factor : float
        Factor of the learning rate from all plateaus so far.
    n_steps : int
        Number of steps so far.
    noise : numpy.random.BitGenerator, optional
        Source of random numbers for layers such as dropout.
    augmenting : numpy.random.RandomState, optional
        Source of random numbers for data augmentation.
    optimizer_states : list, optional
        State of the optimizer for each parameter group.
    scaled : ndarray, optional
        Weights and scale of an `InputScale`.
    """

    stepping: Stepping
    rate: float
    steps_per_epoch: int
    n_epochs: int
    samples_per_epoch: int
    plateau_factor: float = 1.0
    n_steps: int = 0
    noise: np.random.BitGenerator | None = None
    augmenting: np.random.RandomState | None = None
    optimizer_states: list[Any] | None = None
    scaled: np.ndarray | None = None

    def copied(self) -> "Progress":
        """Return a copy with its own arrays and random streams.

        Returns
        -------
        progress : Progress
            The copy.
        """
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        twin.noise, twin.augmenting = copied(self.noise), copied(self.augmenting)
        twin.optimizer_states = copied_states(self.optimizer_states)
        twin.scaled = None if self.scaled is None else self.scaled.copy()
        return twin

    def __getstate__(self) -> dict[str, Any]:
        streams = {
            "noise": state_of(self.noise),
            "augmenting": state_of(self.augmenting),
        }
        return vars(self) | streams

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.noise = stream_of(state["noise"])
        self.augmenting = stream_of(state["augmenting"])

    @property
    def is_over(self) -> bool:
        """Whether training has reached its planned length."""
        return self.n_steps >= self.n_epochs * self.steps_per_epoch
