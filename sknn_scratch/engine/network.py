"""The network: a chain of layers whose parameters share one vector."""

from collections.abc import Sequence
from itertools import chain
from math import prod
from operator import is_
from typing import Any

import numpy as np
from scipy import sparse

from .chunks import chunks
from .layers import Chain, Layer, Noise, Parallel, Pass, Place
from .layers.base import anywhere, differs_in_training, numbers_in
from .layers.binding import Binding
from .layers.chain import Copy
from .layers.checks import check_in_place, is_user_defined, parameters_of

# Many samples are processed in chunks: large enough to keep the matrix products
# busy (at least _MIN_CHUNK_ROWS rows), and small enough that the outputs of a layer
# (_CHUNK_VALUES values) fit into the processor's cache. A long sequence or a large
# image has so many values that 512 rows would need hundreds of megabytes, so
# _MAX_CHUNK_VALUES limits these chunks.
_CHUNK_VALUES = 2**17
_MIN_CHUNK_ROWS = 512
_MAX_CHUNK_VALUES = 2**22


class Network:
    """A feed-forward network: a chain of layers and their parameters.

    Parameters
    ----------
    n_features : int
        Number of features.
    layers : sequence of Layer
        The last layer outputs raw values; the loss applies the output activation.
    dtype : float32 or float64, default=float64
        Dtype of the parameters and of everything computed from them.

    Attributes
    ----------
    params : ndarray of shape (n_params,)
        All weights, then all biases, both layer by layer. Optimizers update this
        vector.
    weights : list of ndarray, each of shape (fan_in, fan_out)
        Weights of all layers that have weights, as views of `params`.
    biases : list of ndarray, each of shape (n_units,)
        All other parameters, as views of `params`.
    n_weights : int
        Number of weights, which are the first entries of `params`.
    n_outputs : int
        Number of raw outputs.
    chunk_rows : int
        Number of samples in a chunk.
    multiplies_rows : bool
        Whether each sample is one row in all matrix products. False for images and
        sequences, which have several rows per sample.
    differs_in_training : bool
        Whether a layer behaves differently in training, such as dropout.
    has_user_layers : bool
        Whether there are user-defined layers.

    Examples
    --------
    The exclusive or (XOR), with weights chosen by hand:

    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Relu
    >>> from sknn_scratch.engine.layers import Dense
    >>> from sknn_scratch.engine.network import Network
    >>> network = Network(2, [Dense(2), Relu(), Dense(1)])
    >>> network.params[:] = [1, 1, 1, 1, 1, -2, 0, -1, 0]
    >>> [weights.tolist() for weights in network.weights]
    [[[1.0, 1.0], [1.0, 1.0]], [[1.0], [-2.0]]]
    >>> X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> network.raw(X).ravel().tolist()
    [0.0, 1.0, 1.0, 0.0]
    """

    def __init__(
        self, n_features: int, layers: Sequence[Layer], dtype: Any = np.float64
    ) -> None:
        self._describe(n_features, tuple(layers))
        n_biases = sum(prod(shape) for shape in self._bias_shapes)
        self._use(np.zeros(self.n_weights + n_biases, dtype))

    def _describe(self, n_features: int, layers: tuple[Layer, ...]) -> None:
        """Set all attributes that do not depend on the parameters."""
        self.n_features, self.layers, self._chain = n_features, layers, Chain(layers)
        if numbers := numbers_in(self._chain):
            raise ValueError(
                "layers must be instances of Layer, because numbers of units are "
                f"allowed in hidden_layer_sizes only; got {numbers[0]}. Write "
                f"Dense({numbers[0]})."
            )
        # Places of the layers for prediction (False) and for training (True).
        self._places = {False: self._place(with_noise=False)}
        self.differs_in_training = differs_in_training(self._chain)
        self.has_user_layers = anywhere(self._chain, is_user_defined)
        if self.differs_in_training:  # some layers are used in training only
            self._places[True] = self._place(with_noise=True)
        leaves = self._places[False].leaves()
        self._parts = [one for one in leaves if one.is_trained]
        self.multiplies_rows = all(len(one.input_shape) == 1 for one in self._parts)
        self._weight_shapes = [s for p in self._parts for s in p.weight_shapes.values()]
        self._bias_shapes = [s for p in self._parts for s in p.bias_shapes.values()]
        self.n_weights = sum(map(prod, self._weight_shapes))
        self._layout, start = [], 0
        for shape in (*self._weight_shapes, *self._bias_shapes):
            stop = start + prod(shape)
            self._layout.append((slice(start, stop), shape))
            start = stop
        shape = self._places[False].output_shape
        if len(shape) != 1:
            raise ValueError(
                "The last layer must output a vector for each sample; got an output "
                f"of shape {shape}. Add a Dense layer, or a Reshape to one axis."
            )
        (self.n_outputs,) = shape
        place = self._places[False]
        busy = -(-_MIN_CHUNK_ROWS // place.product_rows)
        most = max(1, _MAX_CHUNK_VALUES // place.widest)
        self.chunk_rows = max(min(busy, most), _CHUNK_VALUES // place.widest)

    def _place(self, with_noise: bool) -> Place:
        """Return the place of the whole chain."""
        layers = self._chain
        *_, last = [None, *layers.flat(with_noise)]
        if last is None or last.caches_output:  # the loss overwrites the output
            layers = Chain((*self.layers, Copy()))
        return Place.first(layers, (self.n_features,), with_noise)

    def _use(self, params: np.ndarray) -> None:
        self.params = params
        self.weights, self.biases = self.unflatten(params)
        self._own = (*self.weights, *self.biases)

    @classmethod
    def mean_of(
        cls,
        networks: Sequence["Network"],
        features: Sequence[Sequence[int] | np.ndarray | None],
        n_features: int,
    ) -> "Network":
        """Return one network whose raw outputs are the mean over several networks.

        Parameters
        ----------
        networks : sequence of Network
            Networks with the same number of outputs.
        features : sequence of (sequence of int, or None)
            Input features of each network; None for all.
        n_features : int
            Total number of features.

        Returns
        -------
        network : Network
            Network with copies of the parameters; `members` returns the networks again.
        """
        branches = [Chain(network.layers) for network in networks]
        seen: Any = tuple(features)
        together = Parallel(tuple(branches), seen, combine="mean")
        whole = cls(n_features, [together], networks[0].params.dtype)
        for arrays, of_members in (
            (whole.weights, (network.weights for network in networks)),
            (whole.biases, (network.biases for network in networks)),
        ):
            members = chain.from_iterable(of_members)
            for array, value in zip(arrays, members, strict=True):
                array[...] = value
        return whole

    @property
    def branches(self) -> list[tuple[Sequence[Layer], Any]]:
        """Layers, and features or None, of each network in the mean.

        If the network is not a mean, its own layers.
        """
        layer: Any = self.layers[0]
        is_mean = isinstance(layer, Parallel) and layer.combine == "mean"
        is_mean = is_mean and all(type(one) is Chain for one in layer.branches)
        if len(self.layers) > 1 or not is_mean:
            return [(self.layers, None)]
        subsets = layer.features or [None] * len(layer.branches)
        return [
            (branch.layers, None if chosen is None else list(chosen))
            for branch, chosen in zip(layer.branches, subsets, strict=True)
        ]

    def members(self) -> list["Network"]:
        """Return the networks in the mean, or the network itself.

        Returns
        -------
        networks : list of Network
            Copies if there are several.
        """
        branches = self.branches
        if branches[0][0] is self.layers:
            return [self]
        packed = self.copy()
        weights, biases = iter(packed.weights), iter(packed.biases)
        networks = []
        for layers, features in branches:
            n_features = self.n_features if features is None else len(features)
            network = Network(n_features, layers, self.params.dtype)
            for arrays, values in (
                (network.weights, weights),
                (network.biases, biases),
            ):
                for array in arrays:
                    array[...] = next(values)
            networks.append(network)
        return networks

    def unflatten(
        self, vector: np.ndarray
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Split a vector with the layout of `params` into weights and biases.

        Parameters
        ----------
        vector : ndarray of shape (n_params,)
            Vector of any dtype.

        Returns
        -------
        weights, biases : list of ndarray
            Views of `vector` with the shapes of the parameters.
        """
        views = [vector[part].reshape(shape) for part, shape in self._layout]
        n = len(self._weight_shapes)
        return views[:n], views[n:]

    def initialize(self, random_state: np.random.RandomState) -> None:
        """Initialize the parameters, layer by layer.

        Parameters
        ----------
        random_state : numpy.random.RandomState
            Source of random numbers.
        """
        for layer, ctx in self.parts():
            parameters = parameters_of(ctx)
            layer.initialize(ctx, random_state)
            check_in_place(ctx, "initialize", parameters)

    def parts(self, vector: np.ndarray | None = None) -> list[tuple[Layer, Pass]]:
        """Return the layers with parameters, and their passes.

        Parameters
        ----------
        vector : ndarray of shape (n_params,), optional
            Vector with the parameters; by default, those of the network.

        Returns
        -------
        parts : list of tuple (layer, ctx)
            In order; the parameters are attributes of `ctx`.
        """
        arrays = (
            (self.weights, self.biases) if vector is None else self.unflatten(vector)
        )
        binding = Binding(0, self.params.dtype, *arrays)
        return [(one.layer, binding.with_parameters(one)) for one in self._parts]

    def bind(
        self, n_rows: int, grad: np.ndarray | None = None, noise: Noise | None = None
    ) -> Pass:
        """Return a pass that runs forward and backward on batches of one size.

        Parameters
        ----------
        n_rows : int
            Number of samples in a batch.
        grad : ndarray of shape (n_params,), optional
            Array that the gradient is written to. Without it there is no backward pass.
        noise : Noise, optional
            Source of random numbers for stochastic layers, for training.

        Returns
        -------
        ctx : Pass
            Its `forward` takes features in the dtype of the network, and returns raw
            outputs that may be overwritten. Its `backward` takes their gradient. Its
            attribute `last` is the pass of the last layer.
        """
        place = self._places[self.differs_in_training and noise is not None]
        d_weights, d_biases = (None, None) if grad is None else self.unflatten(grad)
        arrays = self.weights, self.biases, d_weights, d_biases
        return Binding(n_rows, self.params.dtype, *arrays, noise).bind(place)

    def raw(self, X: Any, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the raw outputs for X, computed in chunks to limit memory.

        Parameters
        ----------
        X : ndarray, CSR or CSC of shape (n_samples, n_features)
            The input.
        rows : ndarray of int, optional
            Only these rows of X, in this order.

        Returns
        -------
        raw : ndarray of shape (n_samples, n_outputs)
            Raw outputs in the dtype of the network.
        """
        if self._has_other_dtypes():
            return self.copy().raw(X, rows)
        if sparse.issparse(X):
            X = X.tocsr()
        n_rows = X.shape[0] if rows is None else len(rows)
        raw = np.empty((n_rows, self.n_outputs), self.params.dtype)
        ctx = None
        for chunk in chunks(n_rows, min(n_rows, self.chunk_rows)):
            X_chunk = X[chunk if rows is None else rows[chunk]]
            X_chunk = X_chunk.astype(raw.dtype, copy=False)
            out = raw[chunk]
            if ctx is None or ctx.n_rows != len(out):
                ctx = None  # free its arrays before allocating new ones
                ctx = self.bind(len(out))
            ctx.last.output = out
            found = ctx.forward(X_chunk)
            if found is not out:
                out[...] = found
        return raw

    def divide_outputs(self, divisor: float) -> None:
        """Divide the raw outputs by a number, by changing the last layer (dense).

        Parameters
        ----------
        divisor : float > 0
            Divisor, such as a temperature.
        """
        _, ctx = self.parts()[-1]
        for name in (*ctx.weight_shapes, *ctx.bias_shapes):
            array = getattr(ctx, name)
            array /= divisor

    def shift_outputs(self, shift: np.ndarray) -> None:
        """Add to the raw outputs, by changing the biases of the last layer (dense).

        Parameters
        ----------
        shift : ndarray of shape (n_outputs,)
            Value to add to each output.
        """
        _, ctx = self.parts()[-1]
        ctx.biases += shift

    def _has_other_dtypes(self) -> bool:
        """Return whether a user has assigned parameter arrays of another dtype."""
        if self._has_only_views():
            return False
        arrays = (*self.weights, *self.biases)
        return any(array.dtype != self.params.dtype for array in arrays)

    def layer_outputs(self, X: Any) -> list[np.ndarray]:
        """Return the output of each layer; the last one is the raw output.

        Parameters
        ----------
        X : ndarray, CSR or CSC of shape (n_samples, n_features)
            The input.

        Returns
        -------
        outputs : list of ndarray, each of shape (n_samples, n_units)
            Outputs in the dtype of the network, with shape (n_samples, height, width,
            n_channels) for images and (n_samples, n_steps, n_units) for sequences.
            Layers that are active in training only are skipped. For a mean of networks,
            the outputs of corresponding hidden layers are concatenated.
        """
        if self._has_other_dtypes():
            return self.copy().layer_outputs(X)
        X = X.tocsr() if sparse.issparse(X) else X
        members = self.members()
        if members[0] is not self:
            each = [
                member.layer_outputs(X if features is None else X[:, features])
                for member, (_, features) in zip(members, self.branches, strict=True)
            ]
            hidden = [
                np.concatenate(
                    [outputs[i] for outputs in each if i + 1 < len(outputs)], axis=-1
                )
                for i in range(max(map(len, each)) - 1)
            ]
            raw = [outputs[-1] for outputs in each]
            return [*hidden, np.asarray(np.mean(raw, axis=0))]
        x = X.astype(self.params.dtype, copy=False)
        arrays = self.weights, self.biases
        binding = Binding(x.shape[0], self.params.dtype, *arrays)
        outputs = []
        for layer, shape in self._chain.children((self.n_features,)):
            if not layer.training_only:
                place = Place.first(Chain((layer,)), shape)
                x = binding.bind(place).forward(x)
                is_input = isinstance(X, np.ndarray) and np.may_share_memory(x, X)
                outputs.append(x.copy() if is_input else x)
        return outputs

    @property
    def n_parameters(self) -> int:
        """Number of trained parameters."""
        return self.params.size

    @property
    def function(self) -> list[Layer]:
        """The layers as used in prediction, without their initializers."""
        return list(self._chain.for_prediction().flat())

    @property
    def fan_ins(self) -> list[int]:
        """Number of inputs of every layer with weights."""
        return [shape[0] if shape else 1 for shape in self._weight_shapes]

    def copy(self, dtype: Any = None) -> "Network":
        """Return a copy of the network.

        Parameters
        ----------
        dtype : dtype, optional
            Dtype of the copied parameters; by default, unchanged.

        Returns
        -------
        network : Network
            Network with its own parameters.
        """
        twin = type(self).__new__(type(self))
        vars(twin).update(vars(self))
        twin._use(np.empty(self.params.shape, dtype or self.params.dtype))
        twin.set_parameters(self)
        return twin

    def set_parameters(self, other: "Network") -> None:
        """Copy the parameters of a network with the same layers.

        Parameters
        ----------
        other : Network
            Network to copy from, including arrays that a user has assigned.

        Raises
        ------
        ValueError
            If a user has assigned an array of another shape.
        """
        if self._has_only_views() and other._has_only_views():
            self.params[...] = other.params
            return
        for array, value in zip(self._arrays(), other._arrays(), strict=True):
            if value.shape != array.shape:
                raise ValueError(
                    "Weights and biases of a network must keep their shapes; got "
                    f"{value.shape} instead of {array.shape}. Assign an array of the "
                    "same shape."
                )
            array[...] = value

    def _has_only_views(self) -> bool:
        """Return whether all parameters are still views of `params`."""
        arrays = (*self.weights, *self.biases)
        return len(arrays) == len(self._own) and all(map(is_, self._own, arrays))

    def _arrays(self) -> list[np.ndarray]:
        return [np.asarray(array) for array in (*self.weights, *self.biases)]

    def __getstate__(self) -> dict[str, Any]:
        return {
            "n_features": self.n_features,
            "layers": self.layers,
            "params": self.copy().params,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._describe(state["n_features"], tuple(state["layers"]))
        # Pickled on a machine of the other byte order?
        params = state["params"]
        self._use(params.astype(params.dtype.newbyteorder("="), copy=False))
