"""From scikit-learn's estimators to ours."""

import inspect
from typing import Any

import numpy as np
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor

from ._mlp_classifier import MLPScratchClassifier
from ._mlp_regressor import MLPScratchRegressor
from ._perceptron import PerceptronClassifier
from ._targets import ClassTarget


def from_sklearn(
    estimator: Any,
) -> MLPScratchClassifier | MLPScratchRegressor | PerceptronClassifier:
    """Turn an estimator of scikit-learn into ours.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or Perceptron
        Fitted or not; it stays as it is.

    Returns
    -------
    estimator : MLPScratchClassifier, MLPScratchRegressor or PerceptronClassifier
        With the same parameters and, if the other one is fitted, with a copy of its
        weights: ready to predict the same, and to train on with `partial_fit` or
        ``warm_start=True``. The solver's state does not come along.

    Raises
    ------
    ValueError
        If it is another estimator.

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
            f"{type(estimator).__name__}. Of a pipeline, convert the last step."
        )
    ours = cls(**parameters(estimator.get_params()))
    if hasattr(estimator, "n_features_in_") and hasattr(estimator, "t_"):
        ours._adopt(**_fitted(estimator))
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


def _fitted(estimator):
    """Return what there is to take over from a fitted estimator."""
    if isinstance(estimator, Perceptron):
        coefs, intercepts = [estimator.coef_.T], [np.ravel(estimator.intercept_)]
    else:
        coefs, intercepts = estimator.coefs_, estimator.intercepts_
    target = None
    if hasattr(estimator, "classes_"):
        binarizer = getattr(estimator, "_label_binarizer", None)
        several = getattr(binarizer, "y_type_", "").startswith("multilabel")
        target = ClassTarget.of_classes(estimator.classes_, several)
    return {
        "coefs": coefs,
        "intercepts": intercepts,
        "target": target,
        "loss_curve": list(getattr(estimator, "loss_curve_", [])),
        "n_iter": estimator.n_iter_,
        "n_seen": int(estimator.t_),
        "names": getattr(estimator, "feature_names_in_", None),
    }
