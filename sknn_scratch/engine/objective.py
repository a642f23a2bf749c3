"""The objective of a batch of samples and, by back-propagation, its gradient."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .chunks import chunks
from .kernels import add_scaled
from .layers import Noise, Pass
from .losses import Loss
from .network import Network


class Value(NamedTuple):
    """Result of an evaluation of the objective.

    Attributes
    ----------
    objective : float
        J, of which the gradient was computed.
    loss : float
        J as in loss curves: with the mean over the outputs instead of the sum if the
        loss has `mean_over_outputs`.
    """

    objective: float
    loss: float


@dataclass
class _Buffers:
    """Arrays of an evaluation, for one number of samples."""

    network: Pass
    losses: np.ndarray
    workspace: np.ndarray


class Objective:
    """The penalized mean loss of a network on a batch, and its gradient.

    With sample weights s_i (1 if none are given), their mean s̄ over the whole
    training set, and a batch of n samples:

        J = 1/(n s̄) · [ Σ_i s_i L(raw_i, y_i) + α ((1 − ρ)/2 ‖W‖² + ρ ‖W‖₁) ]

    Biases are not penalized. This is the only place where anything is normalized.

    Parameters
    ----------
    network : Network
        Network; evaluations do not change its parameters.
    loss : Loss
        L.
    alpha : float, default=0.0
        α, the strength of the penalty.
    mean_weight : float, default=1.0
        s̄.
    l1_ratio : float in [0, 1], default=0.0
        ρ, the proportion of the L1 penalty, whose gradient is 0 for weights of 0.
    noise : Noise, optional
        Source of random numbers for layers such as dropout, which are inactive without
        it.

    Attributes
    ----------
    grad : ndarray of shape (n_params,)
        Gradient of the last evaluation, with the layout of `network.params`. The caller
        may overwrite it.

    Examples
    --------
    A line through the origin whose best slope is 1:

    >>> import numpy as np
    >>> from sknn_scratch.engine.layers import Dense
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.engine.network import Network
    >>> from sknn_scratch.engine.objective import Objective
    >>> objective = Objective(Network(1, [Dense(1)]), SquaredError())
    >>> X = np.array([[1.0], [2.0]])
    >>> objective.evaluate(X, y=X)
    Value(objective=1.25, loss=1.25)
    >>> objective.grad.tolist()  # of the weight and of the bias
    [-2.5, -1.5]
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        alpha: float = 0.0,
        mean_weight: float = 1.0,
        l1_ratio: float = 0.0,
        noise: Noise | None = None,
    ) -> None:
        self.network = network
        self.loss = loss
        self.alpha = alpha
        self.mean_weight = mean_weight
        self.l1_ratio = l1_ratio
        self.noise = noise
        self.grad = np.zeros_like(network.params)
        n_weights = network.n_weights
        self._penalized = network.params[:n_weights], self.grad[:n_weights]
        # A batch is processed in chunks of this number of rows. So the outputs of a
        # layer are still in the processor's cache in the backward pass, and memory is
        # limited. A typical mini-batch is a single chunk.
        self.chunk_rows = network.chunk_rows
        self._summed: np.ndarray | None = None
        self._signs = np.empty(min(2**14, n_weights), network.params.dtype)
        # One set for each chunk size; there are two if the last chunk is smaller.
        self._buffers: dict[int, _Buffers] = {}

    def evaluate(
        self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> Value:
        """Compute J of a batch, and its gradient into `grad`.

        Parameters
        ----------
        X : ndarray or CSR of shape (n_samples, n_features)
            Features, in the dtype of the network.
        y : ndarray of shape (n_samples, n_outputs)
            Targets, in the dtype of the network.
        sample_weight : ndarray of shape (n_samples,), optional
            s_i; 1 if not given.

        Returns
        -------
        value : Value
            J and the loss.
        """
        n_samples, n_outputs = y.shape
        normalizer = n_samples * self.mean_weight
        if n_samples <= self.chunk_rows:
            data = self._evaluate_data(X, y, sample_weight, normalizer)
        else:
            data = 0.0
            if self._summed is None:
                self._summed = np.empty_like(self.grad)
            self._summed[...] = 0
            for rows in chunks(n_samples, self.chunk_rows):
                weight = None if sample_weight is None else sample_weight[rows]
                data += self._evaluate_data(X[rows], y[rows], weight, normalizer)
                self._summed += self.grad
            self.grad[...] = self._summed
        is_penalized = self.alpha and self.network.n_weights
        penalty = self._penalize(self.alpha / normalizer) if is_penalized else 0.0
        loss = data / n_outputs if self.loss.mean_over_outputs else data
        return Value(data + penalty, loss + penalty)

    def output_gradient(self, X: Any, y: np.ndarray) -> np.ndarray:
        """Return ∂L/∂raw of every sample, each as a separate batch.

        Parameters
        ----------
        X : ndarray or CSR of shape (n_samples, n_features)
            Features of at most `chunk_rows` samples.
        y : ndarray of shape (n_samples, n_outputs)
            The target.

        Returns
        -------
        delta : ndarray of shape (n_samples, n_raw)
            Overwritten by the next call of any method.
        """
        buffers = self._buffers_for(len(y))
        delta: np.ndarray = buffers.network.forward(X)
        self.loss.evaluate(delta, y, buffers.losses, buffers.workspace)
        return delta

    def evaluate_first(
        self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> tuple[int, Value | None]:
        """Compute J of the first sample with a gradient, and its gradient into `grad`.

        For a network of one dense layer, without a penalty.

        Parameters
        ----------
        X : ndarray or CSR of shape (n_samples, n_features)
            Features of at most `chunk_rows` samples, each a separate batch.
        y : ndarray of shape (n_samples, n_outputs)
            The target.
        sample_weight : ndarray of shape (n_samples,), optional
            s_i; 1 if not given.

        Returns
        -------
        n_before : int
            Number of samples before it; all samples if no sample has a gradient.
        value : Value or None
            J; None if no sample has a gradient.
        """
        delta = self.output_gradient(X, y)
        moves: np.ndarray = np.logical_or.reduce(delta, axis=1)
        first = int(moves.argmax())
        if not moves[first]:
            return len(y), None
        factor = 1 / self.mean_weight
        if sample_weight is not None:
            factor *= float(sample_weight[first])
        row = slice(first, first + 1)
        loss = float(self._buffers_for(len(y)).losses[first]) * factor
        delta_of_first = delta[row] * factor
        ctx = self._buffers_for(1).network
        # `forward` would set this; its product is already known from the block.
        ctx.last.input = X[row]
        ctx.backward(delta_of_first)
        return first, Value(loss, loss)

    def _evaluate_data(
        self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None, normalizer: float
    ) -> float:
        """Compute J without the penalty, and its gradient into `grad`."""
        buffers = self._buffers_for(len(y))
        delta = buffers.network.forward(X)
        self.loss.evaluate(delta, y, buffers.losses, buffers.workspace)
        if sample_weight is not None:
            buffers.losses *= sample_weight
            delta *= sample_weight[:, None]
        # The gradient is linear in delta, so this normalizes all of it.
        delta *= 1 / normalizer
        buffers.network.backward(delta)
        total = float(np.add.reduce(buffers.losses, dtype=np.float64))
        return total / normalizer

    def _penalize(self, strength: float) -> float:
        """Add the gradient of the penalty to `grad`; return its value."""
        weights, grad = self._penalized
        l1, l2 = strength * self.l1_ratio, strength * (1 - self.l1_ratio)
        add_scaled(grad, l2, weights)
        value = 0.5 * l2 * float(np.dot(weights, weights))
        if not l1:
            return value
        for block in chunks(len(weights), len(self._signs)):
            signs = self._signs[: block.stop - block.start]
            np.sign(weights[block], out=signs)
            add_scaled(grad[block], l1, signs)
            # The result of BLAS asum depends on the memory alignment.
            value += l1 * float(np.dot(weights[block], signs))
        return value

    def _buffers_for(self, n_samples: int) -> _Buffers:
        if n_samples not in self._buffers:
            ctx = self.network.bind(n_samples, self.grad, self.noise)
            # In column-major order, sums over the few outputs run along the many
            # samples, which is twice as fast.
            shape, dtype = (n_samples, self.network.n_outputs), self.grad.dtype
            ctx.last.output = np.empty(shape, dtype, order="F")
            self._buffers[n_samples] = _Buffers(
                ctx, np.empty(n_samples, dtype), np.empty(shape, dtype, order="F")
            )
        return self._buffers[n_samples]


def mean_loss(
    loss: Loss,
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    sample_weight: np.ndarray | None = None,
) -> float:
    """Return the mean loss of raw outputs, as in loss curves, without a penalty.

    Parameters
    ----------
    loss : Loss
        L.
    batches : iterable of tuple (raw, y)
        One or more batches, which need not be in memory together: raw outputs of shape
        (n_rows, n_raw), overwritten, and targets of shape
        (n_rows, n_outputs).
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the samples, not all zero.

    Returns
    -------
    mean : float
        Mean over the samples, of the mean over the outputs if the loss has
        `mean_over_outputs`, otherwise of the sum.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.engine.objective import mean_loss
    >>> y = np.array([[1.0], [1.0]])
    >>> mean_loss(SquaredError(), [(np.array([[1.0], [3.0]]), y)])
    1.0
    >>> mean_loss(SquaredError(), [(np.array([[1.0], [3.0]]), y)], np.array([3.0, 1.0]))
    0.5
    """
    parts, n_outputs = [], 1
    for raw, y in batches:
        part, n_outputs = np.empty(len(raw), raw.dtype), y.shape[1]
        loss.evaluate(raw, y, part, np.empty_like(raw))
        parts.append(part)
    losses = np.concatenate(parts)
    normalizer = float(len(losses))
    if sample_weight is not None:
        losses *= sample_weight
        normalizer = float(np.add.reduce(sample_weight, dtype=np.float64))
    if loss.mean_over_outputs:
        normalizer *= n_outputs
    return float(np.add.reduce(losses, dtype=np.float64)) / normalizer
