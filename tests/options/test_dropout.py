"""Dropout of hidden units and of inputs."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import log_loss
from small_networks import X, Y, same_weights, small

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


DROPOUT = {"hidden_layer_sizes": (32, 16), "dropout": [0.5, 0.25], "input_dropout": 0.1}


def test_dropout_reduces_overfitting():
    """On few samples with many features, which a network without dropout overfits."""
    rng = np.random.default_rng(0)
    noisy = np.hstack([X, rng.normal(size=(len(X), 60))])
    train, test = slice(0, None, 2), slice(1, None, 2)
    gaps = []
    for dropout in (0.0, 0.6):
        model = small(hidden_layer_sizes=100, max_iter=300, dropout=dropout)
        model.fit(noisy[train], Y[train])
        losses = [log_loss(Y[s], model.predict_proba(noisy[s])) for s in (train, test)]
        gaps.append(losses[1] - losses[0])
    assert gaps[1] < 0.7 * gaps[0]


def test_dropout_is_reproducible_and_partial_fit_continues_it():
    first, second = small(**DROPOUT).fit(X, Y), small(**DROPOUT).fit(X, Y)
    assert same_weights(first, second)
    assert not same_weights(first, small(**DROPOUT, random_state=1).fit(X, Y))
    parts = small(**DROPOUT)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_weights(first, parts)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


def test_a_small_dropout_rate_has_an_effect():
    assert not same_weights(small(dropout=0.001).fit(X, Y), small().fit(X, Y))


def test_input_dropout_makes_no_dense_copy_of_sparse_input():
    wide = sparse.random(100, 50_000, 1e-3, format="csr", random_state=0)
    y = np.arange(100) % 2
    tracemalloc.start()
    small(hidden_layer_sizes=1, input_dropout=0.5, max_iter=2).fit(wide, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 50_000 * 8 / 2
