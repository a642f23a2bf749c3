"""Target vectors of several targets, each of which has a few different ones."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np


class TargetBlocks:
    """The target vectors of several class targets, below each other.

    It stands in for a matrix with a column for each sample. Each target has one column
    for each class, and a class index for each sample, which need less memory.

    Parameters
    ----------
    target_vectors : sequence of ndarray or OneHot of shape (n_outputs, n_classes)
        The target vectors of the classes of each target, all of the same dtype.
    class_indices : sequence of ndarray of int of shape (n_samples,)
        Which column is the target of which sample, for each target.

    Examples
    --------
    A target of three classes, and one of two with a single output:

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
        """The dtype of the entries."""
        dtype: np.dtype = self.target_vectors[0].dtype
        return dtype

    def __getitem__(self, key: tuple[slice, Any]) -> np.ndarray:
        """Return the target vectors of some samples; the first slice is of all rows."""
        _, rows = key
        return self.subset(rows).take(np.arange(len(self.class_indices[0][rows])))

    def subset(self, rows: Any) -> "TargetBlocks":
        """Return the target vectors of some samples, in the same form.

        Parameters
        ----------
        rows : ndarray of int or slice
            Which samples.
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
        """Return the target vectors of some samples, as `numpy.ndarray.take` does.

        Parameters
        ----------
        indices : ndarray of int of shape (n_rows,)
            Which samples.
        axis : {1}, default=1
            The axis of the samples.
        out : ndarray of shape (n_outputs, n_rows), optional
            Where to write them; a new array if not given.
        mode : str, default="raise"
            Of no effect, as for `OneHot`.

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
