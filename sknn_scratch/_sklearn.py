"""The private parts of scikit-learn that the estimators need, and its differences.

The private parts have stayed as they are from scikit-learn 1.7 on; the callbacks came
with 1.9. If something moves, this is the only file to change.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import sklearn
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils._param_validation import (
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import _check_feature_names_in, _check_sample_weight

Method = TypeVar("Method", bound=Callable[..., Any])

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """Replaces the mixin of scikit-learn 1.9."""

        def set_callbacks(self, *callbacks):
            """Raise an ImportError."""
            raise ImportError(
                "set_callbacks needs scikit-learn >= 1.9; got "
                f"{sklearn.__version__}. Upgrade it to use callbacks."
            )


try:
    # How callbacks in worker processes reach the main process.
    from sklearn.callback._transport import can_reuse_listener, open_listener, send
except ImportError:
    can_reuse_listener = open_listener = send = None


def _with_callbacks(method: Method) -> Method:
    """Return the method: before scikit-learn 1.9 there are no callbacks."""
    return method


if TYPE_CHECKING:  # decorated methods keep their type
    with_callbacks = _with_callbacks
else:
    # Releases the callbacks after the decorated method, even if it has failed.
    with_callbacks = getattr(
        getattr(sklearn, "callback", None), "with_callbacks", _with_callbacks
    )
# Sets classes_ on the first call of partial_fit, and compares on later ones.
check_classes = _check_partial_fit_first_call
check_sample_weight = _check_sample_weight
# Raises an error if the argument of get_feature_names_out is not what fit has seen.
check_feature_names = _check_feature_names_in

_OF_CALLBACKS = (
    "_skl_callbacks",
    "_skl_callbacks_to_teardown",
    "_callback_fit_ctx",
    "_parent_callback_ctx",
)


def callbacks_of(estimator):
    """Return the callbacks that are set on an estimator."""
    return list(getattr(estimator, "_skl_callbacks", None) or [])


def forget_callbacks(estimator):
    """Take from a copy of an estimator what ties it to callbacks and their tasks."""
    for name in _OF_CALLBACKS:
        vars(estimator).pop(name, None)


__all__ = [
    "CallbackSupportMixin",
    "Interval",
    "Options",
    "StrOptions",
    "callbacks_of",
    "can_reuse_listener",
    "check_classes",
    "check_feature_names",
    "check_matplotlib_support",
    "check_sample_weight",
    "forget_callbacks",
    "open_listener",
    "send",
    "validate_parameter_constraints",
    "with_callbacks",
]
