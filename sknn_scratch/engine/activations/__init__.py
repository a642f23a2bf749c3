"""Activation functions.

If the derivative can be computed from the value, the backward pass needs the output
only. Other activations set `needs_cache`, and get an array for what they need.
"""

from .base import Activation, Identity
from .piecewise import ELU, SELU, LeakyReLU, Relu
from .sigmoid import Logistic, Tanh
from .smooth import GELU, Mish, SiLU, Softplus

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Identity",
    "LeakyReLU",
    "Logistic",
    "Mish",
    "Relu",
    "SiLU",
    "Softplus",
    "Tanh",
]

ACTIVATIONS: dict[str, type[Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": Relu,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "softplus": Softplus,
    "gelu": GELU,
    "silu": SiLU,
    "mish": Mish,
}
