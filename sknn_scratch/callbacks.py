"""Callbacks for the estimators, in addition to those of scikit-learn.

The estimators support the callbacks of scikit-learn 1.9 and newer, which are set with
``set_callbacks``. Each epoch, or iteration of L-BFGS, is a subtask of the fit.
"""

from ._live_plot import LiveLossPlot
from .listeners._checkpoint import Checkpoint
from .listeners._history import WeightHistory

__all__ = ["Checkpoint", "LiveLossPlot", "WeightHistory"]
