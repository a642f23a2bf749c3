"""Ensembles have the interface of one network, and average its predictions."""

import pickle

import numpy as np
import pytest
import sklearn
from scipy import sparse
from scipy.special import expit
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import scale

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor
from sknn_scratch._ensemble import EnsembleClassifier, EnsembleRegressor

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # joblib's workers are started by a process that runs pytest's threads.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),
]

X, SPECIES = load_iris(return_X_y=True)
X = scale(X)
TWO = np.where(SPECIES == 2, 2, 1)
WORDS = np.where(SPECIES == 2, "yes", "no")
MULTILABEL = np.column_stack([SPECIES == 2, X[:, 0] > 0, X[:, 1] > 0]).astype(int)
SMALL = {
    "hidden_layer_sizes": 5,
    "activation": "tanh",
    "learning_rate_init": 0.05,
    "max_iter": 20,
    "random_state": 0,
}
EARLY = SMALL | {"early_stopping": True, "validation_fraction": 0.5}


def classifier(n_models=3, n_jobs=None, **settings):
    mlp = MLPScratchClassifier(**SMALL | settings)
    return EnsembleClassifier(mlp, n_models, n_jobs=n_jobs)


def regressor(n_models=3, **settings):
    return EnsembleRegressor(MLPScratchRegressor(**SMALL | settings), n_models)


def trained_alone(mlp, n_models, X, y):
    """Return networks that are fitted one by one, with the seeds of an ensemble."""
    seeds = np.random.RandomState(mlp.random_state).randint(2**31, size=n_models)
    return [clone(mlp).set_params(random_state=int(s)).fit(X, y) for s in seeds]


@pytest.mark.parametrize(
    ("y", "settings"),
    [
        (SPECIES, {}),
        (TWO, {"class_weight": {1: 50}}),
        (WORDS, {"class_weight": {"no": 50}}),
        (WORDS, EARLY | {"scoring": make_scorer(f1_score, pos_label="yes")}),
        (TWO, EARLY | {"scoring": make_scorer(f1_score, pos_label=1)}),
        (MULTILABEL, {"class_weight": [{0: 1, 1: 2}] * 3}),
        (sparse.csr_array(MULTILABEL), {}),
    ],
    ids=["plain", "ints", "strings", "scorer", "scorer of 1", "multilabel", "sparse"],
)
def test_labels_have_the_same_meaning_as_for_one_network(y, settings):
    mlp = MLPScratchClassifier(**SMALL | settings)
    ensemble = EnsembleClassifier(mlp, 2).fit(X, y)
    alone = trained_alone(mlp, 2, X, y)
    first, second = (network.predict_proba(X) for network in alone)
    np.testing.assert_allclose(ensemble.predict_proba(X), (first + second) / 2)
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_array_equal(ensemble.classes_, alone[0].classes_)
    predicted, of_one = ensemble.predict(X), alone[0].predict(X)
    assert type(predicted) is type(of_one)
    assert (predicted.shape, predicted.dtype) == (of_one.shape, of_one.dtype)
    assert ensemble.score(X, y) > 0.6


def test_the_most_probable_label_is_predicted():
    ensemble = classifier().fit(X, WORDS)
    p = ensemble.predict_proba(X)
    np.testing.assert_array_equal(
        ensemble.predict(X), np.where(p[:, 1] > 0.5, "yes", "no")
    )
    ensemble.fit(X, MULTILABEL)
    p = ensemble.predict_proba(X)
    np.testing.assert_array_equal(ensemble.predict(X), p > 0.5)


@pytest.mark.parametrize("y", [WORDS, SPECIES, MULTILABEL], ids=["2", "3", "labels"])
def test_decision_function_is_the_log_odds_or_of_several_classes_the_probability(y):
    ensemble = classifier().fit(X, y)
    p, scores = ensemble.predict_proba(X), ensemble.decision_function(X)
    if y is WORDS:
        p = p[:, 1]
    if y is not SPECIES:
        scores = expit(scores)
    np.testing.assert_allclose(scores, p, rtol=1e-12)
    log_p = ensemble.predict_log_proba(X)
    np.testing.assert_allclose(np.exp(log_p), ensemble.predict_proba(X))


def test_scores_are_finite_where_probabilities_round_to_1():
    ensemble = classifier(2, activation="relu").fit(X, MULTILABEL)
    far = 1e4 * X
    assert ensemble.predict_proba(far).max() == 1
    assert np.isfinite(ensemble.decision_function(far)).all()
    assert np.isfinite(ensemble.predict_log_proba(far)).all()


def test_several_outputs_are_averaged():
    ensemble = regressor(2).fit(X[:, :2], X[:, 2:])
    alone = trained_alone(ensemble.estimator, 2, X[:, :2], X[:, 2:])
    first, second = (network.predict(X[:, :2]) for network in alone)
    np.testing.assert_allclose(ensemble.predict(X[:, :2]), (first + second) / 2)


def test_standard_deviations_are_those_of_the_mixture():
    ensemble = regressor(loss="gaussian").fit(X[:, :2], X[:, 2])
    mean, std = ensemble.predict(X[:, :2], return_std=True)
    each = [one.predict(X[:, :2], return_std=True) for one in ensemble.estimators_]
    second_moment = np.mean([m**2 + s**2 for m, s in each], axis=0)
    np.testing.assert_allclose(mean, ensemble.predict(X[:, :2]))
    np.testing.assert_allclose(std**2 + mean**2, second_moment)


def test_parameters_of_the_network_are_parameters_of_the_ensemble():
    ensemble = classifier(dropout=0.2)
    assert ensemble.get_params().keys() > ensemble.estimator.get_params().keys()
    assert clone(ensemble).get_params()["dropout"] == 0.2
    ensemble.set_params(dropout=0.1, n_models=2)
    assert (ensemble.estimator.dropout, ensemble.n_models) == (0.1, 2)
    with pytest.raises(ValueError, match="Invalid parameter 'layers'"):
        ensemble.set_params(layers=2)


def test_grid_search_over_parameters_of_the_network():
    grid = {"max_iter": [3, 20], "n_models": [2]}
    search = GridSearchCV(classifier(), grid, scoring="neg_log_loss", cv=2)
    search.fit(X, SPECIES)
    assert search.best_params_ == {"max_iter": 20, "n_models": 2}


def test_parallel_fits_give_the_same_networks():
    one, two = (classifier(2, n_jobs=n_jobs).fit(X, WORDS) for n_jobs in (None, 2))
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_fitted_ensembles_are_pickled():
    ensemble = classifier().fit(X, WORDS)
    again = pickle.loads(pickle.dumps(ensemble))
    np.testing.assert_array_equal(again.predict_proba(X), ensemble.predict_proba(X))


def test_validation_samples_and_weights_reach_every_network():
    settings = SMALL | {"early_stopping": True, "scoring": "loss"}
    arguments = {"X_val": X[::2], "y_val": TWO[::2], "sample_weight": TWO**5}
    ensemble = classifier(2, **settings).fit(X, TWO, **arguments)
    for network in ensemble.estimators_:
        alone = clone(network).fit(X, TWO, **arguments)
        np.testing.assert_array_equal(network.predict_proba(X), alone.predict_proba(X))
    unweighted = classifier(2, **settings).fit(X, TWO)
    p_weighted, p = (e.predict_proba(X)[:, 1].mean() for e in (ensemble, unweighted))
    assert p_weighted > p + 0.1


def test_metadata_requests_are_those_of_one_network():
    with sklearn.config_context(enable_metadata_routing=True):
        for estimator in (classifier(), classifier().estimator):
            estimator.set_fit_request(sample_weight=True, X_val=True, y_val=True)
            requested = estimator.get_metadata_routing().fit.requests
            assert requested["sample_weight"] is requested["X_val"] is True


def test_warm_start_continues_every_network():
    ensemble = classifier(2, warm_start=True, max_iter=5).fit(X, WORDS)
    ensemble.set_params(max_iter=3, n_models=3).fit(X, WORDS)
    assert [len(one.loss_curve_) for one in ensemble.estimators_] == [8, 8, 3]


def test_fits_differ_without_a_seed():
    ensemble = classifier(2, random_state=None)
    first, second = (ensemble.fit(X, WORDS).predict_proba(X) for _ in range(2))
    assert np.abs(first - second).max() > 1e-3


def test_a_failed_fit_changes_nothing():
    random_state = np.random.RandomState(0)
    ensemble = classifier(random_state=random_state).fit(X, WORDS)
    before, drawn = ensemble.estimators_, random_state.get_state()[2]
    with pytest.raises(ValueError, match="inconsistent numbers"):
        ensemble.fit(X, WORDS[1:])
    assert ensemble.estimators_ is before
    assert random_state.get_state()[2] == drawn
    assert ensemble.estimator.random_state is random_state


@pytest.mark.parametrize(
    "ensemble",
    [
        EnsembleClassifier(MLPScratchRegressor()),
        EnsembleRegressor(MLPScratchClassifier()),
        EnsembleRegressor(3),
        classifier(0),
        classifier(n_jobs="all"),
    ],
    ids=lambda ensemble: str(ensemble.get_params(deep=False)),
)
def test_parameters_are_checked(ensemble):
    with pytest.raises(ValueError, match="parameter of Ensemble"):
        ensemble.fit(X, WORDS)
