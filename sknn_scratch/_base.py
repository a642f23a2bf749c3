"""What the three estimators share: from checked input to fitted attributes."""

import copy
from abc import ABC, abstractmethod
from itertools import pairwise
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, is_regressor
from sklearn.metrics import get_scorer_names
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from ._choices import assign, name_of
from ._input import numeric, with_native_dtype
from ._sklearn import (
    CallbackSupportMixin,
    Interval,
    Options,
    StrOptions,
    callbacks_of,
    check_sample_weight,
)
from ._targets import clear_errors, refuse_missing_in_list
from ._tasks import FitTasks
from ._threads import threads_for
from ._training import TrainingMixin
from ._transaction import transaction
from ._validation import Samples
from ._version import __version__
from ._warnings import warn
from .engine.objective import Objective
from .engine.schedules import SCHEDULES, Schedule
from .engine.steps import ConstantRates


def _is_finite(X):
    """Return whether all values of an array or CSR are finite."""
    return bool(np.isfinite(X.data if sparse.issparse(X) else X).all())


def _takes_bool(constraints):
    return any(
        isinstance(one, str) and one in ("boolean", "verbose") for one in constraints
    )


# Raised whenever a fitted estimator of an earlier version could not be read any more
# without a conversion, which `__setstate__` then has to make.
_FORMAT = 1


class BaseNetworkEstimator(CallbackSupportMixin, TrainingMixin, BaseEstimator, ABC):
    """Fits a `Network` and keeps what the fit has found.

    A subclass names its parameters, encodes its target and chooses loss, optimizer
    and layers. What is checked before a fit is written here, how it runs is in
    `TrainingMixin`.
    """

    _parameter_constraints: dict = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both")],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "learning_rate": [StrOptions(set(SCHEDULES)), Schedule],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "early_stopping": ["boolean"],
        "scoring": [None, StrOptions({"loss", *get_scorer_names()}), callable],
        "average": ["boolean", Interval(Real, 0, 1, closed="neither")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
    }

    @abstractmethod
    def _make_training_set(self, X, y, sample_weight, incremental, classes):
        """Return a `TrainingSet` with the target encoded."""

    @abstractmethod
    def _make_validation_set(self, X, y, sample_weight, y_train):
        """Return a `TrainingSet` with the target encoded like that of training."""

    @abstractmethod
    def _make_network(self, n_features, n_raw, dtype):
        """Return a network of the right layers, not initialized yet."""

    @abstractmethod
    def _initialize(self, network, random_state):
        """Set the weights that training starts from."""

    @abstractmethod
    def _make_loss(self):
        """Return the loss to train with."""

    @abstractmethod
    def _make_optimizer(self):
        """Return the optimizer, or None for L-BFGS."""

    @abstractmethod
    def _make_schedule(self):
        """Return the learning rate's schedule."""

    def _dropout_rates(self, network):
        """Return the share of every layer's input that is left out while training."""
        return [0.0] * len(network.weights)

    def _parameter_rates(self):
        """Return the layers' factors on the rate, and that of a scale of the inputs."""
        return ConstantRates(), None

    @abstractmethod
    def _decide(self, raw):
        """Return a new array, one row per sample: what `_score` needs of `raw`."""

    @abstractmethod
    def _score(self, y, decisions, sample_weight):
        """Return the score that early stopping monitors, the same as `score` returns.

        The functions of sklearn.metrics give the same, but their checks of the input
        take longer than an epoch of a small network.

        Parameters
        ----------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Codes of the classes if the training set has them, else the targets.
        decisions : ndarray of shape (n_samples, ...)
            What `_decide` returns for the raw outputs, all of them finite.
        sample_weight : ndarray of shape (n_samples,) or None
            Weights of the samples.
        """

    def __getstate__(self):
        # Files say what they were saved by; see __setstate__.
        return super().__getstate__() | {"_saved_as": (_FORMAT, __version__)}

    def __setstate__(self, state):
        state = dict(state)
        number, version = state.pop("_saved_as", (0, "an early version"))
        if number > _FORMAT:
            raise ValueError(
                f"A model must not be loaded by an older version than it was saved by, "
                f"sknn_scratch {version}; this is {__version__}. Upgrade it."
            )
        super().__setstate__(state)

    def __sklearn_is_fitted__(self):
        return getattr(self, "_network", None) is not None

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def n_parameters_(self) -> int:
        """Number of parameters: of all weights and biases."""
        check_is_fitted(self)
        return self._network.n_parameters

    def summary(self) -> str:
        """Describe the fitted network, a line a layer.

        Returns
        -------
        summary : str
            Name, shape, number of parameters and activation of every layer, and the
            number of all parameters.
        """
        check_is_fitted(self)
        network = self._network
        names = [name_of(activation) for activation in network.activations[:-1]]
        n_hidden = len(names)
        names.append(self._loss.out_activation)
        rows = [("layer", "inputs", "units", "parameters", "activation")]
        for i, (fan_in, fan_out) in enumerate(pairwise(network.layer_sizes)):
            layer = f"hidden {i + 1}" if i < n_hidden else "output"
            count = (fan_in + network.has_biases) * fan_out
            rows.append((layer, f"{fan_in:,}", f"{fan_out:,}", f"{count:,}", names[i]))
        rows.append(("total", "", "", f"{self.n_parameters_:,}", ""))
        width = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            f"{row[0]:{width[0]}}  {row[1]:>{width[1]}}  {row[2]:>{width[2]}}  "
            f"{row[3]:>{width[3]}}  {row[4]}".rstrip()
            for row in rows
        )

    def _check_input(self, X):
        """Return X checked as it is before predicting, once there is a network."""
        check_is_fitted(self)
        X = numeric(X, "X")
        return validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype="numeric", reset=False
        )

    def _raw(self, X):
        """Return the raw outputs of unchecked X, of shape (n_samples, n_outputs)."""
        X = self._check_input(X)
        network = self._network
        with (
            threads_for(network, min(X.shape[0], network.chunk_rows)),
            np.errstate(all="ignore"),
        ):
            raw = network.raw(X)
            # The sum is quick, and not finite if one of the values is not.
            if not np.isfinite(raw.sum()) and not np.isfinite(raw).all():
                raise ValueError(
                    "X must be of a size for which the outputs of the network are "
                    f"finite; got values up to {abs(X).max():.2g}. Scale it, before "
                    "training as before predicting."
                )
        return raw

    def _fit(
        self,
        X,
        y,
        sample_weight,
        *,
        validation=(None, None, None),
        incremental=False,
        classes=None,
        start=None,
    ):
        """Fit, or with `incremental` go on for one epoch.

        `validation` are X, y and weights to validate with, `start` weights and biases
        to start from, as `_set_start` takes them.
        """
        if incremental:
            self._validate_params()  # which scikit-learn leaves out on later calls
        self._check_numbers()
        if incremental:
            if self.early_stopping:
                raise ValueError(
                    "partial_fit does not support early_stopping=True: a single epoch "
                    "has nowhere to stop early. Set early_stopping=False, or use fit."
                )
            if getattr(self, "calibrate", False):
                raise ValueError(
                    "partial_fit does not support calibrate=True: it holds no samples "
                    "out. Set calibrate=False, or use fit."
                )
        tasks = None
        if callbacks_of(self) and not incremental:
            tasks = FitTasks(self, self.max_iter, X, y, sample_weight)
        with (
            transaction(self) as work,
            # Numbers that leave the range of floats end in an error of our own.
            np.errstate(all="ignore"),
        ):
            work._begin(incremental)
            with clear_errors(y):
                X, y, sample_weight = work._validate(
                    X, y, sample_weight, reset=work._network is None
                )
                encoded = work._make_training_set(
                    X, y, sample_weight, incremental, classes
                )
            samples = Samples(encoded, y, sample_weight)
            own_validation = work._check_validation(*validation, samples)
            found = [
                member._train(*arguments)
                for member, arguments in work._trainings(
                    samples, own_validation, start, incremental, tasks
                )
            ]
            found = [warning for warning in found if warning is not None]
            if found:  # one for all members; that of an interrupt comes last
                interrupted = work.stop_reason_ == "interrupted"
                warn(found[-1 if interrupted else 0])
            if tasks is not None:
                tasks.end(lambda: vars(work) | {"_network": work._network.copy()})
            else:
                return self  # in here, so that nothing is left that could fail
        if self.stop_reason_ != "interrupted":
            tasks.remove_checkpoint()
        return self

    def _check_numbers(self):
        """Raise a ValueError for a number that scikit-learn's validation lets pass."""
        for name, constraints in self._parameter_constraints.items():
            value = getattr(self, name)
            numbers = value if isinstance(value, list | tuple) else [value]
            if any(isinstance(x, int) and x.bit_length() > 1023 for x in numbers):
                raise ValueError(
                    f"{name} must be below 2**1023; got a larger int. Choose a smaller "
                    "one."
                )
            if isinstance(value, bool) and not _takes_bool(constraints):
                raise ValueError(
                    f"{name} must be a number, not a bool; got {value}. Pass a number, "
                    "or leave the parameter out."
                )

    def _adopt(self, *, coefs, intercepts, target, loss_curve, n_iter, n_seen, names):
        """Become fitted with what another library has found."""
        self._begin(incremental=False)
        self._target = target
        if target is not None:
            self.classes_ = target.classes
        self._loss = self._make_loss()
        dtype = np.result_type(np.float32, *coefs)
        n_features, n_raw = coefs[0].shape[0], coefs[-1].shape[1]
        network = self._make_network(n_features, n_raw, dtype)
        assign(network.weights, coefs, "coefs_")
        assign(network.biases, intercepts, "intercepts_")
        self._network, self.n_features_in_ = network, n_features
        if names is not None:
            self.feature_names_in_ = names
        self.n_iter_, self.t_ = n_iter, n_seen
        self.loss_curve_ = loss_curve
        self.learning_rate_curve_ = [np.nan] * len(loss_curve)
        self.loss_ = loss_curve[-1] if loss_curve else np.nan
        self.best_loss_ = min(loss_curve, default=np.inf)
        self.best_epoch_ = self.stop_reason_ = None

    def _begin(self, incremental):
        """Forget what the last fit has found, or what this one does not go on from."""
        going_on = self.__sklearn_is_fitted__() and (incremental or self.warm_start)
        if not going_on:
            self._network = None
            self.t_ = 0
            self.loss_curve_, self.learning_rate_curve_ = [], []
            self.best_loss_ = self.best_validation_score_ = None
            self.validation_loss_curve_ = self.validation_scores_ = None
        if not (going_on and incremental):
            self._progress = None
            self._n_no_improvement = 0
            self.n_iter_ = 0

    def _validate(self, X, y, sample_weight, *, reset, dtype=None):
        """Return X, y and weights as arrays, X and weights in the network's dtype."""
        refuse_missing_in_list(y)
        X, y = validate_data(
            self,
            numeric(X, "X"),
            numeric(y, "y") if is_regressor(self) else with_native_dtype(y),
            accept_sparse=["csr", "csc"],
            dtype="numeric",
            multi_output=True,
            y_numeric=is_regressor(self),
            reset=reset,
        )
        if dtype is None:
            is_single = X.dtype.newbyteorder("=") == np.float32
            dtype = np.float32 if is_single else np.float64
            if self._network is not None:
                dtype = self._network.params.dtype
        given = X
        if sparse.issparse(X):
            X = X.tocsr().astype(dtype, copy=False)
        else:
            X = X.astype(dtype, order="C", copy=False)
        if given.dtype != dtype == np.float32 and not _is_finite(X):
            raise ValueError(
                "X must be finite as float32, like the network; rescale it."
            )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if sample_weight is not None:
            sample_weight = numeric(sample_weight, "sample_weight")
            sample_weight = check_sample_weight(sample_weight, X, dtype=X.dtype)
            if (sample_weight < 0).any():
                raise ValueError(
                    "sample_weight must be >= 0; got a minimum of "
                    f"{sample_weight.min()}. A weight of 0 leaves a sample out."
                )
        return X, y, sample_weight

    def _check_validation(self, X_val, y_val, sample_weight_val, samples):
        """Return the `Samples` to validate with that the user has given, or None."""
        if X_val is None and y_val is None and sample_weight_val is None:
            return None
        if X_val is None or y_val is None:
            raise ValueError(
                "X_val and y_val must be given together, and sample_weight_val only "
                f"with them; got {'no' if X_val is None else 'an'} X_val and "
                f"{'no' if y_val is None else 'a'} y_val."
            )
        if not self.early_stopping:
            raise ValueError(
                "early_stopping must be True where X_val and y_val are given; got "
                f"{self.early_stopping}. With n_iter_no_change=inf training goes on "
                "to the end all the same."
            )
        try:
            with clear_errors(y_val):
                X_val, y_val, weight = self._validate(
                    X_val,
                    y_val,
                    sample_weight_val,
                    reset=False,
                    dtype=samples.encoded.X.dtype,
                )
                if X_val.shape[0] < 2:
                    raise ValueError("there must be >= 2 samples; got 1.")
                encoded = self._make_validation_set(X_val, y_val, weight, samples.y)
                encoded.check_target(self._make_loss())
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"In X_val, y_val, sample_weight_val: {error}") from error
        return Samples(encoded, y_val, weight)

    def _objective_of(self, X, y, sample_weight):
        """Return the objective of some samples in float64, and the batch they are.

        Its network is the fitted one, or else the one that a fit would start from.
        """
        work = copy.copy(self)
        work._validate_params()
        work._begin(incremental=work.__sklearn_is_fitted__())
        X, y, weight = work._validate(
            X, y, sample_weight, reset=work._network is None, dtype=np.float64
        )
        if work._network is None:
            encoded = work._make_training_set(X, y, weight, False, None)
            random_state = check_random_state(copy.deepcopy(self.random_state))
            loss = work._make_loss()
            network = work._start_network(encoded, loss, random_state)
        else:
            encoded = work._make_validation_set(X, y, weight, y)
            loss, network = work._loss, work._network.copy(np.float64)
        encoded.check_target(loss)
        batch = encoded.everything()
        mean_weight = 1.0 if batch[2] is None else float(batch[2].mean())
        return Objective(network, loss, self.alpha, mean_weight, self.l1_ratio), batch
