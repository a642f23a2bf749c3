import numpy as np
import pytest
from scipy import sparse

from sknn_scratch.engine import batches
from sknn_scratch.engine.batches import OneHot, TrainingSet
from sknn_scratch.engine.target_blocks import TargetBlocks

N = 10
X = np.arange(2.0 * N).reshape(N, 2)
NUMBERS = np.array([np.arange(N), 10.0 * np.arange(N)])
CODES = np.arange(N) % 3
ONE_HOT = OneHot(3, np.float64(0), np.float64(1))
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
@pytest.mark.parametrize(
    ("target_vectors", "class_indices"),
    [(NUMBERS, None), (np.eye(3), CODES), (ONE_HOT, CODES)],
    ids=["numbers", "classes", "many classes"],
)
def test_batches_are_the_rows_in_order(
    container, target_vectors, class_indices, gather_values, monkeypatch
):
    monkeypatch.setattr(batches, "_GATHER_VALUES", gather_values)
    training_set = TrainingSet(container(X), target_vectors, class_indices, WEIGHT)
    sizes, (x, y, w) = collect(training_set.batches(ROWS, 3))
    assert sizes == [3, 3, 1]
    np.testing.assert_array_equal(x, X[ROWS])
    np.testing.assert_array_equal(w, WEIGHT[ROWS])
    expected = NUMBERS.T[ROWS] if class_indices is None else np.eye(3)[CODES[ROWS]]
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize(
    "target_vectors", [np.eye(3), ONE_HOT], ids=["matrix", "one-hot"]
)
def test_everything_returns_one_batch_without_copying_x(target_vectors):
    x, y, w = TrainingSet(X, target_vectors, CODES, WEIGHT).everything()
    assert x is X
    assert np.shares_memory(w, WEIGHT)
    np.testing.assert_array_equal(y, np.eye(3)[CODES])


def test_a_subset_keeps_rows_together():
    for class_indices, target_vectors in (
        (None, NUMBERS),
        (CODES, np.eye(3)),
        (CODES, ONE_HOT),
    ):
        whole = TrainingSet(X, target_vectors, class_indices, WEIGHT)
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_hot_columns_are_those_of_the_matrix(dtype):
    matrix = np.full((3, 3), -1, dtype)
    np.fill_diagonal(matrix, 1)
    taken = OneHot(3, dtype(-1), dtype(1)).take(CODES)
    assert taken.dtype == dtype
    np.testing.assert_array_equal(taken, matrix[:, CODES])


def test_fingerprint_arrays_differ_for_different_targets():
    def target(low, class_indices):
        target_vectors = OneHot(3, np.float64(low), np.float64(1))
        return [
            a.tolist()
            for a in list(TrainingSet(X, target_vectors, class_indices).arrays())[1:3]
        ]

    assert target(0, CODES) == target(0, CODES.copy())
    assert target(0, CODES) != target(-1, CODES)
    assert target(0, CODES) != target(0, CODES[::-1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_target_blocks_equal_the_full_matrix(dtype):
    """Every method gives what it gives for the whole matrix."""
    rng = np.random.default_rng(0)
    class_indices = (
        rng.integers(0, 3, 20),
        rng.integers(0, 2, 20),
        rng.integers(0, 90, 20),
    )
    target_vectors = (
        np.eye(3, dtype=dtype),
        np.array([[0, 1]], dtype),
        OneHot(90, dtype(0), dtype(1)),
    )
    whole = np.vstack(
        [
            np.eye(3)[class_indices[0]].T,
            class_indices[1],
            np.eye(90)[class_indices[2]].T,
        ]
    )
    whole = whole.astype(dtype)
    X, weight = rng.normal(size=(20, 2)).astype(dtype), np.arange(20, dtype=dtype)
    blocks = TrainingSet(X, TargetBlocks(target_vectors, class_indices), None, weight)
    matrix = TrainingSet(X, whole, None, weight)
    rows = np.array([3, 19, 7, 7, 0])
    for one, other in zip(
        (*blocks.targets(rows), *blocks.subset(rows).everything()),
        (*matrix.targets(rows), *matrix.subset(rows).everything()),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == dtype
    pairs = zip(blocks.batches(rows, 2), matrix.batches(rows, 2), strict=True)
    for (_, y, _), (_, expected, _) in pairs:
        np.testing.assert_array_equal(y, expected)
    np.testing.assert_allclose(
        blocks.mean_target(rows, None), matrix.mean_target(rows, None), rtol=1e-6
    )
    assert len(blocks.target_vectors) == len(whole)
    assert sum(one.size for one in class_indices) < whole.size / 10


def test_a_fingerprint_includes_the_classes_of_every_target():
    X, target_vectors = np.zeros((3, 1)), (np.eye(2), np.eye(2))
    sets = [
        TrainingSet(
            X, TargetBlocks(target_vectors, (np.array([0, 1, 0]), np.array(second)))
        )
        for second in ([0, 1, 1], [0, 1, 0])
    ]
    arrays = [list(one.arrays()) for one in sets]
    same = [np.array_equal(*pair) for pair in zip(*arrays, strict=True)]
    assert same == [True, True, True, True, False, True]
