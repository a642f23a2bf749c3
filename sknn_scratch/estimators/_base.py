"""The base class of the three estimators."""

from abc import ABC, abstractmethod
from functools import cache
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer_names
from sklearn.utils.validation import check_is_fitted, validate_data

from .._sklearn import CallbackSupportMixin, Interval, Options, StrOptions
from .._version import __version__
from ..engine.kernels import all_finite
from ..engine.schedules import SCHEDULES, Schedule
from ._fit import fit
from ._input import numeric, plain
from ._model import Member, Model, shallow_copy
from ._planning import Task
from ._summary import summary_of
from ._threads import threads_to_predict

# Raised whenever a fitted estimator of an earlier version could not be read any more
# without a conversion, which `__setstate__` then has to make.
_FORMAT = 1


class BaseNetworkEstimator(CallbackSupportMixin, BaseEstimator, ABC):
    """Base class of estimators whose model is a network.

    A subclass names its parameters, encodes its target and chooses loss, solver and
    layers; `_fit.py` contains the steps of a fit.

    Attributes
    ----------
    model_ : Model
        The trained network with its loss and its target.
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

    # Hooks that fit calls. They do not change the estimator.

    # Whether the solver ends at a minimum, so that patience is not needed.
    _stops_by_itself = False
    # Whether the networks share a validation set, on which their average is evaluated.
    _validates_together = False
    # Whether the network is refitted on all samples when the best epoch is known.
    _refits = False

    @abstractmethod
    def _target_of(self, y, dtype, sample_weight, request, past):
        """Return the target, the meaning of the outputs in this and later calls."""

    @abstractmethod
    def _encode(self, target, X, y, sample_weight, y_train):
        """Return a `TrainingSet`; classes are balanced as those of `y_train` are."""

    def _check_validation_target(self, target, y, y_train, dtype):
        """Raise a ValueError if `y` fits the target, but not that of training."""

    @abstractmethod
    def _loss_of(self, target):
        """Return the loss to train with."""

    @abstractmethod
    def _layers_of(self, n_raw):
        """Return the layers of a network with this number of raw outputs."""

    @abstractmethod
    def _set_start(self, network, weights, biases):
        """Set the initial weights and biases that the user has passed, if any."""

    @abstractmethod
    def _solver_of(self, network, n_rows):
        """Return the solver for a network and a number of training samples."""

    @abstractmethod
    def _score_of(self, problem, y, sample_weight):
        """Return the `Score` that early stopping monitors, the same as `score` returns.

        The functions of sklearn.metrics give the same, but their checks of the input
        take longer than an epoch of a small network.

        Parameters
        ----------
        problem : Problem
            Problem to learn.
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Codes of the classes if the training set has them, else the targets.
        sample_weight : ndarray of shape (n_samples,) or None
            Weights of the samples.
        """

    def _remedy_for_target(self, loss):
        """Return the fix for the scale of a target; None without a scale."""
        return

    def _training_tasks(self, problem, past, seed, random_state):
        """Return a `Task` for every network to train."""
        return [Task(problem, random_state, past.state(0))]

    def _combined(self, problem, trained, n_tasks):
        """Return the trained networks with weights, and a calibration or None."""
        return trained, None

    def _calibrate_outputs(self, network, calibration, scale):
        """Change the last layer of a network for its calibration and its weight.

        Parameters
        ----------
        network : Network
            A network, alone or in an ensemble.
        calibration : object or None
            Calibration from `_combined`.
        scale : float
            Factor of the outputs.
        """
        if calibration is not None or scale != 1:
            network.divide_outputs((calibration or 1.0) / scale)

    def _attributes_of_weights(self, trained):
        """Return the fitted attributes with weights of the ensemble."""
        return {}

    def _model_of(self, problem, trained):
        """Return the model of the trained networks."""
        return Model(trained[0].state.network, problem.loss, problem.target)

    def _attributes_of_target(self, target):
        """Return the fitted attributes about the target."""
        return {}

    def _attributes_of_calibration(self, calibration, call):
        """Return the fitted attributes about calibration."""
        return {}

    def _predicting(self, problem):
        """Return a fitted copy of the estimator for a scorer, without a network yet."""
        fitted = shallow_copy(self)
        # The feature names were checked before, and the rows do not have them.
        vars(fitted).pop("feature_names_in_", None)
        vars(fitted).update(
            {
                "model_": Model(None, problem.loss, problem.target),
                "n_features_in_": problem.n_features,
            }
            | self._attributes_of_target(problem.target)
        )
        return fitted

    @classmethod
    @cache
    def _get_param_names(cls):
        # scikit-learn inspects the constructor for every clone.
        return super()._get_param_names()

    def __getstate__(self):
        # Files contain the version that saved them; see __setstate__.
        return super().__getstate__() | {"_saved_as": (_FORMAT, __version__)}

    def __setstate__(self, state):
        state = dict(state)
        number, version = state.pop("_saved_as", (0, "an early version"))
        if number > _FORMAT:
            raise ValueError(
                f"This model was saved by sknn_scratch {version}, which is newer than "
                f"the installed version, {__version__}. Upgrade sknn_scratch to load "
                "the model."
            )
        super().__setstate__(state)

    def __sklearn_is_fitted__(self):
        return "model_" in vars(self)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def members_(self) -> list[Member]:
        """Training history of each network of an ensemble, or of the only one."""
        check_is_fitted(self)
        return [member.with_lists() for member in self._members]

    @property
    def loss_curve_(self) -> list[float]:
        """Loss of each epoch."""
        return self._curve("loss_curve")

    @property
    def learning_rate_curve_(self) -> list[float]:
        """Learning rate of each epoch."""
        return self._curve("learning_rate_curve")

    @property
    def validation_scores_(self) -> list[float] | None:
        """Score on the validation set after each epoch."""
        return self._curve("validation_scores")

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        """Loss on the validation set after each epoch."""
        return self._curve("validation_loss_curve")

    def _curve(self, name):
        """Return a curve of the first network as a list, or None if it has none."""
        check_is_fitted(self)
        curve = getattr(self._members[0], name)
        return None if curve is None else list(curve)

    @property
    def n_parameters_(self) -> int:
        """Number of trainable parameters."""
        check_is_fitted(self)
        return self.model_.network.n_parameters

    def summary(self) -> str:
        """Describe the fitted network, one line per layer.

        Returns
        -------
        summary : str
            Name, shape, number of parameters and activation of each layer, and the
            total number of parameters. A layer that contains other layers is followed
            by its inner layers.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sknn_scratch import MLPScratchClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> mlp = MLPScratchClassifier([16, 8], solver="lbfgs", random_state=0)
        >>> print(mlp.fit(X, y).summary())
        layer     inputs  units  parameters  activation
        hidden 1       4     16          80  relu
        hidden 2      16      8         136  relu
        output         8      3          27  softmax
        total                           243
        """
        check_is_fitted(self)
        return summary_of(self.model_)

    def _check_input(self, X):
        """Return X checked for prediction, if the estimator is fitted."""
        attributes = vars(self)
        if "model_" not in attributes:
            check_is_fitted(self)
        names = attributes.get("feature_names_in_")
        with np.errstate(over="ignore", invalid="ignore"):  # of sums
            found = plain(X, self.n_features_in_, names)
        if found is not None:
            return found
        return validate_data(
            self,
            numeric(X, "X"),
            accept_sparse=["csr", "csc"],
            dtype="numeric",
            reset=False,
        )

    def _raw(self, X):
        """Return the raw outputs of unchecked X, of shape (n_samples, n_outputs)."""
        X = self._check_input(X)
        network = self.model_.network
        with (
            threads_to_predict(network, min(X.shape[0], network.chunk_rows)),
            np.errstate(all="ignore"),
        ):
            raw = network.raw(X)
            if not all_finite(raw):
                raise ValueError(
                    "X must not be so large that the outputs of the network overflow; "
                    f"got values up to {abs(X).max():.2g}. Scale X in the same way "
                    "before fit and before predict."
                )
        return raw

    def _fit(self, request):
        """Fit, or train for one more epoch."""
        return fit(self, request)
