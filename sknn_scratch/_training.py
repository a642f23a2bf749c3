"""How a fit runs: from encoded samples to fitted attributes."""

import copy
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from ._advice import Outcome, sample_of, scale_message, usefulness, warning_of
from ._checkpoint import Resumable
from ._run import Monitor, checked_augment, run_epochs, run_lbfgs
from ._table import EpochTable
from ._threads import threads_for
from ._validation import (
    Score,
    TrainingAccuracy,
    Validation,
    by_scorer,
    hold_out,
)
from ._warnings import warn
from .engine.averaging import Average
from .engine.dropout import Dropout
from .engine.objective import Objective
from .engine.training import Progress

# An epoch of a perceptron may be a single step, and the mean of few steps says little:
# without and with `average` it is given at least so many steps without an improvement.
_PATIENCE_IN_STEPS = {False: 100, True: 250}


class TrainingMixin:
    """Trains the network of an estimator, whose parameters say how."""

    def _trainings(self, *arguments):
        """Yield who is to be trained, and the arguments of its `_train`."""
        yield self, arguments

    def _train(self, samples, own_validation, start, incremental, tasks):
        """Train the network, and keep what comes of it; return a warning or None."""
        training_set = samples.encoded
        loss = self._make_loss()
        training_set.check_target(loss)
        random_state = self._fit_random_state()
        resumable = self._start_resumable(tasks, random_state)
        model = self._start_model(training_set, loss, start, random_state)
        refits = self._refits(own_validation, resumable)
        rows, validate = self._split(samples, own_validation, model, loss, random_state)
        network, average = self._start_average(model)
        first = self._progress is None
        objective = self._make_objective(network, loss, training_set, rows)
        optimizer = self._make_optimizer()
        accuracy = None
        separates = loss.counts_mistakes and not (self.alpha or self.early_stopping)
        if separates and not incremental:
            accuracy = TrainingAccuracy(model, loss, training_set)
        monitor = self._start_monitor(
            model, optimizer, validate, accuracy, heading=first
        )
        if tasks is not None:
            monitor.tell(tasks, lambda: self._as_of_now(monitor, loss, progress))
        progress = search = schedule = None
        try:
            if optimizer is None:
                search, reason = self._run_lbfgs(
                    monitor, objective, training_set.subset(rows)
                )
            else:
                n_batch = self._n_batch(len(rows))
                self._warn_of_batch_size(len(rows))
                schedule = self._make_schedule()
                progress = self._start_progress(
                    network, optimizer, schedule, rows, n_batch, random_state
                )
                after_epoch = None
                if resumable is not None:
                    sets = [samples.encoded, own_validation and own_validation.encoded]
                    resumable.watch(monitor, network, progress, sets)
                    tasks.skip(monitor.n_iter)
                    after_epoch = resumable.after_epoch
                reason = self._run_epochs(
                    monitor,
                    objective,
                    training_set,
                    schedule,
                    progress,
                    max_iter=None if incremental else self.max_iter,
                    batch_size=n_batch,
                    average=average,
                    after_epoch=after_epoch,
                )
        except KeyboardInterrupt:
            reason = "interrupted"
        if not monitor.finish():
            scales, _ = self._scales(training_set, rows)
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may "
                "contain large values and need to be preprocessed. "
                f"{monitor.about_divergence()}{f' {scales}' if scales else ''}"
            )
        divisor = self._divisor_of_outputs(validate)
        if refits and monitor.best_epoch and reason != "interrupted":
            try:
                model, progress = self._train_anew(
                    training_set, loss, start, monitor.best_epoch, random_state
                )
            except KeyboardInterrupt:
                reason = "interrupted"
        elif progress is not None:
            if not incremental or progress.steps_per_epoch == 1:
                # Only partial_fit needs the order again, and only in several batches.
                progress.rows = rows[:0].copy()
            if average is not None and monitor.best_params is None:
                progress.params = network.params
        judged = not incremental or reason == "interrupted"
        # Before the outputs are calibrated, for labels that are not smoothed.
        useless = ""
        if judged:
            refitted = model is not monitor.network
            useless = self._judge(model, loss, training_set, rows, monitor, refitted)
        if divisor is not None:
            model.divide_outputs(divisor)
            if progress is not None:
                progress.params = None  # partial_fit goes on from the divided ones
        self.stop_reason_ = reason
        self._network, self._loss = model, loss
        self._keep(monitor, progress, None if search is None else search.reported)
        if not judged:
            return None
        outcome = Outcome(
            reason,
            monitor,
            self.max_iter,
            ends_as_planned=schedule is not None and schedule.per_step,
            search=search,
            max_fun=getattr(self, "max_fun", None),
            may_overlap=loss.counts_mistakes and len(self.classes_) > 1,
            may_average=loss.counts_mistakes and not self.average,
        )
        return warning_of(
            outcome,
            useless,
            lambda: self._scales(training_set, rows, always=bool(useless)),
        )

    def _scales(self, training_set, rows, always=False):
        """Return what `scale_message` does for the rows to train on."""
        sample = sample_of(training_set, rows)
        remedy = self._remedy_for_target()
        return scale_message(training_set, sample, remedy, always)

    def _judge(self, model, loss, training_set, rows, monitor, refitted):
        """Return a message if the model is no better than a constant, otherwise ""."""
        return usefulness(
            model,
            loss,
            training_set,
            rows,
            reached=self._reached(monitor, refitted),
            accuracy=None if monitor.accuracy is None else monitor.best,
        )

    def _reached(self, monitor, refitted):
        """Return a training loss that the model is known to have, or NaN."""
        curve = monitor.loss_curve
        if self.average or refitted or not curve or monitor.best_epoch == 0:
            return np.nan
        if monitor.best_epoch is None:
            return curve[-1]
        return curve[monitor.best_epoch - monitor.n_iter - 1]

    def _remedy_for_target(self):
        """Return what to do about a target of another size; None if it has none."""

    def _divisor_of_outputs(self, validate):
        """Return what to divide the outputs of the trained network by, or None."""

    def _make_objective(self, network, loss, training_set, rows):
        """Return the objective of training on some rows."""
        weight = training_set.sample_weight
        mean_weight = 1.0 if weight is None else float(weight[rows].mean())
        return Objective(network, loss, self.alpha, mean_weight, self.l1_ratio)

    def _refits(self, own_validation, resumable):
        """Return whether to train anew on all samples, once the best epoch is known."""
        if not getattr(self, "refit", False):
            return False
        for obstacle, unless in (
            ("without early_stopping", self.early_stopping),
            ("with an X_val, of which nothing is missing in X", own_validation is None),
            ("with a Checkpoint, which saves one training", resumable is None),
        ):
            if not unless:
                raise ValueError(
                    f"refit must be False {obstacle}; got True. Leave one of them out."
                )
        return True

    def _train_anew(self, training_set, loss, start, n_epochs, random_state):
        """Train a new network on all samples; return it and its progress."""
        model = self._start_model(training_set, loss, start, random_state)
        rows = np.arange(training_set.n_samples)
        network, average = self._start_average(model)
        n_batch, schedule = self._n_batch(len(rows)), self._make_schedule()
        self._warn_of_batch_size(len(rows))
        progress = self._start_progress(
            network, self._make_optimizer(), schedule, rows, n_batch, random_state
        )
        monitor = Monitor(model, None, tol=0, patience=np.inf)
        self._run_epochs(
            monitor,
            self._make_objective(network, loss, training_set, rows),
            training_set,
            schedule,
            progress,
            max_iter=n_epochs,
            batch_size=n_batch,
            average=average,
        )
        monitor.finish()
        progress.rows = rows[:0].copy()
        if average is not None:
            progress.params = network.params
        return model, progress

    def _run_lbfgs(self, monitor, objective, training_set):
        """Run L-BFGS; return the final loss, and why it ended."""
        names = ("dropout", "input_dropout", "augment", "average", "input_scale")
        for name in (*names, "refit"):
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
            warn(
                f"The learning rate has come to its end after max_iter={self.max_iter} "
                "epochs, and stays there. Raise max_iter, or choose another schedule.",
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

        With an int as random_state every fit draws the same numbers, and partial_fit
        continues on a copy of the last call's stream, if that began with the same int.
        """
        seed = self.random_state if isinstance(self.random_state, Integral) else None
        continues = self._progress is not None and seed is not None
        if continues and seed == self._seed:
            return copy.deepcopy(self._progress.random_state)
        self._seed = seed
        return check_random_state(self.random_state)

    def _start_resumable(self, tasks, random_state):
        """Return what makes checkpoints, or None if there is none among the callbacks.

        It sets the random state to where a fit began that is to go on.
        """
        if tasks is None or tasks.checkpoint is None:
            return None
        if self._make_optimizer() is None:
            raise ValueError(
                "solver must be a stochastic one with a Checkpoint among the "
                f"callbacks; got {self.solver!r}, whose search cannot be saved. Choose "
                "'adam', or do without."
            )
        return Resumable(tasks.checkpoint, self.get_params(), random_state)

    def _start_model(self, training_set, loss, start, random_state):
        """Return the network to train, with the weights to start from, if any."""
        model = self._start_network(training_set, loss, random_state)
        if start is not None:
            self._set_start(model, *start)
        return model

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
            if getattr(self, "calibrate", False):
                raise ValueError(
                    "calibrate must be False without early_stopping, which holds out "
                    "the samples it needs; got True. Set early_stopping=True, with "
                    "n_iter_no_change=inf if training is to last until max_iter."
                )
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
        """Return the `Score` of raw outputs of some rows; None stands for −loss."""
        if isinstance(self.scoring, str) and self.scoring == "loss":
            return None
        encoded, weight = samples.encoded, samples.sample_weight
        weight = None if weight is None else weight[rows]
        if self.scoring is None:
            codes = encoded.codes
            truth = encoded.targets(rows)[0] if codes is None else codes[rows]
            return Score(self._decide, lambda found: self._score(truth, found, weight))
        snapshot = copy.copy(self)
        snapshot._network, snapshot._loss = model, loss
        # The names of the features were checked already, and are not with the rows.
        vars(snapshot).pop("feature_names_in_", None)
        return by_scorer(
            snapshot, self.scoring, encoded.X[rows], samples.y[rows], weight
        )

    def _start_monitor(self, model, optimizer, validate, accuracy, heading):
        """Return what watches the run."""
        best = self.best_loss_
        if validate is not None or accuracy is not None:
            # Of a fitted network, its own score is what later epochs have to beat.
            best = None
            if self._network is not None:
                best = accuracy() if validate is None else validate()[1]
        patience = self.n_iter_no_change
        if optimizer is None and validate is None:
            patience = np.inf
        elif accuracy is not None:
            n_steps = -(-accuracy.n_samples // self._n_batch(accuracy.n_samples))
            at_least = _PATIENCE_IN_STEPS[bool(self.average)]
            patience = max(patience, -(-at_least // n_steps))
        table = None
        if self.verbose:
            table = EpochTable(validate is not None, optimizer is not None, heading)
        return Monitor(
            model,
            validate,
            tol=self.tol,
            patience=patience,
            accuracy=accuracy,
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
        progress = Progress(optimizer, random_state, rows, rate, rate)
        layer_rates, progress.input_scale = self._parameter_rates()
        progress.factors = layer_rates.factors(network.layer_sizes)
        if last is not None and all(
            getattr(last, name) == getattr(progress, name)
            for name in ("optimizer", "factors", "input_scale")
        ):
            progress.optimizer_states = copy.deepcopy(last.optimizer_states)
            progress.scaled = copy.deepcopy(last.scaled)
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
        if self.batch_size < 1:
            return max(1, min(200, round(self.batch_size * n_rows)))
        return min(self.batch_size, n_rows)

    def _warn_of_batch_size(self, n_rows):
        """Warn if there are fewer samples than a batch should have."""
        if isinstance(self.batch_size, Integral) and self.batch_size > n_rows:
            warn(
                f"batch_size={self.batch_size} is larger than the {n_rows} samples to "
                "train on, and is clipped to them."
            )

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
            losses = [final_loss, *monitor.loss_curve]
            if self.best_loss_ is not None:
                losses.append(self.best_loss_)
            self.best_loss_ = min(losses)
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
