"""Pooling layers: one value for every block of an image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .base import Layer, Shape
from .images import image_shape, pair, windows
from .passes import Pass, Place


@dataclass(frozen=True, repr=False)
class _Pool2D(Layer):
    """Base class of pooling layers."""

    size: int | Sequence[int] | None = None

    def __post_init__(self) -> None:
        if self.size is not None:
            height, width = pair("size", self.size)
            size = height if height == width else (height, width)
            object.__setattr__(self, "size", size)

    def _sizes(self, input_shape: Shape) -> tuple[tuple[int, int, int], Any]:
        """Return the shape of the images, and of the blocks."""
        image = image_shape(repr(self), input_shape)
        size = image[:2] if self.size is None else pair("size", self.size)
        if size[0] > image[0] or size[1] > image[1]:
            raise ValueError(
                f"size must not be larger than the image; got {self!r} for an image "
                f"of shape {image[:2]}. Use a smaller size, or pool less before it."
            )
        return image, size

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the numbers of vertical blocks, horizontal blocks and channels."""
        image, size = self._sizes(input_shape)
        return image[0] // size[0], image[1] // size[1], image[2]

    def arrange(self, place: Place) -> None:
        """Compute the sizes."""
        place.image, place.size = self._sizes(place.input_shape)

    def prepare(self, ctx: Pass) -> None:
        """Allocate y and ∂J/∂x."""
        ctx.output = ctx.empty(*ctx.output_shape)
        if ctx.trains and ctx.needs_input_grad:
            ctx.d_images = ctx.empty(*ctx.image)


@dataclass(frozen=True, repr=False)
class MaxPool2D(_Pool2D):
    """Max pooling: the largest value of each block, separately for every channel.

    The output does not depend on where in the block a pattern is, and later layers have
    fewer values to work with. The gradient goes to the largest value. If several are
    equal, it goes to the topmost one in the leftmost column that contains one.

    Parameters
    ----------
    size : int >= 1 or tuple of two int, optional
        Height and width of the blocks, which do not overlap. Remaining rows and columns
        at the bottom and on the right are ignored. By default, the whole image is one
        block.

    Notes
    -----
    The input has the shape (height, width, n_channels), or (height, width) for one
    channel. The output has the shape (n_down, n_right, n_channels). A non-decreasing
    activation just before this layer, such as relu, is computed after it, on fewer
    values. The result is the same.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.layers import MaxPool2D, Reshape
    >>> from sknn_scratch.engine.network import Network
    >>> network = Network(8, [Reshape((2, 4)), MaxPool2D(2), Reshape((2,))])
    >>> network.raw(np.array([[1.0, 2, 3, 4, 5, 6, 7, 0]])).tolist()
    [[6.0, 7.0]]
    """

    is_maximum: ClassVar[bool] = True

    def arrange(self, place: Place) -> None:
        """Set the largest number of values, which is that of the column maxima."""
        super().arrange(place)
        n_down, _, n_channels = place.output_shape
        place.widest = n_down * place.image[1] * n_channels

    def prepare(self, ctx: Pass) -> None:
        """Allocate the maxima of every column of a block as well."""
        super().prepare(ctx)
        n_down, _, n_channels = ctx.output_shape
        ctx.columns = ctx.empty(n_down, ctx.image[1], n_channels)
        if ctx.trains and ctx.needs_input_grad:
            ctx.d_columns = ctx.empty(*ctx.columns.shape[1:])
            ctx.scratch = (
                ctx.empty(*ctx.output_shape),
                ctx.empty(*ctx.columns.shape[1:]),
            )

    def forward(self, x: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return the maxima of the blocks, from the maxima of their columns."""
        ctx.images = x.reshape(ctx.n_rows, *ctx.image)
        _largest(ctx.images, 1, ctx.size[0], ctx.columns)
        _largest(ctx.columns, 2, ctx.size[1], ctx.output)
        return ctx.output

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return ∂J/∂x: δ at the maximum of each block, 0 elsewhere."""
        if not ctx.needs_input_grad:
            return delta
        delta = delta.reshape(ctx.output.shape)
        (height, width), (for_blocks, for_columns) = ctx.size, ctx.scratch
        columns, d_columns = ctx.columns, ctx.d_columns
        _to_largest(columns, 2, width, ctx.output, delta, d_columns, for_blocks)
        _to_largest(
            ctx.images, 1, height, columns, d_columns, ctx.d_images, for_columns
        )
        return ctx.d_images.reshape(ctx.n_rows, *ctx.input_shape)


def _slices(x: np.ndarray, axis: int, size: int, n: int) -> list[np.ndarray]:
    """Return the first, second … value of each of n blocks along an axis."""
    before = (slice(None),) * axis
    return [x[(*before, slice(i, n * size, size))] for i in range(size)]


def _largest(x: np.ndarray, axis: int, size: int, out: np.ndarray) -> None:
    """Fill `out` with the largest value of each block along an axis."""
    largest, *others = _slices(x, axis, size, out.shape[axis])
    for other in others:
        largest = np.maximum(largest, other, out=out)
    if not others:
        out[...] = largest


def _to_largest(
    x: np.ndarray,
    axis: int,
    size: int,
    largest: np.ndarray,
    delta: np.ndarray,
    d_x: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Fill `d_x` with `delta` at the first maximum of each block, and 0 elsewhere.

    `delta` is overwritten with 0 for blocks whose maximum has been found.
    """
    n = largest.shape[axis]
    *d_parts, d_last = _slices(d_x, axis, size, n)
    for part, d_part in zip(_slices(x, axis, size, n), d_parts, strict=False):
        np.equal(part, largest, out=scratch)
        np.multiply(delta, scratch, out=d_part)
        delta -= d_part
    d_last[...] = delta
    if x.shape[axis] > n * size:
        d_x[(*(slice(None),) * axis, slice(n * size, None))] = 0


@dataclass(frozen=True, repr=False)
class AveragePool2D(_Pool2D):
    """Average pooling: the mean of each block, separately for every channel.

    Parameters
    ----------
    size : int >= 1 or tuple of two int, optional
        Height and width of the blocks, which do not overlap. Remaining rows and columns
        at the bottom and on the right are ignored. By default, the whole image is one
        block: global average pooling (Lin, Chen and Yan, 2014, arXiv
        1312.4400), whose number of outputs does not depend on the size of the image.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.layers import AveragePool2D, Reshape
    >>> from sknn_scratch.engine.network import Network
    >>> network = Network(8, [Reshape((2, 4)), AveragePool2D(2), Reshape((2,))])
    >>> network.raw(np.array([[1.0, 2, 3, 4, 5, 6, 7, 0]])).tolist()
    [[3.5, 3.5]]
    """

    caches_output: ClassVar[bool] = False

    def forward(self, x: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return the mean of each block."""
        blocks = windows(x.reshape(ctx.n_rows, *ctx.image), ctx.size, ctx.size)
        # A float32 sum over a large image would lose three digits.
        return np.mean(blocks, axis=(3, 4), dtype=np.float64, out=ctx.output)

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return ∂J/∂x: at each pixel, δ divided by the number of pixels of a block."""
        if not ctx.needs_input_grad:
            return delta
        delta = delta.reshape(ctx.output.shape)
        delta /= ctx.size[0] * ctx.size[1]
        n_down, n_right, _ = ctx.output_shape
        ctx.d_images[...] = 0
        for i, j in np.ndindex(*ctx.size):
            down = slice(i, n_down * ctx.size[0], ctx.size[0])
            right = slice(j, n_right * ctx.size[1], ctx.size[1])
            ctx.d_images[:, down, right] = delta
        return ctx.d_images.reshape(ctx.n_rows, *ctx.input_shape)
