"""Random numbers for stochastic layers, drawn in large blocks."""

import numpy as np

# Masks of small batches are drawn together, up to this number of values.
_POOL_VALUES = 2**15


class Noise:
    """Random masks for the layers of one network in training.

    Parameters
    ----------
    bit_generator : numpy.random.BitGenerator
        Source of the random bytes.

    Attributes
    ----------
    generator : numpy.random.Generator
        For other random numbers, from the same bit generator.

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
        # A pool of masks for each layer, and how many values of it have been used.
        self._pools: dict[int, np.ndarray] = {}
        self._used: dict[int, int] = {}

    def begin_epoch(self) -> None:
        """Discard all pools, so that an epoch does not depend on earlier epochs.

        Then the bit generator is all that a checkpoint has to save.
        """
        self._used = {number: pool.size for number, pool in self._pools.items()}

    def mask(
        self,
        number: int,
        values: np.ndarray,
        threshold: int,
        scale: float = 1.0,
    ) -> np.ndarray:
        """Return a mask for a layer, valid until the next call for this layer.

        Parameters
        ----------
        number : int
            Number of the layer. Masks of different sizes come from the same pool.
        values : ndarray
            Array to mask. Its dtype must be the same in all calls for a layer.
        threshold : int in [0, 256)
            The mask is 0 where a random byte is below the threshold.
        scale : float, default=1.0
            Value of the mask elsewhere. Both must be the same in all calls for a layer.

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
        """Fill a mask with random zeros.

        Parameters
        ----------
        mask : C-contiguous ndarray of any shape
            Overwritten with 0 where a random byte is below the threshold, else `scale`.
        threshold : int in [0, 256)
            The probability of 0 is threshold / 256.
        scale : float, default=1.0
            Value of the mask elsewhere.
        """
        noise = self.bit_generator.random_raw(-(-mask.size // 8)).view(np.uint8)
        mask[...] = (noise[: mask.size] >= threshold).reshape(mask.shape)
        if scale != 1:
            mask *= scale
