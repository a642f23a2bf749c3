"""Conversion of the estimators of this library to those of scikit-learn."""

from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor

from ._dense_form import INSTEAD, DenseForm, activations_of, common_activation
from ._sklearn import validate_parameter_constraints
from .engine.losses import Gaussian, LogLinkLoss, Ordinal, Quantiles, ResidualLoss
from .engine.outputs import OUTPUTS, ActivatedLoss, Exp
from .estimators._class_targets import ClassTargets
from .estimators._mlp_classifier import MLPScratchClassifier
from .estimators._mlp_regressor import MLPScratchRegressor
from .estimators._perceptron import PerceptronClassifier


def to_sklearn(estimator: Any) -> MLPClassifier | MLPRegressor | Perceptron:
    """Convert an estimator of this library to the corresponding one of scikit-learn.

    This is useful for tools that support only scikit-learn's classes.

    Parameters
    ----------
    estimator : MLPScratchClassifier, MLPScratchRegressor or PerceptronClassifier
        The estimator, fitted or not. It is not modified.

    Returns
    -------
    estimator : MLPClassifier, MLPRegressor or Perceptron
        An estimator of scikit-learn. If the original is fitted, it has a copy of the
        weights and makes the same predictions, and `partial_fit` or ``warm_start=True``
        continue the training. The state of the solver is not converted.

        Parameters that both classes have are copied, others are left out. If
        scikit-learn does not accept a value, such as ``learning_rate="cosine"``, a
        fitted estimator gets the default. `hidden_layer_sizes` and `activation` are
        those of the converted network.

    Raises
    ------
    ValueError
        If `estimator` is of another class, if scikit-learn cannot represent its
        network, or if it is not fitted and scikit-learn does not accept its parameters.

    See Also
    --------
    from_sklearn : Conversion in the other direction.

    Notes
    -----
    The weights of networks that consist of `Dense` layers with scikit-learn's
    activations are copied. Other networks are converted to equivalent ones:

    - `ensemble` and `repeats`: one network with blocks of zeros in its weights.
      Features that a member does not use have zero weights.
    - `standardize_target` and `calibrate`: included in the weights of the output layer.
    - 'leaky_relu': two 'relu' units for each unit.
    - `Residual`, `linear`, and `Parallel` layers with branches of different depth:
      possible with 'relu', 'leaky_relu' and 'identity'. With 'relu', two units carry
      one value to the next layer.
    - 'logistic' layers in a network with 'tanh' layers: converted to 'tanh'.
    - The output activations 'logistic' and 'tanh' of a regressor: a hidden layer,
      possible if all hidden layers have this activation.

    The loss of a converted regressor is 'poisson' if the output activation is 'exp',
    which includes the losses 'poisson' and 'gamma', and 'squared_error' otherwise. With
    ``loss='gaussian'``, it predicts the mean, and the standard deviation is lost.
    :class:`~sklearn.linear_model.Perceptron` has no `predict_proba`. With a single
    class, `predict_proba` has two columns, as always in scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier, to_sklearn
    >>> X, y = load_iris(return_X_y=True)
    >>> ours = MLPScratchClassifier(10, solver="lbfgs", ensemble=3, random_state=0)
    >>> theirs = to_sklearn(ours.fit(X, y))
    >>> theirs
    MLPClassifier(hidden_layer_sizes=(30,), random_state=0, solver='lbfgs')
    >>> np.allclose(theirs.predict_proba(X), ours.predict_proba(X), rtol=0, atol=1e-12)
    True
    """
    cls, convert = _CLASSES.get(type(estimator), (None, None))
    if cls is None:
        raise ValueError(
            "estimator must be an MLPScratchClassifier, MLPScratchRegressor or "
            f"PerceptronClassifier; got {type(estimator).__name__}. To convert a "
            "pipeline, convert its last step."
        )
    if not hasattr(estimator, "model_"):
        return cls(**_checked_parameters(cls, estimator))
    params = _parameters(cls, estimator)
    valid = {name: value for name, value in params.items() if _takes(cls, name, value)}
    given, attributes = convert(estimator)
    theirs = cls(**valid | given)
    vars(theirs).update(attributes | _attributes_of_any(estimator))
    return theirs


def _parameters(cls, estimator):
    """Return the parameters that scikit-learn's class has, too, by its names."""
    params = estimator.get_params()
    if cls is Perceptron:
        params["eta0"] = params["learning_rate_init"]
        ratio = params.pop("l1_ratio")
        penalty = {0: "l2", 1: "l1"}.get(ratio, "elasticnet")
        params["penalty"] = penalty if params["alpha"] else None
        if not params["alpha"]:
            del params["alpha"]
        elif penalty == "elasticnet":
            params["l1_ratio"] = ratio
    return {name: params[name] for name in cls().get_params() if name in params}


def _takes(cls, name, value):
    """Return whether scikit-learn's class takes this value of a parameter."""
    constraints = {name: cls._parameter_constraints[name]}
    try:
        validate_parameter_constraints(constraints, {name: value}, cls.__name__)
    except ValueError:
        return False
    return True


def _checked_parameters(cls, estimator):
    """Return the parameters of an unfitted estimator, if scikit-learn takes them.

    A parameter without counterpart is left out, unless it makes another model.
    """
    params = _parameters(cls, estimator)
    refused = {name: one for name, one in params.items() if not _takes(cls, name, one)}
    sizes = params.get("hidden_layer_sizes", ())
    listed = sizes if np.iterable(sizes) else [sizes]
    if not all(isinstance(size, Integral) for size in listed):
        refused["hidden_layer_sizes"] = sizes
    all_params = estimator.get_params()
    only_here = {"ensemble": 1, "repeats": 1, "linear": None}
    only_here["output_activation"] = "auto"
    if cls is Perceptron:
        only_here["loss"] = "perceptron"
    if getattr(estimator, "_has_ordered_classes", False):
        refused["loss"] = all_params["loss"]
    for name, value in only_here.items():
        if all_params.get(name, value) != value:
            refused[name] = all_params[name]
    if refused:
        name, value = next(iter(refused.items()))
        raise ValueError(
            "An unfitted estimator must have parameter values that scikit-learn's "
            f"{cls.__name__} accepts to be converted; got {name}={value!r}. Set "
            "another value, or fit the estimator first."
        )
    return params


def _attributes_of_any(ours):
    """Return the attributes that all estimators of scikit-learn have."""
    names = {"n_features_in_", "feature_names_in_"} & vars(ours).keys()
    return {name: getattr(ours, name) for name in names}


def _perceptron(ours):
    """Return parameters and attributes of a perceptron."""
    if len(ours.classes_) < 2:
        raise ValueError(
            "estimator must be fitted to at least two classes to be converted to a "
            f"Perceptron; got {ours.classes_}. Fit it to two classes or more."
        )
    return {}, {
        "coef_": np.array(ours.coef_, order="C"),
        "intercept_": np.array(ours.intercept_),
        "classes_": ours.classes_.copy(),
        "n_iter_": ours.n_iter_,
        "t_": 1.0 + ours.t_,
    }


def _classifier(ours):
    """Return parameters and attributes of a multi-layer perceptron for classes."""
    target, network = ours.model_.target, ours.model_.network
    if isinstance(target, ClassTargets):
        raise ValueError(
            "estimator must be fitted to one target to be converted to scikit-learn's "
            f"MLPClassifier; got {len(target.targets)} class targets. {INSTEAD}"
        )
    if isinstance(target.link, Ordinal):
        raise ValueError(
            "loss must not be 'ordinal' to be converted to scikit-learn, because its "
            f"MLPClassifier has no ordered classes. {INSTEAD}"
        )
    activation = common_activation(activations_of(network))
    given, attributes = _network(ours, DenseForm.of(network, activation))
    binarizer = target.binarizer()
    return given, attributes | {
        "_label_binarizer": binarizer,
        "classes_": binarizer.classes_,
        "out_activation_": target.link.out_activation,
    }


def _regressor(ours):
    """Return parameters and attributes of a regressor."""
    output = _output_activation(ours.model_.loss)
    inside = activations_of(ours.model_.network)
    activation = common_activation([*inside, *filter(None, [output])])
    given, attributes = _network(ours, _form_of_predictions(ours, output, activation))
    is_exp = ours.out_activation_ == "exp"
    given["loss"] = "poisson" if is_exp else "squared_error"
    attributes["out_activation_"] = "exp" if is_exp else "identity"
    return given, attributes


def _form_of_predictions(ours, output, activation):
    """Return the form of what a regressor predicts, up to an exponential."""
    form = DenseForm.of(ours.model_.network, activation)
    # After the means come the standard deviations, if there are any.
    form = form.then(sparse.eye_array(form.n_outputs, ours.n_outputs_))
    if output is not None:
        form = form.activated(output)
    target = ours.model_.target
    if target is None:
        return form
    return form.then(sparse.diags_array(target.scale), target.mean)


def _output_activation(loss):
    """Return an activation for the raw outputs of a regressor; None if there is none.

    An exponential is scikit-learn's to apply, which it does last.
    """
    predict = type(loss).predict
    if predict is Quantiles.predict:
        raise ValueError(
            "loss must predict one value for each target to be converted to "
            f"scikit-learn; got {loss!r}. {INSTEAD}"
        )
    if predict in (ResidualLoss.predict, Gaussian.predict):
        return None
    if predict is ActivatedLoss.predict:
        activation = OUTPUTS[loss.name].activation
        if not isinstance(activation, Exp):
            return activation
    elif predict is not LogLinkLoss.predict:
        raise ValueError(
            "loss must be from sknn_scratch.engine.losses, or inherit `predict` from "
            f"one of them, to be converted to scikit-learn; got {loss!r}. {INSTEAD}"
        )
    return None


def _network(ours, form):
    """Return parameters and attributes that tell of a network and its training."""
    dtype = ours.model_.network.params.dtype
    coefs = [one.weights.toarray(order="C").astype(dtype) for one in form.maps]
    intercepts = [one.biases.astype(dtype) for one in form.maps]
    sizes = tuple(len(biases) for biases in intercepts[:-1])
    given = {"hidden_layer_sizes": sizes}
    if sizes:
        given["activation"] = form.activation
    validates = ours.early_stopping
    best_loss, best_score = ours.best_loss_, ours.best_validation_score_
    return given, {
        "coefs_": coefs,
        "intercepts_": intercepts,
        "n_layers_": len(coefs) + 1,
        "n_outputs_": form.n_outputs,
        "n_iter_": ours.n_iter_,
        "t_": ours.t_,
        "loss_": ours.loss_,
        "loss_curve_": ours.loss_curve_,
        "best_loss_": None if validates else np.inf if best_loss is None else best_loss,
        "validation_scores_": (ours.validation_scores_ or []) if validates else None,
        "best_validation_score_": (
            None if not validates else -np.inf if best_score is None else best_score
        ),
        # What scikit-learn's training continues.
        "_best_coefs": [one.copy() for one in coefs],
        "_best_intercepts": [one.copy() for one in intercepts],
        "_no_improvement_count": 0,
    }


_CLASSES = {
    MLPScratchClassifier: (MLPClassifier, _classifier),
    MLPScratchRegressor: (MLPRegressor, _regressor),
    PerceptronClassifier: (Perceptron, _perceptron),
}
