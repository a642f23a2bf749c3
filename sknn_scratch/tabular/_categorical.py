"""Categorical columns: one-hot encoding and target encoding."""

import json
import warnings
from collections import Counter
from numbers import Real

import numpy as np
import sklearn
from scipy import sparse
from sklearn.model_selection import KFold
from sklearn.preprocessing import TargetEncoder
from sklearn.utils import check_array
from sklearn.utils.fixes import parse_version

from ..estimators._class_targets import ClassTargets, class_target, columns_of
from ..estimators._targets import UNCLEAR, explain, refuse_missing_in_list

# Code of missing values and of categories that are not in the training set.
UNKNOWN = 0


class CategoricalColumn:
    """Turn the values of a column into codes, and codes into indicators.

    Parameters
    ----------
    values : list
        The values; None where they are missing.
    max_categories : int
        How many of the most frequent values have an indicator.

    Attributes
    ----------
    categories : list
        The values that occur, sorted; `i + 1` is the code of ``categories[i]``.
    indicated : ndarray of int
        The codes that have an indicator, in ascending order: `UNKNOWN` if values are
        missing, and the most frequent categories.
    places : ndarray of int
        Where the indicator of every code is; −1 if it has none.

    Examples
    --------
    >>> from sknn_scratch.tabular._categorical import CategoricalColumn
    >>> column = CategoricalColumn(["red", None, "blue", "red"], max_categories=9)
    >>> codes, unseen = column.encode(["blue", "green", None])
    >>> codes.tolist(), unseen
    ([1, 0, 0], ['green'])
    """

    def __init__(self, values, max_categories):
        counts = Counter(values)
        n_missing = counts.pop(None, 0)
        self.categories = _sorted(counts)
        frequent = sorted(self.categories, key=lambda value: -counts[value])
        indicated = set(frequent[:max_categories])
        codes = [
            code
            for code, value in enumerate(self.categories, start=1)
            if value in indicated
        ]
        self.indicated = np.array([UNKNOWN] * (n_missing > 0) + codes, dtype=np.intp)
        self._derive()

    def __repr__(self):
        return f"CategoricalColumn({len(self.categories)} categories)"

    def _derive(self):
        """Set the lookup tables, which are not saved to files."""
        codes = {value: code for code, value in enumerate(self.categories, start=1)}
        self._codes = codes | {None: UNKNOWN}
        self.places = np.full(len(self.categories) + 1, -1)
        self.places[self.indicated] = np.arange(len(self.indicated))

    def __getstate__(self):
        derived = ("_codes", "places")
        state = {k: v for k, v in vars(self).items() if k not in derived}
        # One string instead of thousands, because skops describes each at length.
        if {type(value) for value in self.categories} <= {str, int, float, bool}:
            state["categories"] = json.dumps(self.categories)
        return state

    def __setstate__(self, state):
        vars(self).update(state)
        if isinstance(self.categories, str):
            self.categories = json.loads(self.categories)
        self._derive()

    def encode(self, values):
        """Return the codes of values, and those that did not occur in fit."""
        codes, unseen = list(map(self._codes.get, values)), []
        if None in codes:
            pairs = zip(values, codes, strict=True)
            unseen = [value for value, code in pairs if code is None]
            codes = [code or UNKNOWN for code in codes]
        return np.array(codes, dtype=np.intp), unseen

    @property
    def names(self):
        """The meaning of the indicators."""
        return [
            "missing" if code == UNKNOWN else str(self.categories[code - 1])
            for code in self.indicated
        ]


def indicators(columns, codes, n_rows):
    """Return the indicators of several columns beside each other.

    Parameters
    ----------
    columns : dict of CategoricalColumn
        The columns, by name.
    codes : dict of ndarray of shape (n_rows,)
        The codes of each.
    n_rows : int
        Number of rows.

    Returns
    -------
    indicators : ndarray of shape (n_rows, n_indicators), float32
        1 where a row has the value, else 0.
    """
    n_indicators = sum(len(column.indicated) for column in columns.values())
    found = np.zeros((n_rows, n_indicators), dtype=np.float32)
    start = 0
    for name, column in columns.items():
        places = column.places[codes[name]]
        rows = np.flatnonzero(places >= 0)
        found[rows, start + places[rows]] = 1
        start += len(column.indicated)
    return found


def target_columns(y, target_type):
    """Return the numbers whose means replace categories.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    target_type : {"classes", "numbers"}
        What it consists of.

    Returns
    -------
    columns : ndarray of shape (n_samples, n_means), float64
        The numbers; of two classes, 1 for the second; of several, or of several labels,
        1 for each that a row has.
    names : list of str
        What tells the columns apart: classes, or the numbers of outputs. Empty strings
        for a single column.
    """
    if target_type == "numbers":
        columns = _numbers_of(y)
        columns = columns.reshape(len(columns), -1)
        labels = range(columns.shape[1])
    else:
        columns, labels = _indicators_of(y)
    names = [f"_{label}" for label in labels] if len(labels) > 1 else [""]
    return columns, names


def _numbers_of(y):
    """Return numeric targets as floats."""
    try:
        return check_array(y, dtype=float, ensure_2d=False, input_name="y")
    except ValueError as error:
        raise ValueError(
            f"y must contain finite numbers with target_type='numbers' ({error}). "
            "Remove the other rows. For class labels, use tabular_classifier, or set "
            "target_type='classes'."
        ) from error


def _indicators_of(y):
    """Return an indicator of every class, and the classes."""
    try:
        refuse_missing_in_list(y)
        found = y if sparse.issparse(y) else np.asarray(y)
        with warnings.catch_warnings():  # the network gives them, too
            warnings.simplefilter("ignore")
            target = class_target(found)
    except UNCLEAR as error:
        explain(error, y)
        raise
    if not isinstance(target, ClassTargets):
        dense = found.toarray() if sparse.issparse(found) else found
        return _indicators_of_target(target, dense)
    pairs = zip(target.targets, columns_of(found), strict=True)
    columns, classes = zip(
        *(_indicators_of_target(*pair) for pair in pairs), strict=True
    )
    labels = [f"{j}_{label}" for j, own in enumerate(classes) for label in own]
    return np.hstack(columns), labels


def _indicators_of_target(target, y):
    """Return an indicator of every class of one target, and the classes."""
    if target.kind == "multilabel-indicator":
        return y.astype(float), target.classes
    classes = target.classes if target.kind == "multiclass" else target.classes[-1:]
    return (y.reshape(-1, 1) == classes).astype(float), classes


def target_means(codes, columns, seed):
    """Replace codes by means of the target, with scikit-learn's TargetEncoder.

    The means are shrunk to that of all rows. In the training set a row takes part in
    the means of other rows only (cross-fitting in five folds).

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_columns), int
        The codes of columns, with at least two rows.
    columns : ndarray of shape (n_samples, n_means), float64
        What to take the means of.
    seed : int
        Of the folds.

    Returns
    -------
    cross_fitted : ndarray of shape (n_columns, n_samples, n_means)
        For the training set.
    tables : list of ndarray of shape (n_codes, n_means)
        What the codes of each column are replaced by in any other set.
    """
    largest = np.abs(columns).max(axis=0)
    scale = np.where(largest > 0, largest, 1)  # avoids overflow of squares
    n_codes = codes.max(axis=0) + 1
    cross_fitted = np.empty((codes.shape[1], *columns.shape))
    tables = [np.empty((n, len(scale))) for n in n_codes]
    for j, factor in enumerate(scale):
        encoder = _target_encoder(len(codes), seed)
        found = encoder.fit_transform(codes, columns[:, j] / factor)
        cross_fitted[:, :, j] = found.T * factor
        for table, known, means in zip(
            tables, encoder.categories_, encoder.encodings_, strict=True
        ):
            table[:, j] = encoder.target_mean_ * factor
            table[known, j] = means * factor
    return cross_fitted, tables


def _target_encoder(n_samples, seed):
    """Return an encoder with five folds, or as many as there are rows."""
    n_folds = min(5, n_samples)
    how = {"cv": n_folds, "random_state": seed}
    # The splitter is a parameter since scikit-learn 1.9, which deprecates its seed.
    if parse_version(sklearn.__version__) >= parse_version("1.9"):
        how = {"cv": KFold(n_folds, shuffle=True, random_state=seed)}
    return TargetEncoder(target_type="continuous", **how)


def _order(value):
    """Return the sort key for values of several types."""
    return "" if isinstance(value, Real) else type(value).__name__, value


def _sorted(values):
    """Return categories in an order that is independent of the rows."""
    try:
        return sorted(values, key=_order)
    except TypeError:  # objects that cannot be sorted
        return sorted(values, key=lambda value: (type(value).__name__, repr(value)))


__all__ = [
    "UNKNOWN",
    "CategoricalColumn",
    "indicators",
    "target_columns",
    "target_means",
]
