"""Loss functions of the raw outputs (logits), with their gradients.

A loss takes raw outputs, before the output activation, and applies the activation
itself. So its value and gradient are consistent for any raw output. A loss of clipped
probabilities is not, for raw outputs beyond about ±36 in float64.
"""

from .base import Loss
from .joint import JointLoss
from .of_classes import (
    BinaryBrier,
    BinaryFocal,
    BinaryLogLoss,
    Brier,
    Focal,
    Hinge,
    LogLoss,
    Perceptron,
)
from .of_distributions import Gamma, Gaussian, LogLinkLoss, Poisson
from .of_errors import AbsoluteError, Huber, Quantile, ResidualLoss, SquaredError
from .of_ordered_classes import Ordinal
from .of_quantiles import Quantiles

__all__ = [
    "LOSSES",
    "AbsoluteError",
    "BinaryBrier",
    "BinaryFocal",
    "BinaryLogLoss",
    "Brier",
    "Focal",
    "Gamma",
    "Gaussian",
    "Hinge",
    "Huber",
    "JointLoss",
    "LogLinkLoss",
    "LogLoss",
    "Loss",
    "Ordinal",
    "Perceptron",
    "Poisson",
    "Quantile",
    "Quantiles",
    "ResidualLoss",
    "SquaredError",
]

LOSSES: dict[str, type[Loss]] = {
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "quantile": Quantile,
    "poisson": Poisson,
    "gamma": Gamma,
    "gaussian": Gaussian,
    "binary_log_loss": BinaryLogLoss,
    "log_loss": LogLoss,
    "binary_brier": BinaryBrier,
    "brier": Brier,
    "binary_focal": BinaryFocal,
    "focal": Focal,
    "ordinal": Ordinal,
    "perceptron": Perceptron,
    "hinge": Hinge,
}
