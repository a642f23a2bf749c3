"""Parallel branches: several layers with the same input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from .base import Layer, Shape, as_tuple, is_layer
from .chain import Chain
from .passes import Pass, Place


@dataclass(frozen=True, repr=False)
class Parallel(Layer):
    """Parallel branches, y = (B_1(x), …, B_n(x)), or the mean of their outputs.

    Parameters
    ----------
    branches : sequence of Layer, int or sequence of them
        B_1 to B_n. A sequence is a chain. A number of units means a dense layer, and is
        allowed in `hidden_layer_sizes` of an estimator only.
    features : sequence of (sequence of int, or None), optional
        Indices of the inputs of each branch, with None for all inputs.
    combine : {"concatenate", "mean"}, default="concatenate"
        Whether y is the concatenation or the mean of the outputs.

    Examples
    --------
    >>> from sknn_scratch.engine.layers import Dense, Parallel
    >>> Parallel([Dense(3), [Dense(10), Dense(2)]]).output_shape((4,))
    (5,)
    """

    branches: Sequence[Any]
    features: Sequence[Sequence[int] | None] | None = None
    combine: str = "concatenate"

    caches_output: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    layers_field: ClassVar[str] = "branches"

    def __post_init__(self) -> None:
        if not isinstance(self.branches, Sequence) or not self.branches:
            raise ValueError(
                "branches must be a non-empty list of branches, each a layer, a "
                f"number of units or a list of these; got {self.branches!r}."
            )
        branches = tuple(map(_branch, self.branches))
        object.__setattr__(self, "branches", branches)
        combine = self.combine
        if not (isinstance(combine, str) and combine in ("concatenate", "mean")):
            raise ValueError(
                f"combine must be 'concatenate' or 'mean'; got {self.combine!r}."
            )
        if self.features is not None:
            features = _checked(self.features, len(branches))
            object.__setattr__(self, "features", features)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the total number of outputs, or that of one branch for the mean."""
        shapes = [
            branch.output_shape(shape) for branch, shape in self.children(input_shape)
        ]
        if any(len(shape) != 1 for shape in shapes):
            raise ValueError(
                "The branches of Parallel must output a vector for each sample; got "
                f"outputs of shapes {shapes}. End each branch with a Dense layer or a "
                "Reshape to one axis."
            )
        if self.combine == "concatenate":
            return (sum(size for (size,) in shapes),)
        if len(set(shapes)) > 1:
            raise ValueError(
                "The branches must have the same number of outputs for "
                f"combine='mean'; got {[size for (size,) in shapes]}. Change the last "
                "layers, or set combine='concatenate'."
            )
        return shapes[0]

    def children(self, input_shape: Shape) -> list[tuple[Layer, Shape]]:
        """Return the branches."""
        if any(self._features) and len(input_shape) != 1:
            raise ValueError(
                "features of Parallel must be None unless its input is a vector for "
                f"each sample; got {self.features} for an input of shape "
                f"{input_shape}. Put Parallel before the Reshape; a branch can begin "
                "with a Reshape."
            )
        for features in self._features:
            if features is not None and max(features) >= input_shape[0]:
                raise ValueError(
                    f"features must be indices below {input_shape[0]}, the number of "
                    f"inputs of the layer; got {max(features)}."
                )
        return [
            (branch, input_shape if features is None else (len(features),))
            for branch, features in zip(self.branches, self._features, strict=True)
        ]

    @property
    def _features(self) -> Sequence[Sequence[int] | None]:
        return self.features or (None,) * len(self.branches)

    def replaced(self, change: Callable[[list[Any]], list[Any]]) -> "Parallel":
        """Return the layer with each branch changed separately."""
        changed = [one for branch in self.branches for one in change([branch])]
        return replace(self, branches=tuple(changed))

    def for_prediction(self) -> "Parallel":
        """Return the layer with every branch as one chain."""
        branches = [Chain((branch,)).for_prediction() for branch in self.branches]
        return replace(self, branches=tuple(branches))

    def arrange(self, place: Place) -> None:
        """Put the branches, each with its part of the output."""
        children = self.children(place.input_shape)
        place.branches, start = [], 0
        for (branch, shape), features in zip(children, self._features, strict=True):
            # A chain copies the input for a layer that overwrites it, because the other
            # branches need it.
            one = place.put_inside(Chain((branch,)), shape)
            one.features = None if features is None else np.array(features, int)
            stop = start + one.output_shape[0]
            one.part = slice(start, stop)
            start = stop if self.combine == "concatenate" else start
            place.branches.append(one)

    def prepare(self, ctx: Pass) -> None:
        """Bind the branches, and allocate their outputs."""
        ctx.branches = ctx.binding.bind_in_turn(ctx.branches)
        ctx.output = ctx.empty(*ctx.output_shape)
        if ctx.trains:
            for step in ctx.branches:
                step.delta = ctx.empty(*step.output_shape)
            if ctx.needs_input_grad:
                ctx.d_input = ctx.empty(*ctx.input_shape)

    def forward(self, x: Any, ctx: Pass) -> np.ndarray:
        """Concatenate or average the outputs of the branches."""
        output = ctx.output
        for i, step in enumerate(ctx.branches):
            seen = x if step.features is None else x[:, step.features]
            if i and self.combine == "mean":
                output += step.forward(seen)
            else:
                output[:, step.part] = step.forward(seen)
        if self.combine == "mean":
            output /= len(ctx.branches)
        return output

    def backward(self, delta: np.ndarray, ctx: Pass) -> np.ndarray:
        """Return ∂J/∂x, the sum of the gradients from all branches."""
        if self.combine == "mean":
            delta /= len(ctx.branches)
        if ctx.needs_input_grad:
            ctx.d_input[...] = 0
        for step in ctx.branches:
            step.delta[...] = delta[:, step.part]
            back = step.backward(step.delta)
            if not ctx.needs_input_grad:
                continue
            if step.features is None:
                ctx.d_input += back
            else:  # an index may occur more than once
                np.add.at(ctx.d_input.T, step.features, back.T)
        return ctx.d_input if ctx.needs_input_grad else delta


def _branch(branch: Any) -> Any:
    """Return a branch with a sequence of layers as a chain."""
    if isinstance(branch, Layer):
        return branch
    return int(branch) if is_layer(branch) else Chain(as_tuple("A branch", branch))


def _checked(features: Any, n_branches: int) -> tuple[tuple[int, ...] | None, ...]:
    """Return the features of the branches as tuples."""
    try:
        listed = [None if indices is None else list(indices) for indices in features]
        is_right = len(listed) == n_branches and all(
            one is None or (one and all(map(_is_index, one))) for one in listed
        )
    except TypeError:  # something is not iterable
        is_right = False
    if not is_right:
        raise ValueError(
            "features must be None, or a list with None or a non-empty list of "
            f"indices (ints >= 0) for each of the {n_branches} branches; got "
            f"{features!r}."
        )
    return tuple(None if one is None else tuple(map(int, one)) for one in listed)


def _is_index(value: Any) -> bool:
    is_int = isinstance(value, Integral) and not isinstance(value, bool)
    return is_int and int(value) >= 0
