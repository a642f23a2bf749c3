"""Layers, each with its forward and backward pass: a network is a chain of them.

A layer is a frozen dataclass of settings. While it works, what changes is in a `Pass`.
"""

from .base import Layer, Shape
from .chain import Chain
from .dense import Dense
from .dropout import Dropout
from .noise import Noise
from .normalization import LayerNorm
from .parallel import Parallel
from .passes import Pass, Place
from .residual import Residual

__all__ = [
    "LAYERS",
    "Chain",
    "Dense",
    "Dropout",
    "Layer",
    "LayerNorm",
    "Noise",
    "Parallel",
    "Pass",
    "Place",
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
}
