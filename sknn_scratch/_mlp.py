"""What the two multi-layer perceptrons share: layers, solvers, initial weights."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from ._base import BaseNetworkEstimator
from ._choices import assign, from_registry, make
from ._sklearn import Interval, StrOptions
from ._threads import threads_for
from ._views import features_of, of_features
from .engine.activations import ACTIVATIONS, Activation
from .engine.initializers import INITIALIZERS, GlorotUniform, Initializer
from .engine.network import Network
from .engine.optimizers import OPTIMIZERS, SGD, Optimizer
from .engine.schedules import SCHEDULES, Constant
from .engine.steps import LAYER_RATES, LayerRates


def is_stochastic(estimator):
    """Raise an AttributeError, which hides partial_fit, for L-BFGS."""
    if isinstance(estimator.solver, str) and estimator.solver not in OPTIMIZERS:
        raise AttributeError(
            "partial_fit is only available for stochastic solvers; got "
            f"solver={estimator.solver!r}. Choose one of {sorted(OPTIMIZERS)}."
        )
    return True


class BaseMLP(BaseNetworkEstimator):
    """A network with hidden layers, and scikit-learn's names for its parts."""

    _parameter_constraints: dict = {
        **BaseNetworkEstimator._parameter_constraints,
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "activation": [StrOptions(set(ACTIVATIONS)), Activation, list, tuple],
        "solver": [StrOptions({*OPTIMIZERS, "lbfgs"}), Optimizer],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Real, 0, 1, closed="neither"),
            Interval(Integral, 1, None, closed="left"),
        ],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "weight_init": [StrOptions({"auto", *INITIALIZERS}), Initializer],
        "dropout": [Interval(Real, 0, 1, closed="left"), list, tuple],
        "augment": [callable, None],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "layer_rates": [StrOptions(set(LAYER_RATES)), LayerRates],
        "input_scale": [Interval(Real, 0, None, closed="neither"), None],
        "refit": ["boolean"],
        "output_init": [StrOptions({"auto", *INITIALIZERS}), Initializer],
        "views": [list, tuple, None],
    }
    # Of a network trained for a view: the estimator it is for, and which features.
    _whole = None

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights of every layer."""
        check_is_fitted(self)
        return self._network.weights

    @coefs_.setter
    def coefs_(self, coefs: Sequence[ArrayLike]) -> None:
        check_is_fitted(self)
        network = self._network.copy()
        assign(network.weights, coefs, "coefs_")
        self._replace(network)

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases of every layer."""
        check_is_fitted(self)
        return self._network.biases

    @intercepts_.setter
    def intercepts_(self, intercepts: Sequence[ArrayLike]) -> None:
        check_is_fitted(self)
        network = self._network.copy()
        assign(network.biases, intercepts, "intercepts_")
        self._replace(network)

    def _replace(self, network):
        """Predict with this network, and go on training with it."""
        self._network = network
        if self._progress is not None:
            self._progress = replace(self._progress, params=None)

    @property
    def n_layers_(self) -> int:
        """Number of layers, input and output included."""
        check_is_fitted(self)
        return len(self._network.layer_sizes)

    @property
    def n_outputs_(self) -> int:
        """Number of outputs."""
        check_is_fitted(self)
        return self._network.layer_sizes[-1] // self._loss.raw_per_target

    @property
    def out_activation_(self) -> str:
        """Name of the output activation."""
        check_is_fitted(self)
        return self._loss.out_activation

    def layer_activations(self, X: Any) -> list[np.ndarray]:
        """Return what every layer puts out.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        activations : list of ndarray, each of shape (n_samples, n_units)
            Of the hidden layers, and of the output layer after its activation: the
            probabilities of a classifier (one column for two classes, that of the
            second), the predictions of a regressor (with loss='gaussian' all means,
            then all standard deviations).
        """
        X = self._check_input(X)
        with threads_for(self._network, X.shape[0]):
            outputs = self._network.layer_outputs(X)
        self._predict_raw(outputs[-1])
        return outputs

    def _trainings(self, *arguments):
        if self.views is None:
            return super()._trainings(*arguments)
        return self._trainings_of_views(*arguments)

    def _trainings_of_views(self, samples, own_validation, start, incremental, tasks):
        """Yield an estimator for every view; set their networks side by side."""
        for obstacle, is_there in (
            ("with partial_fit", incremental),
            ("with warm_start", self._network is not None),
            ("with coefs_init", any(values is not None for values in start or ())),
            ("with a Checkpoint", tasks is not None and tasks.checkpoint is not None),
        ):
            if is_there:
                raise ValueError(
                    f"views must be None {obstacle}, which is for a single training; "
                    f"got {self.views}. Leave one of them out."
                )
        names = getattr(self, "feature_names_in_", None)
        views = features_of(self.views, self.n_features_in_, names)
        seeds = self._fit_random_state().randint(2**31, size=len(views))
        members = []
        for view, seed in zip(views, seeds, strict=True):
            member = copy.copy(self)
            member.views, member.random_state = None, int(seed)
            member.n_features_in_, member._whole = len(view), (self, view)
            validation = own_validation and of_features(own_validation, view)
            told = None if members else tasks
            yield member, (of_features(samples, view), validation, None, False, told)
            interrupted = member.stop_reason_ == "interrupted"
            if not (interrupted and members):
                members.append(member)
            if interrupted:
                break
        networks = [member._network for member in members]
        self.__dict__ |= self._side_by_side(vars(members[0]), networks, views) | {
            "_progress": None,
            "t_": sum(member.t_ for member in members),
        }
        if interrupted:
            self.stop_reason_ = "interrupted"

    def _side_by_side(self, state, networks, views):
        """Return the attributes of a view's estimator as those of the whole."""
        state = state | {
            name: getattr(self, name)
            for name in ("views", "random_state", "n_features_in_")
        }
        del state["_whole"]
        # There may be fewer networks than views: an interrupt breaks off the others.
        features = views[: len(networks)]
        network = Network.side_by_side(networks, features, self.n_features_in_)
        return state | {"_network": network}

    def _as_of_now(self, monitor, loss, progress):
        state = super()._as_of_now(monitor, loss, progress)
        if self._whole is None:
            return state
        whole, view = self._whole
        return whole._side_by_side(state, [state["_network"]], [view])

    def _predict_raw(self, raw):
        """Turn raw outputs into predictions, in place."""
        self._loss.predict(raw)

    def _make_network(self, n_features, n_raw, dtype):
        sizes = self.hidden_layer_sizes
        sizes = [sizes] if isinstance(sizes, Integral) else list(sizes)
        if not all(
            isinstance(size, Integral)
            and not isinstance(size, bool)
            and 0 < size < 2**31
            for size in sizes
        ):
            raise ValueError(
                "hidden_layer_sizes must be numbers of units, ints >= 1 and < 2**31, "
                f"one for each hidden layer; got {self.hidden_layer_sizes!r}. For no "
                "hidden layer pass an empty list."
            )
        activations = self._make_activations(len(sizes))
        sizes = [n_features, *map(int, sizes), n_raw]
        return Network(sizes, activations, dtype)

    def _make_activations(self, n_hidden):
        """Return the activation of every hidden layer."""
        if not isinstance(self.activation, list | tuple):
            return [make(ACTIVATIONS, self.activation)] * n_hidden
        for one in self.activation:
            named = isinstance(one, str) and one in ACTIVATIONS
            if not (named or isinstance(one, Activation)):
                raise ValueError(
                    f"Every activation must be one of {sorted(ACTIVATIONS)} or an "
                    f"instance of Activation; got {one!r}."
                )
        if len(self.activation) != n_hidden:
            raise ValueError(
                "activation must be one for all hidden layers, or a list with one for "
                f"each of the {n_hidden} in hidden_layer_sizes; got {self.activation}."
            )
        return [make(ACTIVATIONS, one) for one in self.activation]

    def _dropout_rates(self, network):
        n_hidden = len(network.weights) - 1
        rates = self.dropout
        if isinstance(rates, Real):
            rates = [rates] * n_hidden
        if len(rates) != n_hidden or not all(
            isinstance(rate, Real) and 0 <= rate < 1 for rate in rates
        ):
            raise ValueError(
                "dropout must be one number in [0, 1), or a list with one for each of "
                f"the {n_hidden} hidden layers; got {self.dropout}."
            )
        return [self.input_dropout, *rates]

    def _initialize(self, network, random_state):
        n_layers = len(network.weights)
        if self.weight_init == "auto":
            # The output layer starts as if it had the last hidden layer's activation.
            last = self.activation
            if isinstance(last, list | tuple):
                last = last[-1] if last else "identity"
            activations = *network.activations[:-1], make(ACTIVATIONS, last)
            initializers = [GlorotUniform(a.glorot_factor) for a in activations]
        else:
            initializers = [make(INITIALIZERS, self.weight_init)] * n_layers
        if self.output_init != "auto":
            initializers[-1] = make(INITIALIZERS, self.output_init)
        network.initialize(initializers, random_state)

    def _set_start(self, network, coefs_init, intercepts_init):
        if coefs_init is not None:
            assign(network.weights, coefs_init, "coefs_init")
        if intercepts_init is not None:
            assign(network.biases, intercepts_init, "intercepts_init")

    def _parameter_rates(self):
        return make(LAYER_RATES, self.layer_rates), self.input_scale

    def _make_optimizer(self):
        if self.solver == "lbfgs":
            return None
        return from_registry(OPTIMIZERS, self.solver, self)

    def _make_schedule(self):
        of_sgd = isinstance(self._make_optimizer(), SGD)
        if self.learning_rate == "invscaling" and not of_sgd:
            return Constant()  # as in scikit-learn
        return from_registry(SCHEDULES, self.learning_rate, self)
