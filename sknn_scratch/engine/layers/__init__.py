"""Layers, each with its forward and backward pass. A network is a chain of layers.

A layer is a frozen dataclass of settings. Its `Pass` holds everything that changes.
"""

from .base import Layer, Shape
from .chain import Chain
from .convolution import Conv2D
from .dense import Dense
from .dropout import Dropout
from .noise import Noise
from .normalization import LayerNorm
from .parallel import Parallel
from .passes import Pass, Place
from .pooling import AveragePool2D, MaxPool2D
from .recurrence import LSTM
from .reshape import Reshape
from .residual import Residual

__all__ = [
    "LAYERS",
    "LSTM",
    "AveragePool2D",
    "Chain",
    "Conv2D",
    "Dense",
    "Dropout",
    "Layer",
    "LayerNorm",
    "MaxPool2D",
    "Noise",
    "Parallel",
    "Pass",
    "Place",
    "Reshape",
    "Residual",
    "Shape",
]

LAYERS: dict[str, type[Layer]] = {
    "dense": Dense,
    "dropout": Dropout,
    "layer_norm": LayerNorm,
    "residual": Residual,
    "parallel": Parallel,
    "chain": Chain,
    "reshape": Reshape,
    "conv_2d": Conv2D,
    "max_pool_2d": MaxPool2D,
    "average_pool_2d": AveragePool2D,
    "lstm": LSTM,
}
