"""The encoder that turns the columns of a table into features of a network."""

import copy
from collections import Counter
from itertools import compress
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._sklearn import Interval, StrOptions, check_feature_names
from .._warnings import warn
from ..estimators._publish import published
from ._categorical import (
    CategoricalColumn,
    indicators,
    target_columns,
    target_means,
)
from ._columns import kind_of
from ._numeric import N_KNOTS, NumericColumns
from ._tables import Table
from ._text_and_dates import SkrubColumn

# Columns are not target encoded if the target has more classes or outputs.
_MOST_MEANS = 10


class TableEncoder(TransformerMixin, BaseEstimator):
    """Encode the columns of a table as numeric features for a network.

    `fit` determines the kind of each column from its type and its values:

    - **Numeric** columns contain numbers, bools, time spans (in seconds), or strings
      that are all numbers without leading zeros. ``smooth__…`` is the column centered
      at its median, divided by its interquartile range, and softly clipped.
      ``linear__…`` is the standardized column, for linear models. ``knots__…`` is a
      piecewise-linear encoding: degree-1 B-splines with knots at nine quantiles.
      Missing values are replaced by the median, and ``missing__…`` indicates them.
    - **Categorical** columns contain any other values. ``onehot__…`` is a one-hot
      encoding of the most frequent categories. Columns with more than `one_hot_up_to`
      categories are also target encoded: ``target__…`` is the mean of the target, as in
      :class:`sklearn.preprocessing.TargetEncoder`, with additional features
      ``linear__…`` and ``knots__…``. `fit_transform` uses cross-fitting, so the target
      of a row has no influence on the features of this row. With more than ten classes
      or outputs, there is no target encoding.
    - **Datetime** columns, including strings in ISO 8601 format, are encoded by skrub's
      DatetimeEncoder.
    - **Text** columns contain strings of several words that rarely repeat. They are
      encoded by skrub's StringEncoder.

    A column that contains missing values only is numeric. A constant column has
    constant features.

    Parameters
    ----------
    target_type : {"classes", "numbers"}, default="classes"
        Type of the target: "classes" for classification, "numbers" for regression.
    clip : float > 0, default=3.0
        Limit of the soft clipping z / √(1 + (z / clip)²). The absolute values of
        ``smooth__…`` features stay below it, before they are multiplied by `gain`.
    gain : float > 0, default=1.0
        Factor by which all features are multiplied.
    one_hot_up_to : int >= 1, default=8
        Maximum number of categories of a column that is not target encoded.
    max_categories : int >= 1, default=256
        Maximum number of categories of a column that are one-hot encoded.
    random_state : int, RandomState instance or None, default=None
        Seed or generator of the random numbers. It determines the folds of target
        encoding and the encoding of text. Pass an int for reproducible results.

    Attributes
    ----------
    kinds_ : dict
        Kind of each column by its name: "number", "category", "date" or "text".
    numeric_columns_ : NumericColumns
        Medians, scales and knots of numeric columns, datetime features and target
        means.
    categorical_columns_ : dict of CategoricalColumn
        Categories of each categorical column.
    skrub_columns_ : dict of SkrubColumn
        Encoder of each datetime or text column.
    target_means_ : dict of ndarray of shape (n_categories + 1, n_means)
        Means of each target-encoded column: first the mean for missing values, then
        the means of the categories.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Defined only if all names are strings.

    Examples
    --------
    >>> import pandas as pd
    >>> from sknn_scratch.tabular import TableEncoder
    >>> X = pd.DataFrame({"size": [1.0, 2.0, None], "color": ["red", "blue", "red"]})
    >>> encoder = TableEncoder().fit(X, ["a", "b", "a"])
    >>> encoder.kinds_
    {'size': 'number', 'color': 'category'}
    >>> encoder.get_feature_names_out()[:4].tolist()
    ['smooth__size', 'onehot__color_blue', 'onehot__color_red', 'missing__size']
    >>> encoder.transform(X)[:, 1:4].tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    """

    _parameter_constraints: dict = {
        "target_type": [StrOptions({"classes", "numbers"})],
        "clip": [Interval(Real, 0, None, closed="neither")],
        "gain": [Interval(Real, 0, None, closed="neither")],
        "one_hot_up_to": [Interval(Integral, 1, None, closed="left")],
        "max_categories": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        target_type: str = "classes",
        *,
        clip: float = 3.0,
        gain: float = 1.0,
        one_hot_up_to: int = 8,
        max_categories: int = 256,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.target_type = target_type
        self.clip = clip
        self.gain = gain
        self.one_hot_up_to = one_hot_up_to
        self.max_categories = max_categories
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike | None = None) -> Self:
        """Learn the encoding of each column.

        Parameters
        ----------
        X : data frame, array-like of shape (n_samples, n_columns), dict or list of dict
            The table: a pandas or polars data frame, a pyarrow table, an array or list
            of rows, a dict of columns, or a list of dicts, one per row.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target. If None, no column is target encoded.

        Returns
        -------
        self : TableEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If a parameter is invalid, if X is not a table, or if y does not fit the
            `target_type`.
        TypeError
            If X is a sparse matrix.
        ImportError
            If there is a datetime or text column, and skrub is not installed.
        """
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: ArrayLike | None = None) -> np.ndarray:
        """Learn the encoding of each column, and encode the training set.

        Parameters
        ----------
        X : data frame, array-like of shape (n_samples, n_columns), dict or list of dict
            The table, as in `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target. If None, no column is target encoded.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features_out), float32
            The features. Target-encoded features are cross-fitted, unlike those of
            `transform`.

        Raises
        ------
        ValueError, TypeError, ImportError
            As in `fit`.
        """
        self._validate_params()
        table = Table(X)
        if y is not None:
            check_consistent_length(np.empty(table.n_rows), y)
        # All at once: if something raises, the encoder stays as it was.
        with published(self, self.random_state) as attributes:
            encoder = copy.copy(self)
            features = encoder._learn(table, y)
            attributes |= vars(encoder)
        return features

    def _learn(self, table, y):
        """Set the fitted attributes; return the features of the training set."""
        vars(self).pop("feature_names_in_", None)
        columns = {name: table.column(name) for name in table.names}
        self.kinds_ = kinds = {name: kind_of(of) for name, of in columns.items()}
        self.n_features_in_ = len(kinds)
        if table.has_names and all(isinstance(name, str) for name in kinds):
            self.feature_names_in_ = np.array(table.names, dtype=object)
        state = check_random_state(self.random_state)
        self.categorical_columns_ = {
            name: CategoricalColumn(columns[name].objects, self.max_categories)
            for name in self._of_kind("category")
        }
        self.skrub_columns_ = {
            name: SkrubColumn(name, kind, state.randint(2**31))
            for name, kind in kinds.items()
            if kind in ("date", "text")
        }
        numbers, codes, text = self._read(columns, fits=True)
        means, ends = self._learn_target_means(codes, y, state)
        numbers = np.hstack([numbers, *means])
        self.numeric_columns_ = NumericColumns(numbers, self.clip)
        self._names_out = self._feature_names(ends)
        return self._join(numbers, codes, text)

    def _learn_target_means(self, codes, y, random_state):
        """Set `target_means_`; return cross-fitted means by column, and their names."""
        many = [
            name
            for name, column in self.categorical_columns_.items()
            if len(column.categories) > self.one_hot_up_to
        ]
        self.target_means_ = {}
        if y is None or not many:
            return [], []
        columns, ends = target_columns(y, self.target_type)
        if len(ends) > _MOST_MEANS:
            return [], []
        codes = np.column_stack([codes[name] for name in many])
        found, tables = target_means(codes, columns, random_state.randint(2**31))
        self.target_means_ = dict(zip(many, tables, strict=True))
        return list(found), ends

    def transform(self, X: Any) -> np.ndarray:
        """Encode a table.

        Parameters
        ----------
        X : data frame, array-like of shape (n_samples, n_columns), dict or list of dict
            A table with the columns of `fit`, in any order if they have names. Other
            columns are ignored. Unknown categories, and values in a numeric column that
            are not numbers, are treated as missing, with a warning.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features_out), float32
            The features.

        Raises
        ------
        ValueError
            If X is not a table, or if columns are missing.
        """
        check_is_fitted(self)
        table = Table(X)
        names = dict(zip(self.kinds_, table.match(list(self.kinds_)), strict=True))
        columns = {known: table.column(name) for known, name in names.items()}
        numbers, codes, text = self._read(columns)
        means = [known[codes[name]] for name, known in self.target_means_.items()]
        return self._join(np.hstack([numbers, *means]), codes, text)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the features.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Ignored, but must be None or `feature_names_in_`.

        Returns
        -------
        names : ndarray of str, shape (n_features_out,)
            Names that consist of a prefix, which is the kind of feature, and the name
            of the column. The prefixes are ``smooth__``, ``onehot__``, ``missing__``,
            ``target__``, ``text__``, ``linear__`` and ``knots__``.
        """
        check_is_fitted(self)
        check_feature_names(self, input_features)
        return self._names_out

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []  # it is float32
        return tags

    def _of_kind(self, kind):
        return [name for name, own in self.kinds_.items() if own == kind]

    def _read(self, columns, fits=False):
        """Read the columns of a table.

        Parameters
        ----------
        columns : dict of Column
            The columns by their names in `fit`.
        fits : bool, default=False
            Whether it is the training set.

        Returns
        -------
        numbers : ndarray of shape (n_samples, n_numbers)
            Numeric columns, then what dates are made of.
        codes : dict of ndarray
            The codes of every categorical column.
        text : list of ndarray
            The features of columns of text.
        """
        n_rows = len(next(iter(columns.values())).values)
        numbers, codes, text, strange = [np.empty((n_rows, 0))], {}, [], {}
        for name in self._of_kind("number"):
            floats, strange[name] = columns[name].floats
            numbers.append(floats[:, None])
        for name, column in self.categorical_columns_.items():
            codes[name], strange[name] = column.encode(columns[name].objects)
        for name, column in self.skrub_columns_.items():
            encode = column.fit_transform if fits else column.transform
            features, strange[name] = encode(columns[name].objects)
            (numbers if column.kind == "date" else text).append(features)
        strange = {name: values for name, values in strange.items() if values}
        if strange:
            warn(
                "Values that are not in the training set, or are not numbers or "
                f"dates, are treated as missing: {_shown(strange)}."
            )
        return np.hstack(numbers), codes, text

    def _join(self, numbers, codes, text):
        """Return all features beside each other, times `gain`."""
        smooth, missing, *others = self.numeric_columns_.transform(numbers)
        hot = indicators(self.categorical_columns_, codes, len(numbers))
        features = np.empty((len(numbers), len(self._names_out)), dtype=np.float32)
        start = 0
        for part in (smooth, hot, missing, *text, *others):
            stop = start + part.shape[1]
            np.multiply(part, self.gain, out=features[:, start:stop], casting="unsafe")
            start = stop
        return features

    def _feature_names(self, ends):
        """Return the names of the features, ordered as in `_join`.

        `ends` tells the target means of a column apart.
        """
        dates, texts = (
            [
                feature
                for column in self.skrub_columns_.values()
                if column.kind == kind
                for feature in column.feature_names
            ]
            for kind in ("date", "text")
        )
        smooth = [f"{name}" for name in self._of_kind("number")] + dates
        target = [f"{name}{end}" for name in self.target_means_ for end in ends]
        numeric = smooth + target
        with_missing = self.numeric_columns_.is_missing
        names = [
            *(f"smooth__{name}" for name in smooth),
            *(f"target__{name}" for name in target),
            *(
                f"onehot__{name}_{value}"
                for name, column in self.categorical_columns_.items()
                for value in column.names
            ),
            *(f"missing__{name}" for name in compress(numeric, with_missing)),
            *(f"text__{name}" for name in texts),
            *(f"linear__{name}" for name in numeric),
            *(f"knots__{name}_{i}" for name in numeric for i in range(N_KNOTS)),
        ]
        return np.array(_unique(names), dtype=object)


def _shown(strange):
    """Return how many values of each column count as missing, and the most frequent."""
    parts = []
    for name, values in strange.items():
        counts = Counter(map(repr, values)).most_common(2)
        examples = ", ".join(value for value, _ in counts)
        parts.append(f"{len(values)} in column {name!r} (such as {examples})")
    return "; ".join(parts)


def _unique(names):
    """Return names with a number at the end of those that occur before."""
    found: dict = {}
    for name in names:
        other, n = name, 1
        while other in found:
            n += 1
            other = f"{name}_{n}"
        found[other] = None
    return list(found)
