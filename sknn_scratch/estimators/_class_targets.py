"""Several class targets (multi-output classification)."""

import numpy as np
from scipy import sparse

from ..engine.losses import JointLoss
from ..engine.target_blocks import TargetBlocks
from ._targets import UNCLEAR, ClassTarget


def class_target(y):
    """Return the target for labels of any kind.

    Parameters
    ----------
    y : ndarray or sparse matrix of shape (n_samples,) or (n_samples, n_outputs)
        Class labels, of one target or of several, or an indicator matrix.

    Returns
    -------
    target : ClassTarget or ClassTargets
        Encoding of the labels.
    """
    return ClassTargets(y) if has_several_targets(y) else ClassTarget(y)


def has_several_targets(y):
    """Return whether every column of `y` is a separate class target.

    This holds for several columns unless they are indicators of 0 and 1.

    Parameters
    ----------
    y : ndarray or sparse matrix of shape (n_samples,) or (n_samples, n_outputs)
        Labels.
    """
    if y.ndim < 2 or y.shape[1] < 2 or sparse.issparse(y):
        return False
    return y.dtype.kind not in "biuf" or not ((y == 0) | (y == 1)).all()


def are_of_several_targets(classes):
    """Return whether these are classes of several targets.

    Parameters
    ----------
    classes : array-like or list of array-like
        The labels of one target, or a list of those of each.
    """
    is_list = isinstance(classes, list | tuple) and len(classes) > 0
    return is_list and all(np.ndim(of_one) == 1 for of_one in classes)


def columns_of(y):
    """Return the labels of every target.

    Parameters
    ----------
    y : array-like of shape (n_samples, n_targets)
        The labels; of type object, if those of the targets have different types.

    Returns
    -------
    columns : list of ndarray of shape (n_samples,)
        Labels of each target with its own type; strings remain objects.
    """
    return [_in_own_type(column) for column in np.asarray(y).T]


def _in_own_type(labels):
    if labels.dtype != object or any(isinstance(label, str) for label in labels):
        return labels
    return np.array(labels.tolist())


class ClassTargets:
    """The classes of several targets, with the interface of `ClassTarget`.

    The outputs of the targets are concatenated, each as in `ClassTarget`.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_targets)
        Labels, a column for each target.

    Attributes
    ----------
    kind : str
        "multiclass-multioutput", as scikit-learn calls it.
    targets : list of ClassTarget
        The targets.
    classes : list of ndarray of shape (n_classes,)
        The labels of each, sorted.
    """

    kind = "multiclass-multioutput"
    is_ordered = has_own_order = False

    def __init__(self, y):
        self.targets = for_each_target(ClassTarget, columns_of(y))

    @classmethod
    def from_classes(cls, classes):
        """Return the targets of known classes.

        Parameters
        ----------
        classes : list of array-like of shape (n_classes,)
            The labels of each target.
        """
        targets = object.__new__(cls)
        labels = [_in_own_type(np.asarray(of_one)) for of_one in classes]
        targets.targets = for_each_target(ClassTarget, labels)
        return targets

    @property
    def classes(self):
        """The labels of each target, sorted."""
        return [target.classes for target in self.targets]

    @property
    def link(self):
        """The loss whose output activation gives probabilities."""
        return self.joint_loss(lambda target: target.link)

    @property
    def n_alternatives(self):
        """Number of classes that exclude each other, for each output."""
        counts = [target.n_alternatives for target in self.targets]
        return np.repeat(counts, [target.n_outputs for target in self.targets])

    def joint_loss(self, loss_of):
        """Return the loss of all targets.

        Parameters
        ----------
        loss_of : callable
            Takes a `ClassTarget`, and returns its loss.
        """
        losses = tuple(loss_of(target) for target in self.targets)
        return JointLoss(losses, tuple(target.n_outputs for target in self.targets))

    def counted(self, y, is_partial):
        """Return the target itself: no warning depends on the number of rows."""
        return self

    def check_all_there(self, y):
        """Raise a ValueError unless every class of each target occurs, and no other.

        Parameters
        ----------
        y : array-like
            Labels of a warm start.
        """
        self.check_several(y)
        for_each_target(ClassTarget.check_all_there, self.targets, columns_of(y))

    def has(self, classes):
        """Return whether these are the classes of each target.

        Parameters
        ----------
        classes : array-like or list of array-like
            Labels, not checked.
        """
        if not are_of_several_targets(classes) or len(classes) != len(self.targets):
            return False
        pairs = zip(self.targets, classes, strict=True)
        return all(
            target.has(of_one) or set(target.classes) == set(of_one)
            for target, of_one in pairs
        )

    def check_several(self, y):
        """Raise a ValueError unless `y` has a column for each target.

        Parameters
        ----------
        y : array-like
            Labels of a later call, or to validate with.
        """
        n_targets = len(self.targets)
        if sparse.issparse(y) or np.ndim(y) != 2 or y.shape[1] != n_targets:
            raise ValueError(
                f"y must have one column of class labels for each of the {n_targets} "
                f"targets; got an array of shape {np.shape(y)}."
            )

    def encode(self, y, values, advice):
        """Return `TargetBlocks` for `TrainingSet`, and None.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_targets)
            Labels, whose number of columns was checked.
        values : list of ndarray of shape (2,)
            Target values, as for `ClassTarget`.
        advice : str
            Advice in the error message about an unknown label.

        Raises
        ------
        ValueError
            If there is such a label.
        """

        def encoded(target, labels, of_target):
            return target.encode(labels, of_target, advice)

        pairs = for_each_target(encoded, self.targets, columns_of(y), values)
        return TargetBlocks(*zip(*pairs, strict=True)), None

    def apply(self, function, raw):
        """Apply a function to the raw outputs of each target.

        Parameters
        ----------
        function : callable
            Takes a `ClassTarget` and its raw outputs, which it may overwrite.
        raw : ndarray of shape (n_samples, n_outputs)
            The outputs of all targets.

        Returns
        -------
        found : list
            Results of the function.
        """
        pairs = zip(self.targets, self.link.blocks, strict=True)
        return [
            function(target, np.ascontiguousarray(raw[:, block]))
            for target, (_, block) in pairs
        ]

    def winners(self, raw):
        """Return the predicted class indices of each target, (n_samples, n_targets)."""
        return np.column_stack(self.apply(ClassTarget.winner, raw))

    def decode(self, raw):
        """Return the labels predicted by raw outputs, of shape (n_samples, n_targets).

        They are objects if the targets have labels of different types.
        """
        columns = self.apply(ClassTarget.decode, raw)
        dtypes = {column.dtype for column in columns}
        is_same = len({dtype.kind for dtype in dtypes}) == 1
        labels = np.empty(
            (len(raw), len(columns)), np.result_type(*dtypes) if is_same else object
        )
        for j, column in enumerate(columns):
            labels[:, j] = column
        return labels


def for_each_target(function, *lists):
    """Apply a function to each target; an error names the column of y.

    Parameters
    ----------
    function : callable
        Takes an entry of each list.
    *lists : list
        Lists with one entry per target.
    """
    found = []
    for j, arguments in enumerate(zip(*lists, strict=True)):
        try:
            found.append(function(*arguments))
        except UNCLEAR as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"In column {j} of y: {error}") from error
    return found
