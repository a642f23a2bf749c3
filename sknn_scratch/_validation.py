"""The validation set that early stopping holds out."""

import warnings

import numpy as np
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit


def hold_out(training_set, y, fraction, random_state):
    """Split the rows, with the same share of every class in both parts.

    Numbers, and several labels a sample, have no classes to share out.

    Parameters
    ----------
    training_set : TrainingSet
        What to split.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The target before it was encoded; its labels are for messages.
    fraction : float in (0, 1)
        Share of the rows to hold out.
    random_state : RandomState
        What decides which rows.

    Returns
    -------
    train, held_out : ndarray of int
        Rows to train on, and rows to validate with.

    Raises
    ------
    ValueError
        If fewer than two rows would be held out, or one of two classes is too small.
    """

    def split(labels=None):
        splitter = ShuffleSplit if labels is None else StratifiedShuffleSplit
        splits = splitter(1, test_size=fraction, random_state=random_state)
        return next(splits.split(training_set.X, labels))

    labels = training_set.codes
    two_classes = len(training_set.columns) == 1
    if labels is not None and np.bincount(labels).min() < 2:
        # An error that names the class: of two True or False, as scikit-learn does.
        labels = labels.astype(bool)[:, None] if two_classes else y
    if labels is None or two_classes:
        train, held_out = split(labels)
    else:
        try:
            train, held_out = split(labels)
        except ValueError as error:
            warnings.warn(
                f"The validation set cannot have the shares of all classes: {error} "
                "It is drawn without regard to them. Increase 'validation_fraction' "
                "or the size of your dataset.",
                stacklevel=7,
            )
            train, held_out = split()
    if len(held_out) < 2:
        raise ValueError(
            "The validation set is too small: it must have >= 2 samples; got "
            f"{len(held_out)} of {training_set.n_samples}. Increase "
            "'validation_fraction' or the size of your dataset."
        )
    return train, held_out
