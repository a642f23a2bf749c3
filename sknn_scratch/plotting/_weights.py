"""Plots of the weights of the first layer, as images or bars."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._pipeline import network_feature_names, split_network
from ._axes import COLORS, check_count, class_names, literal, new_axes, text_width
from ._layers import first_weights


class WeightsDisplay:
    """Weights of the first layer: images, filters of a convolution, or bars.

    Parameters
    ----------
    weights : ndarray of shape (n_features, n_units)
        Weights of the units or filters to draw.
    image_shape : tuple of int or None
        Shape of the weights of a unit or filter as an image: height, width and, if
        there are several, number of channels. None for bars.
    feature_names : list of str
        Names of the features.
    titles : list of str
        Titles of the panels.

    Attributes
    ----------
    axes_ : ndarray of Axes
        One for each unit or filter.
    ax_ : Axes
        The first of them.
    figure_ : Figure
        The figure that they are in.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.plotting import WeightsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> mlp = MLPScratchClassifier(12, learning_rate="cosine", max_iter=10)
    >>> mlp = mlp.fit(X / 16, y)
    >>> display = WeightsDisplay.from_estimator(mlp, image_shape=(8, 8))
    >>> len(display.axes_)
    12

    The filters of a convolution have the shape of its kernel:

    >>> from sknn_scratch.layers import Conv2D, MaxPool2D, Reshape
    >>> layers = [Reshape((8, 8)), Conv2D(6, 3), MaxPool2D(2), 20]
    >>> mlp = MLPScratchClassifier(layers, learning_rate="cosine", max_iter=10)
    >>> display = WeightsDisplay.from_estimator(mlp.fit(X / 16, y))
    >>> display.axes_[0].get_title(), display.image_shape
    ('filter 0', (3, 3, 1))
    """

    def __init__(self, weights, image_shape, feature_names, titles):
        self.weights = weights
        self.image_shape = image_shape
        self.feature_names = feature_names
        self.titles = titles

    @classmethod
    def from_estimator(
        cls,
        estimator,
        *,
        image_shape=None,
        feature_names=None,
        max_units=16,
        max_features=40,
        ax=None,
    ):
        """Draw the weights of a fitted network's first layer.

        The first layer is the first one that is not `Reshape`. If it is `Conv2D`, each
        panel shows one filter, with its channels below each other.

        Parameters
        ----------
        estimator : estimator or Pipeline
            A fitted estimator of this library, or a fitted pipeline that ends in one.
        image_shape : tuple of int, default=None
            Height and width, or height, width and number of channels, if the features
            are the pixels of an image. If None, the weights are drawn as bars. Ignored
            if the first layer is `Conv2D`: its filters have the shape of the kernel.
        feature_names : array-like of str, default=None
            Names of the inputs, for the bars. If None, the columns of the data frame
            that the network was fitted to, or the output names of the steps of the
            pipeline (``get_feature_names_out``), or else ``x0``, ``x1``...
        max_units : int >= 1, default=16
            Largest number of units or filters to draw. If there are more, those with
            the largest weights are drawn.
        max_features : int >= 1, default=40
            Largest number of features to draw as bars. If there are more, those with
            the largest weights are drawn.
        ax : Axes or array-like of Axes, default=None
            One axes for each unit or filter. If None, a new figure is created.

        Returns
        -------
        display : WeightsDisplay
            The display.

        Raises
        ------
        ValueError
            If the first layer is neither dense nor `Conv2D`, or a parameter does not
            fit the network.
        """
        preprocessor, network = split_network(estimator)
        check_is_fitted(network)
        check_count("max_units", max_units, 1)
        check_count("max_features", max_features, 1)
        first = first_weights(network.model_.network)
        largest = np.argsort(-np.linalg.norm(first.values, axis=0))[:max_units]
        units = np.sort(largest)
        weights, titles = first.values[:, units], _titles(first, units, network)
        if first.image is not None:
            return cls(weights, first.image, [], titles).plot(ax)
        n_features = len(weights)
        if image_shape is not None:
            _check_image_shape(image_shape, n_features)
        if feature_names is None:
            feature_names = network_feature_names(preprocessor, network)
        if feature_names is None:
            feature_names = [f"x{i}" for i in range(n_features)]
        if len(feature_names) != n_features:
            raise ValueError(
                f"feature_names must contain one name for each of the {n_features} "
                f"features; got {len(feature_names)}."
            )
        names = list(feature_names)
        if image_shape is None and n_features > max_features:
            largest = np.argsort(-np.abs(weights).max(axis=1))[:max_features]
            features = np.sort(largest)
            weights, names = weights[features], [names[i] for i in features]
        return cls(weights, image_shape, names, titles).plot(ax)

    def plot(self, ax=None):
        """Draw the weights, all on the same scale.

        Parameters
        ----------
        ax : Axes or array-like of Axes, default=None
            One axes for each unit or filter. If None, a new figure is created.

        Returns
        -------
        display : WeightsDisplay
            The display itself.
        """
        draw = self._plot_bars if self.image_shape is None else self._plot_images
        self.axes_ = draw(ax)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        return self

    def _plot_images(self, ax):
        n_units = len(self.titles)
        n_columns = min(n_units, 8)
        n_rows = -(-n_units // n_columns)
        if ax is not None:
            n_rows, n_columns = 1, n_units
        height, width, n_channels = (*self.image_shape, 1)[:3]
        channels = self.weights.reshape(height, width, n_channels, n_units)
        size = (1.25 * n_columns + 0.8, (1.25 * n_channels + 0.2) * n_rows)
        axes = new_axes(self, ax, n_rows, n_columns, figsize=size).ravel()
        limit = np.abs(self.weights).max()
        for axis in axes:
            axis.set_axis_off()
        panels = zip(axes, np.moveaxis(channels, -1, 0), self.titles, strict=False)
        for i, (axis, one, title) in enumerate(panels):
            names_channels = n_channels > 1 and i % n_columns == 0
            image = _plot_channels(axis, one, limit, names_channels)
            axis.set_title(literal(title, 15), fontsize="medium")
        axes[0].figure.colorbar(image, ax=list(axes), label="weight", shrink=0.8)
        return axes[:n_units]

    def _plot_bars(self, ax):
        n_features, n_units = self.weights.shape
        names = [literal(name) for name in self.feature_names]
        size = (1 + text_width(names) + 1.5 * n_units, 1 + 0.25 * n_features)
        how = {"figsize": size, "sharey": True, "sharex": True}
        axes = new_axes(self, ax, 1, n_units, **how)[0]
        places = np.arange(n_features)
        for axis, weights, title in zip(axes, self.weights.T, self.titles, strict=True):
            colors = np.where(weights < 0, COLORS[1], COLORS[0])
            axis.barh(places, weights, color=colors)
            axis.axvline(0, color="0.3", linewidth=1)
            axis.set_title(literal(title, 15), fontsize="medium")
            axis.set_xlabel("weight")
        axes[0].set_yticks(places, names)
        axes[0].set_ylim(n_features - 0.5, -0.5)
        return axes


def _titles(first, units, network):
    """Return the titles of the panels: the classes, if the units are outputs."""
    names = class_names(network, first.values.shape[1])
    if first.are_outputs and len(names):
        return [f"{names[unit]}" for unit in units]
    kind = "unit" if first.image is None else "filter"
    return [f"{kind} {unit}" for unit in units]


def _check_image_shape(image_shape, n_features):
    """Raise a ValueError unless the features can be the pixels of the image."""
    if np.size(image_shape) not in (2, 3):
        raise ValueError(
            "image_shape must be (height, width) or (height, width, n_channels); got "
            f"{image_shape!r}."
        )
    if np.prod(image_shape) != n_features:
        raise ValueError(
            f"image_shape must have one pixel for each of the {n_features} features; "
            f"got {image_shape}."
        )


def _plot_channels(axis, channels, limit, names_channels):
    """Draw the channels of an image below each other; return the last image."""
    height, width, n_channels = channels.shape
    step = 1.15 * height  # with a gap between them
    for i in range(n_channels):
        extent = (0, width, i * step + height, i * step)
        how = {"cmap": "RdBu", "vmin": -limit, "vmax": limit, "extent": extent}
        image = axis.imshow(channels[:, :, i], **how)
        if names_channels:
            middle = i * step + height / 2
            axis.text(-0.1 * width, middle, f"channel {i}", ha="right", va="center")
    axis.set_ylim((n_channels - 1) * step + height, 0)
    return image
