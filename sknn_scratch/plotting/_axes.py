"""What all displays draw on, and with."""

from numbers import Integral

from .._sklearn import check_matplotlib_support

# Of Okabe and Ito (2008), told apart by the colour-blind, too.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]


def check_count(name, value, low):
    """Raise a ValueError unless a number of things to draw is a whole one."""
    if not isinstance(value, Integral) or value < low:
        raise ValueError(f"{name} must be an int >= {low}; got {value!r}.")


def new_axes(display, ax, n_rows=1, n_columns=1, **how):
    """Return an array of axes to draw on: those given, or those of a new figure.

    Parameters
    ----------
    display : object
        Who asks, for the message where matplotlib is missing.
    ax : Axes, array-like of Axes or None
        What the user has given.
    n_rows, n_columns : int
        How many there have to be.
    **how
        For `matplotlib.pyplot.subplots`.
    """
    check_matplotlib_support(f"{type(display).__name__}.plot")
    import matplotlib.pyplot as plt
    import numpy as np

    if ax is None:
        how = {"layout": "constrained", "squeeze": False} | how
        return plt.subplots(n_rows, n_columns, **how)[1]
    axes = np.atleast_1d(ax)
    if axes.size != n_rows * n_columns:
        raise ValueError(
            f"ax must be {n_rows * n_columns} axes, one for each panel; got "
            f"{axes.size}. Leave it out for a new figure."
        )
    return axes.reshape(n_rows, n_columns)
