"""scikit-learn compatible neural networks, written from scratch in NumPy."""

from ._convert import from_sklearn
from ._convert_back import to_sklearn
from ._version import __version__ as __version__
from .estimators._mlp_classifier import MLPScratchClassifier
from .estimators._mlp_regressor import MLPScratchRegressor
from .estimators._perceptron import PerceptronClassifier

__all__ = [
    "MLPScratchClassifier",
    "MLPScratchRegressor",
    "PerceptronClassifier",
    "from_sklearn",
    "to_sklearn",
]
