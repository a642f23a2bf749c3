"""Plots of activation functions."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._pipeline import split_network
from ..engine.activations import ACTIVATIONS, Activation
from ..engine.layers import Chain
from ..engine.layers.base import leaves
from ..estimators._choices import make, name_of
from ._axes import COLORS, literal, new_axes


class ActivationDisplay:
    """Curves of activation functions A and their derivatives A′.

    Parameters
    ----------
    names : list of str
        Titles of the panels.
    z : ndarray of shape (n_points,)
        Points at which the functions were computed.
    values, derivatives : list of ndarray of shape (n_points,)
        A(z) and A′(z) of each activation.

    Attributes
    ----------
    axes_ : ndarray of Axes
        One for each activation.
    ax_ : Axes
        The first of them.
    figure_ : Figure
        The figure that they are in.

    Examples
    --------
    >>> from sknn_scratch.plotting import ActivationDisplay
    >>> display = ActivationDisplay.from_activations(["logistic", "relu", "tanh"])
    >>> len(display.axes_)
    3
    """

    def __init__(self, names, z, values, derivatives):
        self.names = names
        self.z = z
        self.values = values
        self.derivatives = derivatives

    @classmethod
    def from_activations(cls, activations, *, limit=4.0, n_points=401, ax=None):
        """Draw activations, one panel for each.

        Parameters
        ----------
        activations : str, Activation or list of them
            Names, or instances of classes in `sknn_scratch.engine.activations`.
        limit : float > 0, default=4.0
            The curves are drawn from −limit to limit.
        n_points : int, default=401
            Number of points of a curve.
        ax : Axes or array-like of Axes, default=None
            One axes for each activation. If None, a new figure is created.

        Returns
        -------
        display : ActivationDisplay
            The display.
        """
        if isinstance(activations, str | Activation):
            activations = [activations]
        if not len(activations):
            raise ValueError(
                "activations must contain at least one activation; got none."
            )
        unknown = [
            a for a in activations if isinstance(a, str) and a not in ACTIVATIONS
        ]
        if unknown:
            raise ValueError(
                f"activations must be among {sorted(ACTIVATIONS)}, or instances of "
                f"Activation; got {unknown}."
            )
        z = np.linspace(-limit, limit, n_points)
        names, values, derivatives = [], [], []
        for choice in activations:
            activation = make(ACTIVATIONS, choice)
            names.append(name_of(activation))
            values.append(activation(z))
            derivatives.append(activation.derivative(z))
        return cls(names, z, values, derivatives).plot(ax)

    @classmethod
    def from_estimator(cls, estimator, **how):
        """Draw each activation function of a fitted network once.

        Parameters
        ----------
        estimator : MLPScratchClassifier, MLPScratchRegressor or Pipeline
            A fitted estimator, or a fitted pipeline that ends in one.
        **how
            `limit`, `n_points` and `ax` of `from_activations`.

        Returns
        -------
        display : ActivationDisplay
            The display.
        """
        _, network = split_network(estimator)
        check_is_fitted(network)
        whole = network.model_.network
        layers = leaves(Chain(whole.layers), (whole.n_features,))
        found = [layer for layer, _ in layers if isinstance(layer, Activation)]
        return cls.from_activations(list(dict.fromkeys(found)), **how)

    def plot(self, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : Axes or array-like of Axes, default=None
            One axes for each activation. If None, a new figure is created.

        Returns
        -------
        display : ActivationDisplay
            The display itself.
        """
        n = len(self.names)
        axes = new_axes(self, ax, 1, n, figsize=(1.4 + 2.4 * n, 3.2), sharex=True)[0]
        panels = zip(axes, self.names, self.values, self.derivatives, strict=True)
        for axis, name, value, derivative in panels:
            axis.axhline(0, color="0.8", linewidth=1)
            axis.axvline(0, color="0.8", linewidth=1)
            axis.plot(self.z, value, color=COLORS[0], label="activation A(z)")
            axis.plot(
                self.z, derivative, "--", color=COLORS[1], label="derivative A′(z)"
            )
            axis.set(title=literal(name, 24), xlabel="z")
        handles = axes[0].get_legend_handles_labels()
        if ax is None:  # below all panels, where no curve is hidden
            axes[0].figure.legend(*handles, loc="outside lower center", ncols=2)
        else:
            axes[0].legend()
        self.axes_, self.ax_, self.figure_ = axes, axes[0], axes[0].figure
        return self
