"""The order of classes, for the ordinal loss."""

import numpy as np

from ._model import shallow_copy
from ._targets import STRINGS


def order_of(labels):
    """Return the categories of an ordered categorical, lowest first, or None.

    Parameters
    ----------
    labels : array-like
        Labels from the user, possibly an ordered categorical of pandas or an Enum
        of polars, also as the only column of a data frame.

    Returns
    -------
    categories : list or None
        The categories, also those without a sample; None without an order.
    """
    dtype = getattr(labels, "dtype", None)
    if dtype is None and getattr(labels, "ndim", 1) == 2:
        dtypes = list(getattr(labels, "dtypes", []))
        dtype = dtypes[0] if len(dtypes) == 1 else None
    kind = type(dtype)
    is_enum = kind.__name__ == "Enum" and kind.__module__.startswith("polars")
    if not (is_enum or getattr(dtype, "ordered", False)):
        return None
    return np.asarray(dtype.categories).tolist()


def with_order(target, categories):
    """Return a target whose classes have an order.

    Parameters
    ----------
    target : ClassTarget
        Target with sorted classes.
    categories : list or None
        All labels in their order, or more; None for the sorted order.

    Raises
    ------
    ValueError
        If there are several targets or labels, if three or more classes are strings
        without categories, or if a class is none of the categories.
    """
    if target.kind not in ("binary", "multiclass"):
        raise ValueError(
            f"loss='ordinal' requires one class per sample; got a {target.kind} "
            "target. Set loss='log_loss', or fit one estimator for each column of y."
        )
    ordered = shallow_copy(target)
    ordered.is_ordered = True
    if target.kind == "binary":  # the order of two classes does not matter
        return ordered
    if categories is not None:
        place = {label: i for i, label in enumerate(categories)}
        classes = target.classes.tolist()
        if not place.keys() >= set(classes):
            raise ValueError(
                "The categories of y must include all classes passed to partial_fit; "
                f"got the categories {categories} and the classes {classes}. Use the "
                "same categories in all calls."
            )
        ordered.rearrange(np.argsort([place[label] for label in classes]))
    elif target.classes.dtype.kind in STRINGS:
        raise ValueError(
            "loss='ordinal' requires ordered classes; got strings without an order, "
            f"{target.classes.tolist()}. Pass y as an ordered pandas categorical, "
            "pd.Series(pd.Categorical(y, categories=[...], ordered=True)), or as "
            "numbers in the order of the classes."
        )
    return ordered


def check_same_order(target, categories):
    """Raise a ValueError if a later call has another order of the classes.

    Parameters
    ----------
    target : ClassTarget
        Target of the first call, with an order.
    categories : list or None
        The order of the labels of the later call, if they have one.
    """
    if categories is None or target.kind != "multiclass":
        return
    known = target.classes.tolist()
    now = [label for label in categories if label in known]
    before = [label for label in known if label in now]
    if now != before:
        raise ValueError(
            f"The categories of y must have the order of the first call, {before}; "
            f"got {now}. Reorder the categories, or fit with warm_start=False."
        )
