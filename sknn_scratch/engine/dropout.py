"""Dropout: units that are left out at random while training."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class Dropout:
    """Leaves out inputs of the layers with probability p, and scales up the others.

    A unit cannot rely on others that may be missing. The weighted sums of what is left
    are multiplied by 1 / (1 − p), so that nothing needs to change for predictions
    (Srivastava et al., 2014, JMLR 15).

    Parameters
    ----------
    rates : sequence of float in [0, 1), one for each layer
        p of the inputs of the layer, in steps of 1/256: a random byte decides.
    bit_generator : numpy.random.BitGenerator
        Where the bytes come from.

    Attributes
    ----------
    scales : list of float
        1 / (1 − p) of every layer.
    """

    def __init__(
        self, rates: Sequence[float], bit_generator: np.random.BitGenerator
    ) -> None:
        self._thresholds = [
            np.uint8(min(255, max(1, round(256 * rate)))) if rate else np.uint8(0)
            for rate in rates
        ]
        self.scales = [256 / (256 - int(threshold)) for threshold in self._thresholds]
        self.bit_generator = bit_generator
        self._masks: list[np.ndarray | None] = [None] * len(self.scales)

    def drop(self, layer: int, layer_input: Any) -> Any:
        """Return the input of a layer with what is left out set to 0.

        The first layer is given a copy, of an array or CSR; the outputs of a hidden
        layer are overwritten.
        """
        if self.scales[layer] == 1:
            return layer_input
        if not isinstance(layer_input, np.ndarray):  # zeros need no mask
            values = np.empty_like(layer_input.data)
            self.fill(layer, values)
            values *= layer_input.data
            parts = values, layer_input.indices, layer_input.indptr
            return type(layer_input)(parts, shape=layer_input.shape)
        mask = self._mask(layer, layer_input)
        self.fill(layer, mask)
        return np.multiply(layer_input, mask, out=layer_input if layer else mask)

    def undo(self, layer: int, delta: np.ndarray) -> None:
        """Set the gradient of what was left out of the last input of a layer to 0."""
        if self.scales[layer] != 1:
            delta *= self._mask(layer, delta)

    def fill(self, layer: int, mask: np.ndarray) -> None:
        """Overwrite a C-contiguous `mask`: 0 where something is left out, else 1."""
        noise = self.bit_generator.random_raw(-(-mask.size // 8)).view(np.uint8)
        kept = noise[: mask.size] >= self._thresholds[layer]
        mask[...] = kept.reshape(mask.shape)

    def _mask(self, layer: int, array: np.ndarray) -> np.ndarray:
        """Return room for the mask of an array, the same for the same layer."""
        mask = self._masks[layer]
        if mask is None or len(mask) < len(array):
            mask = self._masks[layer] = np.empty_like(array, order="C")
        return mask[: len(array)]
