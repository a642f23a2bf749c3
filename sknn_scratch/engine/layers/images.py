"""Sizes, shapes and windows shared by the layers for images."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .base import Shape, is_count


def pair(name: str, value: Any) -> tuple[int, int]:
    """Return a checked size for height and width.

    Parameters
    ----------
    name : str
        Name of the setting, for the error message.
    value : int or sequence of two int
        One size for both, or one for each; all >= 1.

    Returns
    -------
    sizes : tuple of two int
        Sizes for height and width.

    Raises
    ------
    ValueError
        If the value is not such a size.
    """
    if isinstance(value, np.ndarray):
        value = value.tolist()
    is_sequence = isinstance(value, Sequence) and len(value) == 2
    sizes = tuple(value) if is_sequence else (value, value)
    if not all(is_count(size) for size in sizes):
        raise ValueError(
            f"{name} must be an int >= 1 and < 2**31, or a tuple of two, for height "
            f"and width; got {value!r}."
        )
    return int(sizes[0]), int(sizes[1])


def image_shape(name: str, input_shape: Shape) -> tuple[int, int, int]:
    """Return height, width and number of channels of an image.

    Parameters
    ----------
    name : str
        Name of the layer, for the error message.
    input_shape : tuple of int
        Shape of the input for one sample; two numbers mean one channel.

    Returns
    -------
    shape : tuple of three int
        Height, width and number of channels.

    Raises
    ------
    ValueError
        If the input is not an image.
    """
    if len(input_shape) not in (2, 3):
        raise ValueError(
            f"{name} requires images of shape (height, width) or (height, width, "
            f"channels); got an input of shape {input_shape}. Put a Reshape layer "
            "before it."
        )
    height, width, *channels = input_shape
    return height, width, channels[0] if channels else 1


def windows(
    images: np.ndarray, size: tuple[int, int], stride: tuple[int, int]
) -> np.ndarray:
    """Return a view of all windows inside images.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width, n_channels)
        The images.
    size : tuple of two int
        Height and width of a window.
    stride : tuple of two int
        Vertical and horizontal distance between windows in pixels.

    Returns
    -------
    windows : ndarray of shape (n_images, n_down, n_right, *size, n_channels)
        A read-only view.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.layers.images import windows
    >>> images = np.arange(6).reshape(1, 2, 3, 1)
    >>> windows(images, (2, 2), (1, 1))[0, 0, 1, :, :, 0].tolist()
    [[1, 2], [4, 5]]
    """
    n_images, height, width, n_channels = images.shape
    a, b, c, d = images.strides
    n_down = 1 + (height - size[0]) // stride[0]
    n_right = 1 + (width - size[1]) // stride[1]
    shape = (n_images, n_down, n_right, *size, n_channels)
    strides = (a, b * stride[0], c * stride[1], b, c, d)
    return as_strided(images, shape, strides, writeable=False)
