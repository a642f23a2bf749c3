"""The base class of the two multi-layer perceptrons."""

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._sklearn import Interval, StrOptions
from ..engine.activations import ACTIVATIONS, Activation
from ..engine.initializers import INITIALIZERS, Initializer
from ..engine.layers import Layer
from ..engine.lbfgs import LBFGS
from ..engine.network import Network
from ..engine.optimizers import OPTIMIZERS, SGD, Optimizer
from ..engine.rates import LAYER_RATES, LayerRates
from ..engine.schedules import SCHEDULES, Constant
from ..engine.streams import seeded
from ._base import BaseNetworkEstimator
from ._choices import assign, from_registry, make
from ._layers import check_begins_dense, check_same_in_training, layers_of
from ._linear import linear_twin, mean_outputs, weight_of_linear, with_linear
from ._model import Model
from ._planning import Task, mini_batches
from ._publish import published
from ._subsets import feature_subsets
from ._threads import threads_to_predict
from ._validation import (
    hold_out,
    outputs_to_validate,
    validated_together,
    weights_to_validate,
)

# With repeats="auto", the maximum number of repeats, and of training samples in all
# repeats.
_MOST_REPEATS, _ROWS_IN_REPEATS = 5, 2000


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
            Layer,
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
        "ensemble": [Interval(Integral, 1, None, closed="left"), list, tuple],
        "linear": ["array-like", str, slice, None],
        "repeats": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    }

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights of each layer that has weights."""
        check_is_fitted(self)
        return self.model_.network.weights

    @coefs_.setter
    def coefs_(self, coefs: Sequence[ArrayLike]) -> None:
        check_is_fitted(self)
        network = self.model_.network.copy()
        assign(network.weights, coefs, "coefs_")
        self._replace(network)

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases of each layer, and the gains and shifts of `LayerNorm`."""
        check_is_fitted(self)
        return self.model_.network.biases

    @intercepts_.setter
    def intercepts_(self, intercepts: Sequence[ArrayLike]) -> None:
        check_is_fitted(self)
        network = self.model_.network.copy()
        assign(network.biases, intercepts, "intercepts_")
        self._replace(network)

    def _replace(self, network):
        """Set the network that predicts and that training continues."""
        states = [replace(state, params=None) for state in self._continuation.states]
        with published(self, None) as attributes:
            attributes["model_"] = replace(self.model_, network=network)
            attributes["_continuation"] = replace(self._continuation, states=states)

    @property
    def n_layers_(self) -> int:
        """Number of layers, input and output included."""
        check_is_fitted(self)
        layers, _ = self.model_.network.branches[0]
        return 1 + len([1 for layer in layers if not layer.training_only])

    @property
    def n_outputs_(self) -> int:
        """Number of outputs."""
        check_is_fitted(self)
        return self.model_.network.n_outputs // self.model_.loss.raw_per_target

    @property
    def out_activation_(self) -> str:
        """Name of the output activation."""
        check_is_fitted(self)
        return self.model_.loss.out_activation

    def layer_activations(self, X: Any) -> list[np.ndarray]:
        """Return the outputs of all layers.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.

        Returns
        -------
        activations : list of ndarray, each of shape (n_samples, n_units)
            One array for each entry of `hidden_layer_sizes`, computed without dropout,
            and one for the output layer after its activation. The latter contains the
            probabilities of a classifier (for two classes one column, for the second
            class) or the predictions of a regressor. With ``loss='gaussian'``, the
            means of all targets are followed by their standard deviations. With several
            quantiles, the lowest quantile of all targets comes first, then the next
            one, and so on.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sknn_scratch import MLPScratchClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> mlp = MLPScratchClassifier([16, 8], solver="lbfgs", random_state=0)
        >>> activations = mlp.fit(X, y).layer_activations(X)
        >>> [layer.shape for layer in activations]
        [(150, 16), (150, 8), (150, 3)]
        """
        X = self._check_input(X)
        network = self.model_.network
        with threads_to_predict(network, X.shape[0]):
            outputs = network.layer_outputs(X)
        self._predict_raw(outputs[-1])
        return outputs

    def _training_tasks(self, problem, past, seed, random_state):
        names = problem.feature_names
        subsets = feature_subsets(self.ensemble, problem.n_features, names)
        n_repeats = self._n_repeats(problem, past, len(subsets))
        subsets *= n_repeats
        if past.continuation is not None:
            _check_continued(past, subsets, self)
        if len(subsets) == 1 and subsets[0] is None and self.linear is None:
            return super()._training_tasks(problem, past, seed, random_state)
        continues = past.continues_stream(seed)
        shared = seeded(seed) if continues else random_state
        tasks = []
        for repeat in np.array_split(np.arange(len(subsets)), n_repeats):
            seeds = shared.randint(2**31, size=len(repeat))
            split = None
            # If their average is evaluated, the networks share the validation set.
            if self._validates_together and problem.validation is None:
                split = hold_out(problem.training, self.validation_fraction, shared)
            for i, own_seed in zip(repeat, seeds, strict=True):
                last = past.state(i)
                stream = seeded(own_seed)
                if continues and last is not None:
                    stream = last.random_state
                tasks.append(Task(problem, stream, last, subsets[i], split))
            if self.linear is not None:
                tasks.append(self._linear_task(problem, split))
        return tasks

    def _linear_task(self, problem, split):
        """Return the task of a linear model, which uses no random numbers."""
        names = problem.feature_names
        (features,) = feature_subsets(
            [self.linear], problem.n_features, names, "linear"
        )
        return Task(problem, seeded(0), None, features, split, linear_twin(self))

    def _n_repeats(self, problem, past, n_networks):
        """Return the number of repeats for an ensemble with this number of networks."""
        if self.repeats != "auto":
            return self.repeats
        if past.continuation is not None:  # their number must not change
            return -(-len(past.continuation.features) // n_networks)
        n_samples = problem.training.encoded.n_samples
        return max(1, min(_MOST_REPEATS, _ROWS_IN_REPEATS // n_samples))

    @property
    def _validates_together(self):
        return self.linear is not None

    @property
    def _refits(self):
        return self.refit

    def _combined(self, problem, trained, n_tasks):
        networks = [one for one in trained if not one.is_linear]
        if len(networks) < len(trained) == n_tasks:  # without an interrupt
            weight = self._weight_of_linear(problem, trained)
            if weight > 0:
                networks = with_linear(trained, weight)
        return networks, self._calibration_of(problem, networks)

    def _weight_of_linear(self, problem, trained):
        """Return the weight of the linear models with the lowest validation loss."""
        loss, truth, divisor_of = self._validated_by(problem)
        repeats = list(validated_together(trained))
        batches = [
            (*mean_outputs(repeat, raws), truth(y))
            for repeat in repeats
            for raws, y in outputs_to_validate(repeat)
        ]
        sample_weight = weights_to_validate(repeats)
        return weight_of_linear(loss, batches, sample_weight, divisor_of)

    def _validated_by(self, problem):
        """Return the loss of calibration, with its targets and outputs.

        Returns
        -------
        loss : Loss
            What the networks are compared by.
        truth : callable
            Takes the targets of training.
        divisor_of : callable or None
            Takes a function that returns batches of raw outputs and targets, and
            returns what to divide the outputs by.
        """
        return problem.loss, lambda y: y, None

    def _calibration_of(self, problem, trained):
        """Return the calibration of the trained networks, or None."""
        return

    def _attributes_of_weights(self, trained):
        return {
            "linear_weight_": sum(
                (one.weight for one in trained if one.is_linear), start=0.0
            )
        }

    @property
    def _stops_by_itself(self):
        return isinstance(self.solver, str) and self.solver == "lbfgs"

    def _model_of(self, problem, trained):
        if len(trained) == 1 and trained[0].features is None:
            return super()._model_of(problem, trained)
        networks = [one.state.network for one in trained]
        features = [one.features for one in trained]
        network = Network.mean_of(networks, features, problem.n_features)
        return Model(network, problem.loss, problem.target)

    def _predict_raw(self, raw):
        """Convert raw outputs to predictions, in place."""
        self.model_.loss.predict(raw)

    def _layers_of(self, n_raw):
        return layers_of(self, n_raw)

    def _set_start(self, network, coefs_init, intercepts_init):
        if coefs_init is not None:
            assign(network.weights, coefs_init, "coefs_init")
        if intercepts_init is not None:
            assign(network.biases, intercepts_init, "intercepts_init")

    def _solver_of(self, network, n_rows):
        if self._stops_by_itself:
            check_same_in_training(network, self.hidden_layer_sizes)
            return LBFGS(self.max_fun)
        if self.input_scale is not None:
            check_begins_dense(network, self.hidden_layer_sizes)
        optimizer = from_registry(OPTIMIZERS, self.solver, vars(self))
        schedule = from_registry(SCHEDULES, self.learning_rate, vars(self))
        if self.learning_rate == "invscaling" and not isinstance(optimizer, SGD):
            schedule = Constant()  # as in scikit-learn
        return mini_batches(
            self,
            n_rows,
            optimizer,
            schedule,
            augment=self.augment,
            multipliers=make(LAYER_RATES, self.layer_rates).multipliers(
                network.fan_ins
            ),
            input_scale=self.input_scale,
        )


def _check_continued(past, subsets, estimator):
    """Raise a ValueError if the fitted networks cannot be trained further."""
    if weight := past.attributes.get("linear_weight_"):
        raise ValueError(
            "warm_start and partial_fit cannot continue networks that are averaged "
            "with a linear model, because their output layers include its weight; got "
            f"linear_weight_={weight:.2g}. Fit with linear=None and warm_start=False "
            "first."
        )
    before = past.continuation.features
    pairs = zip(before, subsets, strict=False)
    are_same = all(old is new or np.array_equal(old, new) for old, new in pairs)
    if len(before) > len(subsets) or not are_same:
        raise ValueError(
            "warm_start and partial_fit continue the fitted networks: ensemble and "
            f"repeats must define at least {len(before)} networks, the first of them "
            f"with the same features as before; got ensemble={estimator.ensemble!r} "
            f"and repeats={estimator.repeats!r}. Restore these parameters, or fit "
            "with warm_start=False to train a new model."
        )
