"""Decision regions of a classifier during training."""

import copy
from pathlib import Path

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone, is_classifier
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from .._pipeline import split_network
from .._sklearn import check_matplotlib_support
from .._warnings import warn
from ..callbacks import WeightHistory
from ..estimators._classifier import probabilities_of
from ._animation import page, pictures
from ._axes import (
    LEGEND_LINE,
    check_axes,
    check_positive,
    legend_columns,
    literal,
    new_axes,
)
from ._regions import class_colors, frame_around, grid_over, region_image


class DecisionEvolutionDisplay:
    """Decision regions of a classifier in a plane, after chosen epochs or steps.

    Each panel shows the regions after one epoch, and the samples. The color of a region
    is that of the most likely class: nearly white at a probability of 1 / n_classes,
    strongest at 1. A dark line is the decision boundary.

    Parameters
    ----------
    history : WeightHistory
        Models recorded during training.
    X : array-like of shape (n_samples, n_features)
        Samples to draw.
    y : ndarray of shape (n_samples,)
        Their classes.
    epochs : sequence of int
        The epochs to draw, or the steps if `history` has recorded steps.
    projection : object or None
        Transformer from all features to two: ``transform`` and ``inverse_transform``.
    preprocessor : object or None
        Transformer from X to the input of the network: ``transform``.

    Attributes
    ----------
    axes_ : ndarray of Axes
        One for each epoch.
    ax_ : Axes
        The first of them.
    figure_ : Figure
        The figure that they are in.

    Raises
    ------
    ValueError
        If the history is empty or not that of a classifier with one target, an epoch
        was not recorded, or X has more than two features and there is no projection.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import PerceptronClassifier
    >>> from sknn_scratch.plotting import DecisionEvolutionDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> perceptron = PerceptronClassifier(
    ...     "log_loss", learning_rate="linear", max_iter=20
    ... )
    >>> display = DecisionEvolutionDisplay.from_estimator(
    ...     perceptron, X[:, 2:], y, epochs=(0, 20)
    ... )
    >>> [ax.get_title() for ax in display.axes_]
    ['before training', 'after epoch 20']
    """

    def __init__(self, history, X, y, epochs, projection=None, preprocessor=None):
        self.history = copy.copy(history)  # the next fit clears it
        self.X = X
        self.y = column_or_1d(y)
        self.epochs = epochs
        self.projection = projection
        self.preprocessor = preprocessor
        check_consistent_length(X, self.y)
        missing = sorted(set(epochs) - set(history.numbers))
        if missing or not len(epochs):
            raise ValueError(
                f"epochs must be among those recorded, {history.numbers}; got "
                f"{list(epochs)}. Train for longer, or record more of them."
            )
        _check_classifier(history.models[0])
        self._classes = history.models[0].classes_
        if isinstance(self._classes, list):
            raise ValueError(
                "history must be that of a classifier with one target; got "
                f"{len(self._classes)} targets. Fit a classifier to each target."
            )
        if len(self._classes) < 2:
            raise ValueError(f"y must have at least two classes; got {self._classes}.")
        self._points, self._names = _in_plane(X, projection)
        self._low, self._high = frame_around(self._points)
        self._inputs = self._network_inputs(grid_over(self._low, self._high))

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, epochs=(0, 3, 7, 20), projection=None, ax=None
    ):
        """Fit a clone of a classifier, and draw its regions after chosen epochs.

        Parameters
        ----------
        estimator : MLPScratchClassifier, PerceptronClassifier or Pipeline
            The classifier, or a pipeline that ends in one. It is cloned, not modified.
            For a pipeline, the axes are the features of X, before its first step.
        X : array-like of shape (n_samples, n_features)
            Samples to fit and to draw. More than two features need a `projection`.
        y : array-like of shape (n_samples,)
            Their classes.
        epochs : sequence of int, default=(0, 3, 7, 20)
            The epochs to draw; 0 is the model before training. If training stops
            earlier, a warning lists the missing epochs, and the others are drawn. If
            all are missing, the last epoch is drawn.
        projection : object, default=None
            A fitted transformer from the features to two that has
            ``inverse_transform``, such as ``PCA(n_components=2).fit(X)``. The regions
            are computed in the plane of the points that ``inverse_transform`` returns.
        ax : array-like of Axes, default=None
            One axes for each epoch. If None, a new figure is created.

        Returns
        -------
        display : DecisionEvolutionDisplay
            The display.
        """
        # Arguments are checked before training, which may take long.
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_axes(ax, len(_check_epochs(epochs)))
        _in_plane(X, projection)
        _, network = split_network(estimator)
        _check_classifier(network)
        _check_one_target(y)
        history = WeightHistory()
        fitted = clone(estimator)
        preprocessor, network = split_network(fitted)
        network.set_callbacks(history)
        fitted.fit(X, y)
        return cls.from_history(
            history,
            X,
            y,
            epochs=epochs,
            projection=projection,
            preprocessor=preprocessor,
            ax=ax,
        )

    @classmethod
    def from_history(
        cls,
        history,
        X,
        y,
        *,
        epochs=None,
        projection=None,
        preprocessor=None,
        ax=None,
    ):
        """Draw the regions of the models that a `WeightHistory` has recorded.

        Parameters
        ----------
        history : WeightHistory
            The callback, after training.
        X : array-like of shape (n_samples, n_features)
            Samples to draw. More than two features need a `projection`.
        y : array-like of shape (n_samples,)
            Their classes.
        epochs : sequence of int, default=None
            The recorded epochs to draw, or steps if the history has recorded steps. If
            None, four of them, evenly spaced. If training stopped earlier, a warning
            lists the missing ones, and the others are drawn. If all are missing, the
            last one is drawn.
        projection : object, default=None
            A fitted transformer from the features to two that has
            ``inverse_transform``; see `from_estimator`.
        preprocessor : object, default=None
            A fitted transformer from X to the input of the network, such as
            ``pipeline[:-1]`` if the history was set on the last step of a pipeline.
        ax : array-like of Axes, default=None
            One axes for each epoch. If None, a new figure is created.

        Returns
        -------
        display : DecisionEvolutionDisplay
            The display.
        """
        recorded = history.numbers
        if not recorded:
            raise ValueError(
                "history must have recorded a fit; got an empty one. Pass it to "
                "set_callbacks, then fit the estimator."
            )
        if epochs is None:
            places = np.linspace(0, len(recorded) - 1, 4).round().astype(int)
            epochs = [recorded[i] for i in np.unique(places)]
        requested, last = _check_epochs(epochs), recorded[-1]
        check_axes(ax, len(requested))
        later = [epoch for epoch in requested if epoch > last]
        epochs = [epoch for epoch in requested if epoch <= last] or [last]
        if ax is not None:
            for axis in np.ravel(ax)[len(epochs) :]:
                axis.set_axis_off()
            ax = np.ravel(ax)[: len(epochs)]
        display = cls(history, X, y, epochs, projection, preprocessor).plot(ax)
        if later:
            warn(
                f"{history.unit.capitalize()}s {later} are not plotted: the last "
                f"{history.unit} recorded is {last}. Train for longer, or choose "
                "earlier ones."
            )
        return display

    def plot(self, ax=None):
        """Draw a panel for each epoch.

        Parameters
        ----------
        ax : array-like of Axes, default=None
            One axes for each epoch. If None, a new figure is created.

        Returns
        -------
        display : DecisionEvolutionDisplay
            The display itself.
        """
        n = len(self.epochs)
        n_columns = n if n <= 3 or ax is not None else -(-n // 2)
        n_rows = -(-n // n_columns)
        width = 3.4 * n_columns
        labels = [literal(cls) for cls in self._classes]
        n_legend = legend_columns(width, labels, 8)
        height = 3.1 * n_rows + LEGEND_LINE * (-(-len(labels) // n_legend) - 1)
        how = {"figsize": (width, height), "sharex": True, "sharey": True}
        axes = new_axes(self, ax, n_rows, n_columns, **how).ravel()
        for axis, epoch in zip(axes, self.epochs, strict=False):
            self._draw(axis, epoch)
        for axis in axes[n:]:
            axis.set_axis_off()
        if ax is None:
            if len(axes) == n:
                for axis in axes:
                    axis.label_outer()
            self._draw_legend(axes[0], n_legend)
        else:
            axes[0].legend()
        self.axes_, self.ax_, self.figure_ = axes[:n], axes[0], axes[0].figure
        return self

    def save_html(self, path, *, interval=250, resolution=80):
        """Save an animation of all recorded epochs as a single HTML file.

        The page has a play button and a slider. It needs no internet connection.

        Parameters
        ----------
        path : str or path-like
            The file to write, in an existing folder.
        interval : float > 0, default=250
            Time between two frames, in milliseconds.
        resolution : float > 0, default=80
            Resolution of the frames, in dots per inch.

        Raises
        ------
        ValueError
            If a setting is not a finite number > 0, or the folder does not exist.
        """
        check_positive("interval", interval)
        check_positive("resolution", resolution)
        check_matplotlib_support(f"{type(self).__name__}.save_html")
        folder = Path(path).resolve().parent
        if not folder.is_dir():
            raise ValueError(
                f"path must be in a folder that exists; got {str(path)!r}. Create "
                f"{str(folder)!r} first."
            )
        from matplotlib.figure import Figure

        epochs = self.history.numbers
        n_legend = legend_columns(6, [literal(cls) for cls in self._classes], 8)
        height = 4.8 + LEGEND_LINE * (-(-len(self._classes) // n_legend) - 1)
        figure = Figure(figsize=(6, height), dpi=resolution, layout="constrained")
        axis = figure.add_subplot()
        image = self._draw(axis, epochs[0])
        self._draw_legend(axis, n_legend)

        def steps():
            for epoch in epochs:
                image.set_data(self._regions(epoch))
                axis.set_title(self._title(epoch))
                yield

        moving = [image, axis.title]
        html = page(
            pictures(figure, [figure.patch, axis.patch], moving, steps()),
            [self._title(epoch) for epoch in epochs],
            title=f"{type(self.history.models[0]).__name__}: decision regions",
            interval=interval,
        )
        Path(path).write_text(html, encoding="utf-8")

    def _draw(self, axis, epoch):
        """Draw the regions of one epoch, and the samples; return the image."""
        extent = np.column_stack([self._low, self._high]).ravel()
        image = axis.imshow(
            self._regions(epoch),
            origin="lower",
            extent=extent,
            aspect="auto",
            interpolation="nearest",
        )
        colors = class_colors(len(self._classes))
        for cls, color in zip(self._classes, colors, strict=True):
            points = self._points[self.y == cls]
            axis.scatter(
                *points.T,
                14,
                color=color,
                edgecolors="white",
                linewidths=0.4,
                label=literal(cls),
            )
        axis.set(xlabel=self._names[0], ylabel=self._names[1], title=self._title(epoch))
        return image

    def _title(self, epoch):
        """Return the title of the panel of an epoch or step."""
        return f"after {self.history.unit} {epoch}" if epoch else "before training"

    @staticmethod
    def _draw_legend(axis, n_columns):
        """Draw the legend of the classes below all panels."""
        handles = axis.get_legend_handles_labels()
        axis.figure.legend(*handles, loc="outside lower center", ncols=n_columns)

    def _regions(self, epoch):
        """Return the image of the regions after an epoch."""
        model = copy.copy(self.history.models[self.history.numbers.index(epoch)])
        vars(model).pop("feature_names_in_", None)  # the grid has no names
        raw = model._raw(self._inputs)
        probabilities = probabilities_of(model.model_.target, raw)
        return region_image(probabilities, class_colors(len(self._classes)))

    def _network_inputs(self, points):
        """Return the input of the network for points of the plane."""
        if self.projection is not None:
            points = np.asarray(self.projection.inverse_transform(points))
        if self.preprocessor is None:
            return points
        if hasattr(self.X, "columns"):  # steps may select columns by name
            columns = zip(self.X.columns, points.T, strict=True)
            points = type(self.X)(dict(columns))
        points = self.preprocessor.transform(points)
        return points if issparse(points) else np.asarray(points)


def _check_classifier(estimator):
    if not is_classifier(estimator):
        raise ValueError(
            f"estimator must be a classifier; got {type(estimator).__name__}."
        )


def _check_one_target(y):
    if np.ndim(y) > 1 and np.shape(y)[1] > 1:
        raise ValueError(
            f"y must have one target; got an array of shape {np.shape(y)}. Pass one "
            "column of it."
        )


def _check_epochs(epochs):
    """Return the requested epochs as a list of int."""
    requested = np.ravel(epochs).tolist()
    if not requested or not all(isinstance(e, int) and e >= 0 for e in requested):
        raise ValueError(f"epochs must be one or more ints >= 0; got {epochs!r}.")
    return requested


def _in_plane(X, projection):
    """Return the points to draw, and the names of the axes."""
    names = list(getattr(X, "columns", ("x0", "x1")))
    if projection is not None:
        X, names = projection.transform(X), ["component 1", "component 2"]
    points = check_array(X)
    if points.shape[1] != 2:
        raise ValueError(
            f"X must have 2 features to be plotted; got {points.shape[1]}. Pass a "
            "projection to 2 features, such as PCA(n_components=2).fit(X)."
        )
    return points, [literal(name) for name in names]
