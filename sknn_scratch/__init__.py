"""scikit-learn compatible neural networks, written from scratch in NumPy."""

from ._mlp import MLPScratchClassifier, MLPScratchRegressor
from ._perceptron import PerceptronClassifier

__version__ = "0.1.0"

__all__ = ["MLPScratchClassifier", "MLPScratchRegressor", "PerceptronClassifier"]
