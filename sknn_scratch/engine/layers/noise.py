"""Random numbers for layers, drawn many at a time."""

import numpy as np

# Masks of small batches are drawn several at a time, up to this many values.
_POOL_VALUES = 2**15


class Noise:
    """Random masks for the layers of one network in training.

    Parameters
    ----------
    bit_generator : numpy.random.BitGenerator
        Where the random bytes come from.

    Attributes
    ----------
    generator : numpy.random.Generator
        For random numbers of all kinds, from the same bytes.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.layers.noise import Noise
    >>> noise = Noise(np.random.SFC64(0))
    >>> mask = noise.mask(0, np.ones((1000, 20)), threshold=192)
    >>> np.unique(mask).tolist(), round(float(mask.mean()), 2)
    ([0.0, 1.0], 0.25)
    """

    def __init__(self, bit_generator: np.random.BitGenerator) -> None:
        self.bit_generator = bit_generator
        self.generator = np.random.Generator(bit_generator)
        # Of each layer a pool of masks, and how much of it is used.
        self._pools: dict[int, np.ndarray] = {}
        self._used: dict[int, int] = {}

    def begin_epoch(self) -> None:
        """Draw anew from here on, so that an epoch does not depend on those before.

        Only the bit generator has to be saved between epochs.
        """
        self._used = {number: pool.size for number, pool in self._pools.items()}

    def mask(
        self,
        number: int,
        values: np.ndarray,
        threshold: int,
        scale: float = 1.0,
    ) -> np.ndarray:
        """Return a mask for a layer, until the next call for the layer.

        Parameters
        ----------
        number : int
            Number of the layer: masks of different sizes are from the same pool.
        values : ndarray
            What it is for: of always the same dtype for a layer.
        threshold : int in [0, 256)
            The mask is 0 where a random byte is smaller.
        scale : float, default=1.0
            What it is elsewhere. Always the same for a layer, as the threshold is.

        Returns
        -------
        mask : C-contiguous ndarray of the shape and dtype of the values
            May be overwritten.
        """
        size = values.size
        pool = self._pools.get(number)
        start = self._used.get(number, 0)
        if pool is None or start + size > pool.size:
            if pool is None or pool.size < size:
                n_masks = max(1, _POOL_VALUES // size)
                pool = self._pools[number] = np.empty(n_masks * size, values.dtype)
            self.fill(pool, threshold, scale)
            start = 0
        self._used[number] = start + size
        return pool[start : start + size].reshape(values.shape)

    def fill(self, mask: np.ndarray, threshold: int, scale: float = 1.0) -> None:
        """Overwrite a mask.

        Parameters
        ----------
        mask : C-contiguous ndarray of any shape
            Overwritten with 0 where a random byte is below the threshold, else `scale`.
        threshold : int in [0, 256)
            How many of 256 bytes are.
        scale : float, default=1.0
            What it is elsewhere.
        """
        noise = self.bit_generator.random_raw(-(-mask.size // 8)).view(np.uint8)
        mask[...] = (noise[: mask.size] >= threshold).reshape(mask.shape)
        if scale != 1:
            mask *= scale
