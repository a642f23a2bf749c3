"""Layer-wise learning rates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LayerRates:
    """Base class of learning-rate multipliers of layers, with one for all biases.

    Parameters
    ----------
    biases : float > 0, default=1.0
        Multiplier for all biases.

    Examples
    --------
    Multipliers that decrease from layer to layer:

    >>> from sknn_scratch.engine.rates import LayerRates
    >>> class Falling(LayerRates):
    ...     def of_weights(self, fan_ins):
    ...         return [0.5**i for i in range(len(fan_ins))]
    >>> Falling(biases=0.1).multipliers([4, 10, 10])
    [1.0, 0.5, 0.25, 0.1]
    """

    biases: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.biases < np.inf:
            raise ValueError(f"biases must be finite and > 0; got {self.biases}.")

    def of_weights(self, fan_ins: Sequence[int]) -> list[float]:
        """Return the multiplier for the weights of every layer.

        Parameters
        ----------
        fan_ins : sequence of int
            Number of inputs of every layer with weights.

        Returns
        -------
        multipliers : list of float, each > 0
            One multiplier per layer.
        """
        raise NotImplementedError(f"{type(self).__name__} must define of_weights.")

    def multipliers(self, fan_ins: Sequence[int]) -> list[float]:
        """Return all multipliers, checked.

        Parameters
        ----------
        fan_ins : sequence of int
            As in `of_weights`.

        Returns
        -------
        multipliers : list of float
            Multipliers for the weights of every layer, then for all biases.

        Raises
        ------
        ValueError
            If there is not one finite, positive multiplier per layer.
        """
        multipliers = [float(multiplier) for multiplier in self.of_weights(fan_ins)]
        if len(multipliers) != len(fan_ins) or not all(
            0 < multiplier < np.inf for multiplier in multipliers
        ):
            raise ValueError(
                "layer_rates must return a finite multiplier > 0 for each of the "
                f"{len(fan_ins)} layers; got {multipliers}."
            )
        return [*multipliers, float(self.biases)]


@dataclass(frozen=True)
class ConstantRates(LayerRates):
    """The same learning rate for the weights of all layers.

    Parameters
    ----------
    biases : float > 0, default=1.0
        Multiplier for all biases.

    Examples
    --------
    >>> from sknn_scratch.engine.rates import ConstantRates
    >>> ConstantRates(biases=2).multipliers([4, 10])
    [1.0, 1.0, 2.0]
    """

    def of_weights(self, fan_ins: Sequence[int]) -> list[float]:
        """Return 1 for every layer."""
        return [1.0] * len(fan_ins)


@dataclass(frozen=True)
class FanInRates(LayerRates):
    """Multipliers 1 / √fan_in: smaller steps for layers with more inputs.

    The best learning rate depends less on the width of the layers than with constant
    rates. It is not independent of the width: with one hidden layer and Adam, the first
    steps change the outputs in proportion to the square root of the width, instead of
    to the width.

    With Adam and ``weight_init="lecun_normal"`` these are the steps of the neural
    tangent parametrization (Jacot et al., 2018, arXiv 1806.07572). Its theory is about
    gradient flow, not Adam. RealMLP uses them (Holzmüller et al., 2024, arXiv
    2407.04491). Rates that transfer between widths need 1 / fan_in and an output layer
    with smaller or zero initial weights: the maximal update parametrization (Yang et
    al., 2021, arXiv 2203.03466); :doc:`/guide/training` has an example.

    Parameters
    ----------
    biases : float > 0, default=0.1
        Multiplier for all biases.

    Examples
    --------
    >>> from sknn_scratch.engine.rates import FanInRates
    >>> FanInRates().multipliers([16, 100])
    [0.25, 0.1, 0.1]
    """

    biases: float = 0.1

    def of_weights(self, fan_ins: Sequence[int]) -> list[float]:
        """Return 1 / √fan_in for every layer."""
        return [float(fan_in**-0.5) for fan_in in fan_ins]


LAYER_RATES: dict[str, type[LayerRates]] = {
    "constant": ConstantRates,
    "fan_in": FanInRates,
}
