"""The displays draw what they say. How it looks, people judge."""

import re
import struct
import subprocess
import sys
from base64 import b64decode

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.neural_network import MLPClassifier

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.callbacks import WeightHistory
from sknn_scratch.engine.activations import ACTIVATIONS, LeakyReLU
from sknn_scratch.inspection import find_learning_rate
from sknn_scratch.plotting import (
    ActivationDisplay,
    DecisionEvolutionDisplay,
    LearningRateDisplay,
    LossCurveDisplay,
    NetworkDisplay,
    WeightsDisplay,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS = load_iris(as_frame=True)
X, Y = IRIS.data.to_numpy(), IRIS.target.to_numpy()
NAMES = IRIS.target_names[Y]
MLP = MLPScratchClassifier((5, 4), max_iter=12, learning_rate_init=0.02, random_state=0)


def test_nothing_is_imported_before_something_is_drawn():
    code = "import sys, sknn_scratch.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def lines(ax):
    return {line.get_label(): line.get_xydata() for line in ax.get_lines()}


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_derivative_is_the_slope_of_its_activation(activation):
    display = ActivationDisplay.from_activations(activation, n_points=400)
    (z, value), (_, slope) = (lines(display.ax_)[k].T for k in ("A(z)", "A′(z)"))
    numeric = np.diff(value) / np.diff(z)
    between = (slope[1:] + slope[:-1]) / 2
    kink = np.abs(z[1:] + z[:-1]) / 2 < 0.02
    np.testing.assert_allclose(numeric[~kink], between[~kink], atol=2e-3)


def test_activations_are_those_of_the_estimator_or_named():
    model = clone(MLP).set_params(activation=["tanh", LeakyReLU(0.2)]).fit(X, Y)
    display = ActivationDisplay.from_estimator(model)
    assert display.names == ["tanh", "LeakyReLU(slope=0.2)"]
    with pytest.raises(
        ValueError, match=r"activations must be among .*; got \['step'\]"
    ):
        ActivationDisplay.from_activations(["relu", "step"])


def test_loss_curves_of_ours_and_of_scikit_learn_in_one_plot():
    settings = {"early_stopping": True, "max_iter": 15, "random_state": 0}
    models = {
        "ours": MLPScratchClassifier(**settings).fit(X, Y),
        "theirs": MLPClassifier(**settings).fit(X, Y),
    }
    display = LossCurveDisplay.from_estimators(models)
    drawn, scores = lines(display.ax_), lines(display.score_ax_)
    for name, model in models.items():
        loss = drawn[f"{name}: training loss"]
        np.testing.assert_array_equal(loss[:, 0], np.arange(1, model.n_iter_ + 1))
        np.testing.assert_array_equal(loss[:, 1], model.loss_curve_)
        score = scores[f"{name}: validation score"][:, 1]
        np.testing.assert_array_equal(score, model.validation_scores_)
    validation = drawn["ours: validation loss"][:, 1]
    np.testing.assert_array_equal(validation, models["ours"].validation_loss_curve_)
    best = [int(text.get_text().split()[1]) for text in display.ax_.texts]
    scores = [model.validation_scores_ for model in models.values()]
    assert best == [np.argmax(values) + 1 for values in scores]
    assert best[0] == models["ours"].best_epoch_


def test_after_a_warm_start_the_best_epoch_is_counted_from_the_first():
    model = clone(MLP).set_params(warm_start=True).fit(X, Y)
    model.set_params(early_stopping=True).fit(X, Y)
    display = LossCurveDisplay.from_estimator(model, log=True)
    curves = display.curves["MLPScratchClassifier"]
    assert curves["best_epoch"] == 12 + model.best_epoch_
    np.testing.assert_array_equal(
        lines(display.ax_)["validation loss"][:, 0], np.arange(13, 25)
    )
    assert display.ax_.get_yscale() == "log"


def test_a_score_that_is_the_loss_is_not_drawn_twice():
    model = clone(MLP).set_params(early_stopping=True, scoring="loss").fit(X, Y)
    assert LossCurveDisplay.from_estimator(model).score_ax_ is None


def test_only_fitted_networks_have_loss_curves():
    with pytest.raises(ValueError, match="estimator must be a fitted network"):
        LossCurveDisplay.from_estimator(MLP)


def test_a_line_of_the_network_is_as_wide_as_its_weight():
    model = clone(MLP).fit(IRIS.data, NAMES)
    display = NetworkDisplay.from_estimator(model)
    layers = [c for c in display.ax_.collections if isinstance(c, LineCollection)]
    for weights, drawn in zip(model.coefs_, layers, strict=True):
        order = np.argsort(np.abs(weights.ravel()))
        np.testing.assert_allclose(
            drawn.get_array() * np.abs(weights).max(), weights.ravel()[order]
        )
        assert (np.diff(drawn.get_linewidths()) >= 0).all()
    written = {text.get_text() for text in display.ax_.texts}
    assert {"hidden 2\n4 units", "setosa", "petal width (cm)"} <= written


def test_large_layers_are_abridged():
    model = MLPScratchClassifier(50, max_iter=2, random_state=0).fit(X, Y)
    display = NetworkDisplay.from_estimator(model, max_units=7)
    written = [text.get_text() for text in display.ax_.texts]
    assert written.count("⋮") == 1
    assert "hidden 1\n50 units" in written
    layers = [c for c in display.ax_.collections if isinstance(c, LineCollection)]
    assert [len(layer.get_segments()) for layer in layers] == [4 * 7, 7 * 3]
    wide = PerceptronClassifier(max_iter=2).fit(np.hstack([X] * 20), Y)
    assert len(WeightsDisplay.from_estimator(wide).feature_names) == 40
    with pytest.raises(ValueError, match="max_units must be an int >= 1; got -3"):
        WeightsDisplay.from_estimator(model, max_units=-3)
    with pytest.raises(ValueError, match="max_units must be an int >= 2; got 1"):
        NetworkDisplay.from_estimator(model, max_units=1)
    with pytest.raises(ValueError, match="feature_names must be 4 names; got 2"):
        NetworkDisplay.from_estimator(model, feature_names=["a", "b"])


def test_weights_as_images_and_as_bars():
    model = clone(MLP).fit(IRIS.data, NAMES)
    display = WeightsDisplay.from_estimator(model, image_shape=(2, 2), max_units=3)
    largest = np.argsort(np.linalg.norm(model.coefs_[0], axis=0))[-3:]
    for ax, unit in zip(display.axes_, np.sort(largest), strict=True):
        assert ax.get_title() == f"unit {unit}"
        np.testing.assert_array_equal(
            ax.images[0].get_array(), model.coefs_[0][:, unit].reshape(2, 2)
        )
    perceptron = PerceptronClassifier().fit(IRIS.data, NAMES)
    display = WeightsDisplay.from_estimator(perceptron)
    assert [ax.get_title() for ax in display.axes_] == list(IRIS.target_names)
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == list(IRIS.data.columns)
    widths = [bar.get_width() for bar in display.ax_.patches]
    np.testing.assert_array_equal(widths, perceptron.coef_[0])
    with pytest.raises(ValueError, match=r"image_shape must have .* 4; got"):
        WeightsDisplay.from_estimator(model, image_shape=(3, 2))


def test_a_small_network_has_room_for_what_is_written_beside_it():
    model = clone(MLP).set_params(hidden_layer_sizes=1).fit(X[:, :1], Y > 0)
    display = NetworkDisplay.from_estimator(model)
    display.figure_.draw_without_rendering()
    frame = display.ax_.get_window_extent()
    heights = [text.get_window_extent() for text in display.ax_.texts]
    assert all(frame.y0 <= text.y0 and text.y1 <= frame.y1 for text in heights)


def test_the_learning_rate_display_marks_the_suggestion():
    test = find_learning_rate(MLP, X, Y, max_rate=100)
    display = test.plot()
    drawn = lines(display.ax_)
    np.testing.assert_array_equal(drawn["smoothed"].T, [test.rates, test.smoothed])
    assert display.ax_.get_ylim()[0] < test.losses.min()
    again = LearningRateDisplay.from_estimator(MLP, X, Y, max_rate=100)
    assert again.test.suggestion == test.suggestion


@pytest.mark.needs_callbacks
@pytest.mark.parametrize(
    ("estimator", "y"),
    [(MLP, Y), (MLP, NAMES), (MLP, Y > 0), (PerceptronClassifier(max_iter=12), Y > 1)],
    ids=["numbers", "names", "two", "perceptron"],
)
def test_regions_are_those_of_the_chosen_epochs(estimator, y):
    plane = X[:, 2:]
    display = DecisionEvolutionDisplay.from_estimator(estimator, plane, y)
    assert display.epochs == [0, 3, 7]  # of 12 there is no 20
    titles = [ax.get_title() for ax in display.axes_]
    assert titles == ["before training", "after epoch 3", "after epoch 7"]
    scatters = display.ax_.collections[-len(np.unique(y)) :]
    drawn = np.vstack([scatter.get_offsets() for scatter in scatters])
    np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(plane, axis=0))
    model = clone(estimator).set_params(max_iter=7).fit(plane, y)
    seventh = display.history.models[display.history.epochs.index(7)]
    np.testing.assert_array_equal(seventh.predict(plane), model.predict(plane))


@pytest.mark.needs_callbacks
def test_more_than_two_features_need_a_projection():
    with pytest.raises(ValueError, match="X must have 2 features to be drawn; got 4"):
        DecisionEvolutionDisplay.from_estimator(MLP, X, Y)
    with pytest.raises(ValueError, match="estimator must be a classifier; got MLPScra"):
        DecisionEvolutionDisplay.from_estimator(MLPScratchRegressor(), X[:, 2:], Y)
    projection = PCA(n_components=2).fit(X)
    display = DecisionEvolutionDisplay.from_estimator(
        MLP, X, Y, epochs=(0, 12), projection=projection
    )
    points = np.vstack([s.get_offsets() for s in display.ax_.collections[-3:]])
    np.testing.assert_allclose(points, projection.transform(X))


@pytest.mark.needs_callbacks
def test_epochs_that_were_not_kept_are_refused():
    history = WeightHistory(every=4)
    clone(MLP).set_callbacks(history).fit(X[:, 2:], Y)
    with pytest.raises(ValueError, match=r"those kept, \[0, 4, 8, 12\]; got \[3\]"):
        DecisionEvolutionDisplay.from_history(history, X[:, 2:], Y, epochs=[3])
    display = DecisionEvolutionDisplay.from_history(history, X[:, 2:], Y)
    assert display.epochs == [0, 4, 8, 12]


@pytest.mark.needs_callbacks
def test_the_animation_is_one_page_that_needs_no_network(tmp_path):
    history = WeightHistory(every=4)
    clone(MLP).set_callbacks(history).fit(X[:, 2:], Y)
    path = tmp_path / "page.html"
    display = DecisionEvolutionDisplay.from_history(history, X[:, 2:], Y)
    display.save_html(path, resolution=30)
    page = path.read_text(encoding="utf-8")
    assert len(re.findall(r"frames\[\d+\] = ", page)) == 4
    sources = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert all(source.startswith("data:") for source in sources if source)
    assert "http" not in re.sub(r"base64,[^\"']*", "", page)
    assert 'class="fa' not in page
    assert 'type="range"' in page
    assert "▶" in page
    width = struct.unpack(
        ">I", b64decode(re.search(r"png;base64,(\S{40})", page)[1])[16:20]
    )
    assert width[0] == 6 * 30  # inches times dots
    with pytest.raises(ValueError, match="interval must be > 0; got 0"):
        display.save_html(path, interval=0)


@pytest.mark.needs_callbacks
def test_many_classes_have_a_colour_and_a_line_of_the_legend_each():
    y = np.array(["_a", "$b", *"cdefghij"])[np.arange(len(X)) % 10]
    display = DecisionEvolutionDisplay.from_estimator(MLP, IRIS.data.iloc[:, 2:], y)
    colors = {tuple(s.get_facecolor()[0]) for s in display.ax_.collections[-10:]}
    assert len(colors) == 10
    assert len(display.figure_.legends[0].get_texts()) == 10
    assert display.ax_.get_xlabel() == "petal length (cm)"
    display.figure_.canvas.draw()


def test_given_axes_are_drawn_on():
    figure, axes = plt.subplots(1, 2)
    display = ActivationDisplay.from_activations(["relu", "tanh"], ax=axes)
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure
    with pytest.raises(
        ValueError, match="ax must be 3 axes, one for each panel; got 2"
    ):
        ActivationDisplay.from_activations(["relu", "tanh", "elu"], ax=axes)
    model = clone(MLP).fit(X, Y)
    for cls in (LossCurveDisplay, NetworkDisplay):
        assert cls.from_estimator(model, ax=axes[0]).ax_ is axes[0]
