"""Binding: give layers their parameters, gradients and arrays for one batch size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .noise import Noise
from .passes import Pass, Place

if TYPE_CHECKING:
    from .base import Shape


@dataclass
class Binding:
    """Make the passes of layers, with parameters taken in order from two lists.

    Parameters
    ----------
    n_rows : int
        Number of samples in a batch.
    dtype : dtype
        Dtype of all arrays.
    weights, biases : sequence of ndarray
        Parameters of the network, layer by layer.
    d_weights, d_biases : sequence of ndarray, optional
        Arrays that the gradients are written to; for training only.
    noise : Noise, optional
        Source of random numbers.
    """

    n_rows: int
    dtype: np.dtype
    weights: Sequence[np.ndarray]
    biases: Sequence[np.ndarray]
    d_weights: Sequence[np.ndarray] | None = None
    d_biases: Sequence[np.ndarray] | None = None
    noise: Noise | None = None

    def __post_init__(self) -> None:
        self._weights, self._biases = iter(self.weights), iter(self.biases)
        self._d_weights = iter(self.d_weights or ())
        self._d_biases = iter(self.d_biases or ())
        self.trains = self.d_weights is not None
        self._shared = {
            "trains": self.trains,
            "n_rows": self.n_rows,
            "dtype": self.dtype,
            "noise": self.noise,
        }
        self._arrays: list[np.ndarray] = []
        self._n_used = 0

    def empty(self, shape: "Shape") -> np.ndarray:
        """Return an uninitialized array.

        Parameters
        ----------
        shape : tuple of int
            Shape of the array.

        Returns
        -------
        array : ndarray of this shape
            An array that an earlier branch has used, if one has this shape.
        """
        i, arrays = self._n_used, self._arrays
        self._n_used += 1
        if i == len(arrays) or arrays[i].shape != shape:
            arrays[i : i + 1] = [np.empty(shape, self.dtype)]
        return arrays[i]

    def bind_in_turn(self, places: list[Place]) -> list[Pass]:
        """Return passes of branches that run one after another.

        Without a backward pass they share arrays, so more of the data stays in the
        processor's cache.

        Parameters
        ----------
        places : list of Place
            Places of the branches.

        Returns
        -------
        passes : list of Pass
            Passes that the layers have prepared.
        """
        passes, first, last = [], self._n_used, self._n_used
        for place in places:
            if not self.trains:
                self._n_used = first
            passes.append(self.bind(place))
            last = max(last, self._n_used)
        self._n_used = last
        return passes

    def bind(self, place: Place) -> Pass:
        """Return the pass of a layer. Bind layers from first to last.

        Parameters
        ----------
        place : Place
            Place of the layer.

        Returns
        -------
        ctx : Pass
            Pass that the layer has prepared.
        """
        ctx = self.with_parameters(place)
        place.layer.prepare(ctx)
        return ctx

    def with_parameters(self, place: Place) -> Pass:
        """Return the pass of a layer before `Layer.prepare`.

        Parameters
        ----------
        place : Place
            Place of the layer.

        Returns
        -------
        ctx : Pass
            Pass with the parameters of the layer.
        """
        ctx = Pass.__new__(Pass)
        attributes = ctx.__dict__ = vars(place) | self._shared
        attributes["binding"] = self
        for name in place.weight_shapes:
            attributes[name] = next(self._weights)
        for name in place.bias_shapes:
            attributes[name] = next(self._biases)
        if ctx.trains:
            for name in place.weight_shapes:
                attributes[f"d_{name}"] = next(self._d_weights)
            for name in place.bias_shapes:
                attributes[f"d_{name}"] = next(self._d_biases)
        return ctx
