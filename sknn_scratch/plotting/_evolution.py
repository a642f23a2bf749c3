"""How the decision of a classifier evolves while it is trained."""

import copy
import re
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.utils import check_array, column_or_1d

from ..callbacks import WeightHistory
from ._axes import COLORS, new_axes

# What the animation's buttons show in place of an icon font that is on the network.
_BUTTONS = {
    "minus": "−",
    "fast-backward": "|◂",
    "step-backward": "◂",
    "play fa-flip-horizontal": "◀",
    "pause": "||",
    "play": "▶",
    "step-forward": "▸",
    "fast-forward": "▸|",
    "plus": "+",
}
# Picture, slider and buttons fit on a phone; matplotlib's own style comes later.
_STYLE = """
body { margin: 0; }
body .animation { display: block; margin: auto; max-width: 40rem; }
body .animation img { width: 100%; }
body input[type=range].anim-slider { width: 90%; }
body .anim-buttons button { padding: 0; width: 9.5%; }
"""


class DecisionEvolutionDisplay:
    """Decision regions over two-dimensional data, after chosen epochs of a fit.

    Parameters
    ----------
    history : WeightHistory
        What a fit has kept.
    X : ndarray of shape (n_samples, n_features)
        Samples to draw.
    y : ndarray of shape (n_samples,)
        Their classes.
    epochs : sequence of int
        The epochs to draw, all of them in `history`.
    projection : object or None
        With ``transform`` from all features to two, and ``inverse_transform`` back.

    Attributes
    ----------
    axes_ : ndarray of Axes
        One for each epoch.
    ax_ : Axes
        The first of them.
    figure_ : Figure
        What they are in.

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

    def __init__(self, history, X, y, epochs, projection=None):
        self.history = copy.copy(history)  # which the next fit begins anew
        self.X = X
        self.y = column_or_1d(y)
        self.epochs = epochs
        self.projection = projection
        self._points, self._names = _in_plane(X, projection)
        missing = sorted(set(epochs) - set(history.epochs))
        if missing or not len(epochs):
            raise ValueError(
                f"epochs must be among those kept, {history.epochs}; got "
                f"{list(epochs)}. Train for longer, or keep more of them."
            )

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, epochs=(0, 3, 7, 20), projection=None, ax=None
    ):
        """Fit a clone of a classifier, and draw it after some epochs.

        Parameters
        ----------
        estimator : MLPScratchClassifier or PerceptronClassifier
            What to clone; it stays as it is.
        X : array-like of shape (n_samples, n_features)
            The samples. Of more than two features, `projection` makes two.
        y : array-like of shape (n_samples,)
            Their classes.
        epochs : sequence of int, default=(0, 3, 7, 20)
            After which epochs; 0 is before the first. Those that the fit does not
            reach are left out.
        projection : object, default=None
            A fitted transformer from the features to two, with an inverse:
            ``PCA(n_components=2).fit(X)``. The regions are those of the plane that it
            goes back to.
        ax : array-like of Axes, default=None
            Where to draw; a new figure if not given.

        Returns
        -------
        display : DecisionEvolutionDisplay
            What was drawn.
        """
        _in_plane(X, projection)  # before the fit, which may take long
        if not is_classifier(estimator):
            raise ValueError(
                f"estimator must be a classifier; got {type(estimator).__name__}."
            )
        history = WeightHistory()
        clone(estimator).set_callbacks(history).fit(X, y)
        epochs = [epoch for epoch in epochs if epoch in history.epochs]
        return cls.from_history(
            history, X, y, epochs=epochs, projection=projection, ax=ax
        )

    @classmethod
    def from_history(cls, history, X, y, *, epochs=None, projection=None, ax=None):
        """Draw what a `WeightHistory` has kept of a classifier's fit.

        Parameters
        ----------
        history : WeightHistory
            After the fit.
        X : array-like of shape (n_samples, n_features)
            The samples to draw. Of more than two features, `projection` makes two.
        y : array-like of shape (n_samples,)
            Their classes.
        epochs : sequence of int, default=None
            Which of the epochs that were kept; four of them, evenly, if not given.
        projection : object, default=None
            A fitted transformer from the features to two, with an inverse; see
            `from_estimator`.
        ax : array-like of Axes, default=None
            Where to draw; a new figure if not given.

        Returns
        -------
        display : DecisionEvolutionDisplay
            What was drawn.
        """
        if epochs is None:
            places = np.linspace(0, len(history.epochs) - 1, 4).round().astype(int)
            epochs = [history.epochs[i] for i in np.unique(places)]
        return cls(history, X, y, epochs, projection).plot(ax)

    def plot(self, ax=None):
        """Draw a panel for each epoch.

        Parameters
        ----------
        ax : array-like of Axes, default=None
            Where to; a new figure if not given.

        Returns
        -------
        display : DecisionEvolutionDisplay
            This one.
        """
        n = len(self.epochs)
        n_columns = n if n <= 3 or ax is not None else -(-n // 2)
        n_rows = -(-n // n_columns)
        size = (3.4 * n_columns, 3.1 * n_rows)
        how = {"figsize": size, "sharex": True, "sharey": True}
        axes = new_axes(self, ax, n_rows, n_columns, **how).ravel()
        for axis, epoch in zip(axes, self.epochs, strict=False):
            self._draw(axis, epoch)
        for axis in axes[n:]:
            axis.set_axis_off()
        handles, labels = axes[0].get_legend_handles_labels()
        if ax is None:
            axes[0].figure.legend(
                handles, labels, loc="outside lower center", ncols=min(len(labels), 8)
            )
        else:
            axes[0].legend(handles, labels)
        self.axes_, self.ax_, self.figure_ = axes[:n], axes[0], axes[0].figure
        return self

    def save_html(self, path, *, interval=250, resolution=80):
        """Save an animation of all epochs kept, with a play button and a slider.

        The page holds all that it needs, and opens without a network.

        Parameters
        ----------
        path : str or path-like
            Where to save it.
        interval : float > 0, default=250
            Milliseconds from epoch to epoch.
        resolution : int, default=80
            Dots per inch.
        """
        for name, value in (("interval", interval), ("resolution", resolution)):
            if not value > 0:
                raise ValueError(f"{name} must be > 0; got {value!r}.")
        import matplotlib as mpl
        from matplotlib.animation import FuncAnimation
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6, 4.8), dpi=resolution, layout="constrained")
        axis = figure.add_subplot()

        def draw(epoch):
            axis.clear()
            self._draw(axis, epoch)
            axis.legend(loc="upper right")

        animation = FuncAnimation(
            figure, draw, self.history.epochs, lambda: None, interval=interval
        )
        # Hundreds of epochs are more than matplotlib embeds by default.
        with mpl.rc_context({"animation.embed_limit": 200}):
            page = animation.to_jshtml(default_mode="loop")
        page = re.sub(r'<link rel="stylesheet"\s+href="http[^>]*>', "", page)
        for icon, sign in _BUTTONS.items():
            page = page.replace(f'<i class="fa fa-{icon}"></i>', sign)
        title = f"{type(self.history.models[0]).__name__}, epoch by epoch"
        Path(path).write_text(
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{title}</title>\n"
            '<meta name="viewport" content="width=device-width">\n'
            '<link rel="icon" href="data:,">\n'
            f"<style>{_STYLE}</style>\n</head>\n"
            f"<body>\n{page}\n</body>\n</html>\n",
            encoding="utf-8",
        )

    def _draw(self, axis, epoch):
        """Draw the regions of one epoch, and the samples."""
        model = self.history.models[self.history.epochs.index(epoch)]
        surface = _Surface(model, self.projection).fit()
        if len(model.classes_) < 2:
            raise ValueError(f"y must have two classes or more; got {model.classes_}.")
        colors = dict(zip(model.classes_, _distinct(len(model.classes_)), strict=True))
        settings = {"ax": axis, "grid_resolution": 120, "alpha": 0.6}
        if len(colors) == 2:
            from matplotlib.colors import LinearSegmentedColormap

            between = [colors[cls] for cls in model.classes_]
            between.insert(1, "white")
            settings["cmap"] = LinearSegmentedColormap.from_list("classes", between)
            settings |= {"levels": np.linspace(0, 1, 11), "vmin": 0, "vmax": 1}
        else:
            settings["multiclass_colors"] = list(colors.values())
        DecisionBoundaryDisplay.from_estimator(
            surface, self._points, response_method="predict_proba", **settings
        )
        for cls, color in colors.items():
            points = self._points[self.y == cls]
            label = str(cls).replace("$", r"\$")
            if label.startswith("_"):  # else matplotlib leaves it out of the legend
                label = " " + label
            axis.scatter(
                *points.T,
                14,
                color=color,
                edgecolors="white",
                linewidths=0.4,
                label=label,
            )
        axis.set(xlabel=self._names[0], ylabel=self._names[1])
        axis.set_title("before training" if epoch == 0 else f"after epoch {epoch}")


def _in_plane(X, projection):
    """Return the points to draw, and the names of their axes."""
    names = list(getattr(X, "columns", ("", "")))
    if projection is not None:
        X, names = projection.transform(X), ["", ""]
    points = check_array(X)
    if points.shape[1] != 2:
        raise ValueError(
            f"X must have 2 features to be drawn; got {points.shape[1]}. Pass a "
            "projection to two, such as PCA(n_components=2).fit(X)."
        )
    return points, names


def _distinct(n):
    """Return n colours that differ."""
    if n <= len(COLORS):
        return COLORS[:n]
    from matplotlib import colormaps

    return list(colormaps["turbo"](np.linspace(0.05, 0.95, n)))


class _Surface(ClassifierMixin, BaseEstimator):
    """A classifier of points in the plane that a projection comes back from."""

    def __init__(self, model, projection):
        self.model = model
        self.projection = projection

    def fit(self):
        """Take over the classes."""
        self.classes_ = self.model.classes_
        self.n_features_in_ = 2
        return self

    def predict_proba(self, X):
        """Return the probabilities of the classes."""
        X = X if self.projection is None else self.projection.inverse_transform(X)
        raw = self.model._network.raw(np.asarray(X, dtype=float))
        return self.model._probabilities(raw)
