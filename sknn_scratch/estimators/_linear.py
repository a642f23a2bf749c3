"""A linear model that is averaged with the networks."""

import numpy as np
from scipy.optimize import minimize_scalar

from ..engine.objective import mean_loss
from ._model import shallow_copy

# Parameters of the linear model. Early stopping of L-BFGS, which starts from zeros,
# regularizes it.
_SETTINGS = {
    "hidden_layer_sizes": (),
    "activation": "identity",  # there is no hidden layer
    "solver": "lbfgs",
    "output_init": "zeros",
    "dropout": 0.0,
    "input_dropout": 0.0,
    "augment": None,
    "average": False,
    "input_scale": None,
    "layer_rates": "constant",
    "clip_norm": None,
    "n_iter_no_change": 10,
    "max_iter": 300,
}
# Penalty on a weight w: this factor times w² / n_samples times the loss of a constant.
_COST = 40.0
# Smaller weights are set to 0.
_SMALLEST = 0.01


def linear_twin(estimator):
    """Return an estimator with the parameters for the linear model."""
    twin = shallow_copy(estimator)
    vars(twin).update(_SETTINGS)
    return twin


def mean_outputs(trained, raws):
    """Return the mean raw outputs of the networks, and those of the linear models."""
    means = []
    for is_linear in (False, True):
        own = [
            raw
            for one, raw in zip(trained, raws, strict=True)
            if one.is_linear is is_linear
        ]
        means.append(np.mean(own, axis=0))
    return means


def with_linear(trained, weight):
    """Return networks and linear models with their weights in the average.

    Parameters
    ----------
    trained : list of Trained
        The networks and the linear models.
    weight : float in (0, 1]
        The sum of the weights of the linear models.
    """
    n_linear = sum(one.is_linear for one in trained)
    of_linear, of_network = weight / n_linear, (1 - weight) / (len(trained) - n_linear)
    return [
        one._replace(weight=of_linear if one.is_linear else of_network)
        for one in trained
    ]


def weight_of_linear(loss, batches, sample_weight, divisor_of=None):
    """Return the weight of a linear model with the lowest loss on the validation set.

    The weight w minimizes the mean loss of (1 − w) networks + w linear model, plus
    40 w² / n_samples times the loss of the best constant (of the networks, for a loss
    without `best_constant`), so that a small validation set does not decide for the
    linear model by chance.

    Parameters
    ----------
    loss : Loss
        Loss to minimize.
    batches : list of tuple (networks, linear, y)
        Mean raw outputs of the networks and those of the linear model, of shape
        (n_rows, n_raw), and targets of shape (n_rows, n_outputs).
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the samples.
    divisor_of : callable or None, default=None
        Function of a function that returns batches (raw, y), and of sample weights;
        returns what the raw outputs are divided by.

    Returns
    -------
    weight : float in [0, 1]
        The weight of the linear model.
    """
    y = np.concatenate([y for _, _, y in batches])

    def mixed(weight):
        for networks, linear, targets in batches:
            kind = networks.dtype.type
            yield networks * kind(1 - weight) + linear * kind(weight), targets

    def loss_of(weight):
        divisor = (
            divisor_of(lambda: mixed(weight), sample_weight) if divisor_of else 1.0
        )
        divided = (
            (np.asfortranarray(raw / raw.dtype.type(divisor)), targets)
            for raw, targets in mixed(weight)
        )
        return mean_loss(loss, divided, sample_weight)

    def cost(weight):
        return loss_of(weight) + _COST / len(y) * abs(bound) * weight**2

    with np.errstate(all="ignore"):
        bound = _loss_of_constant(loss, y, sample_weight)
        bound = loss_of(0.0) if bound is None else bound
        found = minimize_scalar(
            cost, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-2}
        )
        is_better = found.x >= _SMALLEST and found.fun < cost(0.0)
    return float(found.x) if is_better else 0.0


def _loss_of_constant(loss, y, sample_weight):
    """Return the mean loss of the best constant prediction; None if it is unknown."""
    if loss.for_classification:  # the best constant depends on the mean only
        constant = loss.best_constant(np.average(y, 0, sample_weight)[None])
    else:
        constant = loss.best_constant(y, sample_weight)
    if constant is None:
        return None
    constant = np.tile(constant.astype(y.dtype), (len(y), 1))
    return mean_loss(loss, [(constant, y)], sample_weight)
