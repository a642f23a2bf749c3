"""Invariants that hold after every call that trains an estimator."""

import pickle
import tempfile
import traceback
from importlib.util import find_spec
from numbers import Integral
from pathlib import Path

import numpy as np
from sklearn.utils.multiclass import unique_labels

from sknn_scratch import MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.callbacks import Checkpoint

HAS_CALLBACKS = find_spec("sklearn.callback") is not None
ERRORS = ValueError, TypeError, AttributeError
CURVES = ("loss_curve", "learning_rate_curve", "validation_loss_curve")
CURVES += ("validation_scores",)


class CrashError(RuntimeError):
    """Raised by `Crash`."""


class Crash:
    """Ends a fit with an error before an epoch."""

    def __init__(self, epoch=1):
        self.epoch = epoch

    def setup(self, estimator, context): ...
    def teardown(self, estimator, context): ...
    def on_fit_task_end(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context):
        if context.task_name == "epoch" and context.task_id == self.epoch:
            raise CrashError("crash")


class Trial:
    """An estimator under test, and a twin that has to end with the same bits.

    The twin is pickled before every call, and never interrupted.

    Parameters
    ----------
    model : estimator
        Not fitted yet.
    y : array-like
        All labels or numbers that calls may take some of.
    """

    def __init__(self, model, y):
        self.model, self.y = model, y
        self.twin = pickle.loads(pickle.dumps(model))

    def make(self, call, X, y, weight):
        """Make a call; return its error if it was refused, else None."""
        self.model.set_params(**call.changes)
        self.twin = pickle.loads(pickle.dumps(self.twin.set_params(**call.changes)))
        before, bits = attributes_of(self.model), _bits(self.model)
        error, of_twin = (
            self._train(model, call, (X, y, weight))
            for model in (self.model, self.twin)
        )
        assert type(error) is type(of_twin)
        assert str(error) == str(of_twin)
        if error is not None:
            assert _bits(self.model) == bits, "the estimator has changed"
            _check_raised_on_purpose(error, self.model)
            return error
        check_record(self.model, call, before, len(y))
        assert record(self.model) == record(self.twin)
        return None

    def _train(self, model, call, data):
        np.random.seed(0)  # noqa: NPY002  # for random_state=None
        if call.method == "partial_fit":
            return _partial_fit(model, call, data, self.y)
        return _fit(model, call, data, crashes=model is self.model)

    def predict(self, X):
        """Check the predictions; return the error if there are none, else None."""
        if "model_" not in vars(self.model):
            return None
        try:
            predicted = self.model.predict(X)
        except ValueError as error:
            return error
        check_predictions(self.model, X, self.y, predicted)
        restored = pickle.loads(pickle.dumps(self.model))
        np.testing.assert_array_equal(restored.predict(X), predicted)
        np.testing.assert_array_equal(self.twin.predict(X), predicted)
        return None


def _bits(model):
    """Return all attributes as bytes."""
    np.random.seed(0)  # noqa: NPY002  # random_state=None stands for this stream
    return pickle.dumps(vars(model))


def _error_of(method, *args, **kwargs):
    """Call a method; return the error that it raises, or None."""
    try:
        method(*args, **kwargs)
    except ERRORS as error:
        return error
    return None


def _partial_fit(model, call, data, all_y):
    """Call `partial_fit`, and return its error or None."""
    classes = {}
    if not isinstance(model, MLPScratchRegressor) and call.classes:
        several = all_y.ndim == 2
        labels = np.arange(all_y.shape[1]) if several else unique_labels(all_y)
        classes = {"classes": labels}
    *samples, weight = data
    # Where the solver has no partial_fit, it is the look-up that fails.
    return _error_of(
        lambda: model.partial_fit(*samples, sample_weight=weight, **classes)
    )


def _fit(model, call, data, crashes):
    """Call `fit`, if it is to be resumed again after a crash; return the error."""
    X_val, y_val, weight_val = call.X_val, call.y_val, call.weight_val
    how = {"X_val": X_val, "y_val": y_val, "sample_weight_val": weight_val}
    if call.method == "fit":
        return _error_of(model.fit, *data, **how)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Checkpoint(Path(folder) / "checkpoint")
        try:
            if crashes:
                bits = _bits(model.set_callbacks(checkpoint, Crash()))
                try:
                    return _error_of(model.fit, *data, **how)
                except CrashError:
                    assert _bits(model) == bits, "a crash has changed the estimator"
                np.random.seed(1)  # noqa: NPY002  # as in another process
            model.set_callbacks(checkpoint)
            return _error_of(model.fit, *data, **how)
        finally:
            model.set_callbacks()


def _check_raised_on_purpose(error, model):
    where = Path(traceback.extract_tb(error.__traceback__)[-1].filename).parts
    assert "sknn_scratch" in where or "sklearn" in where, repr(error)
    if isinstance(error, AttributeError):
        assert model.solver == "lbfgs", repr(error)
        assert "partial_fit" in str(error)


def attributes_of(model):
    """Return the attributes of an estimator, also those that are properties."""
    attributes = vars(model).copy()
    if "model_" in attributes:
        names = [*(f"{name}_" for name in CURVES), "members_"]
        attributes |= {name: getattr(model, name) for name in names}
    return attributes


def record(model):
    """Return what a call has left, to be compared bit by bit."""
    arrays = model.model_.network.params.tobytes()
    curves = [getattr(model, f"{name}_") for name in CURVES]
    numbers = model.n_iter_, model.t_, model.loss_, model.best_loss_, model.best_epoch_
    scores = model.best_validation_score_, getattr(model, "temperature_", None)
    members = repr(getattr(model, "members_", None))
    return arrays, repr((curves, numbers, scores, model.stop_reason_)), members


def check_record(model, call, before, n_rows):
    """Check the attributes that tell how the model was trained.

    Parameters
    ----------
    model : estimator
        After the call.
    call : Call
        What was called.
    before : dict
        The attributes before.
    n_rows : int
        Number of samples that were passed.
    """
    is_partial = call.method == "partial_fit"
    continues = "model_" in before and (is_partial or model.warm_start)
    past = before if continues else {}
    if is_partial:
        assert model.n_iter_ == past.get("n_iter_", 0) + 1
        assert model.stop_reason_ is None
    else:
        assert model.n_iter_ <= model.max_iter
        assert model.stop_reason_ is not None
    n_new = 1 if is_partial else model.n_iter_
    _check_curves(
        {name: getattr(model, f"{name}_") for name in CURVES},
        {name: past.get(f"{name}_") for name in CURVES},
        n_new,
        model.early_stopping,
    )
    _check_best(model, n_new)
    n_epochs = n_new
    if not isinstance(model, PerceptronClassifier):
        n_epochs = _check_members(model, past.get("members_", []), is_partial)
    if getattr(model, "solver", None) == "lbfgs":
        n_epochs = 0
    if not model.early_stopping:  # which leaves some of the samples out
        assert model.t_ == past.get("t_", 0) + n_epochs * n_rows
    if getattr(model, "calibrate", False):
        if isinstance(model, MLPScratchRegressor):
            assert np.isfinite(model.calibration_).all()
        else:
            assert 0 < model.temperature_ < np.inf


def _check_curves(curves, before, n_new, validates):
    """Check that curves continue earlier ones with one entry per epoch."""
    for name, curve in curves.items():
        if name.startswith("validation") and not validates:
            assert curve is None
            continue
        earlier = before[name] or []
        assert len(curve) == len(earlier) + n_new, name
        assert repr(curve[: len(earlier)]) == repr(earlier), name


def _last(curve, n):
    """Return the last n entries of a list."""
    return curve[len(curve) - n :]


def _check_best(model, n_new):
    """Check which epoch was best."""
    if not model.early_stopping:
        assert model.best_validation_score_ is None
        known = [loss for loss in _last(model.loss_curve_, n_new) if loss == loss]
        assert not known or model.best_loss_ <= min(known)
        return
    assert model.best_loss_ is None
    scores = _last(model.validation_scores_, n_new)
    assert np.isfinite(model.best_validation_score_)
    if model.best_epoch_ == 0:
        assert model.warm_start
        assert not model.best_validation_score_ < np.max(scores, initial=-np.inf)
    else:
        assert model.best_validation_score_ == scores[model.best_epoch_ - 1]
        assert model.best_validation_score_ == np.nanmax(scores)


def _check_members(model, earlier, is_partial):
    """Check the networks of an ensemble; return how many epochs they have had."""
    members, ensemble, n_epochs = model.members_, model.ensemble, 0
    expected = ensemble if isinstance(ensemble, Integral) else len(ensemble)
    assert len(members) == expected
    for i, member in enumerate(members):
        before = earlier[i]._asdict() if i < len(earlier) else {}
        n_new = member.n_iter
        if is_partial:
            n_new -= before.get("n_iter", 0)
            assert n_new == 1
        n_epochs += n_new
        _check_curves(
            {name: getattr(member, name) for name in CURVES},
            {name: before.get(name) for name in CURVES},
            n_new,
            model.early_stopping,
        )
        _check_features(member.features, ensemble, model.n_features_in_)
    first = members[0]._asdict()
    del first["features"]
    for name, value in first.items():
        assert repr(value) == repr(getattr(model, f"{name}_")), name
    return n_epochs


def _check_features(features, ensemble, n_features):
    if isinstance(ensemble, Integral):
        assert features is None
    else:
        assert list(features) == sorted({*features})
        assert {*features} <= set(range(n_features))


def check_predictions(model, X, y, predicted):
    """Check what a fitted model has predicted."""
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    dtype = model.model_.network.params.dtype
    if isinstance(model, MLPScratchRegressor):
        shape = (n, y.shape[1]) if y.ndim == 2 and y.shape[1] > 1 else (n,)
        loss = model.model_.loss
        if loss.out_activation == "quantiles":
            shape += (len(loss.quantiles),)
            assert (np.diff(predicted) >= 0).all()
        assert predicted.shape == shape
        assert predicted.dtype == dtype
        assert np.isfinite(predicted).all()
        if loss.out_activation == "mean_and_std":
            std = model.predict(X, return_std=True)[1]
            assert std.shape == shape
            assert ((std > 0) & np.isfinite(std)).all()
        return
    assert predicted.shape == (n, *y.shape[1:])
    proba = model.predict_proba(X)
    assert proba.shape == (n, len(model.classes_))
    assert proba.dtype == dtype
    assert ((proba > 0) & (proba <= 1)).all()
    assert np.isfinite(model.predict_log_proba(X)).all()
    if y.ndim == 2:
        assert set(np.unique(predicted)) <= {0, 1}
        return
    assert set(predicted) <= set(y)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=8 * np.finfo(dtype).eps)
