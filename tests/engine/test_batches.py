import numpy as np
import pytest
from scipy import sparse

from sknn_scratch.engine import batches
from sknn_scratch.engine.batches import TrainingSet

N = 10
X = np.arange(2.0 * N).reshape(N, 2)
NUMBERS = np.array([np.arange(N), 10.0 * np.arange(N)])
CODES = np.arange(N) % 3
WEIGHT = np.arange(N) / 2
ROWS = np.array([9, 0, 4, 4, 7, 2, 1])


def collect(batches):
    """Copy the batches, which share their buffers, and join them."""
    parts = [
        (x.toarray() if sparse.issparse(x) else x.copy(), y.copy(), w.copy())
        for x, y, w in batches
    ]
    return [len(part[0]) for part in parts], [
        np.concatenate(p) for p in zip(*parts, strict=True)
    ]


@pytest.mark.parametrize("gather_values", [1, 30, 1000])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("codes", [None, CODES], ids=["numbers", "classes"])
def test_batches_are_the_rows_in_order(container, codes, gather_values, monkeypatch):
    monkeypatch.setattr(batches, "_GATHER_VALUES", gather_values)
    columns = NUMBERS if codes is None else np.eye(3)
    training_set = TrainingSet(container(X), columns, codes, WEIGHT)
    sizes, (x, y, w) = collect(training_set.batches(ROWS, 3))
    assert sizes == [3, 3, 1]
    np.testing.assert_array_equal(x, X[ROWS])
    np.testing.assert_array_equal(w, WEIGHT[ROWS])
    expected = NUMBERS.T[ROWS] if codes is None else np.eye(3)[CODES[ROWS]]
    np.testing.assert_array_equal(y, expected)


def test_everything_is_one_batch_without_a_copy_of_the_input():
    x, y, w = TrainingSet(X, np.eye(3), CODES, WEIGHT).everything()
    assert x is X
    assert np.shares_memory(w, WEIGHT)
    np.testing.assert_array_equal(y, np.eye(3)[CODES])


def test_a_subset_keeps_rows_together():
    for codes, columns in ((None, NUMBERS), (CODES, np.eye(3))):
        whole = TrainingSet(X, columns, codes, WEIGHT)
        x, y, w = whole.subset(ROWS).everything()
        _, (x_rows, y_rows, w_rows) = collect(whole.batches(ROWS, 4))
        np.testing.assert_array_equal(x, x_rows)
        np.testing.assert_array_equal(y, y_rows)
        np.testing.assert_array_equal(w, w_rows)
        assert whole.subset(np.arange(N)) is whole


def test_batches_of_many_outputs_are_gathered_one_by_one():
    training_set = TrainingSet(np.zeros((1000, 2)), np.zeros((4000, 1000)))
    _, y, _ = next(training_set.batches(np.arange(1000), 10))
    assert y.base.size == 10 * 4000
