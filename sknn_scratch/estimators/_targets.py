"""Encoding of targets: class labels, and standardized regression targets."""

import copy
from numbers import Real

import numpy as np
from scipy import sparse
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, StandardScaler
from sklearn.utils.multiclass import type_of_target, unique_labels

from .._warnings import warn
from ..engine.batches import OneHot
from ..engine.losses import BinaryLogLoss, LogLoss, Ordinal
from ._model import shallow_copy

# Losses whose output activations give probabilities.
_BINARY, _UNORDERED, _ORDERED = BinaryLogLoss(), LogLoss(), Ordinal()
# Up to this number of classes, copying target vectors from a matrix is faster than
# creating them.
_FEW_CLASSES = 64
# Kinds of numeric arrays, and of string arrays, which may be objects.
_NUMBERS, STRINGS = frozenset("biuf"), frozenset("UO")
# In a multilabel target it is unlikely that this number of rows have one label each.
_MANY_ONE_HOT = 1000


# Errors that may not name their cause.
UNCLEAR = (OverflowError, TypeError, ValueError)


def explain(error, y):
    """Raise a clearer error for missing labels or labels of several types.

    It also explains data beyond the range of floats.

    Parameters
    ----------
    error : Exception
        An error of `UNCLEAR`, raised while a target was read.
    y : array-like
        The target, as the user has passed it.
    """
    if isinstance(error, OverflowError):
        raise ValueError(
            f"X, y and weights must be within the range of floats: {error}. Rescale "
            "them."
        ) from error
    _refuse(_missing(y), error)
    if isinstance(error, TypeError) and "not supported between" in str(error):
        raise TypeError(
            f"y must contain labels of one type that can be sorted: {error}. Convert "
            "them, for example to strings."
        ) from error


def refuse_missing_in_list(y):
    """Raise a ValueError if a list of labels, or of rows of labels, has None or NaN.

    NumPy makes strings of them where other labels are strings.

    Parameters
    ----------
    y : array-like
        The target, as the user has passed it.
    """
    if isinstance(y, list | tuple) and any(map(_has_string, y)):
        _refuse(_missing(np.array(y, dtype=object)))


def _has_string(label):
    in_row = isinstance(label, list | tuple) and any(map(_has_string, label))
    return in_row or isinstance(label, str)


def _refuse(missing, cause=None):
    """Raise a ValueError if there are missing values."""
    if missing.any():
        raise ValueError(
            f"y must not have missing values; got {missing.sum()}, the first in row "
            f"{missing.argmax()}. Remove these samples, or impute the values."
        ) from cause


def _missing(y):
    """Return the mask of rows with None, NA, NaT or, among objects, NaN."""
    if hasattr(y, "isna"):  # pandas
        missing = np.asarray(y.isna())
    else:
        y = np.asarray(y)
        missing = np.zeros(y.shape, bool)
        if y.dtype.kind in "mM":
            missing = np.isnat(y)
        elif y.dtype.kind == "O" and y.ndim:
            missing.flat = [_is_missing(value) for value in y.flat]
    return missing.any(axis=tuple(range(1, missing.ndim)))


def _is_missing(value):
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, Real) and bool(value != value)


class ClassTarget:
    """The classes of a target, with the encoding and decoding of labels.

    Two classes share one output, which is positive for the second; several have one
    output each, the largest wins; of several labels at once each has one output,
    positive if the label is present.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels, or an indicator matrix if a sample may carry several of them.

    Attributes
    ----------
    kind : {"binary", "multiclass", "multilabel-indicator"}
        Kind of the target; a single class counts as binary.
    classes : ndarray of shape (n_classes,)
        The labels, sorted or in a custom order.
    is_ordered : bool
        Whether the order of the classes matters.
    """

    is_ordered = False
    # Indices that sort classes with a custom order.
    _sorter = None

    def __init__(self, y):
        self._binarizer = None
        self.kind, self.classes = _kind_and_classes(y) or (
            type_of_target(y, input_name="y"),
            None,
        )
        if self.kind == "multilabel-indicator":
            self._binarizer = LabelBinarizer().fit(y)
            self.classes = self._binarizer.classes_
        elif self.kind not in ("binary", "multiclass"):
            raise ValueError(
                "Unknown label type: y must contain class labels or be a 0/1 "
                f"indicator matrix; got a {self.kind} target. Maybe you are trying to "
                "fit a classifier, which expects discrete classes on a regression "
                "target with continuous values."
            )
        elif self.classes is None:
            y = np.asarray(y)
            if y.dtype.kind in "mM":
                _refuse(np.isnat(y))
            self.classes = LabelEncoder().fit(y).classes_
        self._n_one_hot = 0
        if self.kind == "multilabel-indicator":
            self._check_indicators(y)

    @property
    def link(self):
        """The loss whose output activation gives probabilities."""
        if self.kind != "multiclass":
            return _BINARY
        return _ORDERED if self.is_ordered else _UNORDERED

    @property
    def n_alternatives(self):
        """Number of exclusive classes; 2 for each label of a multilabel target."""
        return len(self.classes) if self.kind == "multiclass" else 2

    @property
    def n_outputs(self):
        """Number of outputs."""
        return 1 if self.kind == "binary" else len(self.classes)

    @property
    def has_own_order(self):
        """Whether the classes are not sorted, as most tools of scikit-learn expect."""
        return self._sorter is not None

    def rearrange(self, order):
        """Put the classes in another order.

        Parameters
        ----------
        order : ndarray of int of shape (n_classes,)
            Indices of the sorted classes.
        """
        if (np.diff(order) < 0).any():
            self.classes = self.classes[order]
            self._sorter = np.argsort(order)

    def counted(self, y, is_partial):
        """Return the target with a count of the rows of `y` that have one label.

        There is a warning of a multilabel target that is probably that of several
        classes. The few rows of a chunk may have one label each by chance, so
        `partial_fit` counts the rows of all its calls.

        Parameters
        ----------
        y : array-like
            Labels, checked before.
        is_partial : bool
            Whether more rows may follow.
        """
        if self.kind != "multilabel-indicator":
            return self
        counted = shallow_copy(self)
        if self._n_one_hot is None or not is_one_hot(y):
            counted._n_one_hot = None
            return counted
        counted._n_one_hot += y.shape[0]
        if not is_partial or counted._n_one_hot >= _MANY_ONE_HOT:
            counted._n_one_hot = None
            warn(
                "y looks one-hot encoded: in each row exactly one of its "
                f"{y.shape[1]} columns is 1. It is fitted as a multilabel target, so "
                "a prediction may have no label or several labels. If each sample has "
                "one class, pass class labels, y.argmax(axis=1).",
            )
        return counted

    @classmethod
    def from_classes(cls, classes, several, is_sparse=False):
        """Return the target of known classes.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
            The labels, sorted.
        several : bool
            Whether the target is multilabel.
        is_sparse : bool, default=False
            Whether a multilabel target, and so what is predicted, is sparse.
        """
        if not several:
            return cls(classes)
        no_labels = np.zeros((1, len(classes)), dtype=int)
        return cls(sparse.csr_array(no_labels) if is_sparse else no_labels)

    def binarizer(self):
        """Return a new `LabelBinarizer`, as scikit-learn's networks have one."""
        if self._binarizer is not None:
            return copy.deepcopy(self._binarizer)
        # Many classes with a single sample each would cause a warning.
        return LabelBinarizer().fit(np.tile(self.classes, 3))

    # A pickled binarizer would depend on the version of scikit-learn.
    def __getstate__(self):
        several = self.kind == "multilabel-indicator"
        state = {
            "classes": self.classes,
            "several": several,
            "is_sparse": several and self._binarizer.sparse_input_,
            "n_one_hot": self._n_one_hot,
        }
        if self.is_ordered:
            state["is_ordered"] = True
        return state

    def __setstate__(self, state):
        n_one_hot, classes = state.pop("n_one_hot"), state["classes"]
        is_ordered = state.pop("is_ordered", False)
        self.__dict__ = vars(self.from_classes(**state)) | {"_n_one_hot": n_one_hot}
        if is_ordered:
            self.is_ordered = True
            self.rearrange(self.classes.searchsorted(classes))

    def check_all_there(self, y):
        """Raise a ValueError unless every class occurs in `y`, and no other label.

        Parameters
        ----------
        y : array-like
            Labels of a warm start.
        """
        class_indices = self._class_indices(y)
        if class_indices is not None and len(np.unique(class_indices)) == len(
            self.classes
        ):
            return
        if y.ndim > 1:
            self._check_kind(y)
        found = unique_labels(y)
        if set(found) != set(self.classes):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the "
                f"previous call to fit. Previously got {self.classes}, `y` has {found}"
            )

    def has(self, classes):
        """Return whether labels are certainly the classes, in order and type.

        Parameters
        ----------
        classes : array-like
            Labels, not checked.
        """
        if self._sorter is not None:
            return np.array_equal(np.unique(classes), self.classes[self._sorter])
        are_equal = np.array_equal(classes, self.classes)
        return are_equal and np.asarray(classes).dtype.kind == self.classes.dtype.kind

    def _class_indices(self, y):
        """Return the class index of every label; None if it is not certain.

        It is clear for numbers and for strings, if each label is one of the classes.
        """
        if self._binarizer is not None or y.ndim > 1 or sparse.issparse(y):
            return None
        if not len(self.classes):
            return None
        kinds = {y.dtype.kind, self.classes.dtype.kind}
        if kinds <= _NUMBERS:
            class_indices = self._places_of(y)
            found = self.classes.take(class_indices, mode="clip")
            return class_indices if (found == y).all() else None
        if not kinds <= STRINGS:
            return None
        places = {label: i for i, label in enumerate(self.classes.tolist())}
        try:
            return np.array([places[label] for label in y.tolist()], dtype=np.intp)
        except (KeyError, TypeError):
            return None

    def _places_of(self, y):
        """Return the class indices of labels, if all are known."""
        if self._sorter is None:
            return self.classes.searchsorted(y)
        places = self.classes.searchsorted(y, sorter=self._sorter)
        return self._sorter.take(places, mode="clip")

    def check_several(self, y):
        """Raise a ValueError if this target is multilabel and a later `y` is another.

        Parameters
        ----------
        y : array-like
            Labels of a later call, or to validate with.
        """
        if self._binarizer is not None:
            self._check_kind(y)
            self._check_indicators(y)

    def _check_kind(self, y):
        in_objects = y.dtype == object and y.ndim > 1
        kind = "multioutput" if in_objects else type_of_target(y, input_name="y")
        several = self._binarizer is not None
        is_wrong = kind.startswith("cont") or kind.endswith("multioutput")
        if is_wrong or several != (kind == "multilabel-indicator"):
            raise ValueError(
                f"y must be a {self.kind} target, as in the first call; got a {kind} "
                "target."
            )

    def _check_known(self, y, advice):
        """Raise a ValueError if there is an unknown label."""
        self._check_kind(y)
        found = unique_labels(y)
        if len(np.setdiff1d(found, self.classes)):
            raise ValueError(
                f"y must contain only the classes {self.classes}; got {found}. {advice}"
            )

    def _check_indicators(self, y):
        values = np.unique(y.data if sparse.issparse(y) else y)
        if y.shape[1] != len(self.classes) or not np.isin(values, [0, 1]).all():
            raise ValueError(
                f"y must have {len(self.classes)} columns of 0 and 1, one for each "
                f"label; got {y.shape[1]} columns with values from {values.min()} to "
                f"{values.max()}."
            )

    def encode(self, y, values, advice):
        """Return what `TrainingSet` takes: target vectors, and class indices or None.

        Parameters
        ----------
        y : ndarray or sparse matrix
            Labels; if they are several for each sample, checked before.
        values : ndarray of shape (2,)
            Target of the outputs of a wrong class and of the right one, in the dtype of
            the network.
        advice : str
            Advice in the error message about an unknown label.

        Raises
        ------
        ValueError
            If there is such a label.
        """
        n_classes = len(self.classes)
        if self._binarizer is not None:
            y = self._binarizer.transform(y)
            return np.where(np.ascontiguousarray(y.T), *values[::-1]), None
        class_indices = self._class_indices(y)
        if class_indices is None:
            self._check_known(y, advice)
            class_indices = self._places_of(y)
        if self.kind == "binary":
            columns = values[None]
        elif n_classes <= _FEW_CLASSES:
            columns = values.take(np.eye(n_classes, dtype=int))
        else:
            columns = OneHot(n_classes, *values)
        return columns, class_indices.astype(np.min_scalar_type(n_classes - 1))

    def apply(self, function, raw):
        """Return ``function(self, raw)``; several targets return a list."""
        return function(self, raw)

    def winner(self, raw):
        """Return the class indices for raw outputs of shape (n_samples, n_outputs).

        It is not defined for multilabel targets.
        """
        if len(self.classes) == 1:
            return np.zeros(len(raw), np.intp)
        if self.kind == "binary":
            return (raw[:, 0] > 0).astype(np.intp)
        return self.link.class_indices(raw)

    def decode(self, raw):
        """Return the labels for raw outputs of shape (n_samples, n_outputs)."""
        if self.kind == "multilabel-indicator":
            return self._binarizer.inverse_transform(raw, threshold=0)
        return self.classes[self.winner(raw)]


def _kind_and_classes(y):
    """Return the kind and the classes of labels if they are certain, or None.

    scikit-learn's `type_of_target` finds the same, but takes longer.
    """
    if type(y) is not np.ndarray or y.ndim != 1 or y.dtype.kind not in "biuU":
        return None
    classes = np.unique(y)
    return "binary" if len(classes) <= 2 else "multiclass", classes


def is_one_hot(y):
    """Return whether every row of an indicator matrix has exactly one 1.

    A matrix of fewer than three columns is not one: a multilabel target of two labels
    that exclude each other is common.

    Parameters
    ----------
    y : ndarray or sparse matrix of shape (n_samples,) or (n_samples, n_labels)
        A target that was checked: class labels, or indicators that are 0 or 1.
    """
    if y.ndim < 2 or y.shape[1] < 3:
        return False
    return bool((np.ravel(y.sum(axis=1)) == 1).all())


# A standard deviation of fewer samples is too uncertain for a final scale.
_ENOUGH = 10


class ScaledTarget:
    """A standardized regression target, with the inverse transformation.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the samples.

    Attributes
    ----------
    mean, scale : ndarray of shape (n_outputs,)
        Mean and standard deviation of y; the latter is 1 where y is constant.
    """

    def __init__(self, y, sample_weight):
        self.mean = np.zeros(np.prod(y.shape[1:], dtype=int))
        self.scale = np.ones_like(self.mean)
        self._settled = np.zeros(len(self.mean), bool)
        self._statistics, self._n_seen = StandardScaler(), 0
        self._add(y, sample_weight)

    def _add(self, y, sample_weight):
        """Update the statistics, and the scales that are not final."""
        columns, counted = self._columns(y), slice(None)
        if sample_weight is not None:
            counted = sample_weight > 0
            sample_weight = sample_weight[counted]
            if not counted.any():
                return
        found = self._statistics.partial_fit(columns[counted], None, sample_weight)
        self._n_seen += len(columns[counted])
        self.mean = np.where(self._settled, self.mean, found.mean_)
        self.scale = np.where(self._settled, self.scale, found.scale_)
        varies = found.scale_ == np.sqrt(found.var_)  # otherwise scale_ is 1
        self._settled = self._settled | (varies & (self._n_seen >= _ENOUGH))

    def updated(self, y, sample_weight):
        """Return a target updated with later samples, if earlier ones were too few.

        The scale of a column is unknown as long as the column is constant or shorter
        than 10 samples; from then on it stays.

        Parameters
        ----------
        y, sample_weight
            Targets and weights of a later call, as for the class.
        """
        if self._settled.all():
            return self
        later = copy.deepcopy(self)
        later._add(y, sample_weight)
        return later

    def _columns(self, y):
        return np.asarray(y, np.float64).reshape(len(y), -1)

    def encode(self, y):
        """Return the scaled target, with the shape of `y`."""
        return ((self._columns(y) - self.mean) / self.scale).reshape(y.shape)

    def decode(self, predictions, std):
        """Scale predictions of shape (n_samples, n_outputs) back, in place.

        `std` are standard deviations, of the same shape or with no columns.
        """
        predictions *= self.scale
        predictions += self.mean
        if std.shape[1]:
            std *= self.scale
