"""Batches of the training set."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

from .chunks import chunks
from .losses import Loss
from .target_blocks import TargetBlocks

Batch = tuple[Any, np.ndarray, np.ndarray | None]

# Small batches are gathered together, up to this number of values of X and y. One call
# serves several batches, and the copies stay in the processor's cache.
_GATHER_VALUES = 2**15


class OneHot:
    """The one-hot target vectors of many classes, created on demand.

    It replaces a square matrix with one column per class, with `high` on its diagonal
    and `low` elsewhere. For many classes that matrix would be larger than all batches
    together.

    Parameters
    ----------
    n_classes : int
        Number of classes: rows and columns.
    low, high : float32 or float64
        The entries, in the dtype of the network.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.batches import OneHot
    >>> OneHot(3, np.float64(0), np.float64(1)).take(np.array([2, 0, 2])).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 1.0]]
    """

    def __init__(self, n_classes: int, low: np.floating, high: np.floating) -> None:
        self.n_classes = n_classes
        self.low, self.high = low, high

    def __len__(self) -> int:
        return self.n_classes

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the entries."""
        return self.low.dtype

    def take(
        self,
        indices: np.ndarray,
        axis: int = 1,
        out: np.ndarray | None = None,
        mode: str = "raise",
    ) -> np.ndarray:
        """Return columns, like `numpy.ndarray.take`.

        Parameters
        ----------
        indices : ndarray of int of shape (n_columns,)
            Indices of the columns.
        axis : {1}, default=1
            Axis of the columns.
        out : ndarray of shape (n_classes, n_columns), optional
            Output array; by default, a new array.
        mode : str, default="raise"
            Ignored. For an array, "clip" avoids a copy when writing to `out`.

        Returns
        -------
        target_vectors : ndarray of shape (n_classes, n_columns)
            The columns.
        """
        if out is None:
            out = np.empty((self.n_classes, len(indices)), self.dtype)
        out.fill(self.low)
        out[indices, np.arange(len(indices))] = self.high
        return out


class TrainingSet:
    """Input, target and sample weights of the training samples.

    Parameters
    ----------
    X : C-contiguous ndarray or CSR of shape (n_samples, n_features)
        Features.
    target_vectors : ndarray, OneHot or TargetBlocks of shape (n_outputs, n_columns)
        Target vectors, one per column. This layout is the fastest for losses, because
        the targets are contiguous along the samples.
    class_indices : ndarray of int of shape (n_samples,), optional
        Column of each sample. For classes, there is one column per class instead of one
        per sample. By default, column i belongs to sample i.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the samples, in the dtype of the network.

    Examples
    --------
    Two classes, one column of `target_vectors` each:

    >>> import numpy as np
    >>> from sknn_scratch.engine.batches import TrainingSet
    >>> X = np.array([[0.0], [1.0], [2.0]])
    >>> training_set = TrainingSet(X, np.eye(2), class_indices=np.array([0, 1, 1]))
    >>> for X_batch, y_batch, _ in training_set.batches(np.array([2, 0, 1]), size=2):
    ...     print(X_batch.tolist(), y_batch.tolist())
    [[2.0], [0.0]] [[0.0, 1.0], [1.0, 0.0]]
    [[1.0]] [[0.0, 1.0]]
    """

    def __init__(
        self,
        X: Any,
        target_vectors: np.ndarray | OneHot | TargetBlocks,
        class_indices: np.ndarray | None = None,
        sample_weight: np.ndarray | None = None,
    ) -> None:
        self.X = X
        self.target_vectors: Any = target_vectors
        self.class_indices = class_indices
        self.sample_weight = sample_weight

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.X.shape[0])

    def subset(self, rows: np.ndarray) -> "TrainingSet":
        """Return a training set of selected rows.

        Parameters
        ----------
        rows : ndarray of int of shape (n_rows,)
            Indices of samples.

        Returns
        -------
        subset : TrainingSet
            Training set with copies of the rows; this object, in its order, if all rows
            are selected.
        """
        if len(rows) == self.n_samples:
            return self
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        if self.class_indices is not None:
            return TrainingSet(
                self.X[rows], self.target_vectors, self.class_indices[rows], weight
            )
        if isinstance(self.target_vectors, TargetBlocks):
            return TrainingSet(
                self.X[rows], self.target_vectors.subset(rows), None, weight
            )
        return TrainingSet(
            self.X[rows], self.target_vectors.take(rows, 1), None, weight
        )

    def targets(self, rows: np.ndarray | slice) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the targets and sample weights of selected rows.

        Parameters
        ----------
        rows : ndarray of int or slice
            Indices of samples.

        Returns
        -------
        y : ndarray of shape (n_rows, n_outputs)
            The targets.
        sample_weight : ndarray of shape (n_rows,) or None
            Weights, if any.
        """
        if self.class_indices is None:
            target_vectors = self.target_vectors[:, rows]
        else:
            target_vectors = self.target_vectors.take(self.class_indices[rows], axis=1)
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        return target_vectors.T, weight

    def check_target(self, loss: Loss) -> None:
        """Raise a ValueError if the loss is not defined for the target.

        Parameters
        ----------
        loss : Loss
            Loss to minimize.
        """
        target_vectors = self.target_vectors
        if isinstance(target_vectors, OneHot | TargetBlocks):
            # All columns have the same entries.
            target_vectors = target_vectors.take(np.array([0]))
        loss.check_target(target_vectors)

    def arrays(self) -> Iterator[Any]:
        """Yield all arrays of the training set, for a fingerprint.

        Yields
        ------
        array : ndarray, CSR or None
            Input, target vectors, class indices and sample weights.
        """
        yield self.X
        for one in self._parts:
            if isinstance(one.target_vectors, OneHot):
                yield np.array(
                    [
                        len(one.target_vectors),
                        one.target_vectors.low,
                        one.target_vectors.high,
                    ]
                )
            else:
                yield one.target_vectors
            yield one.class_indices
        yield self.sample_weight

    @property
    def _parts(self) -> "list[TrainingSet]":
        """One training set per target if there are several, otherwise this one."""
        if not isinstance(self.target_vectors, TargetBlocks):
            return [self]
        pairs = zip(
            self.target_vectors.target_vectors,
            self.target_vectors.class_indices,
            strict=True,
        )
        return [TrainingSet(self.X, *pair, self.sample_weight) for pair in pairs]

    def class_shares(self, rows: np.ndarray) -> np.ndarray | None:
        """Return the weighted proportion of every class in selected rows.

        Parameters
        ----------
        rows : ndarray of int
            Indices of samples, with weights that are not all zero.

        Returns
        -------
        shares : ndarray of shape (n_classes,) or None
            Proportions, which sum to 1; None without `class_indices`.
        """
        if self.class_indices is None:
            return None
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        counts = np.bincount(self.class_indices[rows], weight)
        return np.asarray(counts / counts.sum())

    def mean_weight(self, rows: np.ndarray | slice) -> float:
        """Return the mean weight of selected rows. Their order affects rounding.

        Parameters
        ----------
        rows : ndarray of int or slice
            Indices of samples.

        Returns
        -------
        mean : float
            Mean weight; 1 without weights.
        """
        if self.sample_weight is None:
            return 1.0
        return float(self.sample_weight[rows].mean())

    def mean_target(self, rows: np.ndarray, shares: np.ndarray | None) -> np.ndarray:
        """Return the weighted mean of the targets of selected rows.

        Parameters
        ----------
        rows : ndarray of int
            Indices of samples, with weights that are not all zero.
        shares : ndarray of shape (n_classes,) or None
            Result of `class_shares` for these rows.

        Returns
        -------
        mean : ndarray of shape (n_outputs,)
            Means in the dtype of the targets.
        """
        if isinstance(self.target_vectors, TargetBlocks):
            parts = [
                one.mean_target(rows, one.class_shares(rows)) for one in self._parts
            ]
            return np.concatenate(parts)
        if shares is None:
            weight = None if self.sample_weight is None else self.sample_weight[rows]
            mean = np.average(self.target_vectors[:, rows], axis=1, weights=weight)
        elif isinstance(self.target_vectors, OneHot):
            low, high = self.target_vectors.low, self.target_vectors.high
            mean = np.full(len(self.target_vectors), low)
            mean[: len(shares)] += (high - low) * shares
        else:
            mean = self.target_vectors[:, : len(shares)] @ shares
        return np.asarray(mean, self.target_vectors.dtype)

    def everything(self) -> Batch:
        """Return the whole training set as one batch, without copying X.

        Returns
        -------
        X : ndarray or CSR of shape (n_samples, n_features)
            The input itself.
        y : ndarray of shape (n_samples, n_outputs)
            The targets.
        sample_weight : ndarray of shape (n_samples,) or None
            Weights, if any.
        """
        return self.X, *self.targets(slice(None))

    def batches(self, rows: np.ndarray, size: int) -> Iterator[Batch]:
        """Yield batches (X, y, sample_weight) of `size` rows.

        The arrays are overwritten by the next batch. The last batch may be smaller.

        Parameters
        ----------
        rows : ndarray of int
            Indices of samples, in order.
        size : int
            Number of samples in a batch, at most `len(rows)`.

        Yields
        ------
        X : ndarray or CSR of shape (n_rows, n_features)
            Features of the batch.
        y : ndarray of shape (n_rows, n_outputs)
            Targets of the batch.
        sample_weight : ndarray of shape (n_rows,) or None
            Weights of the batch, if any.
        """
        dtype = self.target_vectors.dtype
        n_at_once = size
        X_buffer = None
        if not sparse.issparse(self.X):
            n_features = self.X.shape[1]
            fitting = _GATHER_VALUES // (n_features + len(self.target_vectors))
            n_at_once *= max(1, min(len(rows), fitting) // size)
            X_buffer = np.empty((n_at_once, n_features), dtype)
        y_buffer = np.empty(len(self.target_vectors) * n_at_once, dtype)
        weight_buffer = np.empty(n_at_once, dtype)
        if self.class_indices is not None:
            indices_buffer = np.empty(n_at_once, self.class_indices.dtype)
        for gathered in chunks(len(rows), n_at_once):
            picked = rows[gathered]
            n = len(picked)
            # mode="clip" makes take write to its output without a copy.
            if X_buffer is None:
                X = self.X[picked]
            else:
                X = self.X.take(picked, axis=0, out=X_buffer[:n], mode="clip")
            weight = None
            if self.sample_weight is not None:
                weight = self.sample_weight.take(
                    picked, out=weight_buffer[:n], mode="clip"
                )
            if self.class_indices is not None:
                picked = self.class_indices.take(
                    picked, out=indices_buffer[:n], mode="clip"
                )
            y = y_buffer[: len(self.target_vectors) * n].reshape(-1, n)
            y = self.target_vectors.take(picked, axis=1, out=y, mode="clip").T
            if n <= size:
                yield X, y, weight
                continue
            for batch in chunks(n, size):
                yield X[batch], y[batch], None if weight is None else weight[batch]
