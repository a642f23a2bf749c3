"""Recurrent layers, which process a sequence step by step."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..initializers import Initializer, Orthogonal, check_initializer, drawn
from .base import Layer, Shape, Shapes, is_count
from .passes import Pass, Place

# The sigmoid gates i, f and o, and the candidate g.
_N_GATES = 4


@dataclass(frozen=True, repr=False)
class LSTM(Layer):
    """Long short-term memory: recurrent cells c with input, forget and output gates.

    For every step t, with the pre-activations [x_t, h_t-1] W + b = (i, f, o, g):

        c_t = σ(f) ∘ c_t-1 + σ(i) ∘ tanh(g)
        h_t = σ(o) ∘ tanh(c_t)

    The input gate σ(i) controls how much of the candidate tanh(g) is added to the cell,
    the forget gate σ(f) how much of the cell remains, the output gate σ(o) how much of
    it is output. While the forget gate is near 1, c_t-1 is multiplied by almost 1, so
    gradients along the cell do not vanish over many steps (Hochreiter and Schmidhuber,
    1997, Long short-term memory; the forget gate is from Gers, Schmidhuber and Cummins,
    2000, Learning to forget).

    Parameters
    ----------
    n_units : int >= 1
        Number of cells, which is the number of outputs h.
    return_sequences : bool, default=False
        Whether the output is h of all steps, of shape (n_steps, n_units), or h of the
        last step. Another LSTM needs all steps as its input.
    weight_init : Initializer or str, optional
        Initializer of the rows of W for x, as in `Dense`. The rows for h start from an
        orthogonal matrix for each gate. b starts at 1 for the forget gate, so that
        cells remember at first (Jozefowicz, Zaremba and Sutskever, 2015), and at 0
        elsewhere.

    Notes
    -----
    The input has the shape (n_steps, n_features). `weights` is W, of shape
    (n_features + n_units, 4 n_units), whose columns are those of i, f, o and g.

    Examples
    --------
    >>> from sknn_scratch.engine.layers import LSTM
    >>> LSTM(64).output_shape((29, 12))
    (64,)
    >>> LSTM(64, return_sequences=True).output_shape((29, 12))
    (29, 64)
    """

    n_units: int
    return_sequences: bool = False
    weight_init: Initializer | str | None = None

    caches_output: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not is_count(self.n_units):
            raise ValueError(
                f"n_units must be an int >= 1 and < 2**31; got {self.n_units!r}."
            )
        object.__setattr__(self, "n_units", int(self.n_units))
        if not isinstance(self.return_sequences, bool):
            raise ValueError(
                f"return_sequences must be a bool; got {self.return_sequences!r}."
            )
        check_initializer(self.weight_init)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (n_units,), or (n_steps, n_units) with `return_sequences`."""
        if len(input_shape) != 2:
            raise ValueError(
                f"{self.for_prediction()!r} requires sequences of shape (n_steps, "
                f"n_features); got an input of shape {input_shape}. Put a Reshape "
                "layer before it, or set return_sequences=True in the LSTM before it."
            )
        n_steps, _ = input_shape
        return (n_steps, self.n_units) if self.return_sequences else (self.n_units,)

    def parameter_shapes(self, input_shape: Shape) -> tuple[Shapes, Shapes]:
        """Return the shapes of W (features and units × gates) and b."""
        n_gates = _N_GATES * self.n_units
        n_inputs = input_shape[1] + self.n_units
        return {"weights": (n_inputs, n_gates)}, {"biases": (n_gates,)}

    def initialize(self, ctx: Pass, random_state: np.random.RandomState) -> None:
        """Draw the weights of the features, then the weights of h gate by gate."""
        n_units = self.n_units
        of_features, of_h = ctx.weights[:-n_units], ctx.weights[-n_units:]
        of_features[...], _ = drawn(self.weight_init, random_state, of_features.shape)
        for gate in np.split(of_h, _N_GATES, axis=1):
            gate[...], _ = Orthogonal().draw(random_state, n_units, n_units)
        ctx.biases[...] = np.repeat([0, 1, 0, 0], n_units)

    def arrange(self, place: Place) -> None:
        """Set the number of values per sample that are in memory at a time."""
        n_steps, n_features = place.input_shape
        place.widest = n_steps * (n_features + self.n_units)

    def prepare(self, ctx: Pass) -> None:
        """Allocate the arrays of all steps, and ∂J/∂x."""
        n_rows, n_units, dtype = ctx.n_rows, self.n_units, ctx.dtype
        n_steps, n_features = ctx.input_shape
        # [x_t, h_t-1, 1] of every step. b is the last row of W, and the 1 adds it.
        ctx.inputs = np.ones((n_steps + 1, n_rows, n_features + n_units + 1), dtype)
        ctx.inputs[0, :, n_features:-1] = 0
        ctx.kernel = np.empty((n_features + n_units + 1, _N_GATES * n_units), dtype)
        # The backward pass needs the arrays of every step; predictions share them.
        n_kept = n_steps if ctx.trains else 1
        ctx.all_tanhs = np.empty((n_kept, n_rows, _N_GATES, n_units), dtype)
        ctx.tanhs = [ctx.all_tanhs[t % n_kept] for t in range(n_steps)]
        sigmoids = np.empty_like(ctx.all_tanhs)
        ctx.sigmoids = [sigmoids[t % n_kept] for t in range(n_steps)]
        cells = np.empty((n_kept + 1, n_rows, n_units), dtype)
        ctx.cells = [cells[t % (n_kept + 1)] for t in range(n_steps + 1)]
        tanh_cells = np.empty((n_kept, n_rows, n_units), dtype)
        ctx.tanh_cells = [tanh_cells[t % n_kept] for t in range(n_steps)]
        ctx.written = np.empty((n_rows, n_units), dtype)
        ctx.output = ctx.empty(*ctx.output_shape)
        if ctx.trains:
            ctx.d_kernel = np.empty_like(ctx.kernel)
            ctx.slopes, ctx.d_gates = np.empty((2, n_rows, _N_GATES, n_units), dtype)
            ctx.d_h, ctx.d_cell, ctx.d_tanh = np.empty((3, n_rows, n_units), dtype)
            ctx.transposed = np.empty(ctx.weights.shape[::-1], dtype)
        if ctx.trains and ctx.needs_input_grad:
            ctx.d_input = ctx.empty(*ctx.input_shape)

    def forward(self, x: np.ndarray, ctx: Pass) -> np.ndarray:
        """Compute the steps one after another, for all sequences at once."""
        n_features = ctx.input_shape[1]
        all_h = ctx.inputs[1:, :, n_features:-1]
        ctx.inputs[:-1, :, :n_features] = x.transpose(1, 0, 2)
        ctx.kernel[:-1], ctx.kernel[-1] = ctx.weights, ctx.biases
        # σ(z) = (1 + tanh(z / 2)) / 2: with z halved, one tanh computes all gates.
        ctx.kernel[:, : 3 * self.n_units] /= 2
        ctx.cells[0][...] = 0
        for t, h in enumerate(all_h):
            cell, tanh_cell = ctx.cells[t + 1], ctx.tanh_cells[t]
            tanhs, sigmoids = ctx.tanhs[t], ctx.sigmoids[t]
            np.dot(ctx.inputs[t], ctx.kernel, out=tanhs.reshape(ctx.n_rows, -1))
            np.tanh(tanhs, out=tanhs)
            np.multiply(tanhs, 0.5, out=sigmoids)
            sigmoids += 0.5
            (i, f, o, _), g = _each(sigmoids), tanhs[:, 3]
            np.multiply(f, ctx.cells[t], out=cell)
            cell += np.multiply(i, g, out=ctx.written)
            np.tanh(cell, out=tanh_cell)
            np.multiply(o, tanh_cell, out=h)
        ctx.output[...] = all_h.transpose(1, 0, 2) if self.return_sequences else h
        return ctx.output

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Back-propagate through time (Werbos, 1990), summing ∂J/∂W over the steps."""
        n_steps, n_features = ctx.input_shape
        d_h, d_cell, d_gates = ctx.d_h, ctx.d_cell, ctx.d_gates
        d_h[...], d_cell[...] = 0 if self.return_sequences else delta, 0
        # σ′(z) = (1 − tanh²(z / 2)) / 4. Without the factor 1/4, the derivatives of all
        # gates have the same form. A copy of W contains it; the copy also makes the
        # products faster.
        ctx.transposed[...] = ctx.weights.T
        ctx.transposed[: 3 * self.n_units] /= 4
        of_x, of_h = ctx.transposed[:, :n_features], ctx.transposed[:, n_features:]
        for t in reversed(range(n_steps)):
            if self.return_sequences:
                d_h += delta[:, t]
            tanhs, tanh_cell = ctx.tanhs[t], ctx.tanh_cells[t]
            (i, f, o, _), g = _each(ctx.sigmoids[t]), tanhs[:, 3]
            # h = o tanh(c); d_cell already contains the gradient from the next step.
            d_tanh = np.multiply(tanh_cell, tanh_cell, out=ctx.d_tanh)
            np.subtract(1, d_tanh, out=d_tanh)
            d_tanh *= o
            d_tanh *= d_h
            d_cell += d_tanh
            d_i, d_f, d_o, d_g = _each(d_gates)
            np.multiply(d_cell, g, out=d_i)
            np.multiply(d_cell, ctx.cells[t], out=d_f)
            np.multiply(d_h, tanh_cell, out=d_o)
            np.multiply(d_cell, i, out=d_g)
            d_cell *= f
            # The values of tanh are not needed again, so ∂J/∂z, or 4 ∂J/∂z for sigmoid
            # gates, overwrites them.
            slopes = np.multiply(tanhs, tanhs, out=ctx.slopes)
            np.subtract(1, slopes, out=slopes)
            np.multiply(slopes, d_gates, out=tanhs)
            d_z = tanhs.reshape(ctx.n_rows, -1)
            np.dot(d_z, of_h, out=d_h)
            if ctx.needs_input_grad:
                ctx.d_input[:, t] = d_z @ of_x
        inputs = ctx.inputs[:-1].reshape(n_steps * ctx.n_rows, -1)
        np.dot(inputs.T, ctx.all_tanhs.reshape(len(inputs), -1), out=ctx.d_kernel)
        ctx.d_kernel[:, : 3 * self.n_units] /= 4
        ctx.d_weights[...], ctx.d_biases[...] = ctx.d_kernel[:-1], ctx.d_kernel[-1]
        return ctx.d_input if ctx.needs_input_grad else delta

    def for_prediction(self) -> "LSTM":
        """Return the layer without its initializer."""
        return replace(self, weight_init=None)


def _each(gates: np.ndarray) -> list[np.ndarray]:
    """Return the gates i, f, o and g one by one."""
    return [gates[:, k] for k in range(_N_GATES)]
