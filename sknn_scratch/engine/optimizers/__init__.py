"""Optimizers: how a gradient moves the parameters.

An optimizer is only its settings. What it remembers from step to step lives in a
state that `init` makes, so settings can be compared, cloned and searched, and a
state copied and pickled. Its vectors are as long as the parameters.
"""

from .adam import Adam, AdamState, AdamW, Nadam, NadamState
from .base import Optimizer
from .rmsprop import RMSprop, RMSpropState
from .sgd import SGD, SGDState

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamState",
    "AdamW",
    "Nadam",
    "NadamState",
    "Optimizer",
    "RMSprop",
    "RMSpropState",
    "SGDState",
]

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
    "nadam": Nadam,
    "rmsprop": RMSprop,
}
