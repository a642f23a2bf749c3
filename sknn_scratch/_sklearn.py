"""The private parts of scikit-learn that the estimators need, and nothing else.

They have stayed as they are from scikit-learn 1.7 on. If one moves, this is the only
file to change.
"""

from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import _check_sample_weight

# Validates the constructor's parameters before the decorated method runs, except in
# partial_fit of a fitted estimator.
validates_parameters = _fit_context(prefer_skip_nested_validation=True)
# Sets classes_ on the first call of partial_fit, and compares on later ones.
check_classes = _check_partial_fit_first_call
check_sample_weight = _check_sample_weight

__all__ = [
    "Interval",
    "Options",
    "StrOptions",
    "check_classes",
    "check_sample_weight",
    "validates_parameters",
]
