"""What all displays draw on, and with."""

from numbers import Integral, Real

import numpy as np

from .._sklearn import check_matplotlib_support

# Of Okabe and Ito (2008), which the color-blind can tell apart.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
# Characters of matplotlib's default font and size on an inch, and the inches that the
# handle and the spacing of an entry take in a legend.
_CHARACTERS_PER_INCH = 12
_ENTRY_MARGIN = 0.4
LEGEND_LINE = 0.2  # height in inches


def check_count(name, value, low):
    """Raise a ValueError unless a number of things to draw is a whole one."""
    if not isinstance(value, Integral) or value < low:
        raise ValueError(f"{name} must be an int >= {low}; got {value!r}.")


def check_positive(name, value):
    """Raise a ValueError unless a setting is a finite number above 0."""
    if not isinstance(value, Real) or not 0 < value < np.inf:
        raise ValueError(f"{name} must be > 0; got {value!r}.")


def class_names(network, n_outputs):
    """Return the names of a classifier's outputs; none, if it is a regressor.

    Parameters
    ----------
    network : estimator
        Fitted.
    n_outputs : int
        The number of its outputs, which is one for two classes.
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
    """Return a name as text for matplotlib, which shows it literally.

    Every text of the user's that is drawn passes through here. matplotlib would read a
    formula between dollar signs, and leave out of a legend what is empty or begins with
    an underscore.

    Parameters
    ----------
    name : object
        The name of a feature, a class, a model or the like.
    longest : int, default=32
        Number of characters from which on it is shortened, with an ellipsis.
    """
    name = str(name)
    text = name if len(name) <= longest else name[: longest - 1] + "…"
    # Line breaks would move what is around; fonts have no control characters.
    text = "".join(c if c.isprintable() else " " for c in text)
    if not text or text.startswith("_"):
        text = " " + text
    return text.replace("$", r"\$")


def check_axes(ax, n_panels):
    """Raise a ValueError if axes are given, and not one for each panel."""
    if ax is not None and np.size(ax) != n_panels:
        raise ValueError(
            f"ax must be {n_panels} axes, one for each panel; got {np.size(ax)}. Leave "
            "it out for a new figure."
        )


def text_width(texts):
    """Return about how many inches the longest of some texts takes."""
    return max(map(len, texts), default=0) / _CHARACTERS_PER_INCH


def legend_columns(width, labels, most):
    """Return how many columns of a legend fit on a figure.

    Parameters
    ----------
    width : float
        Width of the figure, in inches.
    labels : list of str
        Its entries.
    most : int
        The largest number of columns.
    """
    fitting = width // (text_width(labels) + _ENTRY_MARGIN)
    return max(1, min(int(fitting), most, len(labels)))


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

    check_axes(ax, n_rows * n_columns)
    if ax is None:
        how = {"layout": "constrained", "squeeze": False} | how
        return plt.subplots(n_rows, n_columns, **how)[1]
    return np.reshape(ax, (n_rows, n_columns))
