"""Columns: their values as floats or objects, and their kind."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from numbers import Complex, Real
from typing import Any, Literal, NamedTuple

import numpy as np

# Strings that stand for a missing value in a numeric column.
MISSING = frozenset({"", "?", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"})
# A column with fewer values is not text.
_FEWEST_TEXTS = 40
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$")
# NumPy converts lists of these to floats at once. Its time spans would lose their unit.
_NUMBERS = (Real, Decimal, np.number, np.bool_, type(None))
_SECOND = np.timedelta64(1, "s")


class Column(NamedTuple):
    """The values of a column, with the information of its type.

    Attributes
    ----------
    kind : {"number", "category", "date", "object"}
        Of an "object" the values have to show what the column consists of.
    values : ndarray of shape (n_samples,) or list
        Floats, NaN where they are missing, if the kind is "number"; else a list of
        objects, None where they are missing.
    """

    kind: Literal["number", "category", "date", "object"]
    values: Any

    @property
    def objects(self) -> list:
        """The values as a list, with None for missing values."""
        if self.kind != "number":
            return self.values
        return [None if value != value else value for value in self.values.tolist()]

    @property
    def floats(self) -> tuple[np.ndarray, list]:
        """The values as floats, and the invalid values, which become NaN."""
        return (self.values, []) if self.kind == "number" else as_floats(self.values)


def read(name: Any, column: Any) -> Column:
    """Read a column of any container.

    Parameters
    ----------
    name : object
        The name of the column.
    column : Series of pandas or polars, ndarray of shape (n_samples,) or list
        The values.

    Returns
    -------
    column : Column
        The values. Time spans are in seconds. A column without any value is numeric,
        whatever its type: not all containers have a type for it.

    Raises
    ------
    ValueError
        If the values are complex numbers or containers.
    """
    dtype = getattr(column, "dtype", None)
    if dtype is None:
        return _of_objects(name, list(column))
    if hasattr(dtype, "kind"):
        found = _of_arrays(name, column, dtype)
    else:
        found = _of_polars(name, column, dtype)
    if found.kind != "number" and not any(value is not None for value in found.values):
        return Column("number", np.full(len(found.values), np.nan))
    return found


def _of_arrays(name, column, dtype):
    """Read a column of NumPy or pandas."""
    is_numpy = isinstance(dtype, np.dtype)
    if dtype.kind in "biuf" and is_numpy:
        return Column("number", np.asarray(column).astype(float))
    if dtype.kind in "biuf":
        return Column("number", column.to_numpy(dtype=float, na_value=np.nan))
    if dtype.kind == "m":
        return Column("number", np.asarray(column) / _SECOND)
    if dtype.kind == "M":
        dates = column.astype("M8[us]") if isinstance(column, np.ndarray) else column
        return Column("date", _without_missing(dates.tolist()))
    if hasattr(dtype, "categories"):
        return _of_categories(name, getattr(column, "array", column))
    return _of_objects(name, column.tolist())


def _of_categories(name, categorical):
    """Read a column of the type "category" of pandas."""
    codes, categories = categorical.codes, categorical.categories
    if len(categories) == 0:
        return Column("category", [None] * len(codes))
    values = np.asarray(categories, dtype=object)[codes].tolist()
    _check_types(name, set(map(type, values)))
    for i in np.flatnonzero(codes < 0).tolist():
        values[i] = None
    return Column("category", values)


def _of_polars(name, column, dtype):
    """Read a column of polars."""
    kind = type(dtype).__name__
    if dtype.is_numeric() or kind == "Boolean":
        return Column("number", column.cast(float).to_numpy())
    if kind == "Duration":
        return Column("number", column.to_numpy() / _SECOND)
    if kind in ("Date", "Datetime"):
        return Column("date", column.to_list())
    if kind in ("Categorical", "Enum"):
        return Column("category", column.to_list())
    return _of_objects(name, column.to_list())


def _of_objects(name, values):
    """Read a column of objects, which may all be numbers."""
    types = set(map(type, values))
    _check_types(name, types)
    if not types <= {str, bool, int, float, type(None)}:
        values = _without_missing(values)
        types = set(map(type, values))
    if _are_numbers(types):
        return Column("number", as_floats(values)[0])
    return Column("object", _without_missing(values) if float in types else values)


def _check_types(name, types):
    """Check that the values of a column are real scalars."""
    for kind in types:
        if kind.__hash__ is None or issubclass(kind, tuple | frozenset):
            raise ValueError(
                f"Column {name!r} of X must contain single values, such as numbers, "
                f"strings or dates; got a {kind.__name__}. Split its items into "
                "several columns, or drop the column."
            )
        if issubclass(kind, Complex) and not issubclass(kind, Real):
            raise ValueError(
                f"Complex data not supported: column {name!r} of X contains complex "
                "numbers. Replace it with two columns, the real and imaginary parts."
            )


def _without_missing(values):
    """Return a list with None for NaN, NaT and NA."""
    return [
        None if type(value).__name__ == "NAType" or value != value else value
        for value in values
    ]


def _are_numbers(types):
    """Return whether NumPy can convert values of these types to floats at once."""
    return all(
        issubclass(kind, _NUMBERS) and not issubclass(kind, np.timedelta64)
        for kind in types
    )


def as_floats(values: Sequence) -> tuple[np.ndarray, list]:
    """Return values as floats, with NaN for missing values, and the invalid values.

    Parameters
    ----------
    values : sequence
        Objects, None where they are missing.

    Returns
    -------
    floats : ndarray of shape (n_samples,)
        The numbers.
    others : list
        Values that are no numbers, and no strings for a missing value, such as "?".
    """
    if _are_numbers(set(map(type, values))):
        with suppress(OverflowError):  # of huge ints
            return np.array(values, dtype=float), []
    floats, others = np.full(len(values), np.nan), []
    for i, value in enumerate(values):
        number = as_float(value)
        if number is not None:
            floats[i] = number
        elif value is not None and not _is_missing_string(value):
            others.append(value)
    return floats, others


def as_float(value: Any) -> float | None:
    """Return a number, a time span or a string of a number as a float, else None."""
    if isinstance(value, np.timedelta64):
        return float(value / _SECOND)
    if hasattr(value, "total_seconds"):
        return float(value.total_seconds())
    if isinstance(value, str):
        if "_" in value:  # float() accepts underscores
            return None
    elif not isinstance(value, _NUMBERS) or value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    except OverflowError:
        return np.inf if value > 0 else -np.inf
    return None if number != number else number


def _is_missing_string(value):
    return isinstance(value, str) and value.strip() in MISSING


def is_date(value: Any) -> bool:
    """Return whether a value is a date, with or without a time."""
    return isinstance(value, date | np.datetime64)


def kind_of(column: Column) -> str:
    """Return the kind of a column, inferred from its type and values.

    Parameters
    ----------
    column : Column
        Of the training set.

    Returns
    -------
    kind : {"number", "category", "date", "text"}
        The kind.
    """
    if column.kind != "object":
        return column.kind
    values = [value for value in column.values if value is not None]
    if all(map(is_date, values)):
        return "date"
    known = [value for value in values if not _is_missing_string(value)]
    if known and all(map(_is_number, known)):
        return "number"
    if not all(isinstance(value, str) for value in values):
        return "category"
    if all(map(_ISO_DATE.match, values)):
        return "date"
    return "text" if _is_text(values) else "category"


def _is_number(value):
    """Return whether a value is a number, but not a code such as "007"."""
    if isinstance(value, str) and re.match(r"[+-]?0\d", value.strip()):
        return False
    return as_float(value) is not None


def _is_text(values):
    """Return whether strings rarely repeat and consist of several words."""
    different = set(values)
    if len(different) <= max(_FEWEST_TEXTS, len(values) / 2):
        return False
    return sum(len(value.split()) for value in different) >= 2 * len(different)
