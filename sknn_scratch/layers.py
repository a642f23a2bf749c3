"""Layers, for `hidden_layer_sizes`: what a network is a chain of.

A number in `hidden_layer_sizes` is a dense layer with the estimator's `activation` and
`dropout`. The layers here stand beside numbers, and may have numbers inside:
``hidden_layer_sizes=[Residual([64, 64]), LayerNorm(), 32]``.
"""

from .engine.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    Identity,
    LeakyReLU,
    Logistic,
    Mish,
    Relu,
    SiLU,
    Softplus,
    Tanh,
)
from .engine.layers import (
    Chain,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    Parallel,
    Pass,
    Residual,
)

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Chain",
    "Dense",
    "Dropout",
    "Identity",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Logistic",
    "Mish",
    "Parallel",
    "Pass",
    "Relu",
    "Residual",
    "SiLU",
    "Softplus",
    "Tanh",
]
