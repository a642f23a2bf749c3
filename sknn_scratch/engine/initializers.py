"""Initializers: the weights that training starts from."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Initializer:
    """Draws the weights and biases of one layer."""

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return weights of shape (fan_in, fan_out) and biases of shape (fan_out,).

        Parameters
        ----------
        random_state : numpy.random.RandomState
            The stream to draw from, weights first.
        fan_in, fan_out : int
            Number of inputs and of units.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class GlorotUniform(Initializer):
    """Uniform in ±√(f / (fan_in + fan_out)), biases too (Glorot and Bengio, 2010).

    Parameters
    ----------
    factor : float > 0, default=6.0
        f. Every activation recommends one.
    """

    factor: float = 6.0

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Keep the variance of signals and gradients alike from layer to layer."""
        bound = np.sqrt(self.factor / (fan_in + fan_out))
        weights = random_state.uniform(-bound, bound, (fan_in, fan_out))
        return weights, random_state.uniform(-bound, bound, fan_out)


@dataclass(frozen=True)
class Normal(Initializer):
    """Standard normal. A deep network of saturating units starts saturated."""

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw from N(0, 1)."""
        weights = random_state.standard_normal((fan_in, fan_out))
        return weights, random_state.standard_normal(fan_out)


@dataclass(frozen=True)
class Zeros(Initializer):
    """All zero: right for one layer, useless for more, whose units stay alike."""

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw nothing."""
        return np.zeros((fan_in, fan_out)), np.zeros(fan_out)


INITIALIZERS: dict[str, type[Initializer]] = {
    "glorot_uniform": GlorotUniform,
    "normal": Normal,
    "zeros": Zeros,
}
