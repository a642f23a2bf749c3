"""Recurrence: a layer that reads a sequence step by step, and remembers."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..initializers import Initializer, Orthogonal, check_initializer, drawn
from .base import Layer, Shape, Shapes, is_count
from .passes import Pass, Place

# Gates i, f and o, which are sigmoids, then the candidate g.
_N_GATES = 4


@dataclass(frozen=True, repr=False)
class LSTM(Layer):
    """Long short-term memory: recurrent cells c with input, forget and output gates.

    For every step t, with [x_t, h_t-1] W + b = (i, f, o, g) before their functions:

        c_t = σ(f) ∘ c_t-1 + σ(i) ∘ tanh(g)
        h_t = σ(o) ∘ tanh(c_t)

    The input gate i decides what is added to the cell, the forget gate f how much of it
    is kept, the output gate o what is put out. While the forget gate is open, c_t-1 is
    multiplied by almost 1, so that gradients do not vanish over many steps (Hochreiter
    and Schmidhuber, 1997, Long short-term memory; the forget gate is from Gers,
    Schmidhuber and Cummins, 2000, Learning to forget).

    Parameters
    ----------
    n_units : int >= 1
        Number of cells, and of outputs h.
    return_sequences : bool, default=False
        Whether the output is h of all steps, of the shape (n_steps, n_units), as the
        input of another LSTM must be, instead of h of the last step.
    weight_init : Initializer or str, optional
        What the rows of W for x start from, as that of `Dense`. Those for h start from
        an orthogonal matrix for each gate; b from 1 for the forget gate, so that cells
        remember at first (Jozefowicz, Zaremba and Sutskever, 2015), and else from 0.

    Notes
    -----
    The input has the shape (n_steps, n_features). `weights` is W, of the shape
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
        """Return the number of units, after that of steps if all are returned."""
        if len(input_shape) != 2:
            raise ValueError(
                f"{self.for_prediction()!r} requires sequences of shape (n_steps, "
                f"n_features); got an input of shape {input_shape}. Put a Reshape "
                "layer before it, or set return_sequences=True in the LSTM before it."
            )
        n_steps, _ = input_shape
        return (n_steps, self.n_units) if self.return_sequences else (self.n_units,)

    def parameter_shapes(self, input_shape: Shape) -> tuple[Shapes, Shapes]:
        """W has a row for every feature and every unit, b a value for every gate."""
        n_gates = _N_GATES * self.n_units
        n_inputs = input_shape[1] + self.n_units
        return {"weights": (n_inputs, n_gates)}, {"biases": (n_gates,)}

    def initialize(self, ctx: Pass, random_state: np.random.RandomState) -> None:
        """Draw the weights of the features, then those of h gate by gate."""
        n_units = self.n_units
        of_features, of_h = ctx.weights[:-n_units], ctx.weights[-n_units:]
        of_features[...], _ = drawn(self.weight_init, random_state, of_features.shape)
        for gate in np.split(of_h, _N_GATES, axis=1):
            gate[...], _ = Orthogonal().draw(random_state, n_units, n_units)
        ctx.biases[...] = np.repeat([0, 1, 0, 0], n_units)

    def arrange(self, place: Place) -> None:
        """Count the values of a sample that are in memory at a time."""
        n_steps, n_features = place.input_shape
        place.widest = n_steps * (n_features + self.n_units)

    def prepare(self, ctx: Pass) -> None:
        """Allocate what every step writes, and ∂J/∂x."""
        n_rows, n_units, dtype = ctx.n_rows, self.n_units, ctx.dtype
        n_steps, n_features = ctx.input_shape
        # [x_t, h_t-1, 1] of every step. With b as the last row of W, the 1 adds it.
        ctx.inputs = np.ones((n_steps + 1, n_rows, n_features + n_units + 1), dtype)
        ctx.inputs[0, :, n_features:-1] = 0
        ctx.kernel = np.empty((n_features + n_units + 1, _N_GATES * n_units), dtype)
        # For the backward pass each step has arrays of its own; predictions share them.
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
        """Go through the steps, of all sequences at once."""
        n_features = ctx.input_shape[1]
        all_h = ctx.inputs[1:, :, n_features:-1]
        ctx.inputs[:-1, :, :n_features] = x.transpose(1, 0, 2)
        ctx.kernel[:-1], ctx.kernel[-1] = ctx.weights, ctx.biases
        # σ(z) = (1 + tanh(z / 2)) / 2: with z halved, one tanh serves all gates.
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
        """Go back through time (Werbos, 1990): each step adds to the gradient of W."""
        n_steps, n_features = ctx.input_shape
        d_h, d_cell, d_gates = ctx.d_h, ctx.d_cell, ctx.d_gates
        d_h[...], d_cell[...] = 0 if self.return_sequences else delta, 0
        # σ′(z) = (1 − tanh²(z / 2)) / 4: without the quarter, the derivatives of all
        # gates are alike. W has it instead, in a copy, with which products are faster.
        ctx.transposed[...] = ctx.weights.T
        ctx.transposed[: 3 * self.n_units] /= 4
        of_x, of_h = ctx.transposed[:, :n_features], ctx.transposed[:, n_features:]
        for t in reversed(range(n_steps)):
            if self.return_sequences:
                d_h += delta[:, t]
            tanhs, tanh_cell = ctx.tanhs[t], ctx.tanh_cells[t]
            (i, f, o, _), g = _each(ctx.sigmoids[t]), tanhs[:, 3]
            # h = o tanh(c), and the next step has left its share of the gradient of c.
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
            # The values of tanh are not needed again: ∂J/∂z, or 4 ∂J/∂z, overwrites
            # them.
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
        """Return the layer without what it started from."""
        return replace(self, weight_init=None)


def _each(gates: np.ndarray) -> list[np.ndarray]:
    """Return the gates i, f, o and g one by one."""
    return [gates[:, k] for k in range(_N_GATES)]
