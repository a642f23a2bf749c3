"""Tables of any container, read column by column."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from .._warnings import warn
from ._columns import Column, read


class Table:
    """A table of any container.

    Parameters
    ----------
    X : data frame, array-like of shape (n_samples, n_features), dict or list of dicts
        A frame of pandas or polars, a table of pyarrow, an array or a list of rows, a
        dict with the values of every column, or a list with a dict for every row.

    Attributes
    ----------
    names : list
        The names of the columns; their numbers if they have none.
    has_names : bool
        Whether they have names.
    n_rows : int
        Number of rows.

    Raises
    ------
    ValueError
        If X is no table, has no rows or columns, or has two columns of one name.
    TypeError
        If X is a sparse matrix.

    Examples
    --------
    >>> from sknn_scratch.tabular._tables import Table
    >>> table = Table([{"age": 3, "color": "red"}, {"age": None, "color": "blue"}])
    >>> table.names, table.n_rows
    (['age', 'color'], 2)
    >>> table.column("age")
    Column(kind='number', values=array([ 3., nan]))
    """

    def __init__(self, X: Any) -> None:
        if sparse.issparse(X):  # some sparse matrices are dicts as well
            raise TypeError(
                f"Sparse data not supported: got a {type(X).__name__} as X. Use "
                "X.toarray(), or fit the network itself, which accepts sparse input."
            )
        is_rows = isinstance(X, list | tuple) and len(X) > 0
        is_records = is_rows and isinstance(X[0], Mapping)
        if hasattr(X, "column_names"):  # pyarrow
            _check_different(X.column_names)
            X = {name: X[name].to_pylist() for name in X.column_names}
        self.has_names = is_records or isinstance(X, Mapping) or _is_frame(X)
        if is_records:
            X = _columns_of_records(X)
        elif is_rows:
            X = _columns_of_rows(X)
        if isinstance(X, Mapping):
            self.names, self.n_rows = list(X), _n_values(X)
        elif self.has_names:
            self.names, self.n_rows = list(X.columns), len(X)
        else:
            X = _array_of(X)
            self.n_rows, n_columns = X.shape
            self.names = list(range(n_columns))
        self._X = X
        self._check_names()

    def _check_names(self):
        """Check that there are rows and columns, and that the names are unique."""
        names, n_rows = self.names, self.n_rows
        if not names or not n_rows:
            raise ValueError(
                "X must have at least one row and one column; got "
                f"{n_rows} sample(s) and {len(names)} feature(s) "
                f"(shape=({n_rows}, {len(names)})) while a minimum of 1 is required."
            )
        _check_different(names)

    def column(self, name: Any) -> Column:
        """Read a column.

        Parameters
        ----------
        name : object
            One of `names`.

        Returns
        -------
        column : Column
            Its values.

        Raises
        ------
        ValueError
            If the values are complex numbers or containers.
        """
        if isinstance(self._X, np.ndarray):
            return read(name, self._X[:, name])
        return read(name, self._X[name])

    def match(self, known: list) -> list:
        """Return the names in this table of the columns of another table.

        Columns are matched by name, in any order; by position if one of the tables has
        no names.

        Parameters
        ----------
        known : list
            The names of the columns in `fit`.

        Returns
        -------
        names : list
            One of `names` for each.

        Raises
        ------
        ValueError
            If columns are missing, or their number differs and they have no names.
        """
        found = set(self.names)
        missing = [name for name in known if name not in found]
        if self.has_names and not missing:
            return known
        had_names = known != list(range(len(known)))
        if self.has_names and had_names:
            others = [name for name in self.names if name not in set(known)]
            raise ValueError(
                "X must have the columns of the training set; missing columns: "
                f"{_listed(missing)}. Columns that are not in the training set: "
                f"{_listed(others)}. Rename or add them."
            )
        if len(self.names) != len(known):
            raise ValueError(
                f"X has {len(self.names)} features, but TableEncoder is expecting "
                f"{len(known)} features as input, the columns of the training set."
            )
        if had_names:
            warn(
                "X does not have valid feature names, but TableEncoder was fitted with "
                "feature names. Its columns are matched by position."
            )
        elif self.has_names:
            warn(
                "X has feature names, but TableEncoder was fitted without feature "
                "names. Its columns are matched by position."
            )
        return self.names


def _is_frame(X):
    """Return whether X is a data frame that is not lazy."""
    return hasattr(X, "__len__") and hasattr(X, "columns") and hasattr(X, "dtypes")


def _check_different(names):
    """Check that column names are unique."""
    if len(set(names)) < len(names):
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        raise ValueError(
            f"The columns of X must have different names; got {twice} more than once. "
            "Rename them."
        )


def _columns_of_records(rows):
    """Return a dict of columns from a list of dicts with the same keys."""
    for row in rows:
        if not isinstance(row, Mapping):
            raise ValueError(
                f"All rows of X must be dicts if the first is one; got {row!r}."
            )
    names = dict.fromkeys(name for row in rows for name in row)
    for i, row in enumerate(rows):
        if len(row) < len(names):
            lacking = [name for name in names if name not in row]
            raise ValueError(
                f"The dicts of X must have the same keys; row {i} has no {lacking}. "
                "Use None for missing values."
            )
    return {name: [row[name] for row in rows] for name in names}


def _columns_of_rows(rows):
    """Return a dict of columns, with numbers as names, from a list of rows."""
    for row in rows:
        if isinstance(row, str) or not isinstance(row, Sequence | np.ndarray):
            raise ValueError(
                f"The rows of X must be lists of values; got {row!r}. Reshape your "
                "data: [row] is a single row, [[value] for value in column] a column."
            )
    lengths = sorted(set(map(len, rows)))
    if len(lengths) > 1:
        raise ValueError(
            f"The rows of X must have the same number of values; got {lengths}. Use "
            "None for missing values."
        )
    return dict(enumerate(map(list, zip(*rows, strict=True))))


def _n_values(columns):
    """Return the number of values in each column of a dict, which must be equal."""
    for name, values in columns.items():
        is_list = isinstance(values, Sequence) and not isinstance(values, str | bytes)
        if not is_list and np.ndim(getattr(values, "shape", 0)) != 1:
            raise ValueError(
                f"The columns of a dict must be lists of values; got {values!r} for "
                f"{name!r}. A single row is a list with one dict."
            )
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise ValueError(
            "The columns of X must have the same number of values; got "
            f"{sorted(lengths)}. Use None for missing values."
        )
    return max(lengths, default=0)


def _array_of(X):
    """Return a table without names as an array of two dimensions."""
    if not hasattr(X, "__array__") and not isinstance(X, list | tuple):
        raise ValueError(
            "X must be a pandas or polars data frame, a pyarrow table, an array or "
            "list of rows, a dict of columns or a list of dicts; got "
            f"{type(X).__name__}. Convert it."
        )
    if isinstance(X, np.ma.MaskedArray):
        X = np.where(np.ma.getmaskarray(X), None, X.data)
    array = np.asarray(X)
    if array.size == 0 and array.ndim == 1:
        array = array.reshape(0, 0)
    if array.ndim != 2:
        raise ValueError(
            f"X must have two dimensions; got shape {array.shape}. Reshape your data: "
            "X.reshape(1, -1) is a single row, X.reshape(-1, 1) a single column; for a "
            "series, use to_frame()."
        )
    return array


def _listed(names):
    """Return the first names of a list, for a message."""
    shown = ", ".join(map(repr, names[:5])) or "none"
    return shown + f" and {len(names) - 5} more" * (len(names) > 5)
