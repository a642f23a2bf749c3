"""What the three estimators share: from checked input to fitted attributes."""

import copy
import warnings
from abc import ABC, abstractmethod
from dataclasses import fields
from itertools import pairwise
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, is_regressor
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from ._run import Monitor, run_epochs, run_lbfgs
from ._sklearn import Interval, Options, StrOptions, check_sample_weight
from ._threads import threads_for
from ._transaction import transaction
from ._validation import hold_out
from .engine.activations import ACTIVATIONS
from .engine.dropout import Dropout
from .engine.objective import Objective
from .engine.schedules import SCHEDULES, Schedule
from .engine.training import Progress


def from_registry(registry, choice, estimator):
    """Return an instance, or make what a name stands for.

    It gets the settings that the estimator has.
    """
    if not isinstance(choice, str):
        return choice
    cls = registry[choice]
    names = [field.name for field in fields(cls) if hasattr(estimator, field.name)]
    return cls(**{name: getattr(estimator, name) for name in names})


def make(registry, choice):
    """Return the instance that a name or an instance stands for."""
    return registry[choice]() if isinstance(choice, str) else choice


def _name(activation):
    """Return the name of an activation; with settings, how it is written."""
    for name, cls in ACTIVATIONS.items():
        if activation == cls():
            return name
    return repr(activation)


def assign(arrays, values, name):
    """Copy `values` into the arrays of a network, layer by layer.

    `name` is that of the parameter or attribute the values are from.
    """
    shapes = [array.shape for array in arrays]
    try:
        values = [np.asarray(value, dtype=np.float64) for value in values]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a list of arrays of numbers of the shapes {shapes}; got "
            f"{values!r}."
        ) from error
    got = [value.shape for value in values]
    if got != shapes:
        raise ValueError(f"{name} must have the shapes {shapes}; got {got}.")
    if not all(np.isfinite(value).all() for value in values):
        raise ValueError(f"{name} must be finite; got NaN or infinity.")
    for array, value in zip(arrays, values, strict=True):
        array[...] = value


class BaseNetworkEstimator(BaseEstimator, ABC):
    """Fits a `Network` and keeps what the fit has found.

    A subclass names its parameters, encodes its target and chooses loss, optimizer
    and layers; how a fit runs is written here.
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
    def _make_network(self, n_features, n_outputs, dtype):
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

    @abstractmethod
    def _score_raw(self, y, raw, sample_weight):
        """Return the score that early stopping goes by, as `score` would.

        The functions of sklearn.metrics give the same, but their checks of the input
        take longer than an epoch of a small network.

        Parameters
        ----------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Codes of the classes if the training set has them, else the targets.
        raw : ndarray of shape (n_samples, n_outputs)
            Finite raw outputs. May be overwritten.
        sample_weight : ndarray of shape (n_samples,) or None
            Weights of the samples.
        """

    def __sklearn_is_fitted__(self):
        return getattr(self, "_network", None) is not None

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def n_parameters_(self):
        """Number of parameters: of all weights and biases."""
        check_is_fitted(self)
        return self._network.n_parameters

    def summary(self):
        """Describe the fitted network, a line a layer.

        Returns
        -------
        summary : str
            Name, shape, number of parameters and activation of every layer, and the
            number of all parameters.
        """
        check_is_fitted(self)
        network = self._network
        names = [_name(activation) for activation in network.activations[:-1]]
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
        return validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype="numeric", reset=False
        )

    def _raw(self, X):
        """Return the raw outputs of unchecked X, of shape (n_samples, n_outputs)."""
        X = self._check_input(X)
        network = self._network
        with threads_for(network, min(X.shape[0], network.chunk_rows)):
            return network.raw(X)

    def _fit(
        self,
        X,
        y,
        sample_weight,
        *,
        incremental=False,
        classes=None,
        start=None,
    ):
        """Fit, or with `incremental` go on for one epoch.

        `start` are weights and biases to start from, as `_set_start` takes them.
        """
        if incremental:
            self._validate_params()  # which scikit-learn leaves out on later calls
            if self.early_stopping:
                raise ValueError(
                    "partial_fit does not support early_stopping=True: a single epoch "
                    "has nowhere to stop early. Set early_stopping=False, or use fit."
                )
        with (
            transaction(self) as work,
            # Numbers that leave the range of floats end in an error of our own.
            np.errstate(over="ignore", invalid="ignore", divide="ignore"),
        ):
            work._begin(incremental)
            X, y, sample_weight = work._validate(X, y, sample_weight)
            training_set = work._make_training_set(
                X, y, sample_weight, incremental, classes
            )
            work._train(y, training_set, start, max_epochs=1 if incremental else None)
        return self

    def _begin(self, incremental):
        """Forget what the last fit has found, or what this one does not go on from."""
        going_on = self.__sklearn_is_fitted__() and (incremental or self.warm_start)
        if not going_on:
            self._network = None
            self.t_ = 0
            self.loss_curve_ = []
            self.best_loss_ = self.validation_scores_ = None
            self.best_validation_score_ = None
        if not (going_on and incremental):
            self._progress = None
            self._n_no_improvement = 0
            self.n_iter_ = 0

    def _validate(self, X, y, sample_weight):
        """Return X, y and weights as arrays, X and weights in the network's dtype."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            dtype="numeric",
            multi_output=True,
            y_numeric=is_regressor(self),
            reset=self._network is None,
        )
        dtype = np.float32 if X.dtype == np.float32 else np.float64
        if self._network is not None:
            dtype = self._network.params.dtype
        if sparse.issparse(X):
            X = X.tocsr().astype(dtype, copy=False)
        else:
            X = X.astype(dtype, order="C", copy=False)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, X, dtype=X.dtype)
            if (sample_weight < 0).any():
                raise ValueError(
                    "sample_weight must be >= 0; got a minimum of "
                    f"{sample_weight.min()}. A weight of 0 leaves a sample out."
                )
        return X, y, sample_weight

    def _train(self, y, training_set, start, max_epochs):
        """Train the network, and keep what comes of it."""
        loss = self._make_loss()
        loss.check_target(training_set.columns)
        random_state = self._fit_random_state()
        network = self._start_network(training_set, loss, random_state)
        if start is not None:
            self._set_start(network, *start)
        rows, held_out = self._split(y, training_set, random_state)
        weight = training_set.sample_weight
        mean_weight = 1.0 if weight is None else float(weight[rows].mean())
        objective = Objective(network, loss, self.alpha, mean_weight, self.l1_ratio)
        score = self._make_score(network, training_set, held_out)
        monitor = self._start_monitor(objective, score)
        optimizer = self._make_optimizer()
        rates = self._dropout_rates(network)
        if optimizer is None and any(rates):
            raise ValueError(
                "dropout and input_dropout must be 0 with solver='lbfgs', which needs "
                f"the same objective in every step; got {self.dropout} and "
                f"{self.input_dropout}. Choose another solver."
            )
        n_batch = len(rows) if optimizer is None else self._n_batch(len(rows))
        progress = final_loss = None
        try:
            with threads_for(network, min(n_batch, objective.chunk_rows)):
                if optimizer is None:
                    final_loss = run_lbfgs(
                        monitor,
                        objective,
                        training_set.subset(rows),
                        max_iter=self.max_iter,
                        max_fun=self.max_fun,
                        tol=self.tol,
                    )
                else:
                    schedule = self._make_schedule()
                    progress = self._start_progress(
                        network, optimizer, schedule, rows, random_state
                    )
                    progress.steps_per_epoch = -(-len(rows) // n_batch)
                    progress.n_epochs = self.max_iter
                    if schedule.per_step and progress.is_over:
                        warnings.warn(
                            f"The learning rate has come to its end after max_iter="
                            f"{self.max_iter} epochs, and stays there. Raise max_iter, "
                            "or choose another schedule.",
                            stacklevel=5,
                        )
                    if any(rates):
                        if progress.noise is None:
                            seed = random_state.randint(2**31)
                            progress.noise = np.random.SFC64(seed)
                        objective.dropout = Dropout(rates, progress.noise)
                    run_epochs(
                        monitor,
                        objective,
                        training_set,
                        schedule,
                        progress,
                        max_iter=max_epochs or self.max_iter,
                        batch_size=n_batch,
                        # A single batch of all samples has no order to shuffle.
                        shuffle=self.shuffle and self.batch_size is not None,
                        clip_norm=self.clip_norm,
                        warn=max_epochs is None,
                    )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=5)
        monitor.finish()
        if progress is not None and (max_epochs is None or n_batch == len(rows)):
            # Only partial_fit needs the order again, and only in several batches.
            progress.rows = rows[:0].copy()
        self._keep(objective, monitor, progress, final_loss)

    def _fit_random_state(self):
        """Return the random stream of this call.

        With a whole number as random_state every fit draws the same numbers, and
        partial_fit goes on where the last call stopped, on a copy of its stream.
        """
        if not isinstance(self.random_state, Integral):
            return check_random_state(self.random_state)
        if self._progress is None or self._seed != self.random_state:
            self._seed = self.random_state
            return check_random_state(self.random_state)
        return copy.deepcopy(self._progress.random_state)

    def _start_network(self, training_set, loss, random_state):
        """Return the network to train: a new one, or a copy of the fitted one."""
        X, n_outputs = training_set.X, len(training_set.columns)
        network = self._make_network(X.shape[1], n_outputs, X.dtype)
        fitted = self._network
        if fitted is None:
            self._initialize(network, random_state)
            return network
        for what, was, now in (
            ("layer sizes", fitted.layer_sizes, network.layer_sizes),
            ("activations", fitted.activations, network.activations),
            ("biases", fitted.has_biases, network.has_biases),
            ("loss", self._loss, loss),
        ):
            if was != now:
                raise ValueError(
                    "warm_start and partial_fit go on with the fitted network: its "
                    f"{what} must stay {was}; got {now}. Set the parameters back, or "
                    "fit with warm_start=False to start afresh."
                )
        return fitted.copy()

    def _split(self, y, training_set, random_state):
        """Return the rows to train on, and the rows held out or None."""
        if self.early_stopping:
            rows, held_out = hold_out(
                training_set, y, self.validation_fraction, random_state
            )
        else:
            rows, held_out = np.arange(training_set.n_samples), None
        weight = training_set.sample_weight
        if weight is not None and not weight[rows].any():
            raise ValueError(
                "sample_weight (times class_weight) must be > 0 for at least one "
                "sample to train on; all are zero."
            )
        if weight is not None and held_out is not None and not weight[held_out].any():
            raise ValueError(
                "sample_weight (times class_weight) must be > 0 for at least one "
                "sample held out to validate with; got only zeros. Raise "
                "validation_fraction."
            )
        return rows, held_out

    def _make_score(self, network, training_set, held_out):
        """Return a function that scores the network on the rows held out, or None."""
        if held_out is None:
            return None
        X, weight = training_set.X, training_set.sample_weight
        weight = None if weight is None else weight[held_out]
        if training_set.codes is None:
            y = training_set.columns[:, held_out].T
        else:
            y = training_set.codes[held_out]

        def score():
            raw = network.raw(X, held_out)
            if not np.isfinite(raw).all():
                return np.nan
            return float(self._score_raw(y, raw, weight))

        return score

    def _start_monitor(self, objective, score):
        """Return what watches the run."""
        loss = objective.loss
        own_end = self._make_optimizer() is None or (
            loss.counts_mistakes and not self.alpha
        )
        best = self.best_loss_
        if score is not None:
            # Of a fitted network, its own score is what later epochs have to beat.
            best = None if self._network is None else score()
        return Monitor(
            objective.network,
            score,
            tol=self.tol,
            patience=np.inf if own_end and score is None else self.n_iter_no_change,
            best=best,
            n_no_improvement=self._n_no_improvement,
            n_iter=self.n_iter_,
            verbose=self.verbose,
        )

    def _start_progress(self, network, optimizer, schedule, rows, random_state):
        """Return a new progress, or one that goes on from the last partial_fit."""
        rate = float(self.learning_rate_init)
        last = self._progress
        if last is None:
            # A warm start begins with the initial rate, whatever it has seen.
            state = optimizer.init(network.params, network.n_weights)
            return Progress(
                optimizer, state, random_state, rows, rate, rate, n_seen=self.t_
            )
        if optimizer == last.optimizer:
            state = copy.deepcopy(last.optimizer_state)
        else:
            state = optimizer.init(network.params, network.n_weights)
        progress = Progress(
            optimizer,
            state,
            random_state,
            last.rows.copy() if len(last.rows) == len(rows) else rows,
            rate,
            rate,
            last.lowering if schedule.plateau_divisor else 1.0,
            last.n_seen,
            last.n_steps,
            copy.deepcopy(last.noise),
        )
        progress.set_rate(schedule)
        return progress

    def _n_batch(self, n_rows):
        """Return the number of samples in a batch."""
        if self.batch_size is None:
            return n_rows
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size > n_rows:
            warnings.warn(
                f"batch_size={self.batch_size} is larger than the {n_rows} samples to "
                "train on, and is clipped to them.",
                stacklevel=6,
            )
        return min(self.batch_size, n_rows)

    def _keep(self, objective, monitor, progress, final_loss):
        """Set the fitted attributes."""
        self._network, self._loss = objective.network, objective.loss
        self._progress = progress
        self._n_no_improvement = monitor.n_no_improvement
        self.n_iter_ = monitor.n_iter
        self.loss_curve_ = self.loss_curve_ + monitor.loss_curve
        if final_loss is None:
            final_loss = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        self.loss_ = final_loss
        if progress is not None:
            self.t_ = progress.n_seen
        if monitor.score is None:
            self.best_loss_ = min(monitor.best, final_loss)
            self.best_validation_score_ = self.validation_scores_ = None
        else:
            self.best_loss_ = None
            self.best_validation_score_ = monitor.best
            self.validation_scores_ = [
                *(self.validation_scores_ or ()),
                *monitor.validation_scores,
            ]
