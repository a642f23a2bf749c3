"""Networks at the end of a pipeline."""

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.validation import check_is_fitted

from .estimators._base import BaseNetworkEstimator


def split_pipeline(estimator):
    """Return the steps before the last one, and the last step.

    Parameters
    ----------
    estimator : estimator
        A pipeline, whose last step may be a pipeline, or any other estimator.

    Returns
    -------
    preprocessor : Pipeline or None
        The steps before; None if there are none.
    last : estimator
        The last step; `estimator` if it is no pipeline.
    """
    parts = []
    while isinstance(estimator, Pipeline):
        if len(estimator) > 1:
            parts.append(estimator[:-1])
        estimator = estimator[-1]
    return (make_pipeline(*parts) if parts else None), estimator


def split_network(estimator):
    """Split as `split_pipeline` does, and check that the last step is a network.

    Parameters
    ----------
    estimator : estimator
        One of this library, or a pipeline that ends in one.

    Returns
    -------
    preprocessor : Pipeline or None
        The steps before; None if there are none.
    network : estimator
        The last step.

    Raises
    ------
    ValueError
        If the last step is none of this library.
    """
    preprocessor, network = split_pipeline(estimator)
    if not isinstance(network, BaseNetworkEstimator):
        raise ValueError(
            "estimator must be from sknn_scratch, or a pipeline that ends in such an "
            f"estimator; got {type(network).__name__}. After a search, pass "
            "best_estimator_."
        )
    return preprocessor, network


def split_data(estimator, X, y):
    """Return the network of an estimator, and X as the steps before transform it.

    Parameters
    ----------
    estimator : estimator
        One of this library, or a pipeline that ends in one. If its other steps are
        fitted, they transform X; otherwise, clones of them are fitted to X and y.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The input of the pipeline.
    y : array-like
        Labels or targets.

    Returns
    -------
    network : estimator
        The last step.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The input of the network.
    """
    preprocessor, network = split_network(estimator)
    if preprocessor is None:
        return network, X
    try:
        check_is_fitted(preprocessor)  # of the last of them only
        return network, preprocessor.transform(X)
    except NotFittedError:
        return network, clone(preprocessor).fit_transform(X, y)


def network_feature_names(preprocessor, network):
    """Return the names of the features that a fitted network takes, or None.

    Parameters
    ----------
    preprocessor : Pipeline or None
        The fitted steps before the network.
    network : estimator
        The fitted network.
    """
    names = getattr(network, "feature_names_in_", None)
    if names is None and preprocessor is not None:
        try:
            names = preprocessor.get_feature_names_out()
        except (AttributeError, ValueError):  # a step does not name its outputs
            return None
    return names
