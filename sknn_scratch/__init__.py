"""scikit-learn compatible neural networks, written from scratch in NumPy."""

from ._mlp_classifier import MLPScratchClassifier
from ._mlp_regressor import MLPScratchRegressor
from ._perceptron import PerceptronClassifier

__version__ = "0.1.0"

__all__ = ["MLPScratchClassifier", "MLPScratchRegressor", "PerceptronClassifier"]
