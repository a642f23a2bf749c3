"""Dropout: units that are left out at random while training."""

from collections.abc import Sequence

import numpy as np


class Dropout:
    """Masks for the inputs of the layers: 0 with probability p, else 1 / (1 − p).

    A unit cannot rely on others that may be missing; what is left is scaled up, so that
    nothing needs to change for predictions (Srivastava et al., 2014, JMLR 15).

    Parameters
    ----------
    rates : sequence of float in [0, 1), one for each layer
        p of the inputs of the layer, in steps of 1/256: a random byte decides.
    bit_generator : numpy.random.BitGenerator
        Where the bytes come from.
    """

    def __init__(
        self, rates: Sequence[float], bit_generator: np.random.BitGenerator
    ) -> None:
        self.thresholds = [min(255, round(256 * rate)) for rate in rates]
        self.bit_generator = bit_generator

    def fill(self, layer: int, mask: np.ndarray) -> None:
        """Overwrite a C-contiguous `mask` for the inputs of a layer."""
        threshold = self.thresholds[layer]
        noise = self.bit_generator.random_raw(-(-mask.size // 8)).view(np.uint8)
        np.greater_equal(noise[: mask.size].reshape(mask.shape), threshold, out=mask)
        mask *= 256 / (256 - threshold)
