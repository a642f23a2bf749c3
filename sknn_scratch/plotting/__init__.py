"""Plots of networks and of their training, in the style of scikit-learn's displays.

They need matplotlib, which is imported when something is drawn.
"""

from ._activation import ActivationDisplay
from ._curves import LearningRateDisplay, LossCurveDisplay
from ._evolution import DecisionEvolutionDisplay
from ._network import NetworkDisplay
from ._weights import WeightsDisplay

__all__ = [
    "ActivationDisplay",
    "DecisionEvolutionDisplay",
    "LearningRateDisplay",
    "LossCurveDisplay",
    "NetworkDisplay",
    "WeightsDisplay",
]
