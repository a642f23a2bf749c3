"""Thousands of classes: the same results with less memory."""

import pickle
import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.neural_network import MLPClassifier

from sknn_scratch import MLPScratchClassifier, PerceptronClassifier
from sknn_scratch.estimators import _targets
from sknn_scratch.estimators._targets import ClassTarget

RNG = np.random.default_rng(0)
N_MANY = 3000
X = RNG.normal(size=(20, 3))
Y = RNG.integers(N_MANY, size=20)


def peak_of(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "model",
    [MLPScratchClassifier(2, label_smoothing=0.1), PerceptronClassifier()],
    ids=["mlp", "perceptron"],
)
def test_partial_fit_needs_the_memory_of_rows_times_classes(model):
    peak = peak_of(lambda: model.partial_fit(X, Y, classes=np.arange(N_MANY)))
    # One byte for each pair of classes would be 9 MB.
    assert peak < 60 * len(X) * N_MANY < N_MANY**2


def test_fit_holds_neither_targets_nor_outputs_of_all_rows():
    n_classes = 1000
    y = np.repeat(np.arange(n_classes), 2)
    X = RNG.normal(size=(len(y), 2))
    settings = {"early_stopping": True, "calibrate": True, "batch_size": 20}
    mlp = MLPScratchClassifier(2, max_iter=1, **settings)
    with pytest.warns(match="not converged|The validation set is drawn"):
        peak = peak_of(lambda: mlp.fit(X, y))
    assert peak < 8 * len(y) * n_classes


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_hundred_classes_give_the_results_of_scikit_learn():
    y = np.repeat(np.arange(100), 3)
    X = np.column_stack([np.sin(y), np.cos(y)]) + RNG.normal(scale=0.1, size=(300, 2))
    settings = {"max_iter": 5, "random_state": 0}
    ours, theirs = (
        cls(8, **settings).fit(X, y).predict_proba(X)
        for cls in (MLPScratchClassifier, MLPClassifier)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-7)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "model",
    [
        MLPScratchClassifier(4, label_smoothing=0.3, early_stopping=True, max_iter=3),
        PerceptronClassifier("squared_error", max_iter=3),
    ],
    ids=["mlp", "perceptron"],
)
def test_one_hot_and_matrix_target_vectors_give_the_same_results(
    model, dtype, monkeypatch
):
    X, y = RNG.normal(size=(60, 3)).astype(dtype), np.repeat([0, 1, 2], 20)
    model.set_params(random_state=0, batch_size=7)
    few = model.fit(X, y).decision_function(X)
    monkeypatch.setattr(_targets, "_FEW_CLASSES", 0)
    np.testing.assert_array_equal(model.fit(X, y).decision_function(X), few)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_a_pickled_target_of_many_labels_is_small_and_predicts_the_same(container):
    y = np.zeros((3, N_MANY), int)
    y[[0, 1, 2], [5, 0, 7]] = 1
    target = ClassTarget(container(y))
    saved = pickle.dumps(target)
    loaded = []
    assert peak_of(lambda: loaded.append(pickle.loads(saved))) < N_MANY**2
    raw = y - 0.5
    assert type(loaded[0].decode(raw)) is type(target.decode(raw))
    assert (loaded[0].decode(raw) != target.decode(raw)).sum() == 0
