"""Decision regions in a plane, as an image."""

import numpy as np
from scipy.ndimage import binary_dilation

from ._axes import COLORS

GRID = 120  # points along each axis at which the probabilities are computed
DETAIL = 4  # pixels of the image per point of the grid, along each axis
N_BANDS = 8  # number of shades of a class
OPACITY = 0.6  # opacity of the strongest shade
LINE_COLOR = 50  # gray value of the decision line, of 255


def class_colors(n):
    """Return the RGB values of n distinct colors, of shape (n, 3)."""
    from matplotlib import colormaps
    from matplotlib.colors import to_rgb

    if n <= len(COLORS):
        return np.array([to_rgb(color) for color in COLORS[:n]])
    return colormaps["turbo"](np.linspace(0.05, 0.95, n))[:, :3]


def frame_around(points):
    """Return the lower left and upper right corners of a frame with a margin of 10 %.

    Parameters
    ----------
    points : ndarray of shape (n_samples, 2)
        Points that are inside the frame.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.1 * (high - low)
    margin[margin == 0] = 1
    return low - margin, high + margin


def grid_over(low, high):
    """Return a grid of points, of shape (GRID², 2), row by row from the lowest.

    Parameters
    ----------
    low, high : ndarray of shape (2,)
        Lower left and upper right corner of the frame.
    """
    columns, rows = np.linspace(low, high, GRID).T
    return np.column_stack([np.tile(columns, GRID), np.repeat(rows, GRID)])


def region_image(probabilities, colors):
    """Return the decision regions as an image: the color of the most likely class.

    The larger the probability, the stronger the color: nearly white at 1 / n_classes,
    strongest at 1. A dark line is where the most likely class changes. Probabilities
    are interpolated linearly between the points of the grid, so the line is smooth.

    Parameters
    ----------
    probabilities : ndarray of shape (GRID², n_classes)
        Probabilities at the points of `grid_over`.
    colors : ndarray of shape (n_classes, 3)
        Colors of the classes.

    Returns
    -------
    image : ndarray of shape (DETAIL · GRID, DETAIL · GRID, 3), of uint8
        The lowest row first.
    """
    n_classes = len(colors)
    highest = np.zeros((DETAIL * GRID, DETAIL * GRID), np.float32)
    winner = np.zeros(highest.shape, np.intp)
    for k, column in enumerate(probabilities.T.astype(np.float32)):
        values = _interpolate(_interpolate(column.reshape(GRID, GRID)).T).T
        np.putmask(winner, values > highest, k)
        np.maximum(values, highest, out=highest)
    certainty = (highest * n_classes - 1) / (n_classes - 1)
    band = np.clip((certainty * N_BANDS).astype(np.intp), 0, N_BANDS - 1)
    strengths = OPACITY * np.arange(1, N_BANDS + 1) / N_BANDS
    shades = 1 - strengths[:, None] * (1 - colors[:, None])
    shades = (255 * shades).round().astype(np.uint8).reshape(-1, 3)
    image = shades.take(winner * N_BANDS + band, axis=0)
    image[_boundary(winner)] = LINE_COLOR
    return image


def _boundary(winner):
    """Return where the most likely class changes, as a line three pixels wide."""
    changes = np.zeros(winner.shape, bool)
    changes[1:] = winner[1:] != winner[:-1]
    changes[:, 1:] |= winner[:, 1:] != winner[:, :-1]
    return binary_dilation(changes)


def _interpolate(values):
    """Return the values between GRID rows of points, in DETAIL · GRID rows."""
    places = (np.arange(DETAIL * GRID) + 0.5) / (DETAIL * GRID) * (GRID - 1)
    above = places.astype(np.intp)
    share = (places - above).astype(values.dtype)[:, None]
    return (1 - share) * values[above] + share * values[above + 1]
