"""The weights of the first layer, as pictures or bars."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._pipeline import network_feature_names, split_network
from ._axes import COLORS, check_count, literal, new_axes, text_width
from ._layers import first_weights


class WeightsDisplay:
    """What the units of the first layer look for.

    Parameters
    ----------
    weights : ndarray of shape (n_features, n_units)
        Weights of the units to draw.
    image_shape : tuple of int or None
        Height and width of the images that the features are pixels of.
    feature_names : list of str
        Names of the features.
    titles : list of str
        What to write above the panels.

    Attributes
    ----------
    axes_ : ndarray of Axes
        One for each unit.
    ax_ : Axes
        The first of them.
    figure_ : Figure
        What they are in.

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

        Parameters
        ----------
        estimator : estimator or Pipeline
            A fitted estimator of this library, or a fitted pipeline that ends in one,
            which is drawn.
        image_shape : tuple of int, default=None
            Height and width, if the features are the pixels of an image; else the
            weights are drawn as bars.
        feature_names : array-like of str, default=None
            Names of the network's inputs, for the bars. If not given, those of the data
            frame the network was fitted to, or those that the steps of the pipeline
            give to their outputs (``get_feature_names_out``), or else ``x0``, ``x1``...
        max_units : int >= 1, default=16
            Of more units than that, those with the largest weights are drawn.
        max_features : int >= 1, default=40
            The same for the features, where they are bars.
        ax : Axes or array-like of Axes, default=None
            Where to draw; a new figure if not given.

        Returns
        -------
        display : WeightsDisplay
            What was drawn.
        """
        preprocessor, network = split_network(estimator)
        check_is_fitted(network)
        check_count("max_units", max_units, 1)
        check_count("max_features", max_features, 1)
        weights = first_weights(network.model_.network)
        n_features, n_units = weights.shape
        if image_shape is not None and np.prod(image_shape) != n_features:
            raise ValueError(
                f"image_shape must have as many pixels as there are features, "
                f"{n_features}; got {image_shape}."
            )
        if feature_names is None:
            feature_names = network_feature_names(preprocessor, network)
        if feature_names is None:
            feature_names = [f"x{i}" for i in range(n_features)]
        if len(feature_names) != n_features:
            raise ValueError(
                f"feature_names must be one for each of the {n_features} features; got "
                f"{len(feature_names)}."
            )
        largest = np.argsort(-np.linalg.norm(weights, axis=0))[:max_units]
        units = np.sort(largest)
        classes = getattr(network, "classes_", None)
        titles = [f"unit {unit}" for unit in units]
        layers, _ = network.model_.network.branches[0]
        if len(layers) == 1 and classes is not None:
            names = classes if n_units == len(classes) else classes[1:]
            titles = [f"{names[unit]}" for unit in units]
        weights, names = weights[:, units], list(feature_names)
        if image_shape is None and n_features > max_features:
            largest = np.argsort(-np.abs(weights).max(axis=1))[:max_features]
            features = np.sort(largest)
            weights, names = weights[features], [names[i] for i in features]
        return cls(weights, image_shape, names, titles).plot(ax)

    def plot(self, ax=None):
        """Draw the weights, all in the same scale.

        Parameters
        ----------
        ax : Axes or array-like of Axes, default=None
            Where to; a new figure if not given.

        Returns
        -------
        display : WeightsDisplay
            This one.
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
        size = (1.25 * n_columns + 0.8, 1.45 * n_rows)
        axes = new_axes(self, ax, n_rows, n_columns, figsize=size).ravel()
        limit = np.abs(self.weights).max()
        for axis in axes:
            axis.set_axis_off()
        for axis, weights, title in zip(
            axes, self.weights.T, self.titles, strict=False
        ):
            image = axis.imshow(
                weights.reshape(self.image_shape), cmap="RdBu", vmin=-limit, vmax=limit
            )
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
