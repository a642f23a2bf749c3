"""What a network is trained on in the place of labels, or of numbers."""

import numpy as np
from scipy import sparse
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, StandardScaler
from sklearn.utils.multiclass import type_of_target, unique_labels


class ClassTarget:
    """The classes of a problem, and the way from labels to outputs and back.

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
        Which of the three it is; a single class counts as binary.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    """

    def __init__(self, y):
        self.kind = type_of_target(y, input_name="y")
        if self.kind in ("binary", "multiclass"):
            self._encoder = LabelEncoder().fit(y)
        elif self.kind == "multilabel-indicator":
            self._encoder = LabelBinarizer().fit(y)
        else:
            raise ValueError(
                f"Unknown label type: y must hold class labels or a 0/1 indicator "
                f"matrix; got a {self.kind} target. Maybe you are trying to fit a "
                "classifier, which expects discrete classes on a regression target "
                "with continuous values."
            )
        self.classes = self._encoder.classes_
        if self.kind == "multilabel-indicator":
            self._check_indicators(y)

    @classmethod
    def of_classes(cls, classes, several):
        """Return the target of known classes.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
            The labels, sorted.
        several : bool
            Whether a sample may carry several of them.
        """
        return cls(np.eye(len(classes), dtype=int) if several else classes)

    # An encoder of scikit-learn's in a file would tie it to that version.
    def __getstate__(self):
        return {"classes": self.classes, "several": self.kind == "multilabel-indicator"}

    def __setstate__(self, state):
        self.__dict__ = vars(self.of_classes(**state))

    def check(self, y, *, all_classes):
        """Raise a ValueError if `y` does not fit the classes.

        Parameters
        ----------
        y : array-like
            Labels of a later call.
        all_classes : bool
            Whether every class has to occur, as for a warm start.
        """
        found = unique_labels(y)
        if all_classes and set(found) != set(self.classes):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the "
                f"previous call to fit. Previously got {self.classes}, `y` has {found}"
            )
        self.check_known(y, "Pass all classes with the first call of partial_fit.")

    def check_known(self, y, advice="Leave the other samples out."):
        """Raise a ValueError if there is a label that is none of the classes."""
        several = self.kind == "multilabel-indicator"
        kind = type_of_target(y, input_name="y")
        if several != (kind == "multilabel-indicator") or kind.startswith("cont"):
            raise ValueError(
                f"y must be a {self.kind} target, as in the first call; got a {kind} "
                "one."
            )
        if several:
            self._check_indicators(y)
            return
        found = unique_labels(y)
        if len(np.setdiff1d(found, self.classes)):
            raise ValueError(
                f"y must hold only the classes {self.classes}; got {found}. {advice}"
            )

    def _check_indicators(self, y):
        values = np.unique(y.data if sparse.issparse(y) else y)
        if y.shape[1] != len(self.classes) or not np.isin(values, [0, 1]).all():
            raise ValueError(
                f"y must have {len(self.classes)} columns of 0 and 1, one for each "
                f"label; got {y.shape[1]} columns with values from {values.min()} to "
                f"{values.max()}."
            )

    def encode(self, y, dtype, low):
        """Return what `TrainingSet` takes: target columns, and codes or None.

        Parameters
        ----------
        y : array-like
            Labels, checked before.
        dtype : float32 or float64
            Of the columns.
        low : {0, -1}
            Target of the outputs of the wrong classes; that of the right one is 1.
        """
        if self.kind == "multilabel-indicator":
            columns = self._encoder.transform(y).T
            return np.ascontiguousarray(columns, dtype=dtype), None
        columns = np.eye(len(self.classes), dtype=dtype)
        if self.kind == "binary":
            columns = np.array([[0, 1]], dtype=dtype)
        columns[columns == 0] = low
        codes = self._encoder.transform(y)
        return columns, codes.astype(np.min_scalar_type(len(self.classes) - 1))

    def decode(self, raw):
        """Return the labels that raw outputs of shape (n_samples, n_outputs) mean."""
        if self.kind == "multilabel-indicator":
            return self._encoder.inverse_transform(raw, threshold=0)
        if len(self.classes) == 1:
            return np.repeat(self.classes, len(raw))
        if self.kind == "binary":
            return self.classes[(raw[:, 0] > 0).astype(np.intp)]
        return self.classes[raw.argmax(axis=1)]


class ScaledTarget:
    """Numbers with mean 0 and variance 1, and the way back.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The numbers.
    sample_weight : ndarray of shape (n_samples,) or None
        Their weights.

    Attributes
    ----------
    mean, scale : ndarray of shape (n_outputs,)
        Mean and standard deviation of y; the latter is 1 where y is constant.
    """

    def __init__(self, y, sample_weight):
        scaler = StandardScaler().fit(
            np.asarray(y, np.float64).reshape(len(y), -1), sample_weight=sample_weight
        )
        self.mean, self.scale = scaler.mean_, scaler.scale_

    def encode(self, y):
        """Return scaled numbers of the shape of `y`."""
        columns = np.asarray(y, np.float64).reshape(len(y), -1)
        if columns.shape[1] != len(self.mean):
            raise ValueError(
                f"y must have the {len(self.mean)} columns that the scale of the first "
                f"call is for; got {columns.shape[1]}."
            )
        return ((columns - self.mean) / self.scale).reshape(y.shape)

    def decode(self, predictions, std):
        """Scale predictions of shape (n_samples, n_outputs) back, in place.

        `std` are standard deviations, of the same shape or with no columns.
        """
        predictions *= self.scale
        predictions += self.mean
        if std.shape[1]:
            std *= self.scale
