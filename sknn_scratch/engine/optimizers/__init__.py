"""Optimizers: update rules for the parameters.

An optimizer consists of its settings only. Values that change from step to step are in
a state, which `init` creates. So settings can be compared, cloned and searched, and
states copied and pickled. The vectors of a state have the length of the parameters.
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
