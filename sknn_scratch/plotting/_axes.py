"""Axes, colors, texts and legends of all displays."""

from numbers import Integral, Real

import numpy as np

from .._sklearn import check_matplotlib_support

# Okabe and Ito (2008): colors that color-blind readers can distinguish.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
# Characters per inch in matplotlib's default font, and the width in inches of the
# handle and the spacing of a legend entry.
_CHARACTERS_PER_INCH = 12
_ENTRY_MARGIN = 0.4
LEGEND_LINE = 0.2  # height in inches


def check_count(name, value, low):
    """Raise a ValueError unless the value is an int that is not below `low`."""
    if not isinstance(value, Integral) or value < low:
        raise ValueError(f"{name} must be an int >= {low}; got {value!r}.")


def check_positive(name, value):
    """Raise a ValueError unless the value is a finite number > 0."""
    if not isinstance(value, Real) or not 0 < value < np.inf:
        raise ValueError(f"{name} must be > 0; got {value!r}.")


def class_names(network, n_outputs):
    """Return the names of a classifier's outputs; for a regressor, an empty tuple.

    Parameters
    ----------
    network : estimator
        The fitted estimator.
    n_outputs : int
        Number of its outputs, which is one for two classes.
    """
    classes = getattr(network, "classes_", ())
    if not isinstance(classes, list):
        return classes if len(classes) == n_outputs else classes[1:]
    return [
        f"{j}: {label}"
        for j, of_target in enumerate(classes)
        for label in of_target[len(of_target) == 2 :]
    ]


def literal(name, longest=32):
    """Return a name as text that matplotlib draws literally.

    All names given by the user pass through this function. matplotlib would interpret
    text between dollar signs as a formula, and would omit legend entries that are empty
    or begin with an underscore.

    Parameters
    ----------
    name : object
        Name of a feature, a class or a model.
    longest : int, default=32
        Longer names are shortened to this number of characters, with an ellipsis.
    """
    name = str(name)
    text = name if len(name) <= longest else name[: longest - 1] + "…"
    # Line breaks would move other texts; fonts have no control characters.
    text = "".join(c if c.isprintable() else " " for c in text)
    if not text or text.startswith("_"):
        text = " " + text
    return text.replace("$", r"\$")


def check_axes(ax, n_panels):
    """Raise a ValueError if axes are given, but not one for each panel."""
    if ax is not None and np.size(ax) != n_panels:
        raise ValueError(
            f"ax must be {n_panels} axes, one for each panel; got {np.size(ax)}. Omit "
            "it to create a new figure."
        )


def text_width(texts):
    """Return the approximate width of the longest of some texts, in inches."""
    return max(map(len, texts), default=0) / _CHARACTERS_PER_INCH


def legend_columns(width, labels, most):
    """Return the number of legend columns that fit on a figure.

    Parameters
    ----------
    width : float
        Width of the figure, in inches.
    labels : list of str
        Entries of the legend.
    most : int
        Largest number of columns.
    """
    fitting = width // (text_width(labels) + _ENTRY_MARGIN)
    return max(1, min(int(fitting), most, len(labels)))


def new_axes(display, ax, n_rows=1, n_columns=1, **how):
    """Return an array of axes to draw on: the given ones, or those of a new figure.

    Parameters
    ----------
    display : object
        The display, for the error message if matplotlib is missing.
    ax : Axes, array-like of Axes or None
        The argument of the user.
    n_rows, n_columns : int
        Shape of the array.
    **how
        Arguments of `matplotlib.pyplot.subplots`.
    """
    check_matplotlib_support(f"{type(display).__name__}.plot")
    import matplotlib.pyplot as plt

    check_axes(ax, n_rows * n_columns)
    if ax is None:
        how = {"layout": "constrained", "squeeze": False} | how
        return plt.subplots(n_rows, n_columns, **how)[1]
    return np.reshape(ax, (n_rows, n_columns))
