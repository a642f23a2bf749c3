"""Loss curves that are drawn while training runs."""

import io
import sys
import threading
import time
from numbers import Real

import numpy as np

from ._sklearn import (
    can_reuse_listener,
    check_matplotlib_support,
    open_listener,
    send,
)
from ._warnings import warn

# Minimum time between two updates, as a multiple of the duration of the last one. With
# 9, drawing takes at most a tenth of the time.
_PAUSE = 9
# scikit-learn's name for the fits of a search before the refit.
_CANDIDATE = "candidate-split-evaluation"


class LiveLossPlot:
    """Plot the loss curves in a notebook while training runs.

    The plot shows the training loss and, with early stopping, the validation loss and
    the validation score of every epoch. It is updated in place below the notebook cell
    that calls `fit`. :class:`~sknn_scratch.plotting.LossCurveDisplay` draws the same
    curves after training.

    Set it with ``set_callbacks`` on the network, even if the network is a step of a
    pipeline or is fitted by a search. All fits of a cell are drawn in the same plot:
    running fits in color, finished fits in gray. Fits of a search in worker processes
    (`n_jobs`) are drawn, too. With an `ensemble`, the curves are those of the first
    network.

    Parameters
    ----------
    interval : float >= 0, default=1.0
        Minimum number of seconds between two updates. The final curves are always
        drawn; in a search, those of the refit. Drawing takes at most about a tenth of
        the training time: if it is slow, updates are less frequent.
    log : bool, default=False
        Whether to draw the losses on a logarithmic scale.
    show : callable or None, default=None
        Called with the matplotlib Figure after every update, for example to save it.
        If None, the figure is shown in the notebook; outside a notebook, there is a
        warning and no plot. `show` is not pickled with the callback.

    Raises
    ------
    TypeError
        If `show` is neither a callable nor None.
    ValueError
        If `interval` is not a finite number >= 0.

    See Also
    --------
    sknn_scratch.plotting.LossCurveDisplay : Plot the curves of fitted networks.
    sklearn.callback.ProgressBar : Show the progress of training.

    Notes
    -----
    It requires matplotlib; without it, `fit` raises an ImportError before training. If
    drawing fails later, there is one warning, and training continues without the plot.

    Examples
    --------
    In a notebook, ``LiveLossPlot()`` is all that is needed. Elsewhere, `show` receives
    the figure:

    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.callbacks import LiveLossPlot
    >>> X, y = load_iris(return_X_y=True)
    >>> figures = []
    >>> plot = LiveLossPlot(show=figures.append)
    >>> mlp = MLPScratchClassifier(learning_rate="cosine", max_iter=20, random_state=0)
    >>> mlp = mlp.set_callbacks(plot).fit(X, y)
    >>> curve = figures[-1].axes[0].lines[0]
    >>> curve.get_label(), len(curve.get_ydata())
    ('training loss', 20)
    """

    def __init__(self, *, interval=1.0, log=False, show=None):
        if not isinstance(interval, Real) or not 0 <= interval < np.inf:
            raise ValueError(
                f"interval must be a finite number of seconds >= 0; got {interval!r}."
            )
        if show is not None and not callable(show):
            raise TypeError(f"show must be a callable or None; got {show!r}.")
        self.interval, self.log, self.show = interval, log, show
        self._plot = _Plot(log, show)
        self._listener = None  # of this process, opened when a worker may need it
        self._main = None  # in a worker: the listener of the main process
        self._next_update = 0.0

    def __getstate__(self):
        if self._main is None and self._listener is None and open_listener is not None:
            self._listener = open_listener(self._plot.update, owner=self)
        # Without `show`, which often cannot be pickled: the main process calls it.
        settings = {"interval": self.interval, "log": self.log}
        return settings | {"_listener": self._main or self._listener}

    def __setstate__(self, state):
        listener = state.pop("_listener")
        self.__init__(**state)
        if listener is not None and can_reuse_listener(listener):
            self._main = listener

    def setup(self, estimator, context):
        """Check that matplotlib is installed, and warn outside a notebook.

        Parameters
        ----------
        estimator : estimator
            The estimator being fitted.
        context : CallbackContext
            The task of the fit.

        Raises
        ------
        ImportError
            If matplotlib is missing.
        """
        if self._main is not None:  # the main process has checked it, and draws
            return
        check_matplotlib_support(type(self).__name__)
        import matplotlib.pyplot as plt  # noqa: F401  # needed by the first update

        if self.show is None and _notebook() is None:
            warn(
                "LiveLossPlot shows its plot in a notebook only; got no running "
                "notebook kernel. Pass show, a function of the figure, or remove the "
                "callback."
            )

    def teardown(self, estimator, context):
        """Draw the curves of this fit in gray in later updates.

        Parameters
        ----------
        estimator : estimator
            The estimator being fitted.
        context : CallbackContext
            The task of the fit.
        """
        self._send(_path(context), None, False)

    def on_fit_task_begin(self, estimator, context):
        """Do nothing.

        Parameters
        ----------
        estimator : estimator
            The estimator being fitted.
        context : CallbackContext
            The task of an epoch or of the fit.
        """

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Update the plot, unless the last update was too recent.

        Parameters
        ----------
        estimator : estimator
            The estimator being fitted.
        context : CallbackContext
            The task of an epoch or of the fit.
        fitted_estimator : estimator or None, default=None
            The estimator with the curves so far.
        """
        if fitted_estimator is None:  # an L-BFGS iteration that did not take place
            return
        is_epoch = context.task_name == "epoch"
        start = time.perf_counter()
        is_due = start >= self._next_update
        if is_epoch and not (is_due and context.task_id):  # one epoch makes no line
            return
        from .plotting._curves import _curves

        curves = _curves(fitted_estimator)
        if is_epoch:  # the best epoch is known at the end
            curves.pop("best_epoch", None)
        fit = context.parent if is_epoch else context
        is_due = is_due or not _is_candidate(fit)
        self._send(_path(fit), curves, is_due)
        if is_due:
            end = time.perf_counter()
            # The first update also loads fonts, so its duration does not count.
            pause = _PAUSE * (end - start) if self._next_update else 0
            self._next_update = end + max(self.interval, pause)

    def _send(self, fit, curves, is_due):
        """Update the plot, which may be in another process."""
        message = fit, curves, is_due
        if self._main is None:
            self._plot.update(message)
            return
        try:
            send(self._main, message)
        except (OSError, EOFError) as error:
            _warn_not_drawn(error)
            self._main = None


class _Plot:
    """The plot of one callback, in the process that shows it.

    Parameters
    ----------
    log : bool
        Whether the losses are on a logarithmic scale.
    show : callable or None
        Called with the figure; None for a notebook.
    """

    def __init__(self, log, show):
        self._log, self._show = log, show
        self._lock = threading.Lock()  # fits may run in several threads
        self._is_broken = False
        self._cell = None  # number of the notebook cell that the plot belongs to
        self._start_afresh()

    def _start_afresh(self):
        self._curves, self._running = {}, set()
        self._figure = self._display = None

    def update(self, message):
        """Store the curves of a fit, and draw the plot if it is due.

        Parameters
        ----------
        message : tuple of (fit, curves, is_due)
            Identifier of the fit; its curves, as in `LossCurveDisplay`, or None after
            the end of the fit; whether to draw now.
        """
        fit, curves, is_due = message
        with self._lock:
            if curves is None:
                self._running.discard(fit)
            elif not self._is_broken:
                # Drawing must not end a training that has lasted for hours.
                try:
                    self._add(fit, curves)
                    if is_due:
                        self._draw()
                except Exception as error:
                    self._is_broken = True
                    _warn_not_drawn(error)

    def _add(self, fit, curves):
        notebook = _notebook()
        if self._show is None and notebook is not None:
            if notebook.execution_count != self._cell:
                self._start_afresh()
            self._cell = notebook.execution_count
        self._curves[fit] = curves
        self._running.add(fit)

    def _draw(self):
        show = self._show
        if show is None and _notebook() is not None:
            show = self._show_in_notebook
        if show is not None:
            self._draw_figure()
            show(self._figure)

    def _draw_figure(self):
        """Draw all curves again, which is about as fast as extending them."""
        # Not a figure of pyplot, which the notebook would show once more.
        from matplotlib.figure import Figure

        from .plotting._curves import LossCurveDisplay

        if self._figure is None:
            self._figure = Figure(figsize=(6.4, 4), layout="constrained")
        self._figure.clear()
        ax = self._figure.add_subplot()
        self._draw_earlier(ax)
        running = {
            f"fit {number}": self._curves[fit]
            for number, fit in enumerate(self._curves, start=1)
            if fit in self._running
        }
        LossCurveDisplay(running, self._log).plot(ax)

    def _draw_earlier(self, ax):
        """Draw all finished fits as one line with gaps, faster than as many lines."""
        points = []
        for fit, curves in self._curves.items():
            if fit not in self._running:
                points += [*enumerate(curves["loss"], start=1), (np.nan, np.nan)]
        if points:
            label = "earlier fits: training loss"
            ax.plot(*zip(*points, strict=True), color="0.8", lw=1, label=label)

    def _show_in_notebook(self, figure):
        """Replace the image below the cell."""
        from IPython.display import Image, display

        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=90)
        image = Image(png.getvalue(), format="png", alt="loss curves of the training")
        if self._display is None:
            self._display = display(image, display_id=True)
        else:
            self._display.update(image)


def _warn_not_drawn(error):
    """Warn that there is no plot from now on."""
    warn(
        f"The loss curves could not be drawn: {error!r}. Training continues without "
        "the plot."
    )


def _notebook():
    """Return the shell of a running notebook kernel, or None."""
    ipython = sys.modules.get("IPython")  # imported by every kernel
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None


def _lineage(context):
    """Return a task and the tasks that contain it, from the innermost outwards."""
    return [] if context is None else [context, *_lineage(context.parent)]


def _path(context):
    """Return an identifier of a task, unique among all processes."""
    return context.root_uuid, *(task.task_id for task in _lineage(context))


def _is_candidate(context):
    """Return whether a task is part of a search's fit to a fold."""
    return any(
        _CANDIDATE in (task.task_name, task.source_task_name)
        for task in _lineage(context)
    )
