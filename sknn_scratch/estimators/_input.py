"""Data types that scikit-learn's checks of the input do not handle."""

import datetime as dt
import re

import numpy as np
from scipy import sparse

_IN_TABLES = (
    " tabular_classifier and tabular_regressor do that for the columns of a data frame."
)
_DATES = (np.datetime64, np.timedelta64, dt.date, dt.time, dt.timedelta)
# The names of such dtypes in NumPy, pandas, PyArrow and Polars.
_DATE_DTYPES = re.compile("date|time|duration|period")


def with_native_dtype(array):
    """Return sparse data in a dtype that SciPy can compute with, all else as it is.

    SciPy has no routines for float16 and for the other byte order; for dense arrays
    NumPy has them.
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
        Data that has to be numeric.
    name : str
        What it is called in the error.

    Returns
    -------
    array : array-like or data frame
        The same, sparse data in a native dtype, a list as an array.
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
        ]
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
