"""Validation sets, early stopping and its metrics."""

import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_iris,
    make_classification,
)
from sklearn.ensemble import BaggingClassifier
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    log_loss,
    make_scorer,
    mean_squared_error,
    roc_auc_score,
)
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_breast_cancer(return_X_y=True)
X = scale(X)
X_TRAIN, X_VAL, Y_TRAIN, Y_VAL = train_test_split(X, Y, random_state=0, stratify=Y)
VALIDATION = {"X_val": X_VAL, "y_val": Y_VAL}
X_IRIS, Y_IRIS = load_iris(return_X_y=True)


def small(cls=MLPScratchClassifier, **settings):
    defaults = {"max_iter": 15, "random_state": 0, "early_stopping": True}
    if cls is not PerceptronClassifier:
        defaults |= {"hidden_layer_sizes": 8, "learning_rate_init": 0.02}
    return cls(**defaults | settings)


def epoch(model, number):
    """Return the model as it was after an epoch, fitted without early stopping."""
    again = small(type(model)).set_params(**model.get_params())
    again.set_params(early_stopping=False, max_iter=number, n_iter_no_change=np.inf)
    return again.fit(X_TRAIN, Y_TRAIN)


@pytest.mark.parametrize("cls", [MLPScratchClassifier, PerceptronClassifier])
def test_x_val_is_used_for_validation_and_all_of_x_for_training(cls):
    model = small(cls).fit(X_TRAIN, Y_TRAIN, **VALIDATION)
    assert model.t_ == model.n_iter_ * len(X_TRAIN)
    best = epoch(model, model.best_epoch_)
    np.testing.assert_array_equal(model.predict_proba(X), best.predict_proba(X))
    assert best.score(X_VAL, Y_VAL) == model.best_validation_score_
    for number, score in enumerate(model.validation_scores_[:3], start=1):
        assert epoch(model, number).score(X_VAL, Y_VAL) == pytest.approx(score)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("container", [np.asarray, sparse.csc_array])
def test_the_validation_loss_is_that_of_the_metrics(container, solver):
    model = small(solver=solver, max_iter=3)
    model.fit(container(X_TRAIN), Y_TRAIN, X_val=container(X_VAL), y_val=Y_VAL)
    expected = [
        log_loss(Y_VAL, epoch(model, n).predict_proba(X_VAL)) for n in (1, 2, 3)
    ]
    np.testing.assert_allclose(model.validation_loss_curve_, expected)
    weight = np.linspace(0, 1, len(Y_VAL))
    model.fit(X_TRAIN, Y_TRAIN, **VALIDATION, sample_weight_val=weight)
    last = epoch(model, 3).predict_proba(X_VAL)
    expected = log_loss(Y_VAL, last, sample_weight=weight)
    np.testing.assert_allclose(model.validation_loss_curve_[-1], expected)


def test_the_validation_loss_of_several_numbers_is_their_mean():
    X_reg, y = load_diabetes(return_X_y=True)
    y = scale(np.column_stack([y, y**2]))
    model = small(MLPScratchRegressor, max_iter=2, alpha=10.0)
    model.fit(X_reg, y, X_val=X_reg[:50], y_val=y[:50])
    again = small(MLPScratchRegressor, max_iter=2, alpha=10.0, early_stopping=False)
    expected = mean_squared_error(y[:50], again.fit(X_reg, y).predict(X_reg[:50])) / 2
    np.testing.assert_allclose(model.validation_loss_curve_[-1], expected)


def test_scoring_by_loss_keeps_the_epoch_of_the_lowest():
    model = small(scoring="loss", learning_rate_init=0.1, max_iter=200)
    model.fit(X_TRAIN, Y_TRAIN, **VALIDATION)
    losses = model.validation_loss_curve_
    np.testing.assert_array_equal(model.validation_scores_, -np.array(losses))
    assert model.best_epoch_ == np.argmin(losses) + 1 < model.n_iter_
    np.testing.assert_allclose(log_loss(Y_VAL, model.predict_proba(X_VAL)), min(losses))


@pytest.mark.parametrize("labels", [Y, np.array(["benign", "malignant"])[Y]])
@pytest.mark.parametrize(
    "scoring",
    ["balanced_accuracy", make_scorer(balanced_accuracy_score)],
    ids=["name", "callable"],
)
def test_scoring_by_a_scorer(scoring, labels):
    y_train, y_val = labels[: len(X_TRAIN)], labels[len(X_TRAIN) :]
    X_train, X_val = X[: len(X_TRAIN)], X[len(X_TRAIN) :]
    model = small(scoring=scoring).fit(X_train, y_train, X_val=X_val, y_val=y_val)
    expected = balanced_accuracy_score(y_val, model.predict(X_val))
    assert model.best_validation_score_ == max(model.validation_scores_) == expected


def test_a_scorer_gets_the_validation_set_and_its_weights():
    seen = []

    def scorer(estimator, X_held, y_held, sample_weight=None):
        seen.append((X_held, y_held, sample_weight))
        return roc_auc_score(y_held, estimator.decision_function(X_held))

    weight = np.arange(1.0, len(X) + 1)
    model = small(scoring=scorer, class_weight={0: 2.0, 1: 1.0}).fit(X, Y, weight)
    assert len(seen) == model.n_iter_
    X_held, y_held, weight_held = seen[0]
    assert len(X_held) == round(0.1 * len(X))
    rows = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in X_held]
    np.testing.assert_array_equal(y_held, Y[rows])
    np.testing.assert_array_equal(weight_held, weight[rows])  # those of no class


def test_class_weights_are_no_part_of_the_score():
    rare = np.r_[np.flatnonzero(Y == 1), np.flatnonzero(Y == 0)[:30]]
    validation = {"X_val": X[rare], "y_val": Y[rare]}
    for scoring in (None, "f1"):
        model = small(scoring=scoring, class_weight={0: 50.0, 1: 1.0}, max_iter=3)
        model.fit(X, Y, **validation)
        predicted = model.predict(X[rare])
        metric = accuracy_score if scoring is None else f1_score
        assert model.best_validation_score_ == pytest.approx(metric(Y[rare], predicted))


def test_a_scorer_gets_multi_output_targets_in_row_order():
    def scorer(estimator, X_held, y_held):
        np.testing.assert_array_equal(y_held, X_held[:, :2])
        return -float(len(y_held))

    model = small(MLPScratchRegressor, scoring=scorer, max_iter=2)
    assert model.fit(X_IRIS, X_IRIS[:, :2]).best_validation_score_ == -15


@pytest.mark.parametrize(
    ("scoring", "weight", "message"),
    [
        (
            "f1",
            None,
            "scoring must work on the validation set, without weights; got 'f1'",
        ),
        (lambda model, X, y: 1.0, np.ones(150), "with its sample_weight; got"),
        (lambda *_: np.nan, None, "scoring must return one finite number; got nan"),
    ],
)
def test_a_scorer_that_raises_is_reported(scoring, weight, message):
    with pytest.raises(ValueError, match=message):
        small(scoring=scoring).fit(X_IRIS, Y_IRIS, weight)


def test_a_scorer_must_return_a_number():
    with pytest.raises(ValueError, match="must return one finite number; got 'high'"):
        small(scoring=lambda *_: "high").fit(X, Y)


def test_a_scorer_raises_no_warning_of_feature_names():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X_IRIS, columns=list("abcd"))
    model = small(scoring="f1_macro").fit(frame, Y_IRIS)
    assert list(model.feature_names_in_) == list("abcd")
    model.fit(frame, Y_IRIS, X_val=frame[:50], y_val=Y_IRIS[:50])


@pytest.mark.parametrize("target", ["three", "labels"])
def test_balanced_weights_of_a_given_set_are_those_of_training(target):
    rows, rows_val = slice(0, 130), slice(20, 70)  # 50, 50 and 30 of the three classes
    shares = np.array([50, 50, 30]) / 130
    if target == "three":
        y, weight = Y_IRIS, 1 / shares[Y_IRIS]
        weight = weight / 3
    else:
        y = 1 - np.eye(3, dtype=int)[Y_IRIS]
        shares = 1 - shares
        weight = np.prod(0.5 / np.where(y, shares, 1 - shares), axis=1)
    validation = {"X_val": X_IRIS[rows_val], "y_val": y[rows_val]}
    balanced = small(class_weight="balanced", max_iter=2)
    balanced.fit(X_IRIS[rows], y[rows], **validation)
    by_hand = small(max_iter=2)
    validation["sample_weight_val"] = weight[rows_val]
    by_hand.fit(X_IRIS[rows], y[rows], weight[rows], **validation)
    for name in ("loss_curve_", "validation_loss_curve_", "validation_scores_"):
        np.testing.assert_allclose(getattr(balanced, name), getattr(by_hand, name))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X_val": X_VAL}, "X_val and y_val must be passed together.*no y_val"),
        ({"y_val": Y_VAL}, "must be passed together.*no X_val"),
        ({"sample_weight_val": np.ones(3)}, "sample_weight_val only with both"),
        ({"X_val": X_VAL[:, 1:], "y_val": Y_VAL}, "In X_val.*29 features.*30"),
        ({"X_val": X_VAL, "y_val": Y_VAL[1:]}, "In X_val.*inconsistent numbers"),
        ({"X_val": np.full_like(X_VAL, np.nan), "y_val": Y_VAL}, "In X_val.*NaN"),
        (
            {"X_val": X_VAL, "y_val": Y_VAL + 1},
            r"In X_val.*y must contain only.*\[0 1\].*Leave the other samples out",
        ),
        (
            {"X_val": X_VAL, "y_val": np.eye(2)[Y_VAL]},
            "In X_val.*must be a binary target",
        ),
        ({"X_val": X_VAL[:1], "y_val": Y_VAL[:1]}, "In X_val.*>= 2 samples; got 1"),
        ({"X_val": X_VAL, "y_val": X_VAL[:, 0]}, "In X_val.*binary.*got a continuous"),
        (
            {**VALIDATION, "sample_weight_val": -np.ones(len(Y_VAL))},
            "In X_val.*sample_weight must be >= 0",
        ),
        (
            {**VALIDATION, "sample_weight_val": np.zeros(len(Y_VAL))},
            "at least one non-zero|got only zeros",
        ),
    ],
)
def test_an_invalid_validation_set_leaves_the_model_unchanged(given, message):
    model = small().fit(X_TRAIN, Y_TRAIN)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match=message):
        model.fit(X_TRAIN, Y_TRAIN, **given)
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_a_validation_set_without_early_stopping_is_refused():
    with pytest.raises(ValueError, match="X_val and y_val require early_stopping=True"):
        small(early_stopping=False).fit(X_TRAIN, Y_TRAIN, **VALIDATION)


def test_targets_to_validate_with_must_be_within_the_loss():
    y = X_IRIS[:, 0]
    model = small(MLPScratchRegressor, loss="poisson")
    with pytest.raises(ValueError, match=r"In X_val.*y must be >= 0 for loss='poi"):
        model.fit(X_IRIS, y, X_val=X_IRIS, y_val=-y)
    with pytest.raises(ValueError, match="same number of columns"):
        model.fit(X_IRIS, y, X_val=X_IRIS, y_val=np.c_[y, y])
    with pytest.raises(ValueError, match=r"In X_val.*y must be numeric and dense"):
        model.fit(X_IRIS, y, X_val=X_IRIS, y_val=y.astype(str))


@pytest.mark.parametrize("wrong", [2 * np.eye(3)[Y_IRIS] - 1, np.eye(2)[Y_IRIS // 2]])
def test_several_labels_to_validate_with_are_columns_of_0_and_1(wrong):
    labels = np.tri(3, dtype=int)[Y_IRIS]
    with pytest.raises(ValueError, match=r"In X_val.*must have 3 columns of 0 and 1"):
        small().fit(X_IRIS, labels, X_val=X_IRIS, y_val=wrong.astype(int))


def test_input_beyond_float32_is_refused():
    model = small(max_iter=2).fit(X_TRAIN.astype(np.float32), Y_TRAIN)
    with pytest.raises(ValueError, match=r"In X_val.*X must be finite in float32"):
        model.fit(X_TRAIN.astype(np.float32), Y_TRAIN, X_val=1e39 * X_VAL, y_val=Y_VAL)


def test_a_pipeline_transforms_the_validation_set():
    raw, y = load_breast_cancer(return_X_y=True)
    rows, rows_val = np.arange(400), np.arange(400, len(raw))
    scaler = StandardScaler().fit(raw[rows])
    validation = {"X_val": raw[rows_val], "y_val": y[rows_val]}
    with sklearn.config_context(enable_metadata_routing=True):
        mlp = small().set_fit_request(X_val=True, y_val=True)
        piped = make_pipeline(StandardScaler(), mlp, transform_input=["X_val"])
        piped.fit(raw[rows], y[rows], **validation)
    validation["X_val"] = scaler.transform(raw[rows_val])
    alone = small().fit(scaler.transform(raw[rows]), y[rows], **validation)
    assert piped[-1].validation_scores_ == alone.validation_scores_


def test_float32_validates_in_float32():
    model = small(max_iter=2)
    model.fit(X_TRAIN.astype(np.float32), Y_TRAIN, X_val=X_VAL, y_val=Y_VAL)
    assert model.predict_proba(X_VAL).dtype == np.float32


def test_the_curves_of_a_fit_have_an_entry_an_epoch():
    model = small(learning_rate="cosine", max_iter=4, n_iter_no_change=np.inf)
    model.set_params(batch_size=len(X), warm_start=True).fit(X, Y, X_val=X, y_val=Y)
    rates = 0.02 * (1 + np.cos(np.pi * np.arange(4) / 4)) / 2
    np.testing.assert_allclose(model.learning_rate_curve_, rates)
    model.fit(X, Y, X_val=X, y_val=Y)
    for name in (
        "loss_curve_",
        "learning_rate_curve_",
        "validation_scores_",
        "validation_loss_curve_",
    ):
        assert len(getattr(model, name)) == 8
    model.set_params(early_stopping=False).fit(X, Y)
    assert model.validation_loss_curve_ is model.validation_scores_ is None
    assert model.best_epoch_ is None


def test_lbfgs_has_no_learning_rates():
    model = small(solver="lbfgs", max_iter=3, early_stopping=False).fit(X, Y)
    assert np.isnan(model.learning_rate_curve_).tolist() == [True] * 3


def test_a_warm_start_without_improvement_keeps_the_initial_weights():
    model = small(warm_start=True, max_iter=100).fit(X_TRAIN, Y_TRAIN, **VALIDATION)
    before = model.predict_proba(X)
    model.set_params(learning_rate_init=10.0, max_iter=3)
    model.fit(X_TRAIN, Y_TRAIN, **VALIDATION)
    assert model.best_epoch_ == 0
    np.testing.assert_array_equal(model.predict_proba(X), before)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"max_iter": 2}, "max_iter"),
        ({"tol": 1.0, "n_iter_no_change": 2}, "no_improvement"),
        ({"solver": "lbfgs", "max_iter": 2}, "max_iter"),
        ({"solver": "lbfgs", "max_fun": 3, "early_stopping": False}, "max_fun"),
        ({"solver": "lbfgs", "tol": 10.0, "early_stopping": False}, "converged"),
        ({"solver": "lbfgs", "tol": 0.01, "n_iter_no_change": 1}, "no_improvement"),
    ],
    ids=str,
)
def test_stop_reason(settings, reason):
    assert small(**settings).fit(X_TRAIN, Y_TRAIN).stop_reason_ == reason


def test_divergence_is_a_stop_reason_with_early_stopping():
    settings = {"solver": "sgd", "learning_rate_init": 3.0, "activation": "identity"}
    model = small(MLPScratchRegressor, max_iter=100, **settings)
    assert model.fit(X_IRIS, Y_IRIS).stop_reason_ == "diverged"
    assert np.isnan(model.validation_scores_[-1])


def test_a_perceptron_without_mistakes_has_that_stop_reason():
    model = PerceptronClassifier().fit(X_IRIS[:100], Y_IRIS[:100])
    assert model.stop_reason_ == "no_mistakes"


def test_ctrl_c_is_a_stop_reason_and_partial_fit_has_none():
    def interrupted(*_):
        raise KeyboardInterrupt

    model = small(scoring=interrupted)
    with pytest.warns(UserWarning, match="interrupted by user"):
        model.fit(X, Y)
    assert model.stop_reason_ == "interrupted"
    assert model.loss_curve_ == model.validation_scores_ == []
    assert model.best_validation_score_ is None
    model.set_params(early_stopping=False, tol=10.0, n_iter_no_change=1, verbose=1)
    for _ in range(5):
        assert model.partial_fit(X, Y).stop_reason_ is None


@pytest.mark.parametrize(
    "settings",
    [{}, {"label_smoothing": 0.2}, {"average": 0.9}, {"class_weight": "balanced"}],
    ids=str,
)
def test_calibrated_probabilities_have_the_lowest_log_loss(settings):
    settings = {"early_stopping": True, "max_iter": 30, "random_state": 0} | settings
    plain = MLPScratchClassifier(**settings).fit(X_TRAIN, Y_TRAIN, **VALIDATION)
    model = MLPScratchClassifier(**settings, calibrate=True)
    model.fit(X_TRAIN, Y_TRAIN, **VALIDATION)
    assert plain.temperature_ is None
    raw = plain.decision_function(X_VAL)
    np.testing.assert_allclose(
        model.decision_function(X_VAL), raw / model.temperature_, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_array_equal(model.predict(X_VAL), plain.predict(X_VAL))
    weight = None
    if "class_weight" in settings:
        weight = (len(Y_TRAIN) / 2 / np.bincount(Y_TRAIN))[Y_VAL]

    def loss(temperature):
        # One more label than there are, which says nothing: half of it each class.
        p, n = 1 / (1 + np.exp(-raw / temperature)), len(raw)
        told = log_loss(Y_VAL, p, sample_weight=weight)
        flipped = log_loss(1 - Y_VAL, p, sample_weight=weight)
        return ((n + 0.5) * told + 0.5 * flipped) / (n + 1)

    best = loss(model.temperature_)
    assert best < loss(0.95 * model.temperature_)
    assert best < loss(1.05 * model.temperature_)


@pytest.mark.parametrize("calibrate", [False, True])
def test_probabilities_divided_by_class_weights_match_the_class_frequencies(
    calibrate,
):
    X, y = make_classification(2000, weights=[0.9], flip_y=0.1, random_state=0)
    model = MLPScratchClassifier(
        10,
        class_weight={0: 1, 1: 9},
        early_stopping=True,
        scoring="loss",
        learning_rate_init=0.01,
        calibrate=calibrate,
        random_state=0,
    ).fit(X, y)
    weighted = model.predict_proba(X)
    assert weighted[:, 1].mean() > 2 * y.mean()
    proba = weighted / [1, 9]
    proba /= proba.sum(axis=1, keepdims=True)
    assert proba[:, 1].mean() == pytest.approx(y.mean(), abs=0.03)


def test_a_refit_is_calibrated_on_the_first_validation_set():
    settings = {"early_stopping": True, "max_iter": 10, "random_state": 0}
    stopped = MLPScratchClassifier(**settings, calibrate=True).fit(X, Y)
    plain = MLPScratchClassifier(**settings, refit=True).fit(X, Y)
    model = MLPScratchClassifier(**settings, refit=True, calibrate=True).fit(X, Y)
    assert model.temperature_ == stopped.temperature_ != 1
    np.testing.assert_allclose(
        model.decision_function(X) * model.temperature_, plain.decision_function(X)
    )


def test_several_labels_are_calibrated_together():
    labels = np.column_stack([Y, X[:, 0] > 0]).astype(int)
    settings = {"early_stopping": True, "max_iter": 20, "random_state": 0}
    plain = MLPScratchClassifier(**settings).fit(X, labels)
    model = MLPScratchClassifier(**settings, calibrate=True).fit(X, labels)
    np.testing.assert_allclose(
        model.decision_function(X) * model.temperature_, plain.decision_function(X)
    )


def test_a_warm_start_without_calibration_has_no_temperature():
    model = MLPScratchClassifier(
        early_stopping=True, max_iter=3, calibrate=True, warm_start=True, random_state=0
    ).fit(X, Y)
    assert model.temperature_ != 1
    assert model.set_params(calibrate=False).fit(X, Y).temperature_ is None


def test_training_after_calibration_continues_from_the_scaled_weights():
    model = MLPScratchClassifier(
        early_stopping=True, average=0.9, calibrate=True, max_iter=20, random_state=0
    ).fit(X, Y)
    temperature, raw = model.temperature_, model.decision_function(X)
    later = {"early_stopping": False, "calibrate": False, "learning_rate_init": 1e-9}
    model.set_params(**later).partial_fit(X, Y)
    assert model.temperature_ == temperature
    np.testing.assert_allclose(model.decision_function(X), raw, rtol=1e-4, atol=1e-4)


def test_partial_fit_does_not_calibrate():
    with pytest.raises(ValueError, match=r"partial_fit does not support calibrate=Tru"):
        MLPScratchClassifier(calibrate=True).partial_fit(X, Y, classes=[0, 1])


def test_calibration_requires_a_validation_set():
    with pytest.raises(ValueError, match=r"calibrate=True requires early_stop"):
        MLPScratchClassifier(calibrate=True).fit(X, Y)


def test_rows_of_weight_zero_are_never_held_out():
    seen = []

    def scorer(model, X, y, sample_weight):
        seen.append((len(y), np.bincount(y).tolist(), sample_weight.min()))
        return model.score(X, y)

    weight = np.arange(150) % 5 == 0  # 30 rows, 10 of each class
    model = small(scoring=scorer, validation_fraction=0.2, max_iter=1)
    model.fit(X_IRIS, Y_IRIS, sample_weight=weight)
    assert seen == [(6, [2, 2, 2], 1)]
    assert model.t_ == 144  # the others are in the batches, where they do not count


def test_bagging_with_early_stopping():
    bag = BaggingClassifier(
        MLPScratchClassifier(8, early_stopping=True, max_iter=5),
        n_estimators=5,
        max_samples=30,
        random_state=0,
    )
    bag.fit(X_IRIS, Y_IRIS)
    # A tenth of the 30 rows is held out; the other rows have no weight.
    assert [150 - one.t_ / one.n_iter_ for one in bag.estimators_] == [3] * 5


@pytest.mark.parametrize("n", [1, 4])
def test_too_few_rows_to_hold_some_out(n):
    message = rf"got (n_samples=)?\d( of {n})?\. .*early_stopping=False"
    with pytest.raises(ValueError, match=message):
        small().fit(X_IRIS[:n], Y_IRIS[:n])
    with pytest.raises(ValueError, match=r"cannot be stratified.*early_stopping=False"):
        small().fit(X_IRIS[48:52], Y_IRIS[48:52])
