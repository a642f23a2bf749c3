"""Convolutions: the same filters applied at every position of an image."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import ClassVar

import numpy as np

from ..initializers import Initializer, check_initializer, drawn
from .base import Layer, Shape, Shapes, is_count
from .geometry import Geometry, Piece
from .images import image_shape, pair, windows
from .passes import Pass, Place


@dataclass(frozen=True, repr=False)
class Conv2D(Layer):
    """2D convolution of an image with several filters.

        z[p, q, f] = Σ_ijc x[s p + i, s q + j, c] W[i, j, c, f] + b[f]

    Strictly speaking, this is a cross-correlation (LeCun, Bottou, Bengio and Haffner,
    1998, Gradient-based learning applied to document recognition). All positions (p, q)
    share the weights of filter f, so it detects one pattern anywhere in the image. The
    convolution is computed as a matrix product, z = patches W + b. Every patch of the
    image that a filter covers is a row of the matrix (im2col).

    In `hidden_layer_sizes` of an estimator, the layer is followed by the `activation`
    of the estimator, unless the next entry is an activation.

    Parameters
    ----------
    n_filters : int >= 1
        Number of filters, which is the number of output channels.
    kernel_size : int >= 1 or tuple of two int
        Height and width of the filters in pixels.
    stride : int >= 1 or tuple of two int, default=1
        s, the number of pixels from one position to the next.
    padding : {"valid", "same"}, default="valid"
        "valid": filters stay inside the image, so z is smaller than x, unless
        `kernel_size` and `stride` are 1. "same": zeros are added around the image, half
        of them (rounded down) at the top and on the left, so that z has the size of x,
        divided by the stride and rounded up.
    weight_init : Initializer or str, optional
        Initializer of W and b, as in `Dense`.

    Notes
    -----
    The input has the shape (height, width, n_channels), or (height, width) for one
    channel. The output has the shape (n_down, n_right, n_filters). `weights` is W of
    shape (kernel height · kernel width · n_channels, n_filters).

    Examples
    --------
    A filter that subtracts from each pixel its left neighbor:

    >>> import numpy as np
    >>> from sknn_scratch.engine.layers import Conv2D, Dense, Reshape
    >>> from sknn_scratch.engine.network import Network
    >>> network = Network(4, [Reshape((1, 4)), Conv2D(1, (1, 2)), Reshape((3,))])
    >>> network.params[:] = [-1, 1, 0]
    >>> network.raw(np.array([[5.0, 5.0, 8.0, 9.0]])).tolist()
    [[0.0, 3.0, 1.0]]
    """

    n_filters: int
    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] = 1
    padding: str = "valid"
    weight_init: Initializer | str | None = None

    caches_output: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not is_count(self.n_filters):
            raise ValueError(
                f"n_filters must be an int >= 1 and < 2**31; got {self.n_filters!r}."
            )
        object.__setattr__(self, "n_filters", int(self.n_filters))
        for name in ("kernel_size", "stride"):
            height, width = pair(name, getattr(self, name))
            # 3 and (3, 3) are the same setting, so they make equal layers.
            size = height if height == width else (height, width)
            object.__setattr__(self, name, size)
        if not (isinstance(self.padding, str) and self.padding in ("valid", "same")):
            raise ValueError(
                f"padding must be 'valid' or 'same'; got {self.padding!r}."
            )
        check_initializer(self.weight_init)

    def geometry(self, input_shape: Shape) -> Geometry:
        """Return the sizes that follow from the shape of the input."""
        name = repr(self.for_prediction())
        image = image_shape(name, input_shape)
        kernel = pair("kernel_size", self.kernel_size)
        stride = pair("stride", self.stride)
        return Geometry(name, image, kernel, stride, self.padding == "same")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the numbers of positions, vertical and horizontal, and of filters."""
        return (*self.geometry(input_shape).n_places, self.n_filters)

    def parameter_shapes(self, input_shape: Shape) -> tuple[Shapes, Shapes]:
        """Return the shapes of W (patch values × filters) and b."""
        n_values = self.geometry(input_shape).n_values
        return {"weights": (n_values, self.n_filters)}, {"biases": (self.n_filters,)}

    def initialize(self, ctx: Pass, random_state: np.random.RandomState) -> None:
        """Draw W, then b."""
        shape = ctx.weights.shape
        ctx.weights[...], ctx.biases[...] = drawn(self.weight_init, random_state, shape)

    def arrange(self, place: Place) -> None:
        """Compute the sizes."""
        place.geometry = self.geometry(place.input_shape)
        place.product_rows = prod(place.geometry.n_places)

    def prepare(self, ctx: Pass) -> None:
        """Allocate z, ∂J/∂x and a matrix for one block of patches."""
        sizes, n_filters = ctx.geometry, self.n_filters
        ctx.output = ctx.empty(*ctx.output_shape)
        ctx.padded = None
        if sizes.is_padded:
            ctx.padded = np.zeros((ctx.n_rows, *sizes.padded), ctx.dtype)
        ctx.pieces = sizes.pieces(ctx.n_rows)
        # W with b as its last row. The last value of each patch is 1, so the products
        # add the biases and sum their gradients.
        ctx.kernel = np.empty((sizes.n_values + 1, n_filters), ctx.dtype)
        most = max((piece.n_patches for piece in ctx.pieces), default=0)
        ctx.patches = np.ones((most, sizes.n_values + 1), ctx.dtype)
        if ctx.trains:
            ctx.d_kernel, ctx.d_piece = np.empty((2, *ctx.kernel.shape), ctx.dtype)
        if ctx.trains and ctx.needs_input_grad:
            # A copy of Wᵀ for each pixel of the kernel makes the products faster.
            of_values = ctx.weights.reshape(-1, sizes.n_channels, n_filters)
            ctx.transposed = of_values.transpose(0, 2, 1)
            ctx.turned = np.empty(ctx.transposed.shape, ctx.dtype)
            ctx.d_padded = np.empty((ctx.n_rows, *sizes.padded), ctx.dtype)
            ctx.d_patch = np.empty((most, sizes.n_channels), ctx.dtype)
            ctx.d_input = ctx.d_padded
            if sizes.is_padded:
                ctx.d_input = ctx.empty(*sizes.image)

    def forward(self, x: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return z = patches W + b, computed block by block."""
        sizes = ctx.geometry
        images = x.reshape(ctx.n_rows, *sizes.image)
        if ctx.padded is not None:
            ctx.padded[sizes.inside] = images
            images = ctx.padded
        ctx.windows = windows(images, sizes.kernel, sizes.stride)
        ctx.kernel[:-1], ctx.kernel[-1] = ctx.weights, ctx.biases
        for piece in ctx.pieces:
            out = ctx.output[piece.where].reshape(-1, self.n_filters)
            np.dot(self._patches(piece, ctx), ctx.kernel, out=out)
        return ctx.output

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """∂J/∂W = patchesᵀ δ and ∂J/∂b = Σ δ, summed over all positions.

        ∂J/∂x of a pixel is the sum of the gradients of all patches that contain it.
        """
        delta = delta.reshape(ctx.output.shape)
        ctx.d_kernel[...] = 0
        if ctx.needs_input_grad:
            ctx.d_padded[...], ctx.turned[...] = 0, ctx.transposed
        for piece in ctx.pieces:
            rows = delta[piece.where].reshape(-1, self.n_filters)
            # If there is a single block, the forward pass has left its patches.
            is_left = len(ctx.pieces) == 1
            patches = ctx.patches if is_left else self._patches(piece, ctx)
            np.dot(patches.T, rows, out=ctx.d_piece)
            ctx.d_kernel += ctx.d_piece
            if ctx.needs_input_grad:
                self._add_back(piece, rows, ctx)
        ctx.d_weights[...], ctx.d_biases[...] = ctx.d_kernel[:-1], ctx.d_kernel[-1]
        if not ctx.needs_input_grad:
            return delta
        if ctx.padded is not None:
            np.copyto(ctx.d_input, ctx.d_padded[ctx.geometry.inside])
        return ctx.d_input.reshape(ctx.n_rows, *ctx.input_shape)

    def _patches(self, piece: Piece, ctx: Pass) -> np.ndarray:
        """Copy the patches of a block into the rows of a matrix."""
        sizes = ctx.geometry
        patches = ctx.patches[: piece.n_patches]
        found = ctx.windows[piece.where]
        values = patches[:, :-1].reshape(found.shape)
        if sizes.copies_columns:
            for i, j in np.ndindex(*sizes.kernel):
                values[:, :, :, i, j] = found[:, :, :, i, j]
        else:
            values[...] = found
        return patches

    def _add_back(self, piece: Piece, rows: np.ndarray, ctx: Pass) -> None:
        """Add δ Wᵀ of a block to the pixels that its patches were copied from.

        There is one product for each pixel of the kernel. Patches overlap, but the
        pixels at the same position within them are all different.
        """
        sizes = ctx.geometry
        images, down = piece.where
        first, last = down.start, down.stop - 1
        d_patch = ctx.d_patch[: piece.n_patches]
        (step_down, step_right), n_right = sizes.stride, sizes.n_places[1]
        for (i, j), turned in zip(np.ndindex(*sizes.kernel), ctx.turned, strict=True):
            np.dot(rows, turned, out=d_patch)
            lines = slice(step_down * first + i, step_down * last + i + 1, step_down)
            columns = slice(j, j + step_right * (n_right - 1) + 1, step_right)
            place = ctx.d_padded[images, lines, columns]
            place += d_patch.reshape(place.shape)

    def for_prediction(self) -> "Conv2D":
        """Return the layer without its initializer."""
        return replace(self, weight_init=None)
