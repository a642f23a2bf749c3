"""A fast path for valid input, and data that scikit-learn's checks do not handle."""

import datetime as dt
import re

import numpy as np
from scipy import sparse

from ..engine.kernels import all_finite

_IN_TABLES = (
    " tabular_classifier and tabular_regressor do that for the columns of a data frame."
)
_DATES = (np.datetime64, np.timedelta64, dt.date, dt.time, dt.timedelta)
# The names of such dtypes in NumPy, pandas, PyArrow and Polars.
_DATE_DTYPES = re.compile("date|time|duration|period")


def plain(X, n_features, names):
    """Return X as an array if it is certainly valid, else None.

    Most calls pass finite numbers in an array, or in a data frame with the columns
    that `fit` has seen. To see that takes a fraction of the time of all the checks.

    Parameters
    ----------
    X : array-like
        The samples that the user has passed.
    n_features : int or None
        Expected number of features; None for any number.
    names : ndarray of str or None
        Expected feature names, if any.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features) or None
        None if the full checks are needed.
    """
    if names is not None:
        X = _values_of(X, names)
    if type(X) is not np.ndarray or X.ndim != 2 or not X.size:
        return None
    if n_features is not None and X.shape[1] != n_features:
        return None
    return X if is_finite(X) else None


def is_finite(array):
    """Return whether an array has finite numbers in native byte order.

    Call it where floating-point errors of NumPy are ignored.

    Parameters
    ----------
    array : ndarray
        Array of any dtype.
    """
    dtype = array.dtype
    if not dtype.isnative or dtype.char not in "fd":
        return dtype.isnative and dtype.kind in "iu"
    return all_finite(array)


def _values_of(frame, names):
    """Return the numbers in a data frame of pandas or polars, or None."""
    kind = type(frame)
    library = kind.__module__.partition(".")[0]
    if kind.__name__ != "DataFrame" or library not in ("pandas", "polars"):
        return None
    if list(frame.columns) != list(names):
        return None
    if library == "pandas":  # without sparse columns and missing values
        is_plain = all(isinstance(dtype, np.dtype) for dtype in frame.dtypes)
    else:  # polars would convert dates and durations to numbers
        is_plain = all(dtype.is_numeric() for dtype in frame.dtypes)
    return frame.to_numpy() if is_plain else None


def with_native_dtype(array):
    """Return sparse data in a dtype that SciPy supports; other data unchanged.

    SciPy does not support float16 and non-native byte order; for dense arrays
    NumPy does.
    """
    if not sparse.issparse(array):
        return array
    dtype = array.dtype.newbyteorder("=")
    dtype = np.dtype(np.float64) if dtype == np.float16 else dtype
    return array.astype(dtype, copy=False)


def numeric(array, name):
    """Return an array with a native dtype; raise a TypeError if it holds dates.

    NumPy silently converts dates, times and durations to numbers, whose unit depends on
    the dtype.

    Parameters
    ----------
    array : array-like or data frame
        Data that must be numeric.
    name : str
        Name for the error message.

    Returns
    -------
    array : array-like or data frame
        The data, with sparse data in a native dtype and a list as an array.
    """
    if isinstance(array, list | tuple):
        array = np.asarray(array)
    found = next(_dates_in(array), None)
    if found is not None:
        in_tables = _IN_TABLES if name == "X" else ""
        raise TypeError(
            f"{name} must be numeric; got {found}. Encode dates and times as numbers, "
            f"for example as days since a fixed date.{in_tables}"
        )
    return with_native_dtype(array)


def _dates_in(array):
    """Yield a description of each array or column that holds dates or times."""
    if hasattr(array, "dtypes") and hasattr(array, "columns"):  # pandas, polars
        columns = [
            (f"column {name!r}", dtype, name)
            for name, dtype in zip(array.columns, array.dtypes, strict=True)
            if not _is_number(dtype)
        ]
    elif _is_number(getattr(array, "dtype", None)):
        return
    else:
        columns = [("an array", getattr(array, "dtype", ""), None)]
    for what, dtype, name in columns:
        dtype = str(dtype)
        if _DATE_DTYPES.search(dtype.lower()):
            yield f"{what} of dtype {dtype}"
        elif dtype.lower() == "object":
            values = array if name is None else array[name]
            for kind in set(map(type, np.ravel(values))):
                if issubclass(kind, _DATES):
                    yield f"{what} with a value of type {kind.__name__}"


def _is_number(dtype):
    return isinstance(dtype, np.dtype) and dtype.kind in "biufc"
