"""What parameters must not be, and what does not go together.

It is said here, before anything is trained. Each rule of the table is a parameter, the
facts that together break it, and a message.
"""

from numbers import Integral
from typing import NamedTuple

# Options that are a fact if they are on.
_OPTIONS = (
    *("early_stopping", "refit", "calibrate", "average"),
    *("dropout", "input_dropout", "augment", "input_scale"),
)


class Rule(NamedTuple):
    """Things that exclude each other.

    Attributes
    ----------
    name : str
        The parameter that is to be changed.
    facts : set of str
        What `_facts` calls them.
    message : str
        What to say; {value} stands for the value of the parameter.
    """

    name: str
    facts: set
    message: str


def _of_lbfgs(name):
    return Rule(
        name,
        {"lbfgs", name},
        f"{name} must not be used with solver='lbfgs', which follows one fixed "
        "objective to its end; got {value}. Choose another solver.",
    )


RULES = (
    Rule(
        "early_stopping",
        {"partial_fit", "early_stopping"},
        "partial_fit does not support early_stopping=True: a single epoch has nothing "
        "to stop. Set early_stopping=False (and calibrate=False), or use fit.",
    ),
    Rule(
        "calibrate",
        {"partial_fit", "calibrate"},
        "partial_fit does not support calibrate=True: it holds no samples out. Set "
        "calibrate=False, or use fit.",
    ),
    Rule(
        "class_weight",
        {"partial_fit", "balanced"},
        "class_weight={value!r} must not be used with partial_fit, which does not see "
        "all samples at once. Pass the weights as a dict; compute_class_weight of "
        "sklearn.utils gives them.",
    ),
    Rule(
        "early_stopping",
        {"X_val", "no early_stopping"},
        "early_stopping must be True where X_val and y_val are given; got {value}. "
        "With n_iter_no_change=inf training continues to the end.",
    ),
    Rule(
        "fit_intercept",
        {"intercept_init", "no intercept"},
        "fit_intercept must be True with intercept_init; got {value}. Set it to True, "
        "or leave intercept_init out.",
    ),
    Rule(
        "refit",
        {"refit", "no early_stopping"},
        "refit must be False without early_stopping; got True. Set "
        "early_stopping=True, or refit=False.",
    ),
    Rule(
        "refit",
        {"refit", "X_val"},
        "refit must be False with X_val, because all samples of X are trained on; got "
        "True. Set refit=False, or leave X_val out.",
    ),
    Rule(
        "refit",
        {"refit", "Checkpoint"},
        "refit must be False with a Checkpoint, which saves one training; got True. "
        "Set refit=False, or remove the callback.",
    ),
    Rule(
        "calibrate",
        {"calibrate", "no early_stopping"},
        "calibrate must be False without early_stopping, which holds out the samples "
        "it needs; got True. Set early_stopping=True, with n_iter_no_change=inf if "
        "training is to last until max_iter.",
    ),
    Rule(
        "ensemble",
        {"ensemble", "start"},
        "ensemble must be 1 with coefs_init or intercepts_init, which are for a single "
        "network; got {value}. Set ensemble=1, or leave them out.",
    ),
    Rule(
        "ensemble",
        {"ensemble", "Checkpoint"},
        "ensemble must be 1 with a Checkpoint, which saves one training; got {value}. "
        "Set ensemble=1, or remove the callback.",
    ),
    Rule(
        "solver",
        {"lbfgs", "Checkpoint"},
        "solver must be a stochastic one with a Checkpoint among the callbacks; got "
        "{value!r}, whose search cannot be saved. Choose 'adam', or remove the "
        "callback.",
    ),
    *map(
        _of_lbfgs,
        ("dropout", "input_dropout", "augment", "average", "input_scale", "refit"),
    ),
)


def _facts(params, request, has_checkpoint):
    """Return what is the case, of all that the rules name."""
    facts = {name for name in _OPTIONS if _is_on(params.get(name))}
    start, ensemble = request.start, params.get("ensemble", 1)
    checked = {
        "no early_stopping": "early_stopping" not in facts,
        "partial_fit": request.is_partial,
        "X_val": request.has_validation,
        "start": any(values is not None for values in start),
        "intercept_init": start[1] is not None,
        "no intercept": params.get("fit_intercept") is False,
        "balanced": isinstance(params.get("class_weight"), str),
        "Checkpoint": has_checkpoint,
        "ensemble": not (isinstance(ensemble, Integral) and ensemble == 1),
        "lbfgs": params.get("solver") == "lbfgs",
    }
    return facts.union(name for name, holds in checked.items() if holds)


def _is_on(value):
    return any(value) if isinstance(value, list | tuple) else bool(value)


def check_numbers(estimator):
    """Raise a ValueError for a number that scikit-learn's validation lets pass.

    Parameters
    ----------
    estimator : estimator
        With parameters that scikit-learn has validated.
    """
    for name, constraints in estimator._parameter_constraints.items():
        value = getattr(estimator, name)
        if value is None or type(value) in (float, str):
            continue
        if value is True or value is False:
            if "boolean" not in constraints and "verbose" not in constraints:
                raise ValueError(
                    f"{name} must be a number, not a bool; got {value}. Pass a number, "
                    "or leave the parameter out."
                )
            continue
        numbers = value if isinstance(value, (list, tuple)) else (value,)
        if any(isinstance(x, int) and x.bit_length() > 1023 for x in numbers):
            raise ValueError(
                f"{name} must be below 2**1023; got a larger int. Choose a smaller one."
            )


def check_combination(estimator, request, checkpoint):
    """Raise a ValueError for parameters or arguments that exclude each other.

    Parameters
    ----------
    estimator : estimator
        With valid parameters.
    request : Request
        What it is fitted to.
    checkpoint : Checkpoint or None
        The one among its callbacks.
    """
    params = vars(estimator)
    facts = _facts(params, request, checkpoint is not None)
    for rule in RULES:
        if rule.facts <= facts:
            raise ValueError(rule.message.format(value=params.get(rule.name)))
