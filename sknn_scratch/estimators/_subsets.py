"""The feature subsets of an ensemble."""

import re
from numbers import Integral

import numpy as np

_BOOL = (bool, np.bool_)


def feature_subsets(ensemble, n_features, names, parameter="ensemble"):
    """Return the indices of the input features of every network.

    Parameters
    ----------
    ensemble : int or sequence of str, slice or array-like
        The number of networks that see all features; or for each network a regular
        expression that is to be found in the names of its features, or indices, a mask
        or a slice.
    n_features : int
        Number of all features.
    names : ndarray of str of shape (n_features,) or None
        Names of the features, if any.
    parameter : {"ensemble", "linear"}, default="ensemble"
        Name of the parameter in messages: `linear` is a single entry.

    Returns
    -------
    features : list of (ndarray of int or None)
        Indices for each network, in ascending order; None for all features.

    Raises
    ------
    ValueError
        If a subset holds no feature, one twice or one that does not exist, or needs
        names that are not there.
    """
    if isinstance(ensemble, Integral):
        return [None] * int(ensemble)
    if len(ensemble) == 0:
        raise ValueError(
            "ensemble must be a number of networks, or a list with the features of "
            "each network; got an empty list. For a single network with all features, "
            "set ensemble=1."
        )
    return [_features_of(subset, n_features, names, parameter) for subset in ensemble]


def _features_of(subset, n_features, names, parameter):
    if isinstance(subset, str):
        if names is None:
            raise ValueError(
                f"Features in {parameter} must be indices, masks or slices if X has "
                f"no feature names; got the pattern {subset!r}. Fit with a data "
                "frame; in a pipeline, call set_output(transform='pandas')."
            )
        try:
            found = [i for i, name in enumerate(names) if re.search(subset, name)]
        except (re.error, OverflowError, RecursionError) as error:
            shown = subset if len(subset) < 100 else f"{subset[:99]}…"
            raise ValueError(
                f"Feature patterns in {parameter} must be valid regular expressions; "
                f"got {shown!r}: {error}."
            ) from error
    else:
        try:
            if subset is None or subset is Ellipsis or isinstance(subset, _BOOL):
                raise TypeError("use slice(None) to select all features")
            found = np.arange(n_features)[subset]
            if np.ndim(found) != 1:
                raise TypeError("a subset must be a list, even with a single feature")
        except (IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f"Features in {parameter} must be indices, masks or slices of "
                f"{n_features} features, or regular expressions for their names; got "
                f"{subset!r}: {error}."
            ) from error
    features = np.unique(np.asarray(found, dtype=np.intp))
    if not 0 < features.size == np.size(found):
        what = "none" if features.size == 0 else "one of them twice"
        raise ValueError(
            f"Features in {parameter} must be one or more for each network, without "
            f"duplicates; got {what} with {subset!r}."
        )
    return features
