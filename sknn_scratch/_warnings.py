"""Warnings that point to the user's line."""

import os
import sys
import warnings

import joblib
import sklearn

# Not resolved: code objects name files as they were imported, through links, too.
_INSIDE = tuple(
    os.path.dirname(file) + os.sep
    for file in (__file__, sklearn.__file__, joblib.__file__)
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
