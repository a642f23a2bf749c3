"""Positions of a kernel on an image, and the blocks in which patches are copied."""

from dataclasses import dataclass
from math import prod

from ..chunks import chunks

# Patches are copied in blocks of at most this number of values, which fit into the
# processor's cache. Smaller blocks need more calls; larger blocks wait for memory.
_PIECE = 2**18


@dataclass(frozen=True)
class Piece:
    """A block of patches: all patches of several images, or some rows of one image.

    Parameters
    ----------
    where : tuple of two slice
        The images, and the rows of positions.
    n_patches : int
        Number of patches.
    """

    where: tuple[slice, slice]
    n_patches: int


class Geometry:
    """Sizes that describe a convolution.

    Parameters
    ----------
    name : str
        Name of the layer, for the error message.
    image : tuple of three int
        Height, width and number of channels.
    kernel, stride : tuple of two int
        Sizes for height and width.
    is_same : bool
        Whether to add zeros around the image, so that the number of positions does not
        depend on the kernel.

    Attributes
    ----------
    n_values : int
        Number of values in a patch.
    n_places : tuple of two int
        Numbers of vertical and horizontal positions of the kernel.
    padded : tuple of three int
        Shape of an image with zeros around it.
    inside : tuple of three slice
        Position of the images inside the padded images.
    is_padded : bool
        Whether zeros are added.
    copies_columns : bool
        Whether it is faster to copy the patches pixel by pixel than patch by patch.

    Raises
    ------
    ValueError
        If the kernel is larger than the image.

    Examples
    --------
    >>> from sknn_scratch.engine.layers.geometry import Geometry
    >>> sizes = Geometry("Conv2D", (5, 6, 1), (3, 3), (2, 2), is_same=True)
    >>> sizes.n_places, sizes.padded
    ((3, 3), (7, 7, 1))
    """

    def __init__(
        self,
        name: str,
        image: tuple[int, int, int],
        kernel: tuple[int, int],
        stride: tuple[int, int],
        is_same: bool,
    ) -> None:
        self.image, self.kernel, self.stride = image, kernel, stride
        height, width, self.n_channels = image
        self.n_values = prod(kernel) * self.n_channels
        axes = zip((height, width), kernel, stride, strict=True)
        (down, top, lines), (right, left, columns) = (
            _along(*axis, is_same) for axis in axes
        )
        if min(down, right) < 1:
            raise ValueError(
                "kernel_size must not be larger than the image with padding='valid'; "
                f"got {name} for an image of shape {(height, width)}. Use a smaller "
                "kernel, pool less before it, or set padding='same'."
            )
        self.n_places = (down, right)
        self.padded = (height + lines, width + columns, self.n_channels)
        across = slice(left, left + width)
        self.inside = (slice(None), slice(top, top + height), across)
        self.is_padded = lines + columns > 0
        self.copies_columns = kernel[1] * self.n_channels < right

    def pieces(self, n_images: int) -> list[Piece]:
        """Return the blocks in which the patches are copied.

        Parameters
        ----------
        n_images : int
            Number of images.

        Returns
        -------
        pieces : list of Piece
            Blocks that cover all patches.
        """
        down, right = self.n_places
        lines_at_once = max(1, _PIECE // (right * (self.n_values + 1)))
        images_at_once = max(1, lines_at_once // down)
        return [
            Piece((images, lines), _length(images) * _length(lines) * right)
            for images in chunks(n_images, images_at_once)
            for lines in chunks(down, lines_at_once)
        ]


def _along(length: int, kernel: int, stride: int, is_same: bool) -> tuple[int, ...]:
    """Return the numbers of positions, of leading zeros and of all zeros of an axis."""
    if not is_same:
        return (length - kernel) // stride + 1, 0, 0
    n_places = -(-length // stride)
    zeros = max(0, (n_places - 1) * stride + kernel - length)
    return n_places, zeros // 2, zeros


def _length(part: slice) -> int:
    length: int = part.stop - part.start
    return length
