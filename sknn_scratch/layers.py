"""Layers and activations for the parameter `hidden_layer_sizes`.

An int in `hidden_layer_sizes` is a dense layer with the estimator's `activation` and
`dropout`. The layers of this module can be combined with ints, and layers that contain
other layers may contain ints:
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
