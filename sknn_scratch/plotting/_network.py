"""Network diagrams: circles for units, lines for weights."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._pipeline import network_feature_names, split_network
from ._axes import check_count, class_names, literal, new_axes, text_width
from ._layers import sizes_and_layers


class NetworkDisplay:
    """Diagram of a fitted network: circles for units, lines for weights.

    Positive weights are blue and negative ones red. The larger the absolute value of a
    weight relative to the largest of its layer, the wider and darker the line. For
    large layers, only the first and the last units are drawn (see `max_units`). Layers
    other than dense ones, such as `Residual`, are drawn as a box with their name. The
    networks of an ensemble are drawn next to each other. A linear model that is
    averaged with them (`linear`) is not drawn.

    Parameters
    ----------
    sizes : list of int
        Number of features, then the number of outputs of each layer.
    layers : list of (ndarray of shape (n_inputs, n_units), or str)
        The weights of each layer, or the name of a layer that is drawn as a box.
    input_names, output_names : list of str
        Names written beside the input and output units, or empty lists.
    max_units : int
        Largest number of units that are drawn per layer.

    Attributes
    ----------
    ax_ : Axes
        The axes of the diagram.
    figure_ : Figure
        The figure that it is in.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.plotting import NetworkDisplay
    >>> iris = load_iris()
    >>> mlp = MLPScratchClassifier((5, 4), learning_rate="cosine", random_state=1)
    >>> mlp = mlp.fit(iris.data, iris.target)
    >>> display = NetworkDisplay.from_estimator(mlp, feature_names=iris.feature_names)
    >>> display.input_names[0]
    'sepal length (cm)'
    """

    def __init__(self, sizes, layers, input_names, output_names, max_units=10):
        self.sizes = sizes
        self.layers = layers
        self.input_names = input_names
        self.output_names = output_names
        self.max_units = max_units

    @classmethod
    def from_estimator(
        cls, estimator, *, feature_names=None, output_names=None, max_units=10, ax=None
    ):
        """Draw a fitted network.

        Parameters
        ----------
        estimator : estimator or Pipeline
            A fitted estimator of this library, or a fitted pipeline that ends in one.
        feature_names : array-like of str, default=None
            Names of the inputs. If None, the columns of the data frame that the network
            was fitted to, or the output names of the steps of the pipeline
            (``get_feature_names_out``), or else no names.
        output_names : array-like of str, default=None
            Names of the outputs. If None, the classes of a classifier, and no
            names for a regressor.
        max_units : int >= 2, default=10
            Largest number of units that are drawn per layer.
        ax : Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        display : NetworkDisplay
            The display.
        """
        preprocessor, network = split_network(estimator)
        check_is_fitted(network)
        check_count("max_units", max_units, 2)
        sizes, layers = sizes_and_layers(network.model_.network)
        if feature_names is None:
            feature_names = network_feature_names(preprocessor, network)
            feature_names = () if feature_names is None else feature_names
        n_outputs = sizes[-1]
        if output_names is None:
            output_names = class_names(network, n_outputs)
        for what, names, n in (
            ("feature_names", feature_names, sizes[0]),
            ("output_names", output_names, n_outputs),
        ):
            if len(names) not in (0, n):
                raise ValueError(f"{what} must be {n} names; got {len(names)}.")
        names = [str(name) for name in feature_names]
        output_names = [str(name) for name in output_names]
        return cls(sizes, layers, names, output_names, max_units).plot(ax)

    def plot(self, ax=None):
        """Draw the diagram.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        display : NetworkDisplay
            The display itself.
        """
        sizes = self.sizes
        drawn = [self._units(size) for size in sizes]
        tallest = max(len(units) for units in drawn)
        inputs, outputs = (
            [literal(name) for name in names]
            for names in (self.input_names, self.output_names)
        )
        width = 2 * len(sizes) + text_width(inputs) + text_width(outputs)
        size = (width, 0.5 * tallest + 1.2)
        ax = new_axes(self, ax, figsize=size)[0, 0]
        heights = [
            self._heights(units, n) for units, n in zip(drawn, sizes, strict=True)
        ]
        for i, layer in enumerate(self.layers):
            if isinstance(layer, str):
                self._draw_box(ax, i, layer, heights[i : i + 2])
                continue
            shown = layer[np.ix_(drawn[i], drawn[i + 1])]
            self._draw_weights(ax, i, shown, heights[i : i + 2])
        lowest, highest = min(map(np.min, heights)), max(map(np.max, heights))
        for layer, (places, n) in enumerate(zip(heights, sizes, strict=True)):
            columns = np.full(len(places), layer)
            ax.scatter(columns, places, 260, "white", edgecolors="0.2", zorder=3)
            if n > len(places):
                first = len(places) - len(places) // 2  # below the gap
                gap = places[first - 1 : first + 1].mean()
                ax.text(layer, gap, "⋮", ha="center", va="center", fontsize="xx-large")
            self._name(ax, layer, len(sizes), n, highest)
        self._name_units(ax, 0, -0.15, "right", inputs, drawn, heights)
        last = len(sizes) - 1
        self._name_units(ax, last, 0.15, "left", outputs, drawn, heights)
        key = "weights: blue positive, red negative, the wider the larger"
        if any(isinstance(layer, str) for layer in self.layers):
            key += "\nboxes: layers whose weights are not drawn"
        ax.text((len(sizes) - 1) / 2, lowest - 0.9, key, ha="center", va="top")
        ax.set_axis_off()
        # Space for the texts above and below, so that the layout does not shrink the
        # axes.
        ax.set(ylim=(lowest - 1.5, highest + 1.9))
        ax.margins(x=0.12)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _units(self, size):
        """Return the numbers of the units to draw: the first and the last."""
        if size <= self.max_units:
            return np.arange(size)
        n_last = self.max_units // 2
        return np.r_[0 : self.max_units - n_last, size - n_last : size]

    def _heights(self, units, size):
        """Return where the units of a layer are, with a gap for those left out."""
        places = np.arange(len(units), dtype=float)
        if size > len(units):
            places[len(units) - len(units) // 2 :] += 1
        return places[-1] / 2 - places

    @staticmethod
    def _draw_weights(ax, layer, weights, heights):
        from matplotlib.collections import LineCollection

        largest = np.abs(weights).max() or 1.0
        joined = weights != 0  # no line between different networks of an ensemble
        shares = weights[joined] / largest
        left, right = (ends[joined] for ends in np.meshgrid(*heights, indexing="ij"))
        starts = np.column_stack([np.full(left.size, layer), left])
        ends = np.column_stack([np.full(left.size, layer + 1), right])
        order = np.argsort(np.abs(shares))  # the largest on top
        lines = LineCollection(
            np.stack([starts, ends], axis=1)[order],
            linewidths=(0.5 + 3 * np.abs(shares))[order],
            array=shares[order],
            cmap="RdBu",
            clim=(-1, 1),
            alpha=(0.25 + 0.75 * np.abs(shares))[order],
        )
        ax.add_collection(lines)

    @staticmethod
    def _draw_box(ax, layer, name, heights):
        from matplotlib.patches import Rectangle

        low, high = min(map(np.min, heights)), max(map(np.max, heights))
        left, bottom, height = layer + 0.3, low - 0.4, high - low + 0.8
        ax.add_patch(
            Rectangle((left, bottom), 0.4, height, fill=False, edgecolor="0.5")
        )
        middle = (low + high) / 2
        ax.text(layer + 0.5, middle, name, ha="center", va="center", rotation=90)

    @staticmethod
    def _name(ax, layer, n_layers, size, top):
        if layer == 0:
            what = f"{size} features" if size != 1 else "1 feature"
        else:
            what = f"{size} units" if size != 1 else "1 unit"
        kind = {0: "input", n_layers - 1: "output"}.get(layer, f"hidden {layer}")
        ax.text(layer, top + 0.8, f"{kind}\n{what}", ha="center", va="bottom")

    @staticmethod
    def _name_units(ax, layer, offset, side, names, drawn, heights):
        if not names:
            return
        for unit, place in zip(drawn[layer], heights[layer], strict=True):
            ax.text(layer + offset, place, names[unit], ha=side, va="center")
