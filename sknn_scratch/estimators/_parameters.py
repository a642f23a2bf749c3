"""Validation of parameters and of their combinations.

It is said here, before anything is trained. Each rule of the table is a parameter, the
facts that together break it, and a message.
"""

from functools import cache, lru_cache
from itertools import chain
from numbers import Integral, Number
from operator import attrgetter, is_
from typing import NamedTuple

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator

from .._sklearn import validate_parameter_constraints

# Options that the rules refer to when they are on.
_OPTIONS = (
    *("early_stopping", "refit", "calibrate", "average"),
    *("dropout", "input_dropout", "augment", "input_scale"),
)


class Rule(NamedTuple):
    """A combination of parameters that is not allowed.

    Attributes
    ----------
    name : str
        The parameter that is to be changed.
    facts : set of str
        Conditions, with their names in `_facts`.
    message : str
        Error message; {value} is replaced by the value of the parameter.
    """

    name: str
    facts: set
    message: str


def _of_lbfgs(name):
    return Rule(
        name,
        {"lbfgs", name},
        f"solver='lbfgs' does not support {name}, because it minimizes a fixed "
        f"objective; got {name}={{value}}. Choose another solver, or leave {name} out.",
    )


RULES = (
    Rule(
        "early_stopping",
        {"partial_fit", "early_stopping"},
        "partial_fit does not support early_stopping=True, because each call trains "
        "for one epoch. Set early_stopping=False (and calibrate=False, linear=None), "
        "or use fit.",
    ),
    Rule(
        "calibrate",
        {"partial_fit", "calibrate"},
        "partial_fit does not support calibrate=True, because it has no validation "
        "set. Set calibrate=False, or use fit.",
    ),
    Rule(
        "linear",
        {"partial_fit", "linear"},
        "partial_fit does not support a linear model, because it has no validation "
        "set to choose its weight; got linear={value!r}. Set linear=None, or use fit.",
    ),
    Rule(
        "class_weight",
        {"partial_fit", "balanced"},
        "partial_fit does not support class_weight={value!r}, because it does not get "
        "all samples at once. Pass the weights as a dict; "
        "sklearn.utils.compute_class_weight computes them.",
    ),
    Rule(
        "early_stopping",
        {"X_val", "no early_stopping"},
        "X_val and y_val require early_stopping=True; got early_stopping={value}. Set "
        "early_stopping=True (with n_iter_no_change=inf to train for max_iter "
        "epochs), or leave X_val and y_val out.",
    ),
    Rule(
        "fit_intercept",
        {"intercept_init", "no intercept"},
        "intercept_init requires fit_intercept=True; got fit_intercept={value}. Set "
        "fit_intercept=True, or leave intercept_init out.",
    ),
    Rule(
        "refit",
        {"refit", "no early_stopping"},
        "refit=True requires early_stopping=True; got early_stopping=False. Set "
        "early_stopping=True, or refit=False.",
    ),
    Rule(
        "refit",
        {"refit", "X_val"},
        "refit=True requires a validation set drawn from X; got X_val. Set "
        "refit=False, or leave X_val out.",
    ),
    Rule(
        "refit",
        {"refit", "Checkpoint"},
        "A Checkpoint saves a single training run; got refit=True. Set refit=False, "
        "or remove the callback.",
    ),
    Rule(
        "calibrate",
        {"calibrate", "no early_stopping"},
        "calibrate=True requires early_stopping=True, which holds out the validation "
        "set; got early_stopping=False. Set early_stopping=True (with "
        "n_iter_no_change=inf to train for max_iter epochs), or calibrate=False.",
    ),
    Rule(
        "linear",
        {"linear", "no early_stopping"},
        "linear={value!r} requires early_stopping=True, because a validation set "
        "determines the weight of the linear model; got early_stopping=False. Set "
        "early_stopping=True, or linear=None.",
    ),
    Rule(
        "linear",
        {"linear", "warm_start"},
        "warm_start=True does not support a linear model, because the networks "
        "include its weight; got linear={value!r}. Set warm_start=False, or "
        "linear=None.",
    ),
    Rule(
        "linear",
        {"linear", "start"},
        "coefs_init and intercepts_init are for a single network without a linear "
        "model; got linear={value!r}. Set linear=None, or leave them out.",
    ),
    Rule(
        "linear",
        {"linear", "Checkpoint"},
        "A Checkpoint saves a single training run; got linear={value!r}. Set "
        "linear=None, or remove the callback.",
    ),
    Rule(
        "ensemble",
        {"ensemble", "start"},
        "coefs_init and intercepts_init are for a single network; got "
        "ensemble={value}. Set ensemble=1, or leave them out.",
    ),
    Rule(
        "repeats",
        {"repeats", "start"},
        "coefs_init and intercepts_init are for a single network; got "
        "repeats={value!r}. Set repeats=1, or leave them out.",
    ),
    Rule(
        "repeats",
        {"repeats", "Checkpoint"},
        "A Checkpoint saves a single training run; got repeats={value!r}. Set "
        "repeats=1, or remove the callback.",
    ),
    Rule(
        "ensemble",
        {"ensemble", "Checkpoint"},
        "A Checkpoint saves a single training run; got ensemble={value}. Set "
        "ensemble=1, or remove the callback.",
    ),
    Rule(
        "solver",
        {"lbfgs", "Checkpoint"},
        "A Checkpoint requires a stochastic solver; got solver={value!r}. Set "
        "solver='adam', or remove the callback.",
    ),
    *map(
        _of_lbfgs,
        ("dropout", "input_dropout", "augment", "average", "input_scale", "refit"),
    ),
)


def _facts(params, request, has_checkpoint):
    """Return the conditions of the rules that hold."""
    facts = {name for name in _OPTIONS if _is_on(params.get(name))}
    start, ensemble = request.start, params.get("ensemble", 1)
    checked = {
        "no early_stopping": "early_stopping" not in facts,
        "partial_fit": request.is_partial,
        "X_val": request.has_validation,
        "start": any(values is not None for values in start),
        "intercept_init": start[1] is not None,
        "no intercept": params.get("fit_intercept") is False,
        "balanced": "balanced" in _listed(params.get("class_weight")),
        "Checkpoint": has_checkpoint,
        "ensemble": not (isinstance(ensemble, Integral) and ensemble == 1),
        "repeats": params.get("repeats", 1) != 1,
        "lbfgs": params.get("solver") == "lbfgs",
        "linear": params.get("linear") is not None,
        "warm_start": bool(params.get("warm_start")),
    }
    return facts.union(name for name, holds in checked.items() if holds)


def _is_on(value):
    if isinstance(value, list | tuple):
        return any(value)
    # A callable is on, even if it has a length of 0.
    return value is not None if callable(value) else bool(value)


# Keys of valid parameters, from `_key`. Most calls have the parameters of an earlier
# call.
_VALID: set = set()
_AT_MOST = 1000
# Types whose values are part of a key.
_PLAIN = frozenset({str, int, float, bool, type(None)})


def check_parameters(estimator, request, checkpoint):
    """Raise an error for invalid parameters and invalid combinations.

    Parameters
    ----------
    estimator : estimator
        Estimator to check.
    request : Request
        Arguments of the call.
    checkpoint : Checkpoint or None
        The one among its callbacks.
    """
    circumstances = (
        get_config()["skip_parameter_validation"],
        request.is_partial,
        request.has_validation,
        *(values is not None for values in request.start),
        checkpoint is not None,
    )
    key = type(estimator), circumstances, *_key(estimator)
    if key in _VALID:
        return
    check_each(estimator)
    _check_combination(vars(estimator), request, checkpoint)
    if len(_VALID) >= _AT_MOST:
        _VALID.clear()
    _VALID.add(key)


def _key(estimator):
    """Return a key that determines whether parameters are valid: types and values."""
    values = _values(estimator)
    types = tuple(map(type, values))
    shown = [
        value if kind in _PLAIN else _shown(value)
        for value, kind in zip(values, types, strict=True)
    ]
    return types, tuple(shown)


def _values(estimator):
    """Return the values of all parameters, including those of base classes."""
    return _getter(type(estimator))(estimator)


@cache
def _getter(cls):
    bases = [base for base in cls.__mro__ if issubclass(base, BaseEstimator)]
    names = chain.from_iterable(base._get_param_names() for base in bases)
    return attrgetter(*sorted({*names}))


def settings_of(estimator):
    """Return the current parameters of an estimator.

    Parameters
    ----------
    estimator : estimator
        Estimator with the parameters.

    Returns
    -------
    settings : tuple or None
        Their values, what the lists among them hold, and whether they are to be
        validated. If something inside may be changed without a trace, None.
    """
    values = _values(estimator)
    at = _where_lists_are(tuple(map(type, values)))
    if at is None:
        return None
    inside = tuple(chain.from_iterable([values[i] for i in at]))
    if _where_lists_are(tuple(map(type, inside))) != ():
        return None
    return *values, *inside, get_config()["skip_parameter_validation"]


@lru_cache(1000)
def _where_lists_are(kinds):
    """Return the positions of lists and tuples among types; None for other containers.

    A dict is none of these: the weights of classes in it are read by every call.
    """
    at = [i for i, kind in enumerate(kinds) if issubclass(kind, list | tuple)]
    containers = [kind for kind in kinds if hasattr(kind, "__len__")]
    others = [one for one in containers if not issubclass(one, str | dict)]
    return tuple(at) if len(others) == len(at) else None


def are_same(settings, others):
    """Return whether two results of `settings_of` contain the same objects.

    Parameters
    ----------
    settings, others : tuple or None
        Results of `settings_of`.
    """
    if settings is None or others is None or len(settings) != len(others):
        return False
    return all(map(is_, settings, others))


def _shown(value):
    """Return the numbers and names in a value; None if its type is sufficient."""
    if isinstance(value, list | tuple):
        return tuple((type(one), _plain(one)) for one in value)
    return _plain(value)


def _plain(value):
    return value if isinstance(value, str | Number | np.bool_) else None


def check_each(estimator):
    """Raise an error for an invalid parameter.

    Parameters
    ----------
    estimator : estimator
        Estimator to check.
    """
    constraints = estimator._parameter_constraints
    params = estimator.get_params(deep=False)
    if not get_config()["skip_parameter_validation"]:
        validate_parameter_constraints(constraints, params, type(estimator).__name__)
    for name, value in params.items():
        if name in constraints:
            _check_number(name, value, constraints[name])


def _check_number(name, value, constraints):
    """Raise a ValueError for a number that scikit-learn's validation accepts."""
    if value is True or value is False:
        if "boolean" not in constraints and "verbose" not in constraints:
            raise ValueError(
                f"{name} must be a number, not a bool; got {value}. Pass a number, "
                "or leave the parameter out."
            )
        return
    numbers = value if isinstance(value, list | tuple) else (value,)
    if any(isinstance(x, int) and x.bit_length() > 1023 for x in numbers):
        raise ValueError(
            f"{name} must be below 2**1023; got a larger int. Choose a smaller one."
        )


def _check_combination(params, request, checkpoint):
    """Raise a ValueError for parameters or arguments that cannot be combined."""
    facts = _facts(params, request, checkpoint is not None)
    for rule in RULES:
        if rule.facts <= facts:
            raise ValueError(rule.message.format(value=params.get(rule.name)))


def _listed(class_weight):
    """Return the class weights of all targets."""
    return class_weight if isinstance(class_weight, list) else [class_weight]
