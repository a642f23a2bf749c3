"""Dropout: values are set to 0 at random in training."""

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from .base import Layer
from .checks import is_user_defined
from .passes import Pass, Place


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """Dropout: set values to 0 with probability p, and divide the others by 1 − p.

    It regularizes the network: no unit can rely on single other units. Because of the
    division, the layer is skipped in prediction (Srivastava et al., 2014, JMLR 15).

    Parameters
    ----------
    rate : float in [0, 1)
        Dropout rate p, rounded to a multiple of 1/256, because one random byte is drawn
        per value.

    Examples
    --------
    >>> from sknn_scratch.engine.layers import Dropout
    >>> Dropout(0.75).scale
    4.0
    """

    rate: float

    caches_output: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    preserves_sparse: ClassVar[bool] = True
    is_stochastic: ClassVar[bool] = True
    training_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (isinstance(self.rate, Real) and 0 <= self.rate < 1):
            raise ValueError(f"rate must be in [0, 1); got {self.rate!r}.")

    @property
    def threshold(self) -> int:
        """The number of byte values, out of 256, for which a value is set to 0."""
        return min(255, max(1, round(256 * self.rate))) if self.rate else 0

    @property
    def scale(self) -> float:
        """1 / (1 − p)."""
        return 256 / (256 - self.threshold)

    def arrange(self, place: Place) -> None:
        """Decide which work the neighboring layers can do."""
        place.threshold = self.threshold
        before: Any = place.before.layer if place.before else None
        # A dense layer multiplies its outputs by the scale: fewer values than here.
        after: Any = place.after
        is_scaled_later = after is not None and after.applies_factor
        is_scaled_later = is_scaled_later and not is_user_defined(after)
        place.scale = 1.0 if is_scaled_later else self.scale
        place.factor_left = self.scale / place.scale
        # Zeros may be written into the output of an activation of this library, because
        # its derivative is finite there and the gradient is 0. If the derivative is 0
        # where the output is 0, the gradient needs no mask either.
        is_activation = is_scaled_later and hasattr(before, "flat_at_zero")
        bears_zeros = is_activation and not is_user_defined(before)
        place.in_place = place.may_overwrite_input or bears_zeros
        place.needs_mask = not (bears_zeros and before.flat_at_zero)

    def prepare(self, ctx: Pass) -> None:
        """Allocate the output if the mask is needed in the backward pass."""
        if ctx.trains and ctx.needs_input_grad and not ctx.in_place:
            ctx.output = ctx.empty(*ctx.input_shape)

    def forward(self, x: Any, ctx: Pass) -> Any:
        """Multiply by a mask with the values 0 and 1 / (1 − p)."""
        if not isinstance(x, np.ndarray):
            return self._of_sparse(x, ctx)
        ctx.mask = ctx.noise.mask(ctx.number, x, ctx.threshold, ctx.scale)
        out = x if ctx.in_place else ctx.output if ctx.needs_input_grad else ctx.mask
        return np.multiply(x, ctx.mask, out=out)

    def _of_sparse(self, x: Any, ctx: Pass) -> Any:
        """Multiply the stored values of a sparse matrix by a mask."""
        values = np.empty_like(x.data)
        ctx.noise.fill(values, ctx.threshold, ctx.scale)
        values *= x.data
        return type(x)((values, x.indices, x.indptr), shape=x.shape)

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Multiply the gradient by the same mask."""
        if ctx.needs_mask:
            delta *= ctx.mask
        return delta
