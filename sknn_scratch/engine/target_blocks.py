"""Target vectors of several class targets."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np


class TargetBlocks:
    """The target vectors of several class targets, concatenated.

    It replaces a matrix with one column per sample. Each target has one column per
    class and a class index per sample, which need less memory.

    Parameters
    ----------
    target_vectors : sequence of ndarray or OneHot of shape (n_outputs, n_classes)
        Target vectors of the classes of each target, all of the same dtype.
    class_indices : sequence of ndarray of int of shape (n_samples,)
        Class index of each sample, for each target.

    Examples
    --------
    One target with three classes, and one with two classes and a single output:

    >>> import numpy as np
    >>> from sknn_scratch.engine.target_blocks import TargetBlocks
    >>> target_vectors = np.eye(3), np.array([[0.0, 1.0]])
    >>> blocks = TargetBlocks(target_vectors, [np.array([2, 0]), np.array([1, 0])])
    >>> blocks[:, :].tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    """

    def __init__(
        self, target_vectors: Sequence[Any], class_indices: Sequence[np.ndarray]
    ) -> None:
        self.target_vectors = list(target_vectors)
        self.class_indices = list(class_indices)

    def __len__(self) -> int:
        return sum(map(len, self.target_vectors))

    @property
    def dtype(self) -> np.dtype:
        """Dtype of the entries."""
        dtype: np.dtype = self.target_vectors[0].dtype
        return dtype

    def __getitem__(self, key: tuple[slice, Any]) -> np.ndarray:
        """Return target vectors of samples; the first index must select all rows."""
        _, rows = key
        return self.subset(rows).take(np.arange(len(self.class_indices[0][rows])))

    def subset(self, rows: Any) -> "TargetBlocks":
        """Return the target blocks of selected samples.

        Parameters
        ----------
        rows : ndarray of int or slice
            Indices of samples.
        """
        return TargetBlocks(
            self.target_vectors,
            [class_indices[rows] for class_indices in self.class_indices],
        )

    def take(
        self,
        indices: np.ndarray,
        axis: int = 1,
        out: np.ndarray | None = None,
        mode: str = "raise",
    ) -> np.ndarray:
        """Return the target vectors of selected samples, like `numpy.ndarray.take`.

        Parameters
        ----------
        indices : ndarray of int of shape (n_rows,)
            Indices of samples.
        axis : {1}, default=1
            Axis of the samples.
        out : ndarray of shape (n_outputs, n_rows), optional
            Output array; by default, a new array.
        mode : str, default="raise"
            Ignored, as for `OneHot`.

        Returns
        -------
        target_vectors : ndarray of shape (n_outputs, n_rows)
            The target vectors.
        """
        if out is None:
            out = np.empty((len(self), len(indices)), self.dtype)
        bounds = pairwise(accumulate(map(len, self.target_vectors), initial=0))
        for target_vectors, class_indices, (start, stop) in zip(
            self.target_vectors, self.class_indices, bounds, strict=True
        ):
            target_vectors.take(
                class_indices[indices], axis=1, out=out[start:stop], mode="clip"
            )
        return out
