"""Several class targets (multi-output classification)."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import log_loss
from sklearn.multioutput import MultiOutputClassifier
from sklearn.utils.class_weight import compute_sample_weight
from small_networks import X, Y, small

from sknn_scratch import (
    MLPScratchClassifier,
    PerceptronClassifier,
    to_sklearn,
)
from sknn_scratch.callbacks import Checkpoint, WeightHistory
from sknn_scratch.engine.losses import BinaryLogLoss
from sknn_scratch.inspection import check_gradients
from sknn_scratch.plotting import DecisionEvolutionDisplay, NetworkDisplay
from sknn_scratch.tabular import TableEncoder, tabular_classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

WIDE = np.where(X[:, 1] > 0, 5, 2)  # of sepals
TARGETS = np.column_stack([Y, WIDE])
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
TABLE = pd.DataFrame({"name": NAMES, "wide": WIDE, "always": 7, "first": Y == 0})
LABELS = [np.unique(column) for _, column in TABLE.items()]
OPTIONS = {
    "plain": {},
    "early stopping": {"early_stopping": True},
    "loss as score": {"early_stopping": True, "scoring": "loss"},
    "refit": {"early_stopping": True, "refit": True},
    "calibrated": {
        "early_stopping": True,
        "calibrate": True,
        "ensemble": 2,
        "label_smoothing": 0.1,
    },
    "repeats": {"repeats": 2},
    "linear": {"early_stopping": True, "linear": slice(None)},
    "focal": {"loss": "focal"},
    "squared error": {"loss": "squared_error"},
    "average": {"average": 0.9},
    "weights": {"class_weight": "balanced"},
    "L-BFGS": {"solver": "lbfgs"},
}


def learner(**settings):
    """Return a classifier that fits the targets well."""
    return small(max_iter=60, learning_rate_init=0.02, batch_size=30, **settings)


@pytest.mark.parametrize(
    "y",
    [TARGETS, TARGETS.astype(np.int8), TARGETS.astype(float), TARGETS.astype(str)],
    ids=lambda y: y.dtype.str,
)
def test_shapes_and_types_are_those_of_forests(y):
    ours = small().fit(X, y)
    forest = RandomForestClassifier(2, random_state=0).fit(X, y)
    for own, expected in zip(ours.classes_, forest.classes_, strict=True):
        np.testing.assert_array_equal(own, expected)
        assert own.dtype == expected.dtype
    predicted, expected = ours.predict(X), forest.predict(X)
    assert (predicted.shape, predicted.dtype) == (expected.shape, expected.dtype)
    shapes = [p.shape for p in ours.predict_proba(X)]
    assert shapes == [p.shape for p in forest.predict_proba(X)] == [(150, 3), (150, 2)]


def test_columns_of_a_data_frame_keep_their_types():
    model = learner().fit(X, TABLE)
    assert [classes.tolist() for classes in model.classes_] == [
        ["setosa", "versicolor", "virginica"],
        [2, 5],
        [7],
        [False, True],
    ]
    assert [classes.dtype.kind for classes in model.classes_] == ["O", "i", "i", "b"]
    predicted = model.predict(X)
    assert predicted.dtype == object
    assert [type(label) for label in predicted[0].tolist()] == [str, int, int, bool]
    assert model.n_outputs_ == model.model_.network.n_outputs == 3 + 1 + 1 + 1
    assert model.out_activation_ == "softmax, logistic, logistic, logistic"


@pytest.mark.parametrize("container", ["category", "string", "Int64"])
def test_columns_of_other_pandas_types(container):
    y = pd.DataFrame(TARGETS.astype(str if container == "string" else int))
    y = y.astype(container)
    model = learner().fit(X, y)
    assert len(model.classes_) == 2
    assert model.score(X, y) > 0.9


def test_one_network_without_hidden_layers_is_one_model_for_each_target():
    """The sum of the losses has the minima of both, which L-BFGS finds to 1e-5."""
    settings = {"hidden_layer_sizes": (), "solver": "lbfgs", "alpha": 10, "tol": 1e-9}
    together = small(max_iter=1000, **settings).fit(X, TABLE[["name", "wide"]])
    apart = [
        small(max_iter=1000, **settings).fit(X, TABLE[one]) for one in ("name", "wide")
    ]
    for own, log_own, alone in zip(
        together.predict_proba(X), together.predict_log_proba(X), apart, strict=True
    ):
        np.testing.assert_allclose(own, alone.predict_proba(X), atol=1e-4)
        np.testing.assert_allclose(log_own, np.log(own), atol=1e-12)
    scores = together.decision_function(X)
    np.testing.assert_allclose(scores[0], together.predict_proba(X)[0])
    np.testing.assert_allclose(scores[1], apart[1].decision_function(X), atol=1e-4)
    wide = np.where(scores[1] > 0, 5, 2)
    np.testing.assert_array_equal(together.predict(X)[:, 1], wide)


def test_the_loss_is_the_sum_of_the_log_losses():
    model = small(solver="lbfgs", alpha=0, max_iter=5).fit(X, TABLE)
    expected = sum(
        log_loss(TABLE[one], p)
        for one, p in zip(TABLE, model.predict_proba(X), strict=True)
        if one != "always"  # which is trained, too, and then predicted for certain
    )
    always = model.model_.network.raw(X)[:, 4]
    expected += np.logaddexp(0, always).mean()
    np.testing.assert_allclose(model.loss_, expected, rtol=1e-12)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "focal"])
def test_the_gradient_is_that_of_the_objective(loss):
    model = small(loss=loss, activation="tanh", label_smoothing=0.1)
    check = check_gradients(model, X[::5], TABLE.iloc[::5])
    assert check.max_error < 1e-6
    assert check


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_every_option_learns(options, dtype):
    samples, weight = X.astype(dtype), np.linspace(0.5, 1.5, len(X))
    model = learner(**options).fit(samples, TABLE, weight)
    assert model.score(samples, TABLE) > 0.8
    probabilities = model.predict_proba(samples)
    assert [p.shape[1] for p in probabilities] == [3, 2, 1, 2]
    for p in probabilities:
        assert p.dtype == dtype
        np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(
        learner(**options).fit(samples, TABLE, weight).predict(samples),
        model.predict(samples),
    )


def test_many_classes():
    """Their target vectors are not held in memory."""
    y = np.column_stack([np.arange(150) % 100, np.arange(150) % 70, WIDE])
    model = small(early_stopping=True, class_weight="balanced").fit(X, y)
    assert [p.shape[1] for p in model.predict_proba(X)] == [100, 70, 2]
    blocks = model.model_.target.encode(y, [np.array([0.0, 1.0])] * 3, "")[0]
    expected = [(y[:, [0]] == np.arange(100)), (y[:, [1]] == np.arange(70))]
    expected = np.hstack([*expected, y[:, [2]] == 5])
    np.testing.assert_array_equal(blocks[:, ::7], expected[::7].T)


def test_sparse_samples():
    dense, other = (
        learner().fit(samples, TABLE) for samples in (X, sparse.csr_array(X))
    )
    for one, two in zip(dense.predict_proba(X), other.predict_proba(X), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-8)


def test_a_row_of_weight_2_is_two_rows():
    weight = np.where(np.arange(len(X)) % 3, 1, 2)
    twice = np.repeat(np.arange(len(X)), weight)
    settings = {"solver": "lbfgs", "hidden_layer_sizes": (), "tol": 1e-8, "alpha": 1}
    weighted = small(max_iter=500, **settings).fit(X, TARGETS, weight)
    repeated = small(max_iter=500, **settings).fit(X[twice], TARGETS[twice])
    for one, two in zip(weighted.coefs_, repeated.coefs_, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


@pytest.mark.parametrize(
    "class_weight",
    ["balanced", [{0: 1, 1: 2, 2: 3}, {2: 0.5, 5: 2}], ["balanced", {2: 1, 5: 3}]],
    ids=["balanced", "dicts", "mixed"],
)
def test_class_weights_are_a_product_over_the_targets(class_weight):
    y = TARGETS[20:]  # whose classes are not balanced
    weight = compute_sample_weight(class_weight, y)
    ours = small(class_weight=class_weight).fit(X[20:], y)
    expected = small().fit(X[20:], y, weight)
    for one, two in zip(ours.coefs_, expected.coefs_, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-12)


def test_a_target_without_class_weights():
    weighted = small(class_weight=[None, {2: 1, 5: 3}]).fit(X, TARGETS)
    expected = small().fit(X, TARGETS, np.where(WIDE == 5, 3.0, 1.0))
    assert weighted.loss_ == pytest.approx(expected.loss_, rel=1e-12)


def test_labels_are_smoothed_by_the_classes_of_each_target():
    """The best constant has the smoothed shares."""
    model = small(
        hidden_layer_sizes=(), solver="lbfgs", label_smoothing=0.3, tol=1e-9, alpha=0
    )
    y = np.column_stack([np.zeros(150, int), np.arange(150) % 2]) + 4
    y[:50, 0], y[50:100, 0] = 5, 6
    model.set_params(max_iter=100).fit(np.zeros_like(X) + 1e-9, y)
    many, two = model.predict_proba(np.zeros((1, 4)))
    np.testing.assert_allclose(many, 1 / 3, atol=1e-5)
    np.testing.assert_allclose(two, 1 / 2, atol=1e-5)
    targets = model.model_.target.encode(
        y[:1], model._values_of(model.model_.target, np.float64), ""
    )[0]
    np.testing.assert_allclose(targets[:, :].ravel(), [0.1, 0.8, 0.1, 0.15])


def test_the_score_is_the_subset_accuracy():
    model = learner().fit(X, TARGETS)
    wrong = TARGETS.copy()
    wrong[:30, 0], wrong[20:50, 1] = 9, 9
    weight = np.where(np.arange(len(X)) < 50, 3.0, 1.0)
    right = (model.predict(X) == wrong).all(axis=1)
    assert model.score(X, wrong) == model.score(X, wrong.tolist()) == right.mean()
    assert model.score(X, wrong, weight) == np.average(right, weights=weight)
    convention = MultiOutputClassifier(small()).fit(X, TARGETS)
    convention.predict = model.predict
    assert model.score(X, wrong) == convention.score(X, wrong)


def test_early_stopping_monitors_the_mean_accuracy():
    model = learner(early_stopping=True).fit(
        X, TARGETS, X_val=X[::2], y_val=TARGETS[::2]
    )
    expected = (model.predict(X[::2]) == TARGETS[::2]).mean()
    assert model.best_validation_score_ == pytest.approx(expected)


def test_the_score_of_labels_of_several_types_and_of_wrong_lengths():
    table = np.array(
        [[int(a), "yes" if b else "no"] for a, b in zip(Y, Y > 1, strict=True)], object
    )
    model = small(max_iter=30, learning_rate_init=0.05).fit(X, table)
    assert model.score(X, table) == model.score(X, table.tolist()) > 0.8
    assert model.score(X, np.zeros((len(Y), 2), int)) == 0
    for y, weight in ((table[:10], None), (table, np.ones(10))):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            model.score(X, y, weight)


def test_early_stopping_with_a_scorer():
    def of_wide(estimator, samples, y):
        return float((estimator.predict(samples)[:, 1] == y[:, 1]).mean())

    model = learner(early_stopping=True, scoring=of_wide)
    model.fit(X, TABLE, X_val=X[::2], y_val=TABLE[::2])
    expected = (model.predict(X[::2])[:, 1] == WIDE[::2]).mean()
    assert model.best_validation_score_ == pytest.approx(expected)


def test_calibration_divides_the_outputs_of_all_targets():
    settings = {"early_stopping": True, "max_iter": 20}
    plain, calibrated = (
        small(calibrate=calibrate, ensemble=1, **settings).fit(
            X, TARGETS, X_val=X, y_val=TARGETS
        )
        for calibrate in (False, True)
    )
    np.testing.assert_array_equal(plain.predict(X), calibrated.predict(X))
    np.testing.assert_allclose(
        calibrated.model_.network.raw(X) * calibrated.temperature_,
        plain.model_.network.raw(X),
        atol=1e-12,
    )
    before, after = (
        sum(map(log_loss, TARGETS.T, model.predict_proba(X)))
        for model in (plain, calibrated)
    )
    assert after < before


@pytest.mark.parametrize("classes", [LABELS, [one.tolist() for one in LABELS]])
def test_partial_fit_is_fit_epoch_by_epoch(classes):
    whole, steps = small(max_iter=4).fit(X, TABLE), small()
    for _ in range(4):
        steps.partial_fit(X, TABLE, classes=classes)
    steps.predict(X)
    for one, two in zip(whole.coefs_, steps.coefs_, strict=True):
        np.testing.assert_array_equal(one, two)


def test_partial_fit_knows_classes_that_come_later():
    model = small().partial_fit(X[:50], TARGETS[:50], classes=[[0, 1, 2], [2, 5]])
    model.partial_fit(X[50:], TARGETS[50:])
    assert [classes.tolist() for classes in model.classes_] == [[0, 1, 2], [2, 5]]
    # A 0/1 matrix is several class targets if `classes` lists those of each column.
    flags = np.column_stack([Y == 0, Y == 1])
    model = small().partial_fit(X, flags, classes=[[0, 1], [0, 1]])
    assert [p.shape for p in model.predict_proba(X)] == [(150, 2), (150, 2)]


def test_a_warm_start_continues():
    model = small(warm_start=True, max_iter=30).fit(X, TABLE)
    loss = model.loss_
    assert model.fit(X, TABLE).loss_ < loss


@pytest.mark.needs_callbacks
def test_a_checkpoint_resumes(tmp_path):
    def interrupted(samples, random_state):
        calls.append(None)
        if len(calls) == 3:
            raise RuntimeError("power cut")
        return samples

    calls, path = [], tmp_path / "run.ckpt"
    expected = small(augment=lambda samples, _: samples).fit(X, TABLE)
    settings = {"augment": interrupted, "max_iter": 5}
    model = small(**settings)
    model.set_callbacks(Checkpoint(path, every=1))
    with pytest.raises(RuntimeError, match="power cut"):
        model.fit(X, TABLE)
    assert path.exists()
    model.fit(X, TABLE)
    np.testing.assert_allclose(model.coefs_[0], expected.coefs_[0])


def test_copies_from_files_predict_and_learn_the_same():
    model = small().fit(X, TABLE)
    saved = skops.io.dumps(model)
    types = skops.io.get_untrusted_types(data=saved)
    assert {name.split(".")[0] for name in types} <= {"sknn_scratch", "numpy"}
    copies = pickle.loads(pickle.dumps(model)), skops.io.loads(saved, trusted=types)
    model.partial_fit(X, TABLE)
    for copy in copies:
        copy.partial_fit(X, TABLE)
        np.testing.assert_array_equal(copy.predict(X), model.predict(X))
        np.testing.assert_array_equal(copy.coefs_[0], model.coefs_[0])


def test_indicators_stay_multilabel():
    flags = np.column_stack([Y == 0, X[:, 0] > 0]).astype(int)
    for y in (flags, flags.astype(bool), flags.astype(float), sparse.csr_array(flags)):
        model = small().fit(X, y)
        assert model.model_.target.kind == "multilabel-indicator"
        assert model.predict_proba(X).shape == flags.shape
    assert len(small().fit(X, 2 * flags - 1).predict_proba(X)) == 2


def test_the_warning_names_the_target_that_is_no_better_than_a_constant():
    twice, both = np.repeat(np.arange(len(X)), 2), np.tile([3, 4], len(X))
    model = small(hidden_layer_sizes=(), solver="lbfgs", max_iter=200)
    message = r"no better .* \(target 1: accuracy 0.5; most frequent class 0.5\)"
    with pytest.warns(UserWarning, match=message):
        model.fit(X[twice], np.column_stack([Y[twice], both]))


@pytest.mark.filterwarnings("error")
def test_useful_targets_bring_no_warning():
    learner(n_iter_no_change=3, tol=0.05).fit(X, TABLE)


REFUSED = {
    "a number": (
        {},
        np.column_stack([Y, X[:, 0]]),
        "In column 1 of y: .* a continuous target",
    ),
    "missing": (
        {},
        TABLE.assign(name=TABLE["name"].mask(TABLE.index == 3, None)),
        r"missing values; got 1, the first in row 3",
    ),
    "missing in a list": (
        {},
        [["a", float("nan")]] * 150,
        "missing values; got 150",
    ),
    "a dict": ({"class_weight": {0: 1}}, TARGETS, "list with one dict, 'balanced'"),
    "too few": ({"class_weight": ["balanced"]}, TARGETS, "each of the 2 columns"),
    "negative": (
        {"class_weight": [None, {2: -1, 5: 1}]},
        TARGETS,
        "In column 1 of y: class_weight must contain finite weights >= 0",
    ),
    "another loss": ({"loss": BinaryLogLoss()}, TARGETS, "loss must predict prob"),
    "a score of one target": (
        {"early_stopping": True, "scoring": "accuracy"},
        TARGETS,
        "scoring must work on the validation set",
    ),
}


@pytest.mark.parametrize(("settings", "y", "message"), REFUSED.values(), ids=REFUSED)
def test_fit_refuses_invalid_class_targets(settings, y, message):
    model = small(**settings)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "classes_")


LATER = {
    "one target": (Y, None, r"for each of the 2 targets; .*\(150,\)"),
    "one more": (
        TARGETS[:, [0, 1, 1]],
        None,
        r"for each of the 2 targets; .*\(150, 3\)",
    ),
    "unknown label": (
        TARGETS + [0, 1],
        None,
        r"In column 1 of y: y must contain only the classes \[2 5\]; got \[3 6\]",
    ),
    "other classes": (
        TARGETS,
        [[0, 1, 2], [2, 6]],
        "must be the same as in the first call",
    ),
    "classes of one": (TARGETS, [0, 1, 2], "must be the same as in the first call"),
}


@pytest.mark.parametrize(("y", "classes", "message"), LATER.values(), ids=LATER)
def test_partial_fit_refuses_changed_class_targets(y, classes, message):
    model = small().fit(X, TARGETS)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X, y, classes=classes)
    if classes is None:
        with pytest.raises(ValueError, match=f"In X_val.*{message}"):
            small(early_stopping=True).fit(X, TARGETS, X_val=X, y_val=y)
        model.set_params(warm_start=True)
        with pytest.raises(ValueError, match=r"must have|column 1 .* same classes"):
            model.fit(X, y)


@pytest.mark.parametrize("y", [["a", 1] * 75, [["a", 1], [2, "b"]] * 75])
def test_labels_of_one_column_have_one_type(y):
    with pytest.raises(TypeError, match=r"labels of one type .* for example to str"):
        small().fit(X, np.array(y, dtype=object))


@pytest.mark.parametrize("classes", [None, [0, 1, 2]])
def test_the_first_call_of_partial_fit_needs_the_classes_of_each_target(classes):
    with pytest.raises(ValueError, match="classes must be a list with one array"):
        small().partial_fit(X, TARGETS, classes=classes)


@pytest.mark.parametrize("y", [TARGETS, TABLE])
def test_several_targets_after_one_are_refused(y):
    model = small(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match="y must be a multiclass target"):
        model.fit(X, y)
    with pytest.raises(ValueError, match=r"classes must be a list|y must be a multi"):
        model.partial_fit(X, y)


def test_weights_must_be_known_for_a_stream():
    model = small(class_weight=["balanced", None])
    with pytest.raises(
        ValueError, match=r"partial_fit does not support class_weight=\['balanced'"
    ):
        model.partial_fit(X, TARGETS, classes=[[0, 1, 2], [2, 5]])


def test_the_perceptron_error_recommends_multi_output_classifier():
    with pytest.raises(ValueError, match="several class targets MultiOutputClassifier"):
        PerceptronClassifier().fit(X, TARGETS)


def test_several_quantiles_cannot_be_converted_to_scikit_learn():
    with pytest.raises(ValueError, match="got 4 class targets"):
        to_sklearn(small().fit(X, TABLE))


def test_categories_are_encoded_by_every_target():
    frame = pd.DataFrame({"flower": [f"f{i % 50}" for i in range(150)]})
    encoder = TableEncoder(target_type="classes", random_state=0).fit(frame, TABLE)
    names = [n for n in encoder.get_feature_names_out() if n.startswith("target")]
    ends = ["0_setosa", "0_versicolor", "0_virginica", "1_5", "2_7", "3_True"]
    assert names == [f"target__flower_{end}" for end in ends]


def test_a_pipeline_for_tables():
    frame = pd.DataFrame(X, columns=list("abcd")).assign(e=NAMES)
    model = tabular_classifier(random_state=0)
    model[-1].set_params(hidden_layer_sizes=8, max_iter=5, ensemble=1, repeats=1)
    model.fit(frame, TABLE)
    assert [p.shape for p in model.predict_proba(frame)] == [
        (150, 3),
        (150, 2),
        (150, 1),
        (150, 2),
    ]


def test_outputs_of_a_diagram_name_target_and_class():
    display = NetworkDisplay.from_estimator(small().fit(X, TABLE))
    names = ["0: setosa", "0: versicolor", "0: virginica", "1: 5", "2: 7", "3: True"]
    assert list(display.output_names) == names


@pytest.mark.needs_callbacks
def test_decision_regions_require_one_target():
    history = WeightHistory()
    model = small().set_callbacks(history)
    model.fit(X[:, :2], TARGETS)
    with pytest.raises(ValueError, match="classifier with one target; got 2 targets"):
        DecisionEvolutionDisplay(history, X[:, :2], Y, [0])
    with pytest.raises(ValueError, match="y must have one target; got an array"):
        DecisionEvolutionDisplay.from_estimator(small(), X[:, :2], TARGETS)


def test_it_is_a_classifier_with_scikit_learns_own_score_of_one_target():
    model = MLPScratchClassifier(8, max_iter=5, random_state=0).fit(X, Y)
    assert model.score(X, Y) == (model.predict(X) == Y).mean()


def test_ordered_classes_are_of_one_target():
    with pytest.raises(ValueError, match="got a multiclass-multioutput target"):
        small(loss="ordinal").fit(X, np.column_stack([Y, Y[::-1] + 1]))
