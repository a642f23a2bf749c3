"""Conversion of scikit-learn's estimators to those of this library."""

import inspect
from typing import Any

import numpy as np
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor

from .engine.batches import TrainingSet
from .engine.network import Network
from .engine.plan import Plan, Solver
from .engine.state import History, State
from .engine.stopping import Stopping
from .engine.trainer import TrainResult
from .estimators._choices import assign
from .estimators._mlp_classifier import MLPScratchClassifier
from .estimators._mlp_regressor import MLPScratchRegressor
from .estimators._model import Past, Trained
from .estimators._perceptron import PerceptronClassifier
from .estimators._planning import Call
from .estimators._problem import Problem, Request, Samples
from .estimators._publish import attributes_of, published
from .estimators._targets import ClassTarget


def from_sklearn(
    estimator: Any,
) -> MLPScratchClassifier | MLPScratchRegressor | PerceptronClassifier:
    """Convert a scikit-learn estimator to the corresponding one of this library.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or Perceptron
        The estimator, fitted or not. It is not modified.

    Returns
    -------
    estimator : MLPScratchClassifier, MLPScratchRegressor or PerceptronClassifier
        An estimator with the corresponding parameters. If the original is fitted, it
        has a copy of the weights and makes the same predictions, and `partial_fit` or
        ``warm_start=True`` continue the training. The state of the solver, such as
        the moments of Adam, is not converted.

    Raises
    ------
    ValueError
        If `estimator` is of another class.

    See Also
    --------
    to_sklearn : Conversion in the other direction.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sknn_scratch import from_sklearn
    >>> X, y = load_iris(return_X_y=True)
    >>> theirs = MLPClassifier(solver="lbfgs", random_state=0).fit(X, y)
    >>> ours = from_sklearn(theirs)
    >>> np.allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=1e-12)
    True
    """
    cls, parameters = _CLASSES.get(type(estimator), (None, None))
    if cls is None:
        raise ValueError(
            "estimator must be an MLPClassifier, MLPRegressor or Perceptron; got "
            f"{type(estimator).__name__}. To convert a pipeline, convert its last "
            "step."
        )
    ours = cls(**parameters(estimator.get_params()))
    if hasattr(estimator, "n_features_in_") and hasattr(estimator, "t_"):
        with published(ours, None) as attributes:
            attributes |= _attributes(ours, estimator)
    return ours


def _parameters_of_mlp(params):
    return params


def _parameters_of_perceptron(params):
    """Return what Rosenblatt's rule, one sample after another, is called here."""
    same = inspect.signature(PerceptronClassifier).parameters.keys() & params.keys()
    same -= {"alpha", "l1_ratio", "tol"}
    penalty = params["penalty"]
    return {name: params[name] for name in same} | {
        "learning_rate": "constant",
        "learning_rate_init": params["eta0"],
        "batch_size": 1,
        "alpha": 0.0 if penalty is None else params["alpha"],
        "l1_ratio": {"l1": 1.0, "elasticnet": params["l1_ratio"]}.get(penalty, 0.0),
        "tol": params["tol"] or 0.0,
    }


_CLASSES = {
    MLPClassifier: (MLPScratchClassifier, _parameters_of_mlp),
    MLPRegressor: (MLPScratchRegressor, _parameters_of_mlp),
    Perceptron: (PerceptronClassifier, _parameters_of_perceptron),
}


def _attributes(ours, theirs):
    """Return the fitted attributes of our estimator, from those of a fitted one."""
    if isinstance(theirs, Perceptron):
        coefs, intercepts = [theirs.coef_.T], [np.ravel(theirs.intercept_)]
    else:
        coefs, intercepts = theirs.coefs_, theirs.intercepts_
    dtype = np.result_type(np.float32, *coefs)
    n_features, n_raw = coefs[0].shape[0], coefs[-1].shape[1]
    network = Network(n_features, ours._layers_of(n_raw), dtype)
    assign(network.weights, coefs, "coefs_")
    assign(network.biases, intercepts, "intercepts_")
    target = _target(theirs)
    no_samples = TrainingSet(np.empty((0, n_features)), np.empty((n_raw, 0)))
    problem = Problem(
        Samples(no_samples, None, None),
        None,
        target,
        ours._loss_of(target),
        getattr(theirs, "feature_names_in_", None),
    )
    call = Call(ours, Request(None, None), Past(), problem)
    loss_curve = list(getattr(theirs, "loss_curve_", []))
    n_seen = int(theirs.t_) - isinstance(theirs, Perceptron)  # which counts from 1
    history = History(theirs.n_iter_, n_seen, loss_curve=loss_curve)
    history.learning_rate_curve = [np.nan] * len(loss_curve)
    plan = Plan(problem.loss, Solver(), Stopping(ours.tol, np.inf), ours.max_iter)
    state = State(network, np.arange(0), np.random.RandomState(0), history)
    trained = [Trained(plan, TrainResult(state, None, True))]
    return attributes_of(
        call, trained, None, **ours._attributes_of_calibration(None, call)
    )


def _target(theirs):
    """Return what the outputs of a classifier mean; None for a regressor."""
    if not hasattr(theirs, "classes_"):
        return None
    binarizer = getattr(theirs, "_label_binarizer", None)
    several = getattr(binarizer, "y_type_", "").startswith("multilabel")
    return ClassTarget.from_classes(theirs.classes_, several)
