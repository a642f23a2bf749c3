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
    LSTM,
    AveragePool2D,
    Chain,
    Conv2D,
    Dense,
    Dropout,
    Layer,
    LayerNorm,
    MaxPool2D,
    Parallel,
    Pass,
    Reshape,
    Residual,
)

__all__ = [
    "ELU",
    "GELU",
    "LSTM",
    "SELU",
    "Activation",
    "AveragePool2D",
    "Chain",
    "Conv2D",
    "Dense",
    "Dropout",
    "Identity",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Logistic",
    "MaxPool2D",
    "Mish",
    "Parallel",
    "Pass",
    "Relu",
    "Reshape",
    "Residual",
    "SiLU",
    "Softplus",
    "Tanh",
]
