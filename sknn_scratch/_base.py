"""What the three estimators share: from checked input to fitted attributes."""

import copy
import warnings
from abc import ABC, abstractmethod
from itertools import pairwise
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, is_regressor
from sklearn.metrics import get_scorer_names
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from ._choices import name_of
from ._run import Monitor, checked_augment, run_epochs, run_lbfgs
from ._sklearn import (
    CallbackSupportMixin,
    Interval,
    Options,
    StrOptions,
    check_sample_weight,
    has_callbacks,
)
from ._table import EpochTable
from ._tasks import FitTasks
from ._threads import threads_for
from ._transaction import transaction
from ._validation import Samples, Validation, by_scorer, hold_out
from .engine.averaging import Average
from .engine.dropout import Dropout
from .engine.objective import Objective
from .engine.schedules import SCHEDULES, Schedule
from .engine.training import Progress


def _is_finite(X):
    """Return whether all values of an array or CSR are finite."""
    return bool(np.isfinite(X.data if sparse.issparse(X) else X).all())


class BaseNetworkEstimator(CallbackSupportMixin, BaseEstimator, ABC):
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
            if self.early_stopping:
                raise ValueError(
                    "partial_fit does not support early_stopping=True: a single epoch "
                    "has nowhere to stop early. Set early_stopping=False, or use fit."
                )
        tasks = None
        if has_callbacks(self) and not incremental:
            tasks = FitTasks(self, self.max_iter, X, y, sample_weight)
        with (
            transaction(self) as work,
            # Numbers that leave the range of floats end in an error of our own.
            np.errstate(over="ignore", invalid="ignore", divide="ignore"),
        ):
            work._begin(incremental)
            X, y, sample_weight = work._validate(
                X, y, sample_weight, reset=work._network is None
            )
            encoded = work._make_training_set(X, y, sample_weight, incremental, classes)
            samples = Samples(encoded, y, sample_weight)
            own_validation = work._check_validation(*validation, samples)
            work._train(samples, own_validation, start, incremental, tasks)
            if tasks is not None:
                tasks.end(lambda: vars(work) | {"_network": work._network.copy()})
        return self

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
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            dtype="numeric",
            multi_output=True,
            y_numeric=is_regressor(self),
            reset=reset,
        )
        if dtype is None:
            dtype = np.float32 if X.dtype == np.float32 else np.float64
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
            self._make_loss().check_target(encoded.columns)
        except ValueError as error:
            raise ValueError(f"In X_val, y_val, sample_weight_val: {error}") from error
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
        loss.check_target(encoded.columns)
        batch = encoded.everything()
        mean_weight = 1.0 if batch[2] is None else float(batch[2].mean())
        return Objective(network, loss, self.alpha, mean_weight, self.l1_ratio), batch

    def _train(self, samples, own_validation, start, incremental, tasks):
        """Train the network, and keep what comes of it."""
        training_set = samples.encoded
        loss = self._make_loss()
        loss.check_target(training_set.columns)
        random_state = self._fit_random_state()
        model = self._start_network(training_set, loss, random_state)
        if start is not None:
            self._set_start(model, *start)
        rows, validate = self._split(samples, own_validation, model, loss, random_state)
        weight = training_set.sample_weight
        mean_weight = 1.0 if weight is None else float(weight[rows].mean())
        network, average = self._start_average(model)
        first = self._progress is None
        objective = Objective(network, loss, self.alpha, mean_weight, self.l1_ratio)
        optimizer = self._make_optimizer()
        monitor = self._start_monitor(
            model, objective, optimizer, validate, heading=first
        )
        if tasks is not None:
            monitor.tell(tasks, lambda: self._as_of_now(monitor, loss, progress))
        progress = final_loss = None
        try:
            if optimizer is None:
                final_loss, reason = self._run_lbfgs(
                    monitor, objective, training_set.subset(rows)
                )
            else:
                n_batch = self._n_batch(len(rows))
                schedule = self._make_schedule()
                progress = self._start_progress(
                    network, optimizer, schedule, rows, n_batch, random_state
                )
                reason = self._run_epochs(
                    monitor,
                    objective,
                    training_set,
                    schedule,
                    progress,
                    max_iter=None if incremental else self.max_iter,
                    batch_size=n_batch,
                    average=average,
                )
        except KeyboardInterrupt:
            reason = "interrupted"
            warnings.warn("Training interrupted by user.", stacklevel=5)
        monitor.finish()
        if progress is not None:
            if not incremental or progress.steps_per_epoch == 1:
                # Only partial_fit needs the order again, and only in several batches.
                progress.rows = rows[:0].copy()
            if average is not None and validate is None:
                progress.params = network.params
        self.stop_reason_ = reason
        self._network, self._loss = model, loss
        self._keep(monitor, progress, final_loss)

    def _run_lbfgs(self, monitor, objective, training_set):
        """Run L-BFGS; return the final loss, and why it ended."""
        for name in ("dropout", "input_dropout", "augment", "average"):
            value = getattr(self, name, None)
            if value is not None and np.any(value):
                raise ValueError(
                    f"{name} must not be used with solver='lbfgs', which follows one "
                    f"fixed objective to its end; got {value}. Choose another solver."
                )
        n_rows = min(training_set.n_samples, objective.chunk_rows)
        with threads_for(objective.network, n_rows):
            return run_lbfgs(
                monitor,
                objective,
                training_set,
                max_iter=self.max_iter,
                max_fun=self.max_fun,
                tol=self.tol,
            )

    def _run_epochs(
        self, monitor, objective, training_set, schedule, progress, *, batch_size, **how
    ):
        """Run epochs of mini-batches; return why they ended."""
        rates = self._dropout_rates(objective.network)
        if any(rates):
            if progress.noise is None:
                seed = progress.random_state.randint(2**31)
                progress.noise = np.random.SFC64(seed)
            objective.dropout = Dropout(rates, progress.noise)
        augment = getattr(self, "augment", None)
        if augment is not None:
            if progress.augmenting is None:
                seed = progress.random_state.randint(2**31)
                progress.augmenting = np.random.RandomState(seed)
            augment = checked_augment(augment, progress.augmenting)
        if schedule.per_step and progress.is_over:
            warnings.warn(
                f"The learning rate has come to its end after max_iter={self.max_iter} "
                "epochs, and stays there. Raise max_iter, or choose another schedule.",
                stacklevel=6,
            )
        with threads_for(objective.network, min(batch_size, objective.chunk_rows)):
            return run_epochs(
                monitor,
                objective,
                training_set,
                schedule,
                progress,
                batch_size=batch_size,
                # A single batch of all samples has no order to shuffle.
                shuffle=self.shuffle and self.batch_size is not None,
                clip_norm=self.clip_norm,
                augment=augment,
                **how,
            )

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
        X, n_targets = training_set.X, len(training_set.columns)
        n_raw = n_targets * loss.raw_per_target
        network = self._make_network(X.shape[1], n_raw, X.dtype)
        fitted = self._network
        if fitted is None:
            self._initialize(network, random_state)
            return network
        for what, was, now in (
            ("loss", self._loss, loss),
            ("layer sizes", fitted.layer_sizes, network.layer_sizes),
            ("activations", fitted.activations, network.activations),
            ("biases", fitted.has_biases, network.has_biases),
        ):
            if was != now:
                raise ValueError(
                    "warm_start and partial_fit go on with the fitted network: its "
                    f"{what} must stay {was}; got {now}. Set the parameters back, or "
                    "fit with warm_start=False to start afresh."
                )
        return fitted.copy()

    def _start_average(self, model):
        """Return the network to train, and the average that makes the model, or None.

        Without an average the network to train is the model.
        """
        network = model.copy() if self.average else model
        if self._progress is not None and self._progress.params is not None:
            network.params[...] = self._progress.params
        average = Average(model.params, float(self.average)) if self.average else None
        return network, average

    def _split(self, samples, own_validation, model, loss, random_state):
        """Return the rows to train on, and what validates the model or None."""
        rows, held_out = np.arange(samples.encoded.n_samples), None
        if self.early_stopping and own_validation is None:
            rows, held_out = hold_out(samples, self.validation_fraction, random_state)
        weight = samples.encoded.sample_weight
        if weight is not None and not weight[rows].any():
            raise ValueError(
                "sample_weight (times class_weight) must be > 0 for at least one "
                "sample to train on; all are zero."
            )
        if not self.early_stopping:
            return rows, None
        validation = own_validation or samples
        every = slice(None) if held_out is None else held_out
        weight = validation.encoded.sample_weight
        if weight is not None and not weight[every].any():
            raise ValueError(
                "sample_weight (times class_weight) must be > 0 for at least one "
                "sample held out to validate with; got only zeros. Raise "
                "validation_fraction, or give such samples in X_val."
            )
        score = self._make_score(model, loss, validation, every)
        return rows, Validation(model, loss, validation.encoded, held_out, score)

    def _make_score(self, model, loss, samples, rows):
        """Return what `Validation` takes to score raw outputs of some rows."""
        if isinstance(self.scoring, str) and self.scoring == "loss":
            return None
        encoded, weight = samples.encoded, samples.sample_weight
        weight = None if weight is None else weight[rows]
        if self.scoring is None:
            codes = encoded.codes
            truth = encoded.targets(rows)[0] if codes is None else codes[rows]
            return lambda raw: self._score_raw(truth, raw, weight)
        snapshot = copy.copy(self)
        snapshot._network, snapshot._loss = model, loss
        # The names of the features were checked already, and are not with the rows.
        vars(snapshot).pop("feature_names_in_", None)
        return by_scorer(
            snapshot, self.scoring, encoded.X[rows], samples.y[rows], weight
        )

    def _start_monitor(self, model, objective, optimizer, validate, heading):
        """Return what watches the run."""
        own_end = optimizer is None or (
            objective.loss.counts_mistakes and not self.alpha
        )
        best = self.best_loss_
        if validate is not None:
            # Of a fitted network, its own score is what later epochs have to beat.
            best = None if self._network is None else validate()[1]
        table = None
        if self.verbose:
            table = EpochTable(validate is not None, optimizer is not None, heading)
        return Monitor(
            model,
            validate,
            tol=self.tol,
            patience=np.inf if own_end and validate is None else self.n_iter_no_change,
            best=best,
            n_no_improvement=self._n_no_improvement,
            n_iter=self.n_iter_,
            table=table,
        )

    def _start_progress(
        self, network, optimizer, schedule, rows, n_batch, random_state
    ):
        """Return a new progress, or one that goes on from the last partial_fit."""
        rate = float(self.learning_rate_init)
        last = self._progress
        if last is None or optimizer != last.optimizer:
            state = optimizer.init(network.params, network.n_weights)
        else:
            state = copy.deepcopy(last.optimizer_state)
        progress = Progress(optimizer, state, random_state, rows, rate, rate)
        progress.steps_per_epoch = -(-len(rows) // n_batch)
        progress.n_epochs = self.max_iter
        if last is None:
            # A warm start begins with the initial rate, whatever it has seen.
            progress.n_seen = self.t_
            return progress
        if len(last.rows) == len(rows):
            progress.rows = last.rows.copy()
        if schedule.plateau_divisor:
            progress.lowering = last.lowering
        progress.n_seen, progress.n_steps = last.n_seen, last.n_steps
        progress.noise = copy.deepcopy(last.noise)
        progress.augmenting = copy.deepcopy(last.augmenting)
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

    def _as_of_now(self, monitor, loss, progress):
        """Return the attributes of an estimator with the weights of this moment."""
        snapshot = copy.copy(self)
        snapshot._network, snapshot._loss = monitor.network.copy(), loss
        snapshot._keep(monitor, progress, None)
        snapshot._progress = snapshot.stop_reason_ = None
        if monitor.validate is not None:
            snapshot.best_epoch_ = monitor.n_iter  # whose weights these are
        return vars(snapshot)

    def _keep(self, monitor, progress, final_loss):
        """Set the fitted attributes that a run has found."""
        self._progress = progress
        self._n_no_improvement = monitor.n_no_improvement
        self.n_iter_ = monitor.n_iter
        self.loss_curve_ = self.loss_curve_ + monitor.loss_curve
        self.learning_rate_curve_ = (
            self.learning_rate_curve_ + monitor.learning_rate_curve
        )
        if final_loss is None:
            final_loss = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        self.loss_ = final_loss
        if progress is not None:
            self.t_ = progress.n_seen
        self.best_epoch_ = monitor.best_epoch
        if monitor.validate is None:
            self.best_loss_ = min(monitor.best, final_loss)
            self.best_validation_score_ = self.validation_scores_ = None
            self.validation_loss_curve_ = None
        else:
            self.best_loss_ = None
            self.best_validation_score_ = (
                None if monitor.best_epoch is None else monitor.best
            )
            for name in ("validation_scores", "validation_loss_curve"):
                before = getattr(self, name + "_") or []
                setattr(self, name + "_", before + getattr(monitor, name))
