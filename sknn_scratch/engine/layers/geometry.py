"""The positions of a kernel on an image, and the pieces in which patches are copied."""

from dataclasses import dataclass
from math import prod

from ..chunks import chunks

# Patches are copied in pieces of at most this many values, which stay in the cache: a
# smaller piece costs more calls, a larger one waits for the memory.
_PIECE = 2**18


@dataclass(frozen=True)
class Piece:
    """Some of the patches: all of several images, or some lines of one image.

    Parameters
    ----------
    where : tuple of two slice
        Which images, and which lines of places.
    n_patches : int
        How many patches that are.
    """

    where: tuple[slice, slice]
    n_patches: int


class Geometry:
    """The sizes of a convolution.

    Parameters
    ----------
    name : str
        The layer, for the error message.
    image : tuple of three int
        Height, width and number of channels.
    kernel, stride : tuple of two int
        For height and width.
    is_same : bool
        Whether zeros are added around the image such that the number of places does
        not depend on the kernel.

    Attributes
    ----------
    n_values : int
        Number of values of a patch.
    n_places : tuple of two int
        Number of places of the kernel, downwards and to the right.
    padded : tuple of three int
        The shape of an image with zeros around it.
    inside : tuple of three slice
        Where images are inside of padded ones.
    is_padded : bool
        Whether there are zeros.
    copies_columns : bool
        Whether it is faster to copy one value of all patches after another than one
        patch after another.

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
        """Return the pieces in which the patches are copied, one after another.

        Parameters
        ----------
        n_images : int
            Number of images.

        Returns
        -------
        pieces : list of Piece
            Together, all patches.
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
    """Return the number of places along an axis, and of zeros before, and of all."""
    if not is_same:
        return (length - kernel) // stride + 1, 0, 0
    n_places = -(-length // stride)
    zeros = max(0, (n_places - 1) * stride + kernel - length)
    return n_places, zeros // 2, zeros


def _length(part: slice) -> int:
    length: int = part.stop - part.start
    return length
