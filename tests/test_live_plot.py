"""`LiveLossPlot` draws loss curves during training, in a notebook or elsewhere."""

import pickle
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
    _live_plot,
)
from sknn_scratch.callbacks import LiveLossPlot

pytestmark = [
    pytest.mark.needs_callbacks,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

X, Y = load_iris(return_X_y=True)
MLP = MLPScratchClassifier(4, max_iter=6, random_state=0)
EARLIER = "earlier fits: training loss"


class Shown(list):
    """A `show` that stores the curves of every update: label and number of epochs."""

    def __call__(self, figure):
        curves = []
        for line in (line for ax in figure.axes for line in ax.lines):
            is_gap = np.isnan(line.get_xdata())
            parts = np.split(is_gap, np.flatnonzero(is_gap) + 1)
            curves += [(line.get_label(), (~part).sum()) for part in parts if len(part)]
        self.append(curves)


@pytest.fixture
def at_once(monkeypatch):
    """Let every epoch be drawn."""
    monkeypatch.setattr(_live_plot, "_PAUSE", 0)


NOTEBOOK = """
from sknn_scratch import MLPScratchClassifier
from sknn_scratch.callbacks import LiveLossPlot
from sknn_scratch import _live_plot
_live_plot._PAUSE = 0

class PrintEpochs(LiveLossPlot):
    def setup(self, estimator, context): ...
    def teardown(self, estimator, context): ...
    def on_fit_task_end(self, estimator, context):
        print("end of", context.task_name, context.task_id)

mlp = MLPScratchClassifier(2, learning_rate="cosine", max_iter=3)
mlp.set_callbacks(LiveLossPlot(interval=0), PrintEpochs())
mlp.fit([[0], [1]] * 9, [0, 1] * 9);
"""


def test_a_notebook_shows_one_image_that_is_updated_during_training(
    tmp_path, monkeypatch
):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    received = []

    class Client(nbclient.NotebookClient):
        def process_message(self, message, cell, cell_index):
            content = message["content"]
            received.append(content.get("text", message["msg_type"]).strip())
            return super().process_message(message, cell, cell_index)

    cell = nbformat.v4.new_code_cell(NOTEBOOK)
    Client(nbformat.v4.new_notebook(cells=[cell]), timeout=100).execute()
    assert [text for text in received if "display" in text or "end of" in text] == [
        "end of epoch 0",
        "display_data",
        "end of epoch 1",
        "update_display_data",
        "end of epoch 2",
        "update_display_data",
        "end of fit 0",
    ]
    images = [output.data for output in cell.outputs if "data" in output]
    assert len(images) == 1
    assert "image/png" in images[0]


def test_all_curves_are_drawn_in_every_update(at_once):
    shown = Shown()
    model = clone(MLP).set_params(early_stopping=True)
    model.set_callbacks(LiveLossPlot(interval=0, show=shown)).fit(X, Y)
    names = ["training loss", "validation loss", "validation score"]
    for n_epochs, lines in enumerate(shown[:-1], start=2):
        assert lines == [(name, n_epochs) for name in names]
    assert dict(shown[-1]) | dict.fromkeys(names, model.n_iter_) == dict(shown[-1])
    assert len(shown) == model.n_iter_


@pytest.mark.parametrize(
    "estimator",
    [
        MLP,
        MLPScratchClassifier(4, max_iter=3, ensemble=2, random_state=0),
        MLPScratchRegressor(hidden_layer_sizes=4, solver="lbfgs", max_iter=3),
        PerceptronClassifier(max_iter=3),
    ],
    ids=str,
)
def test_the_end_of_training_is_drawn_and_changes_no_result(estimator):
    shown = Shown()
    plot = LiveLossPlot(interval=1e9, show=shown)
    model = clone(estimator).set_params(random_state=0).set_callbacks(plot).fit(X, Y)
    first, last = map(dict, shown)
    assert first["training loss"] == 2
    assert last["training loss"] == model.n_iter_
    plain = clone(model).set_callbacks().fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), plain.predict(X))
    assert plt.get_fignums() == []


def test_updates_pause_in_proportion_to_their_duration(monkeypatch):
    shown, clock = [], iter(range(1000))
    monkeypatch.setattr(_live_plot.time, "perf_counter", lambda: next(clock))
    plot = LiveLossPlot(interval=0, show=lambda _: shown.append(next(clock)))
    clone(MLP).set_params(max_iter=60).set_callbacks(plot).fit(X, Y)
    # An update takes from n - 1 to n + 1, so the next may begin at n + 1 + 9 * 2. The
    # first one, which also loads fonts, does not count.
    assert np.diff(shown)[:3].tolist() == [3, 20, 20]


def test_earlier_fits_stay_in_the_plot():
    shown = Shown()
    model = clone(MLP).set_callbacks(LiveLossPlot(show=shown)).fit(X, Y)
    model.set_params(max_iter=5).fit(X, Y)
    assert shown[-1] == [(EARLIER, 6), ("training loss", 5)]


def test_many_earlier_fits_are_one_line():
    figures = []
    model = clone(MLP).set_callbacks(LiveLossPlot(show=figures.append))
    for max_iter in (6, 2, 3):
        model.set_params(max_iter=max_iter).fit(X, Y)
    earlier, last = figures[-1].axes[0].lines
    gap = [np.nan]
    np.testing.assert_array_equal(earlier.get_xdata(), [*range(1, 7), *gap, 1, 2, *gap])
    assert last.get_xdata().tolist() == [1, 2, 3]
    assert last.get_zorder() == earlier.get_zorder()  # drawn later, so it is in front


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_all_fits_of_a_search_are_drawn(n_jobs):
    shown = Shown()
    model = clone(MLP).set_callbacks(LiveLossPlot(interval=1e9, show=shown))
    model = make_pipeline(StandardScaler(), model)
    grid = {"mlpscratchclassifier__max_iter": [3, 4]}
    search = GridSearchCV(model, grid, cv=2, n_jobs=n_jobs).fit(X, Y)
    *earlier, (label, n_epochs) = shown[-1]
    assert sorted(n for _, n in earlier) == [3, 3, 4, 4]
    assert earlier[0][0] == EARLIER
    assert (label, n_epochs) == ("training loss", search.best_estimator_[-1].n_iter_)


def test_an_error_of_drawing_is_a_warning_and_training_continues(at_once):
    def show(figure):
        raise OSError("disk full")

    model = clone(MLP).set_callbacks(LiveLossPlot(interval=0, show=show))
    with pytest.warns(UserWarning, match="curves could not be drawn") as record:
        model.fit(X, Y)
    assert "disk full" in str(record[0].message)
    assert len([r for r in record if r.category is UserWarning]) == 1
    assert model.n_iter_ == 6


def test_a_worker_that_loses_the_main_process_trains_without_the_plot(monkeypatch):
    def send(listener, message):
        raise ConnectionError("no main process")

    monkeypatch.setattr(_live_plot, "send", send)
    plot = LiveLossPlot(interval=0)
    plot._main = object()  # as after unpickling in a worker
    model = clone(MLP).set_callbacks(plot)
    with pytest.warns(UserWarning, match="could not be drawn.*no main pro") as record:
        model.fit(X, Y)
    assert len([r for r in record if r.category is UserWarning]) == 1
    assert model.n_iter_ == 6


def test_outside_a_notebook_a_warning_names_the_remedy():
    model = clone(MLP).set_callbacks(LiveLossPlot())
    with pytest.warns(UserWarning, match="in a notebook only.*Pass show"):
        model.fit(X, Y)
    assert model.n_iter_ == 6


def test_without_matplotlib_training_does_not_begin(monkeypatch):
    model = clone(MLP).set_callbacks(LiveLossPlot())
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="LiveLossPlot requires matplotlib"):
        model.fit(X, Y)
    assert not hasattr(model, "n_iter_")


def test_copies_of_a_callback_draw_plots_of_their_own():
    model = clone(MLP).set_callbacks(LiveLossPlot(interval=5, log=True, show=print))
    (plot,) = pickle.loads(pickle.dumps(model))._skl_callbacks
    assert (plot.interval, plot.log, plot.show) == (5, True, None)
    assert clone(model)._skl_callbacks == model._skl_callbacks
    assert plot._plot is not model._skl_callbacks[0]._plot


@pytest.mark.parametrize("interval", [-1, np.inf, np.nan, "1 s"])
def test_the_interval_is_a_number_of_seconds(interval):
    with pytest.raises(ValueError, match="interval must be a finite number"):
        LiveLossPlot(interval=interval)


def test_show_is_a_function():
    with pytest.raises(
        TypeError, match=r"show must be a callable or None; got 'a\.png"
    ):
        LiveLossPlot(show="a.png")
