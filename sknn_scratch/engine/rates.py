"""Learning rates of their own for the weights of every layer, and for biases."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LayerRates:
    """Factors on the learning rate: one for the weights of every layer, and of biases.

    Parameters
    ----------
    biases : float > 0, default=1.0
        Factor on the rate of all biases.

    Examples
    --------
    A rate that falls from layer to layer:

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
        """Return the factor of the weights of every layer.

        Parameters
        ----------
        fan_ins : sequence of int
            Number of inputs of every layer that has weights.

        Returns
        -------
        multipliers : list of float, each > 0
            One for each of them.
        """
        raise NotImplementedError

    def multipliers(self, fan_ins: Sequence[int]) -> list[float]:
        """Return all factors, checked.

        Parameters
        ----------
        fan_ins : sequence of int
            As for `of_weights`.

        Returns
        -------
        multipliers : list of float
            That of the weights of every layer, then that of all biases.

        Raises
        ------
        ValueError
            If they are not one for each layer, finite and positive.
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
    """The same rate for the weights of all layers.

    Parameters
    ----------
    biases : float > 0, default=1.0
        Factor on the rate of all biases.

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
    """1 / √fan_in for the weights of a layer: the more inputs, the smaller the steps.

    The best rate depends less on the width than with constant rates. It still depends
    on it: with one hidden layer and Adam, the first steps change the outputs in
    proportion to the square root of the width, instead of to the width.

    With Adam and ``weight_init="lecun_normal"`` these are the steps of the neural
    tangent parametrization (Jacot et al., 2018, arXiv 1806.07572), whose theory is
    about gradient flow, not about Adam. RealMLP uses them (Holzmüller et al., 2024,
    arXiv 2407.04491). Rates that transfer between widths need 1 / fan_in and an output
    layer that starts smaller, or at zero: the maximal update parametrization (Yang et
    al., 2021, arXiv 2203.03466); :doc:`/guide/training` has an example.

    Parameters
    ----------
    biases : float > 0, default=0.1
        Factor on the rate of all biases.

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
