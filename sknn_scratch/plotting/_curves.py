"""Plots of loss curves and of learning rate range tests."""

import numpy as np

from .._pipeline import split_pipeline
from .._sklearn import check_matplotlib_support
from ._axes import COLORS, LEGEND_LINE, check_axes, legend_columns, literal, new_axes


class LossCurveDisplay:
    """Learning curves: training loss, validation loss and score over the epochs.

    Parameters
    ----------
    curves : dict of str to dict
        The curves of each label: "loss", "validation_loss" and "score", lists with one
        entry per epoch, and "best_epoch", counted from 1. All but "loss" may be
        missing.
    log : bool
        Whether the losses are drawn on a logarithmic scale.

    Attributes
    ----------
    ax_ : Axes
        The axes of the losses.
    score_ax_ : Axes or None
        The axes of the scores, with the y axis on the right; None without scores.
    figure_ : Figure
        The figure that they are in.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.plotting import LossCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPScratchClassifier(early_stopping=True, random_state=0).fit(X, y)
    >>> display = LossCurveDisplay.from_estimator(mlp)
    >>> sorted(display.curves["MLPScratchClassifier"])
    ['best_epoch', 'loss', 'score', 'validation_loss']
    """

    def __init__(self, curves, log=False):
        self.curves = curves
        self.log = log

    @classmethod
    def from_estimator(cls, estimator, *, label=None, log=False, ax=None):
        """Draw the learning curves of a fitted network.

        Parameters
        ----------
        estimator : estimator or Pipeline
            A fitted estimator of this library, a fitted MLPClassifier or MLPRegressor
            of scikit-learn, or a fitted pipeline that ends in one of them.
        label : str, default=None
            Key of the curves in the display. If None, the name of the class.
        log : bool, default=False
            Whether to draw the losses on a logarithmic scale.
        ax : Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        display : LossCurveDisplay
            The display.
        """
        _, network = split_pipeline(estimator)
        label = type(network).__name__ if label is None else label
        return cls.from_estimators({label: network}, log=log, ax=ax)

    @classmethod
    def from_estimators(cls, estimators, *, log=False, ax=None):
        """Draw the learning curves of several fitted networks in one plot.

        Parameters
        ----------
        estimators : dict of str to estimator
            The networks by their labels, as for `from_estimator`.
        log : bool, default=False
            Whether to draw the losses on a logarithmic scale.
        ax : Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        display : LossCurveDisplay
            The display.
        """
        return cls({k: _curves(e) for k, e in estimators.items()}, log).plot(ax)

    def plot(self, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        display : LossCurveDisplay
            The display itself.
        """
        new_figure = ax is None
        ax = new_axes(self, ax, figsize=(6.4, 4))[0, 0]
        scored = any("score" in curves for curves in self.curves.values())
        self.score_ax_ = ax.twinx() if scored else None
        for i, (label, curves) in enumerate(self.curves.items()):
            prefix = f"{literal(label)}: " if len(self.curves) > 1 else ""
            self._plot_one(ax, curves, COLORS[i % len(COLORS)], prefix)
        ax.set(xlabel="epoch", ylabel="loss")
        if self.log:
            ax.set_yscale("log")
        n_lines = self._draw_legend(ax)
        if new_figure:
            ax.figure.set_figheight(3.6 + LEGEND_LINE * n_lines)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_legend(self, ax):
        """Draw the legend above the axes, where it hides no curve; return its rows."""
        handles, labels = ax.get_legend_handles_labels()
        if self.score_ax_ is not None:
            self.score_ax_.set_ylabel("validation score")
            more = self.score_ax_.get_legend_handles_labels()
            handles, labels = handles + more[0], labels + more[1]
        n_columns = legend_columns(ax.bbox.width / ax.figure.dpi, labels, 2)
        ax.legend(
            handles,
            labels,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=n_columns,
            frameon=False,
        )
        return -(-len(labels) // n_columns)

    def _plot_one(self, ax, curves, color, prefix):
        for name, style, label in (
            ("loss", "-", "training loss"),
            ("validation_loss", "--", "validation loss"),
        ):
            if name in curves:
                epochs = _epochs(curves, name)
                ax.plot(epochs, curves[name], style, color=color, label=prefix + label)
        if "score" in curves:
            epochs, scores = _epochs(curves, "score"), curves["score"]
            self.score_ax_.plot(
                epochs, scores, ":", color=color, label=prefix + "validation score"
            )
        best = curves.get("best_epoch")
        if best:
            label = f"{prefix}best epoch: {best}"
            ax.axvline(best, color=color, linewidth=1, alpha=0.6, label=label)


def _epochs(curves, name):
    """Return the epochs of a curve. A shorter curve belongs to the last epochs."""
    n_epochs = len(curves["loss"])
    return np.arange(n_epochs - len(curves[name]), n_epochs) + 1


def _curves(estimator):
    """Return the curves of a fitted estimator, or of the last step of a pipeline."""
    _, estimator = split_pipeline(estimator)
    curves = {}
    for name, attribute in (
        ("loss", "loss_curve_"),
        ("validation_loss", "validation_loss_curve_"),
        ("score", "validation_scores_"),
    ):
        values = getattr(estimator, attribute, None)
        if values is not None:
            curves[name] = list(values)
    if getattr(estimator, "scoring", None) == "loss":
        curves.pop("score", None)  # it is the negative validation loss
    if "loss" not in curves:
        raise ValueError(
            "estimator must be a fitted network with a loss_curve_; got "
            f"{type(estimator).__name__}. After a search, pass best_estimator_."
        )
    best = getattr(estimator, "best_epoch_", None)
    if best is None and curves.get("score"):
        best = int(np.nanargmax(curves["score"])) + 1 - len(curves["score"])
        best += estimator.n_iter_  # scikit-learn's MLP has no best_epoch_
    if best is not None:  # counted from the start of the last fit
        curves["best_epoch"] = best + len(curves["loss"]) - estimator.n_iter_
    return curves


class LearningRateDisplay:
    """Learning rate range test: losses over the learning rates, with the suggestion.

    Parameters
    ----------
    test : LearningRateTest
        Result of `sknn_scratch.inspection.find_learning_rate`.

    Attributes
    ----------
    ax_ : Axes
        The axes of the plot.
    figure_ : Figure
        The figure that it is in.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.plotting import LearningRateDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> display = LearningRateDisplay.from_estimator(MLPScratchClassifier(), X, y)
    >>> display.ax_.get_xlabel()
    'learning rate'
    """

    def __init__(self, test):
        self.test = test

    @classmethod
    def from_estimator(cls, estimator, X, y, *, ax=None, **how):
        """Run a learning rate range test, and draw it.

        Parameters
        ----------
        estimator : estimator or Pipeline
            Estimator to test, as for `sknn_scratch.inspection.find_learning_rate`. It
            is not modified.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or targets.
        ax : Axes, default=None
            Axes to draw on. If None, a new figure is created.
        **how
            Other arguments of `sknn_scratch.inspection.find_learning_rate`.

        Returns
        -------
        display : LearningRateDisplay
            The display.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_axes(ax, 1)
        from ..inspection import find_learning_rate

        return cls(find_learning_rate(estimator, X, y, **how)).plot(ax)

    def plot(self, ax=None):
        """Draw the test.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw on. If None, a new figure is created.

        Returns
        -------
        display : LearningRateDisplay
            The display itself.
        """
        ax = new_axes(self, ax, figsize=(6.4, 3.6))[0, 0]
        test = self.test
        ax.semilogx(
            test.rates, test.losses, ".", color="0.7", label="loss of each batch"
        )
        ax.semilogx(test.rates, test.smoothed, color=COLORS[0], label="smoothed loss")
        label = f"suggested rate: {test.suggestion:.2g}"
        ax.axvline(test.suggestion, color=COLORS[1], linestyle="--", label=label)
        low, high = np.min([test.smoothed, test.losses]), test.losses[0]
        margin = 0.1 * (high - low)
        ax.set(
            xlabel="learning rate",
            ylabel="loss",
            ylim=(low - margin, high + 3 * margin),
        )
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self
