"""Views: which features each of several networks sees."""

import re

import numpy as np
from scipy import sparse

from ._validation import Samples
from .engine.batches import TrainingSet


def features_of(views, n_features, names):
    """Return the indices of the features of every view.

    Parameters
    ----------
    views : sequence of str, slice or array-like
        A regular expression that is to be found in the names of the features; or
        indices, a mask or a slice.
    n_features : int
        Number of all features.
    names : ndarray of str of shape (n_features,) or None
        Their names, if they have any.

    Returns
    -------
    features : list of ndarray of int
        Of each view, in ascending order.

    Raises
    ------
    ValueError
        If a view holds no feature, one twice or one that does not exist, or needs names
        that are not there.
    """
    if len(views) == 0:
        raise ValueError(
            "views must be one or more; got an empty list. None stands for a single "
            "network that sees all features."
        )
    return [_features_of(view, n_features, names) for view in views]


def _features_of(view, n_features, names):
    if isinstance(view, str):
        if names is None:
            raise ValueError(
                "views must be indices, masks or slices where features have no names; "
                f"got the pattern {view!r}. Fit with a data frame, in a pipeline after "
                "set_output(transform='pandas')."
            )
        try:
            found = [i for i, name in enumerate(names) if re.search(view, name)]
        except (re.error, OverflowError, RecursionError) as error:
            shown = view if len(view) < 100 else f"{view[:99]}…"
            raise ValueError(
                "views must be regular expressions where they are text; got "
                f"{shown!r}: {error}."
            ) from error
    else:
        try:
            if view is None or view is Ellipsis or isinstance(view, bool):
                raise TypeError("slice(None) stands for all features")
            found = np.arange(n_features)[view]
        except (IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f"views must be indices, masks or slices of the features, which are "
                f"{n_features}, or patterns of their names; got {view!r}: {error}."
            ) from error
    features = np.unique(np.asarray(found, dtype=np.intp))
    if not 0 < features.size == np.size(found):
        what = "none" if features.size == 0 else "one of them twice"
        raise ValueError(
            f"Each of the views must be of one feature or more, each once; got {what} "
            f"with {view!r}."
        )
    return features


def of_features(samples, features):
    """Return `Samples` with some of their features only."""
    encoded = samples.encoded
    X = encoded.X
    if len(features) == X.shape[1]:
        return samples
    X = X[:, features] if sparse.issparse(X) else X.take(features, axis=1)
    encoded = TrainingSet(X, encoded.columns, encoded.codes, encoded.sample_weight)
    return Samples(encoded, samples.y, samples.sample_weight)
