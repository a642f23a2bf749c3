"""scikit-learn compatible neural networks, written from scratch in NumPy."""

from ._convert import from_sklearn
from ._mlp_classifier import MLPScratchClassifier
from ._mlp_regressor import MLPScratchRegressor
from ._perceptron import PerceptronClassifier
from ._version import __version__ as __version__

__all__ = [
    "MLPScratchClassifier",
    "MLPScratchRegressor",
    "PerceptronClassifier",
    "from_sklearn",
]
