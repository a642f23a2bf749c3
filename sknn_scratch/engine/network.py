"""The network: its parameters in one vector, and the forward pass."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from .activations import Activation, Identity
from .batches import chunks
from .dropout import Dropout
from .initializers import Initializer
from .kernels import product

# Many rows go through the network in pieces: enough of them to keep the matrix products
# busy, few enough that the outputs of a layer, this many, stay in the cache.
_CHUNK_VALUES = 2**17
_MIN_CHUNK_ROWS = 512


class Network:
    """A multi-layer perceptron: raw(X) = A(… A(X W₀ + b₀) …) W_last + b_last.

    Parameters
    ----------
    layer_sizes : sequence of int
        Number of features, units of each hidden layer, number of outputs.
    activations : sequence of Activation, one for each hidden layer
        The last layer has none: a loss composes the output activation.
    dtype : float32 or float64
        Of the parameters and of everything computed from them.
    has_biases : bool, default=True
        Whether b is used and trained; otherwise it stays zero.

    Attributes
    ----------
    params : ndarray of shape (n_params,)
        All weights, then all biases; what optimizers act on.
    weights : list of ndarray, each of shape (fan_in, fan_out)
        W of every layer, views of `params`.
    biases : list of ndarray, each of shape (fan_out,)
        b of every layer, views of `params`.
    n_weights : int
        How many of `params`, from the first, are weights.

    Examples
    --------
    Either, but not both, with weights found by hand:

    >>> import numpy as np
    >>> from sknn_scratch.engine.activations import Relu
    >>> from sknn_scratch.engine.network import Network
    >>> network = Network([2, 2, 1], [Relu()])
    >>> network.params[:] = [1, 1, 1, 1, 1, -2, 0, -1, 0]
    >>> [weights.tolist() for weights in network.weights]
    [[[1.0, 1.0], [1.0, 1.0]], [[1.0], [-2.0]]]
    >>> X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> network.raw(X).ravel().tolist()
    [0.0, 1.0, 1.0, 0.0]
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        activations: Sequence[Activation],
        dtype: Any = np.float64,
        has_biases: bool = True,
    ) -> None:
        self.layer_sizes = tuple(layer_sizes)
        self.activations = (*activations, Identity())
        self.has_biases = has_biases
        n_weights = sum(a * b for a, b in pairwise(self.layer_sizes))
        self.n_weights = n_weights
        n_params = n_weights + sum(self.layer_sizes[1:])
        self.params = np.zeros(n_params, dtype=dtype)
        self.weights, self.biases = self.views(self.params)

    @classmethod
    def side_by_side(
        cls,
        networks: Sequence["Network"],
        features: Sequence[np.ndarray],
        n_features: int,
    ) -> "Network":
        """Return one network whose raw outputs are the mean of those of several.

        Its hidden layers are theirs, side by side, without weights in between.

        Parameters
        ----------
        networks : sequence of Network
            With as many layers and outputs as each other, and the same activations.
        features : sequence of ndarray of int
            Which features are the input of each.
        n_features : int
            Number of all features.

        Returns
        -------
        network : Network
            With parameters of its own, which are read-only.
        """
        first = networks[0]
        hidden = zip(*(network.layer_sizes[1:-1] for network in networks), strict=True)
        sizes = [n_features, *map(sum, hidden), first.layer_sizes[-1]]
        activations = first.activations[:-1]
        whole = cls(sizes, activations, first.params.dtype, first.has_biases)
        starts = [0] * len(sizes)
        for network, rows in zip(networks, features, strict=True):
            for i, (weights, biases) in enumerate(
                zip(network.weights[:-1], network.biases[:-1], strict=True)
            ):
                start, stop = starts[i], starts[i] + len(biases)
                whole.weights[i][rows, start:stop] = weights
                whole.biases[i][start:stop] = biases
                starts[i] = stop
                rows = np.arange(start, stop)
            whole.weights[-1][rows] += network.weights[-1] / len(networks)
            whole.biases[-1] += network.biases[-1] / len(networks)
        # A change in place would not reach the networks that it was put together from.
        whole.params.flags.writeable = False
        whole.weights, whole.biases = whole.views(whole.params)
        return whole

    def views(self, vector: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the weights and biases inside a vector laid out like `params`.

        Parameters
        ----------
        vector : ndarray of shape (n_params,)
            Of any dtype.

        Returns
        -------
        weights : list of ndarray, each of shape (fan_in, fan_out)
            Views of `vector`, one for each layer.
        biases : list of ndarray, each of shape (fan_out,)
            Likewise.
        """
        weights, biases = [], []
        start, bias_start = 0, self.n_weights
        for fan_in, fan_out in pairwise(self.layer_sizes):
            stop, bias_stop = start + fan_in * fan_out, bias_start + fan_out
            weights.append(vector[start:stop].reshape(fan_in, fan_out))
            biases.append(vector[bias_start:bias_stop])
            start, bias_start = stop, bias_stop
        return weights, biases

    def initialize(
        self,
        initializers: Sequence[Initializer],
        random_state: np.random.RandomState,
    ) -> None:
        """Draw new parameters, layer by layer, each by its own initializer.

        Parameters
        ----------
        initializers : sequence of Initializer, one for each layer
            Where the parameters come from.
        random_state : numpy.random.RandomState
            The stream that they draw from.
        """
        fans = zip(initializers, pairwise(self.layer_sizes), strict=True)
        for i, (initializer, (fan_in, fan_out)) in enumerate(fans):
            weights, biases = initializer.draw(random_state, fan_in, fan_out)
            self.weights[i][...] = weights
            if self.has_biases:
                self.biases[i][...] = biases

    def forward(
        self,
        X: Any,
        outputs: Sequence[np.ndarray],
        kept: Sequence[np.ndarray],
        dropout: Dropout | None = None,
    ) -> None:
        """Fill `outputs` with the output of every layer, the last one raw.

        Parameters
        ----------
        X : ndarray or CSR of shape (n_samples, n_features)
            The input.
        outputs : sequence of ndarray of shape (n_samples, n_units)
            One for each layer, all overwritten.
        kept : sequence of ndarray of shape (n_samples, n_units)
            What each activation keeps for the way back, likewise. Those that keep
            nothing may be given any array, such as their output.
        dropout : Dropout, optional
            What to leave out of the inputs of all layers but the first.
        """
        layers = zip(
            self.weights, self.biases, self.activations, outputs, kept, strict=True
        )
        layer_input = X
        for i, (weights, biases, activation, output, keep) in enumerate(layers):
            if i and dropout is not None:
                layer_input = dropout.drop(i, layer_input)
            if isinstance(layer_input, np.ndarray):
                product(layer_input, weights, output)
            else:
                output[...] = layer_input @ weights
            if dropout is not None and dropout.scales[i] != 1:
                output *= dropout.scales[i]
            if self.has_biases:
                output += biases
            activation.forward(output, keep)
            layer_input = output

    def raw(self, X: Any, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the raw outputs of X, in chunks that bound the memory.

        Parameters
        ----------
        X : ndarray, CSR or CSC of shape (n_samples, n_features)
            The input.
        rows : ndarray of int, optional
            Only these rows of X, in this order.

        Returns
        -------
        raw : ndarray of shape (n_samples, n_outputs)
            In the dtype of the network.
        """
        if self._has_foreign_arrays():
            return self.copy().raw(X, rows)
        if sparse.issparse(X):
            X = X.tocsr()
        n_rows = X.shape[0] if rows is None else len(rows)
        raw = np.empty((n_rows, self.layer_sizes[-1]), self.params.dtype)
        size = min(n_rows, self.chunk_rows)
        hidden = [np.empty((size, n), raw.dtype) for n in self.layer_sizes[1:-1]]
        keeps = self.arrays_to_keep(hidden)
        for chunk in chunks(n_rows, size):
            X_chunk = X[chunk if rows is None else rows[chunk]]
            n = X_chunk.shape[0]
            outputs = [*(layer[:n] for layer in hidden), raw[chunk]]
            kept = [*(layer[:n] for layer in keeps), raw[chunk]]
            self.forward(X_chunk.astype(raw.dtype, copy=False), outputs, kept)
        return raw

    def divide_outputs(self, divisor: float) -> None:
        """Divide the raw outputs, from now on, by changing the last layer.

        Parameters
        ----------
        divisor : float > 0
            What to divide by.
        """
        self.weights[-1] /= divisor
        self.biases[-1] /= divisor

    def _has_foreign_arrays(self) -> bool:
        """Return whether a user has put in weights of another dtype."""
        return any(array.dtype != self.params.dtype for array in self.weights)

    def layer_outputs(self, X: Any) -> list[np.ndarray]:
        """Return the output of every layer, the last one raw.

        Parameters
        ----------
        X : ndarray, CSR or CSC of shape (n_samples, n_features)
            The input.

        Returns
        -------
        outputs : list of ndarray, each of shape (n_samples, n_units)
            In the dtype of the network.
        """
        if self._has_foreign_arrays():
            return self.copy().layer_outputs(X)
        X = X.tocsr() if sparse.issparse(X) else X
        X = X.astype(self.params.dtype, copy=False)
        shapes = [(X.shape[0], n) for n in self.layer_sizes[1:]]
        outputs = [np.empty(shape, self.params.dtype) for shape in shapes]
        kept = [*self.arrays_to_keep(outputs[:-1]), outputs[-1]]
        self.forward(X, outputs, kept)
        return outputs

    @property
    def n_parameters(self) -> int:
        """Number of parameters that are trained."""
        return self.params.size if self.has_biases else self.n_weights

    def arrays_to_keep(self, hidden: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return what the activations of the hidden layers can keep something in.

        Parameters
        ----------
        hidden : sequence of ndarray
            The outputs of the hidden layers; those that keep nothing share them.

        Returns
        -------
        kept : list of ndarray
            One for each hidden layer: new, or its output.
        """
        return [
            np.empty_like(output) if activation.keeps else output
            for activation, output in zip(self.activations, hidden, strict=False)
        ]

    @property
    def chunk_rows(self) -> int:
        """Number of rows that go through the network together."""
        return max(_MIN_CHUNK_ROWS, _CHUNK_VALUES // max(self.layer_sizes[1:]))

    def copy(self, dtype: Any = None) -> "Network":
        """Return a network with parameters of its own.

        Parameters
        ----------
        dtype : dtype, optional
            That of the parameters; as they are if not given.

        Returns
        -------
        network : Network
            The copy.
        """
        twin = type(self).__new__(type(self))
        state = self.__getstate__()
        state["params"] = state["params"].astype(dtype or self.params.dtype, copy=False)
        twin.__setstate__(state)
        return twin

    def __getstate__(self) -> dict[str, Any]:
        # Packed from the lists, so that an array which a user has put there counts.
        params = np.empty_like(self.params)
        packed = self.views(params)
        for arrays, own in zip(packed, (self.weights, self.biases), strict=True):
            for array, value in zip(arrays, own, strict=True):
                if np.shape(value) != array.shape:
                    raise ValueError(
                        "Weights and biases of a network must keep their shapes; got "
                        f"{np.shape(value)} where {array.shape} was."
                    )
                array[...] = value
        state = self.__dict__ | {"params": params}
        del state["weights"], state["biases"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # Pickled on a machine of the other byte order?
        self.params = self.params.astype(
            self.params.dtype.newbyteorder("="), copy=False
        )
        self.weights, self.biases = self.views(self.params)
