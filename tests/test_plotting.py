"""The content of the plots."""

import re
import struct
import subprocess
import sys
from base64 import b64decode
from dataclasses import dataclass
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.text import Text
from PIL import Image
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    StandardScaler,
)

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.callbacks import WeightHistory
from sknn_scratch.engine.activations import ACTIVATIONS, LeakyReLU, Tanh
from sknn_scratch.inspection import find_learning_rate
from sknn_scratch.layers import (
    LSTM,
    AveragePool2D,
    Chain,
    Conv2D,
    Dense,
    Dropout,
    LayerNorm,
    MaxPool2D,
    Parallel,
    Reshape,
    Residual,
)
from sknn_scratch.plotting import (
    ActivationDisplay,
    DecisionEvolutionDisplay,
    LearningRateDisplay,
    LossCurveDisplay,
    NetworkDisplay,
    WeightsDisplay,
)
from sknn_scratch.plotting._animation import pictures
from sknn_scratch.plotting._axes import literal
from sknn_scratch.plotting._regions import class_colors, grid_over, region_image

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS = load_iris(as_frame=True)
X, Y = IRIS.data.to_numpy(), IRIS.target.to_numpy()
NAMES = IRIS.target_names[Y]
PLANE = IRIS.data.iloc[:, 2:]
MLP = MLPScratchClassifier((5, 4), max_iter=12, learning_rate_init=0.02, random_state=0)


def test_nothing_is_imported_before_something_is_drawn():
    code = "import sys, sknn_scratch.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def lines(ax):
    return {line.get_label(): line.get_xydata() for line in ax.get_lines()}


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_derivative_is_the_slope_of_its_activation(activation):
    display = ActivationDisplay.from_activations(activation, n_points=400)
    drawn = lines(display.ax_)
    z, value = drawn["activation A(z)"].T
    slope = drawn["derivative A′(z)"][:, 1]
    numeric = np.diff(value) / np.diff(z)
    between = (slope[1:] + slope[:-1]) / 2
    kink = np.abs(z[1:] + z[:-1]) / 2 < 0.02
    np.testing.assert_allclose(numeric[~kink], between[~kink], atol=2e-3)


def test_number_layers_use_the_activation_of_the_estimator():
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
    best = [int(name.split()[-1]) for name in drawn if "best epoch" in name]
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


def test_scoring_by_loss_is_plotted_once():
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
    with pytest.raises(ValueError, match="one pixel for each of the 4 features; got"):
        WeightsDisplay.from_estimator(model, image_shape=(3, 2))
    with pytest.raises(ValueError, match=r"be \(height, width\) or .*; got \(4,\)"):
        WeightsDisplay.from_estimator(model, image_shape=(4,))


def test_an_image_with_channels_is_drawn_channel_by_channel():
    model = clone(MLP).fit(X, Y)
    display = WeightsDisplay.from_estimator(model, image_shape=(1, 2, 2))
    for ax, weights in zip(display.axes_, model.coefs_[0].T, strict=True):
        channels = [image.get_array().tolist() for image in ax.images]
        assert channels == [[weights[::2].tolist()], [weights[1::2].tolist()]]


@pytest.mark.parametrize("settings", [{"input_dropout": 0.1}, {"reshaped": True}])
def test_weights_of_the_outputs_are_titled_with_the_classes(settings):
    sizes = [Reshape((2, 2))] if settings.pop("reshaped", False) else []
    model = clone(MLP).set_params(hidden_layer_sizes=sizes, **settings).fit(X, NAMES)
    display = WeightsDisplay.from_estimator(model)
    assert display.titles == list(IRIS.target_names)
    np.testing.assert_array_equal(display.weights, model.coefs_[0])


def test_labels_of_a_small_network_diagram_fit():
    model = clone(MLP).set_params(hidden_layer_sizes=1).fit(X[:, :1], Y > 0)
    display = NetworkDisplay.from_estimator(model)
    display.figure_.draw_without_rendering()
    frame = display.ax_.get_window_extent()
    heights = [text.get_window_extent() for text in display.ax_.texts]
    assert all(frame.y0 <= text.y0 and text.y1 <= frame.y1 for text in heights)


def test_the_learning_rate_display_marks_the_suggestion():
    test = find_learning_rate(MLP, X, Y, max_rate=100)
    display = LearningRateDisplay(test).plot()
    drawn = lines(display.ax_)
    np.testing.assert_array_equal(drawn["smoothed loss"].T, [test.rates, test.smoothed])
    assert display.ax_.get_ylim()[0] < test.losses.min()
    again = LearningRateDisplay.from_estimator(MLP, X, Y, max_rate=100)
    assert again.test.suggestion == test.suggestion


@pytest.mark.needs_callbacks
@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        (MLP, Y),
        (MLP, NAMES),
        (MLP, Y > 0),
        (PerceptronClassifier("hinge", max_iter=12), Y > 1),
    ],
    ids=["numbers", "names", "two", "perceptron"],
)
def test_regions_are_those_of_the_chosen_epochs(estimator, y):
    plane = X[:, 2:]
    display = DecisionEvolutionDisplay.from_estimator(
        estimator, plane, y, epochs=(0, 3, 7)
    )
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
    with pytest.raises(ValueError, match="X must have 2 features to be plotted; got 4"):
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
def test_epochs_that_were_not_recorded_raise():
    history = WeightHistory(every=4)
    clone(MLP).set_callbacks(history).fit(X[:, 2:], Y)
    with pytest.raises(ValueError, match=r"those recorded, \[0, 4, 8, 12\]; got \[3\]"):
        DecisionEvolutionDisplay.from_history(history, X[:, 2:], Y, epochs=[3])
    display = DecisionEvolutionDisplay.from_history(history, X[:, 2:], Y)
    assert display.epochs == [0, 4, 8, 12]


@pytest.mark.needs_callbacks
def test_regions_after_steps_of_online_training(tmp_path):
    history, plane = WeightHistory(unit="step"), X[:100, 2:]
    online = PerceptronClassifier(batch_size=1, max_iter=1, random_state=0)
    online.set_callbacks(history).fit(plane, Y[:100])
    display = DecisionEvolutionDisplay.from_history(
        history, plane, Y[:100], epochs=(0, 3, 100)
    )
    titles = [ax.get_title() for ax in display.axes_]
    assert titles == ["before training", "after step 3", "after step 100"]
    axes = display.ax_
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x0", "x1")
    with pytest.warns(UserWarning, match=r"Steps \[101\] .*: the last step recor"):
        DecisionEvolutionDisplay.from_history(
            history, plane, Y[:100], epochs=(100, 101)
        )


@pytest.mark.needs_callbacks
def test_a_warning_names_the_epochs_that_training_did_not_reach():
    expected = r"Epochs \[20, 30\] are not plotted: the last epoch recorded is 12"
    _, axes = plt.subplots(1, 4)
    with pytest.warns(UserWarning, match=expected) as warned:
        display = DecisionEvolutionDisplay.from_estimator(
            MLP, X[:, 2:], Y, epochs=(0, 7, 20, 30), ax=axes
        )
    assert len([w for w in warned if w.category is UserWarning]) == 1
    assert display.epochs == [0, 7]
    assert [ax.axison for ax in axes] == [True, True, False, False]
    with pytest.warns(UserWarning, match=r"Epochs \[50\] are not plotted"):
        display = DecisionEvolutionDisplay.from_history(
            display.history, X[:, 2:], Y, epochs=[50]
        )
    assert [ax.get_title() for ax in display.axes_] == ["after epoch 12"]


@pytest.mark.needs_callbacks
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": (0, -1)}, r"epochs must be one or more ints >= 0; got \(0, -1\)"),
        ({"epochs": ()}, r"epochs must be one or more ints >= 0; got \(\)"),
        ({"epochs": [1.5]}, "epochs must be one or more ints"),
        ({"ax": [None] * 3}, "ax must be 4 axes, one for each panel; got 3"),
        ({"estimator": LogisticRegression()}, "from sknn_scratch, or a pipeline"),
    ],
)
def test_invalid_display_arguments_raise_before_training(settings, message):
    class Untouched(MLPScratchClassifier):
        def fit(self, X, y):
            raise AssertionError("training has begun")

    settings = {"estimator": Untouched(), "X": X[:, 2:], "y": Y} | settings
    with pytest.raises(ValueError, match=message):
        DecisionEvolutionDisplay.from_estimator(**settings)


def test_a_history_must_be_that_of_a_classifier():
    with pytest.raises(ValueError, match="history must have recorded a fit; got an"):
        DecisionEvolutionDisplay.from_history(WeightHistory(), X[:, 2:], Y)
    history = WeightHistory()
    history.numbers, history.models = [0], [MLPScratchRegressor()]
    with pytest.raises(ValueError, match="must be a classifier; got MLPScratchRegr"):
        DecisionEvolutionDisplay.from_history(history, X[:, 2:], Y)


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
    for interval in (0, float("inf"), "fast"):
        with pytest.raises(ValueError, match="interval must be > 0; got"):
            display.save_html(path, interval=interval)


@pytest.mark.needs_callbacks
def test_a_frame_of_the_animation_is_the_figure_of_its_epoch():
    """The parts that are drawn once are where they are in a figure drawn at once."""
    history = WeightHistory(every=6)
    clone(MLP).set_callbacks(history).fit(X[:, 2:], Y)
    figure, axis = plt.subplots(dpi=50, layout="constrained")
    display = DecisionEvolutionDisplay.from_history(
        history, X[:, 2:], Y, epochs=[12], ax=axis
    )
    figure.canvas.draw()
    expected = np.array(figure.canvas.buffer_rgba())
    axis.set_title("after epoch 00")
    image = axis.images[0]
    image.set_data(np.zeros_like(image.get_array()))

    def steps():
        axis.set_title("after epoch 12")
        image.set_data(display._regions(12))
        yield

    moving = [image, axis.title]
    (png,) = pictures(figure, [figure.patch, axis.patch], moving, steps())
    drawn = np.array(Image.open(BytesIO(png)).convert("RGBA"))
    assert np.abs(drawn.astype(int) - expected).max() <= 2  # rounding of opacities


@pytest.mark.needs_callbacks
def test_without_matplotlib_the_error_says_what_to_install(tmp_path, monkeypatch):
    history = WeightHistory()
    clone(MLP).set_callbacks(history).fit(X[:, 2:], Y)
    display = DecisionEvolutionDisplay(history, X[:, 2:], Y, [0])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    calls = {
        "save_html": lambda: display.save_html(tmp_path / "page.html"),
        "plot": display.plot,
        "from_estimator": lambda: DecisionEvolutionDisplay.from_estimator(
            None, X[:, 2:], Y
        ),
    }
    for name, call in calls.items():
        with pytest.raises(ImportError, match=f"Display.{name} requires matplotlib"):
            call()


def test_region_colors_show_the_class_and_its_probability():
    colors = class_colors(3)
    points = grid_over(np.zeros(2), np.ones(2))
    left = points[:, 0] < 0.5
    probabilities = np.where(left[:, None], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4])
    image = region_image(probabilities, colors) / 255
    tint = 1 - image  # proportional to that of the class
    for column, cls in ((0, 1), (-1, 2)):
        expected = (1 - colors[cls]) / (1 - colors[cls]).max()
        np.testing.assert_allclose(
            tint[0, column] / tint[0, column].max(), expected, atol=0.1
        )
    assert tint[0, 0].max() > 2 * tint[0, -1].max()
    boundary = np.flatnonzero(np.diff(image[0].sum(axis=-1)))
    assert np.abs(boundary / image.shape[1] - 0.5).max() < 0.01
    dark = (image == image.min()).all(axis=-1)  # the decision line, of three pixels
    assert (dark.sum(axis=1) == 3).all()


@pytest.mark.needs_callbacks
def test_many_classes_have_a_color_and_a_line_of_the_legend_each():
    y = np.array(["_a", "$b", *"cdefghij"])[np.arange(len(X)) % 10]
    display = DecisionEvolutionDisplay.from_estimator(MLP, PLANE, y, epochs=[12])
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


# One for each kind of display, of an estimator, a data frame X and y.
DRAW = {
    "activation": lambda model, X, y: ActivationDisplay.from_estimator(model),
    "curve": lambda model, X, y: LossCurveDisplay.from_estimator(model),
    "curves": lambda model, X, y: LossCurveDisplay.from_estimators(
        {X.columns[0]: model, X.columns[1]: model}
    ),
    "network": lambda model, X, y: NetworkDisplay.from_estimator(model),
    "bars": lambda model, X, y: WeightsDisplay.from_estimator(model),
    "images": lambda model, X, y: WeightsDisplay.from_estimator(
        model, image_shape=(2, 1)
    ),
    "rate": lambda model, X, y: LearningRateDisplay.from_estimator(
        model, X, y, n_steps=30, max_rate=1e3
    ),
    "evolution": lambda model, X, y: DecisionEvolutionDisplay.from_estimator(
        model, X, y, epochs=(0, 2)
    ),
}
NEEDS_CALLBACKS = {"evolution": pytest.mark.needs_callbacks}
DISPLAYS = [
    pytest.param(draw, id=name, marks=NEEDS_CALLBACKS.get(name, ()))
    for name, draw in DRAW.items()
]


def written(figure):
    return [text.get_text() for text in figure.findobj(Text)]


@pytest.mark.parametrize("draw", DISPLAYS)
def test_a_pipeline_is_drawn_as_its_last_step(draw):
    scaler = StandardScaler().set_output(transform="pandas")
    mlp = clone(MLP).set_params(max_iter=3)
    pipeline = make_pipeline(scaler, mlp).fit(PLANE, Y)
    display = draw(pipeline, PLANE, Y)
    alone = draw(pipeline[-1], pipeline[:-1].transform(PLANE), Y)
    if "Evolution" in type(display).__name__:  # over the features before scaling
        low, high = np.array(display.ax_.axis()).reshape(2, 2).T
        np.testing.assert_array_less(low, PLANE.min())
        np.testing.assert_array_less(PLANE.max(), high)
        pictures = zip(display.axes_, alone.axes_, strict=True)
        for ours, scaled in ((ax.images[0] for ax in axes) for axes in pictures):
            differs = (ours.get_array() != scaled.get_array()).any(axis=-1)
            assert differs.mean() < 0.001  # rounding at the boundaries
    else:
        assert written(display.figure_) == written(alone.figure_)
        for ax, other in zip(display.figure_.axes, alone.figure_.axes, strict=True):
            np.testing.assert_allclose(ax.axis(), other.axis(), atol=1e-9)


@pytest.mark.parametrize("draw", DISPLAYS)
def test_a_pipeline_of_something_else_is_refused(draw):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(PLANE, Y)
    with pytest.raises(ValueError, match=r"estimator must be .*best_estimator_"):
        draw(pipeline, PLANE, Y)


def test_names_are_those_that_the_steps_give():
    frame = PLANE.assign(color=np.array(["red", "blue"])[Y % 2])
    names = list(PLANE.columns)
    encode = ColumnTransformer(
        [("scale", StandardScaler(), names), ("one", OneHotEncoder(), ["color"])],
        verbose_feature_names_out=False,
    )
    inner = make_pipeline("passthrough", clone(MLP).set_params(max_iter=2))
    pipeline = make_pipeline(encode, inner).fit(frame, Y)
    expected = [*names, "color_blue", "color_red"]
    assert NetworkDisplay.from_estimator(pipeline).input_names == expected
    assert WeightsDisplay.from_estimator(pipeline).feature_names == expected
    nameless = make_pipeline(FunctionTransformer(), inner).fit(X[:, :2], Y)
    assert NetworkDisplay.from_estimator(nameless).input_names == []
    assert WeightsDisplay.from_estimator(nameless).feature_names == ["x0", "x1"]


@pytest.mark.needs_callbacks
def test_decision_regions_use_the_whole_pipeline():
    """Steps that name their columns, add some, or return a sparse matrix."""
    steps = ColumnTransformer(
        [
            ("bins", KBinsDiscretizer(4, quantile_method="linear"), [PLANE.columns[0]]),
            ("scale", StandardScaler(), [PLANE.columns[1]]),
        ],
        sparse_threshold=1,
    )
    model = make_pipeline(steps, clone(MLP).set_params(max_iter=5))
    display = DecisionEvolutionDisplay.from_estimator(model, PLANE, NAMES, epochs=[5])
    fitted = clone(model).fit(PLANE, NAMES)
    image = display.ax_.images[0]
    x_low, x_high, y_low, y_high = image.get_extent()
    height, width, _ = image.get_array().shape
    rows = ((PLANE.iloc[:, 1] - y_low) / (y_high - y_low) * height).astype(int)
    columns = ((PLANE.iloc[:, 0] - x_low) / (x_high - x_low) * width).astype(int)
    tint = 255 - np.array(image.get_array()[rows, columns], float)
    colors = 1 - class_colors(3)
    cosines = tint @ colors.T / np.linalg.norm(colors, axis=1)
    drawn = fitted.classes_[cosines.argmax(axis=1)]
    # Some are beside an edge of a bin, closer than the points of the grid are.
    assert (drawn == fitted.predict(PLANE)).mean() > 0.95


HOSTILE = [
    "US$ per {$",
    "<b>\"q\" & 'r'</b>\n\t\x00.",
    "$\\frac{$ ^_",
    "_" * 200_000,
    "",
]


@pytest.mark.parametrize("draw", DISPLAYS)
@pytest.mark.parametrize("start", range(0, 5, 2))
def test_any_name_is_drawn_literally(draw, start):
    names = np.array(HOSTILE * 2, dtype=object)[start : start + 3]
    frame = PLANE.set_axis(names[:2], axis=1)
    y = names[Y]
    model = clone(MLP).set_params(hidden_layer_sizes=(), max_iter=3)
    if draw is DRAW["activation"]:
        model.set_params(hidden_layer_sizes=3, activation=Named(names[0]))
    display = draw(model.fit(frame, y), frame, y)
    display.figure_.canvas.draw()
    assert all(len(text) < 60 for text in written(display.figure_))
    if draw is DRAW["curves"]:
        assert len(display.ax_.get_legend().get_texts()) == 2
    if hasattr(display, "save_html"):
        assert len(display.figure_.legends[0].get_texts()) == len(np.unique(y))


@dataclass(frozen=True)
class Named(Tanh):
    """An activation with any name."""

    name: str

    def __repr__(self):
        return self.name


@pytest.mark.parametrize("name", HOSTILE)
def test_matplotlib_draws_the_characters_of_a_name(name):
    """As the same name without parsing of formulas is drawn."""
    visible = "".join(c if c.isprintable() else " " for c in name[:31])
    visible = visible + "…" * (len(name) > 31)
    if not name or name[0] == "_":  # what legends would leave out
        visible = " " + visible
    pictures = []
    for text, parse_math in ((literal(name), True), (visible, False)):
        figure = plt.figure(figsize=(4, 1), dpi=50)
        figure.text(0.95, 0.5, text, parse_math=parse_math, ha="right")
        figure.canvas.draw()
        pictures.append(np.array(figure.canvas.buffer_rgba()))
    np.testing.assert_array_equal(*pictures)


@pytest.mark.needs_callbacks
def test_names_in_the_page_are_escaped(tmp_path):
    hostile = type("</title><script>alert(1)//", (MLPScratchClassifier,), {})
    history = WeightHistory()
    model = hostile(3, max_iter=1, random_state=0).set_callbacks(history)
    model.fit(X[:, 2:], np.array(HOSTILE[:3], dtype=object)[Y])
    y = np.array(HOSTILE[:3], dtype=object)[Y]
    display = DecisionEvolutionDisplay.from_history(history, X[:, 2:], y)
    display.save_html(tmp_path / "page.html", resolution=30)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.count("<script>") == page.count("</title>") == 1
    assert "&lt;/title&gt;&lt;script&gt;" in page


LAYERED = [Residual([5, 5]), LayerNorm(), 4]


def test_a_diagram_shows_other_layers_as_boxes_with_their_names():
    model = clone(MLP).set_params(hidden_layer_sizes=LAYERED).fit(X, Y)
    ax = NetworkDisplay.from_estimator(model).ax_
    written = [text.get_text() for text in ax.texts]
    assert {"Residual", "LayerNorm", "hidden 3\n4 units"} <= set(written)
    assert any("boxes: layers whose weights are not drawn" in text for text in written)
    lines = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert [len(one.get_segments()) for one in lines] == [5 * 4, 4 * 3]
    with pytest.raises(ValueError, match=r"must be Dense or Conv2D .* Residual"):
        WeightsDisplay.from_estimator(model)


def test_the_networks_of_an_ensemble_are_drawn_side_by_side():
    model = clone(MLP).set_params(ensemble=[[0, 1], [1, 2, 3]]).fit(X, Y)
    n_first, n_second = (len(w.T) for w in model.coefs_[:2])
    ax = NetworkDisplay.from_estimator(model, max_units=100).ax_
    lines = [c for c in ax.collections if isinstance(c, LineCollection)]
    n_lines = [len(one.get_segments()) for one in lines]
    assert n_lines == [5 * n_first, 2 * n_first * n_second, 2 * n_second * 3]
    weights = WeightsDisplay.from_estimator(model, max_units=100).weights
    np.testing.assert_array_equal(weights[:2, :n_first], model.coefs_[0])
    np.testing.assert_array_equal(weights[1:, n_first:], model.coefs_[3])
    assert not weights[2:, :n_first].any()
    model.set_params(hidden_layer_sizes=[]).fit(X, Y)
    weights = WeightsDisplay.from_estimator(model).weights
    np.testing.assert_allclose(weights[0], model.coefs_[0][0] / 2)
    np.testing.assert_allclose(weights[3], model.coefs_[1][2] / 2)


@pytest.mark.parametrize("sizes", [[5, 3], [LayerNorm()], []])
def test_a_linear_model_is_drawn_only_where_the_networks_are_linear(sizes):
    settings = {"early_stopping": True, "linear": [0, 1], "input_dropout": 0.1}
    model = clone(MLP).set_params(hidden_layer_sizes=sizes, **settings).fit(X, Y)
    assert model.linear_weight_ > 0
    display = NetworkDisplay.from_estimator(model)
    hidden = {0: [], 1: [X.shape[1]], 2: [5, 3]}[len(sizes)]
    assert display.sizes == [X.shape[1], *hidden, 3]
    output = model.coefs_[len(model.coefs_) - 2].copy()
    if not sizes:
        output[:2] += model.coefs_[-1]
    np.testing.assert_allclose(display.layers[-1], output / 2)
    if sizes == [5, 3]:
        weights = WeightsDisplay.from_estimator(model).weights
        np.testing.assert_array_equal(weights, model.coefs_[0])


@pytest.mark.parametrize(
    ("first", "name"),
    [
        (Residual([4]), "Residual"),
        (Parallel([4], features=[[0, 1]]), "Parallel"),
        (Chain([Dropout(0.5)]), "Chain"),
        (Chain([Dense(4), Tanh(), Dropout(0.5)]), None),
    ],
)
def test_only_dense_layers_are_drawn_as_lines(first, name):
    model = clone(MLP).set_params(hidden_layer_sizes=[first, 3]).fit(X, Y)
    layers = NetworkDisplay.from_estimator(model).layers
    assert [isinstance(one, str) for one in layers] == [name is not None, False, False]
    assert name in (None, layers[0])


IMAGES = np.tile(X, 6)[:, :24]  # of 4 x 3 pixels with two channels


def with_layers(*layers, **settings):
    """Return a network that is trained on images, or sequences."""
    model = clone(MLP).set_params(hidden_layer_sizes=layers, max_iter=2, **settings)
    return model.fit(IMAGES, Y)


@pytest.mark.parametrize("after", [[], [Tanh()], [MaxPool2D(2)]])
def test_filters_of_a_convolution_are_drawn_channel_by_channel(after):
    model = with_layers(Reshape((4, 3, 2)), Conv2D(5, (3, 2)), *after, 4)
    display = WeightsDisplay.from_estimator(model, image_shape=(4, 6))  # ignored
    assert display.titles == [f"filter {i}" for i in range(5)]
    kernel = model.coefs_[0].reshape(3, 2, 2, 5)
    for i, ax in enumerate(display.axes_):
        assert ax.get_title() == f"filter {i}"
        for channel, image in enumerate(ax.images):
            np.testing.assert_array_equal(image.get_array(), kernel[:, :, channel, i])
        first, second = (image.get_extent() for image in ax.images)
        assert second[3] > first[2]  # it begins below the end of the first
        names = [text.get_text() for text in ax.texts]
        assert names == ([] if i else ["channel 0", "channel 1"])


def test_the_filters_with_the_largest_weights_are_drawn():
    model = with_layers(Reshape((4, 6)), Conv2D(5, 3), 4)
    norms = np.linalg.norm(model.coefs_[0], axis=0)
    largest = np.sort(np.argsort(norms)[-2:])
    _, axes = plt.subplots(1, 2)
    display = WeightsDisplay.from_estimator(model, max_units=2, ax=axes)
    assert display.titles == [f"filter {i}" for i in largest]
    for ax, i in zip(axes, largest, strict=True):
        (image,) = ax.images
        expected = model.coefs_[0][:, i].reshape(3, 3)
        np.testing.assert_array_equal(image.get_array(), expected)


def test_filters_of_all_networks_of_an_ensemble_are_drawn():
    layers = Reshape((2, 3, 2)), Conv2D(3, 2), 4
    model = with_layers(*layers, ensemble=[range(12), range(12, 24)])
    display = WeightsDisplay.from_estimator(model)
    assert display.image_shape == (2, 2, 2)
    filters = np.hstack([model.coefs_[0], model.coefs_[3]])
    np.testing.assert_array_equal(display.weights, filters)


def test_a_dense_layer_after_a_reshape_has_the_weights_of_the_features():
    model = with_layers(Reshape((4, 6)), 5)
    display = WeightsDisplay.from_estimator(model, image_shape=(4, 6))
    assert display.titles == [f"unit {i}" for i in range(5)]
    (image,) = display.axes_[2].images
    expected = model.coefs_[0][:, 2].reshape(4, 6)
    np.testing.assert_array_equal(image.get_array(), expected)


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ([LSTM(3)], ["LSTM", None]),
        ([MaxPool2D(2), Conv2D(2, 2)], ["MaxPool2D", "Conv2D", None]),
        ([AveragePool2D(), 4], ["AveragePool2D", None, None]),
    ],
)
def test_first_layers_without_feature_weights_cannot_be_plotted(layers, names):
    model = with_layers(Reshape((4, 6)), *layers)
    with pytest.raises(ValueError, match=rf"Dense or Conv2D .*; got {names[0]}\("):
        WeightsDisplay.from_estimator(model)
    display = NetworkDisplay.from_estimator(model)
    drawn = [one if isinstance(one, str) else None for one in display.layers]
    assert drawn == ["Reshape", *names]
