"""Dropout: units that are left out at random while training."""

from collections.abc import Sequence
from typing import Any

import numpy as np

# Masks of small batches are drawn several at a time, up to this many values.
_POOL_VALUES = 2**15


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

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.dropout import Dropout
    >>> dropout = Dropout([0.0, 0.75], np.random.SFC64(0))
    >>> dropout.scales
    [1.0, 4.0]
    >>> hidden = dropout.drop(1, np.ones((1000, 20)))
    >>> np.unique(hidden).tolist(), round(float(hidden.mean()), 2)
    ([0.0, 1.0], 0.25)
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
        # Of each layer a pool of masks, how much of it is used, and the last of them.
        self._pools: list[np.ndarray] = [np.empty(0)] * len(self.scales)
        self._used = [0] * len(self.scales)
        self._last: list[np.ndarray] = list(self._pools)

    def begin_epoch(self) -> None:
        """Draw anew from here on, so that an epoch does not depend on those before.

        Only the bit generator has to be kept from one epoch to the next.
        """
        self._used = [pool.size for pool in self._pools]

    def drop(self, layer: int, layer_input: Any) -> Any:
        """Return the input of a layer with what is left out set to 0.

        The first layer is given a copy, of an array or CSR; the outputs of a hidden
        layer are overwritten.

        Parameters
        ----------
        layer : int
            Number of the layer, from 0.
        layer_input : ndarray or CSR of shape (n_samples, n_inputs)
            Its input; an ndarray where the layer is not the first.

        Returns
        -------
        thinned : ndarray or CSR of shape (n_samples, n_inputs)
            Not yet scaled up. The input itself if the layer has no dropout.
        """
        if self.scales[layer] == 1:
            return layer_input
        if not isinstance(layer_input, np.ndarray):  # zeros need no mask
            values = np.empty_like(layer_input.data)
            self.fill(layer, values)
            values *= layer_input.data
            parts = values, layer_input.indices, layer_input.indptr
            return type(layer_input)(parts, shape=layer_input.shape)
        mask = self._last[layer] = self._next_mask(layer, layer_input)
        return np.multiply(layer_input, mask, out=layer_input if layer else mask)

    def undo(self, layer: int, delta: np.ndarray) -> None:
        """Set the gradient of what was left out of the last input of a layer to 0.

        Parameters
        ----------
        layer : int > 0
            Number of the layer; the mask of the first is not kept.
        delta : ndarray of shape (n_samples, n_inputs)
            ∂J/∂input, changed in place.
        """
        if self.scales[layer] != 1:
            delta *= self._last[layer]

    def fill(self, layer: int, mask: np.ndarray) -> None:
        """Overwrite a mask: 0 where something is left out, else 1.

        Parameters
        ----------
        layer : int
            Number of the layer, from 0.
        mask : C-contiguous ndarray of any shape
            Overwritten with 0 and 1.
        """
        noise = self.bit_generator.random_raw(-(-mask.size // 8)).view(np.uint8)
        kept = noise[: mask.size] >= self._thresholds[layer]
        mask[...] = kept.reshape(mask.shape)

    def _next_mask(self, layer: int, array: np.ndarray) -> np.ndarray:
        """Return a mask for the input of a layer, from its pool."""
        start = self._used[layer]
        stop = start + array.size
        if stop > self._pools[layer].size:
            if self._pools[layer].size < array.size:
                n_masks = max(1, _POOL_VALUES // array.size)
                self._pools[layer] = np.empty(n_masks * array.size, array.dtype)
            self.fill(layer, self._pools[layer])
            start, stop = 0, array.size
        self._used[layer] = stop
        return self._pools[layer][start:stop].reshape(array.shape)
