"""Batches: which rows of the training set go through the network together."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

Batch = tuple[Any, np.ndarray, np.ndarray | None]


class TrainingSet:
    """Input, target and sample weights, handed out batch by batch.

    Parameters
    ----------
    X : C-contiguous ndarray or CSR of shape (n_samples, n_features)
        The input.
    columns : ndarray of shape (n_outputs, n_columns)
        Target vectors, each a column. They are stored this way round because a loss
        is fastest on targets that are contiguous along the samples.
    codes : ndarray of int of shape (n_samples,), optional
        Which column is the target of which sample: for classes, one column a class
        instead of one a sample. If not given, column i belongs to sample i.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the samples, in the dtype of the network.
    """

    def __init__(
        self,
        X: Any,
        columns: np.ndarray,
        codes: np.ndarray | None = None,
        sample_weight: np.ndarray | None = None,
    ) -> None:
        self.X = X
        self.columns = columns
        self.codes = codes
        self.sample_weight = sample_weight

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.X.shape[0])

    def subset(self, rows: np.ndarray) -> "TrainingSet":
        """Return a training set of these rows; itself if they are all of them."""
        if len(rows) == self.n_samples:
            return self
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        if self.codes is not None:
            return TrainingSet(self.X[rows], self.columns, self.codes[rows], weight)
        return TrainingSet(self.X[rows], self.columns[:, rows], None, weight)

    def targets(self, rows: np.ndarray) -> np.ndarray:
        """Return the targets of these rows, of shape (n_rows, n_outputs)."""
        picked = rows if self.codes is None else self.codes[rows]
        return self.columns.take(picked, axis=1).T

    def everything(self) -> Batch:
        """Return the whole set as one batch, without copying X."""
        columns = self.columns
        if self.codes is not None:
            columns = columns.take(self.codes, axis=1)
        return self.X, columns.T, self.sample_weight

    def batches(self, rows: np.ndarray, size: int) -> Iterator[Batch]:
        """Yield (X, y, sample_weight) of `rows`, `size` of them at a time.

        What is yielded is overwritten by the next batch; the last may be short.

        Parameters
        ----------
        rows : ndarray of int
            Indices of samples, in the order of their use.
        size : int
            Samples in a batch, at most `len(rows)`.
        """
        dtype = self.columns.dtype
        X_buffer = None
        if not sparse.issparse(self.X):
            X_buffer = np.empty((size, self.X.shape[1]), dtype)
        y_buffer = np.empty(len(self.columns) * size, dtype)
        codes_buffer = np.empty(size, np.intp)
        weight_buffer = np.empty(size, dtype)
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            n = len(batch)
            # mode="clip" lets take write straight into its output.
            if X_buffer is None:
                X = self.X[batch]
            else:
                X = self.X.take(batch, axis=0, out=X_buffer[:n], mode="clip")
            picked = batch
            if self.codes is not None:
                picked = self.codes.take(batch, out=codes_buffer[:n], mode="clip")
            y = y_buffer[: len(self.columns) * n].reshape(-1, n)
            self.columns.take(picked, axis=1, out=y, mode="clip")
            weight = None
            if self.sample_weight is not None:
                weight = self.sample_weight.take(
                    batch, out=weight_buffer[:n], mode="clip"
                )
            yield X, y.T, weight
