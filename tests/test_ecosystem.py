"""The estimators inside meta-estimators and tools of scikit-learn."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.stats import loguniform
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import BaggingRegressor, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import DecisionBoundaryDisplay, permutation_importance
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    check_cv,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # joblib's workers are started by a process that runs pytest's threads.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),
]

X, Y = load_breast_cancer(return_X_y=True)
X = scale(X)
X_IRIS, Y_IRIS = load_iris(return_X_y=True)
X_IRIS = scale(X_IRIS)
X_DIABETES, Y_DIABETES = load_diabetes(return_X_y=True)
X_DIABETES, Y_DIABETES = scale(X_DIABETES), scale(Y_DIABETES)

CLASSIFIERS = [
    MLPScratchClassifier(
        hidden_layer_sizes=10, learning_rate_init=0.01, max_iter=60, random_state=0
    ),
    PerceptronClassifier(loss="log_loss", max_iter=60, random_state=0),
]
REGRESSOR = MLPScratchRegressor(
    hidden_layer_sizes=10, solver="lbfgs", alpha=50.0, max_iter=60, random_state=0
)
classifiers = pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda e: type(e))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search_finds_what_it_finds_with_sklearn(n_jobs):
    grid = {"hidden_layer_sizes": [(5,), (20, 10)], "alpha": [1e-4, 1.0]}
    searches = [
        GridSearchCV(cls(max_iter=20, random_state=0), grid, cv=3, n_jobs=n_jobs)
        for cls in (MLPScratchClassifier, MLPClassifier)
    ]
    ours, theirs = (search.fit(X, Y) for search in searches)
    assert ours.best_params_ == theirs.best_params_
    scores = [search.cv_results_["mean_test_score"] for search in (ours, theirs)]
    np.testing.assert_allclose(*scores)


def test_randomized_search_with_two_jobs():
    search = RandomizedSearchCV(
        REGRESSOR, {"alpha": loguniform(1, 1e3)}, n_iter=4, n_jobs=2, random_state=0
    )
    assert search.fit(X_DIABETES, Y_DIABETES).best_score_ > 0.4


@classifiers
def test_halving_search_over_epochs(classifier):
    search = HalvingGridSearchCV(
        classifier,
        {"alpha": [1e-4, 1e-2, 1.0]},
        resource="max_iter",
        min_resources=5,
        max_resources=15,
        random_state=0,
    ).fit(X, Y)
    assert search.n_resources_ == [5, 15]
    assert search.best_estimator_.max_iter == 15


@classifiers
def test_cross_validated_predictions_with_two_jobs(classifier):
    proba = cross_val_predict(classifier, X, Y, method="predict_proba", n_jobs=2)
    assert ((proba[:, 1] > 0.5) == Y).mean() > 0.95


@classifiers
def test_calibration(classifier):
    model = CalibratedClassifierCV(classifier, cv=3, n_jobs=2).fit(X_IRIS, Y_IRIS)
    assert model.score(X_IRIS, Y_IRIS) > 0.8


def test_voting():
    named = [(type(e).__name__, e) for e in CLASSIFIERS]
    model = VotingClassifier(named, voting="soft", n_jobs=2).fit(X, Y)
    assert model.score(X, Y) > 0.97


def test_bagging():
    model = BaggingRegressor(REGRESSOR, n_estimators=4, n_jobs=2, random_state=0)
    assert model.fit(X_DIABETES, Y_DIABETES).score(X_DIABETES, Y_DIABETES) > 0.5


@classifiers
def test_one_versus_rest(classifier):
    model = OneVsRestClassifier(classifier, n_jobs=2).fit(X_IRIS, Y_IRIS)
    assert model.score(X_IRIS, Y_IRIS) > 0.8


def test_permutation_importance_ranks_a_useless_feature_last():
    noise = np.random.default_rng(0).normal(size=(len(X_DIABETES), 1))
    wide = np.hstack([X_DIABETES, noise])
    model = clone(REGRESSOR).fit(wide, Y_DIABETES)
    result = permutation_importance(model, wide, Y_DIABETES, n_jobs=2, random_state=0)
    assert result.importances_mean.argmax() == 2  # body mass index
    assert result.importances_mean[-1] < 0.1 * result.importances_mean.max()


@classifiers
def test_decision_boundary_display(classifier):
    import matplotlib as mpl

    mpl.use("agg")
    model = clone(classifier).fit(X_IRIS[:, :2], Y_IRIS)
    for method in ("predict", "predict_proba", "decision_function"):
        display = DecisionBoundaryDisplay.from_estimator(
            model, X_IRIS[:, :2], response_method=method
        )
        response = display.response
        assert np.isfinite(response).all()
        if method != "predict":
            grid = np.column_stack([display.xx0.ravel(), display.xx1.ravel()])
            winner = response.reshape(len(grid), -1).argmax(axis=1)
            np.testing.assert_array_equal(model.classes_[winner], model.predict(grid))
    mpl.pyplot.close("all")


@pytest.mark.parametrize("estimator", [*CLASSIFIERS, REGRESSOR], ids=type)
def test_metadata_routing_brings_weights_through_a_pipeline(estimator):
    y = Y > 0 if estimator is not REGRESSOR else Y * 1.0
    weight = np.where(Y == 1, 5.0, 0.2)
    with sklearn.config_context(enable_metadata_routing=True):
        final = clone(estimator).set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        routed = make_pipeline(scaler, final).fit(X, y, sample_weight=weight)
        scored = clone(final).set_score_request(sample_weight=True)
        scores = cross_val_score(scored, X, y, params={"sample_weight": weight}, cv=3)
    folds = check_cv(3, y, classifier=is_classifier(estimator)).split(X, y)
    for (train, test), score in zip(folds, scores, strict=True):
        model = clone(estimator).fit(X[train], y[train], weight[train])
        assert score == pytest.approx(model.score(X[test], y[test], weight[test]))
    direct = clone(estimator).fit(StandardScaler().fit_transform(X), y, weight)
    np.testing.assert_allclose(routed.predict(X), direct.predict(scale(X)))


@pytest.mark.parametrize("estimator", [*CLASSIFIERS, REGRESSOR], ids=type)
def test_data_frames_give_feature_names(estimator):
    frame = pd.DataFrame(X, columns=[f"feature {i}" for i in range(X.shape[1])])
    model = clone(estimator).fit(frame, pd.Series(Y))
    assert list(model.feature_names_in_) == list(frame.columns)
    expected = clone(estimator).fit(X, Y).predict(X)
    np.testing.assert_allclose(model.predict(frame), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[frame.columns[::-1]])


@pytest.mark.parametrize("estimator", [*CLASSIFIERS, REGRESSOR], ids=type)
def test_tags(estimator):
    tags = estimator.__sklearn_tags__()
    assert tags.input_tags.sparse
    assert tags.target_tags.multi_output == (estimator is REGRESSOR)
    if estimator is not REGRESSOR:
        multilabel = isinstance(estimator, MLPScratchClassifier)
        assert tags.classifier_tags.multi_label == multilabel
