"""The joint loss of several targets."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from .base import Loss


@dataclass(frozen=True)
class JointLoss(Loss):
    """The sum of the losses of several targets, with concatenated outputs.

    L = Σ_j L_j(raw_j, y_j), where raw_j and y_j are the columns of target j.

    Parameters
    ----------
    losses : tuple of Loss
        L_j of every target, each with one raw output per column of y.
    sizes : tuple of int
        The number of columns of every target.

    Examples
    --------
    One target with three classes and one with two:

    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import BinaryLogLoss, JointLoss, LogLoss
    >>> loss = JointLoss((LogLoss(), BinaryLogLoss()), (3, 1))
    >>> raw, y = np.zeros((1, 4)), np.array([[1.0, 0.0, 0.0, 1.0]])
    >>> losses = np.empty(1)
    >>> loss.evaluate(raw, y, losses, np.empty_like(raw))
    >>> losses.round(3).tolist(), raw.round(3).tolist()  # log 3 + log 2
    ([1.792], [[-0.667, 0.333, 0.333, -0.5]])
    """

    losses: tuple[Loss, ...]
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        is_single = [loss.raw_per_target == 1 for loss in self.losses]
        if not is_single or not all(is_single) or len(is_single) != len(self.sizes):
            raise ValueError(
                "losses must have one raw output per column of y, and sizes one entry "
                f"for each loss; got losses={self.losses} and sizes={self.sizes}."
            )

    @property
    def blocks(self) -> list[tuple[Loss, slice]]:
        """The loss and the columns of every target."""
        bounds = pairwise(accumulate(self.sizes, initial=0))
        slices = (slice(start, stop) for start, stop in bounds)
        return list(zip(self.losses, slices, strict=True))

    @property
    def out_activation(self) -> str:  # type: ignore[override]
        """The names of the output activations, one for each target."""
        return ", ".join(loss.out_activation for loss in self.losses)

    @property
    def for_classification(self) -> bool:  # type: ignore[override]
        """Whether all targets are classes."""
        return all(loss.for_classification for loss in self.losses)

    def evaluate(
        self, raw: np.ndarray, y: np.ndarray, losses: np.ndarray, workspace: np.ndarray
    ) -> None:
        """∂L/∂raw_j = ∂L_j/∂raw_j."""
        (first, block), *others = self.blocks
        first.evaluate(raw[:, block], y[:, block], losses, workspace[:, block])
        # The first target does not need its workspace again.
        of_target = workspace[:, 0]
        for loss, block in others:
            loss.evaluate(raw[:, block], y[:, block], of_target, workspace[:, block])
            losses += of_target

    def _check_shapes(self, y: np.ndarray, raw: np.ndarray) -> None:
        """Raise a ValueError unless there are columns for all targets."""
        super()._check_shapes(y, raw)
        if y.shape[1] != sum(self.sizes):
            raise ValueError(
                f"y must have {sum(self.sizes)} columns, those of all targets; got "
                f"{y.shape[1]}."
            )

    def _check_encoding(self, y: np.ndarray) -> None:
        """Let every loss check its target."""
        for loss, block in self.blocks:
            loss._check_encoding(y[:, block])

    def predict(self, raw: np.ndarray) -> None:
        """Overwrite raw with the predictions for every target."""
        for loss, block in self.blocks:
            loss.predict(raw[:, block])

    def best_constant(
        self, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the best constants of all targets, if all losses define them."""
        constants = []
        for loss, block in self.blocks:
            constant = loss.best_constant(y[:, block], sample_weight)
            if constant is None:
                return None
            constants.append(constant)
        return np.concatenate(constants)

    def check_target(self, y: np.ndarray) -> None:
        """Check every target with its loss."""
        for loss, block in self.blocks:
            loss.check_target(y[block])
