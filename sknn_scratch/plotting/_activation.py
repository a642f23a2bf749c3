"""Activations, drawn as curves."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._pipeline import split_network
from ..engine.activations import ACTIVATIONS, Activation
from ..engine.layers import Chain
from ..engine.layers.base import leaves
from ..estimators._choices import make, name_of
from ._axes import COLORS, literal, new_axes


class ActivationDisplay:
    """An activation A and its derivative A′, as curves.

    Parameters
    ----------
    names : list of str
        What to write above the panels.
    z : ndarray of shape (n_points,)
        Where they were computed.
    values, derivatives : list of ndarray of shape (n_points,)
        A(z) and A′(z) of each.

    Attributes
    ----------
    axes_ : ndarray of Axes
        One for each activation.
    ax_ : Axes
        The first of them.
    figure_ : Figure
        What they are in.

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
        """Draw some activations beside each other.

        Parameters
        ----------
        activations : str, Activation or list of them
            Names, or instances of classes in `sknn_scratch.engine.activations`.
        limit : float > 0, default=4.0
            The curves reach from −limit to limit.
        n_points : int, default=401
            Number of points of a curve.
        ax : Axes or array-like of Axes, default=None
            Where to draw; a new figure if not given.

        Returns
        -------
        display : ActivationDisplay
            What was drawn.
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
            value, cache, delta = z.copy(), np.empty_like(z), np.ones_like(z)
            activation.activate(value, cache)
            names.append(name_of(activation))
            values.append(value.copy())
            activation.differentiate(value, delta, cache)
            derivatives.append(delta)
        return cls(names, z, values, derivatives).plot(ax)

    @classmethod
    def from_estimator(cls, estimator, **how):
        """Draw the activations of a fitted network, each once.

        Parameters
        ----------
        estimator : MLPScratchClassifier, MLPScratchRegressor or Pipeline
            A fitted one, or a fitted pipeline that ends in one, which is drawn.
        **how
            As for `from_activations`.

        Returns
        -------
        display : ActivationDisplay
            What was drawn.
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
            Where to; a new figure if not given.

        Returns
        -------
        display : ActivationDisplay
            This one.
        """
        n = len(self.names)
        axes = new_axes(self, ax, 1, n, figsize=(1 + 2.4 * n, 2.8), sharex=True)[0]
        panels = zip(axes, self.names, self.values, self.derivatives, strict=True)
        for axis, name, value, derivative in panels:
            axis.axhline(0, color="0.8", linewidth=1)
            axis.axvline(0, color="0.8", linewidth=1)
            axis.plot(self.z, value, color=COLORS[0], label="A(z)")
            axis.plot(self.z, derivative, "--", color=COLORS[1], label="A′(z)")
            axis.set(title=literal(name, 24), xlabel="z")
        axes[0].legend()
        self.axes_, self.ax_, self.figure_ = axes, axes[0], axes[0].figure
        return self
