"""Warnings that point to the user's line."""

import sys
import warnings
from pathlib import Path

import joblib
import sklearn

_INSIDE = tuple(
    str(folder.resolve())
    for folder in (
        Path(__file__).parent,
        Path(sklearn.__file__).parent,
        Path(joblib.__file__).parent,
    )
)


def warn(message, category=UserWarning):
    """Issue a warning at the first line outside this library and scikit-learn.

    Parameters
    ----------
    message : str or Warning
        What to say.
    category : type, default=UserWarning
        Its kind, where `message` is a str.
    """
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INSIDE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
