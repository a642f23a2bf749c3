"""Losses and activations that are called on plain arrays, to study them."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import erf, expit, gammaln, log_softmax, softmax, xlogy
from scipy.stats import norm

from sknn_scratch.engine.activations import ACTIVATIONS, LeakyReLU
from sknn_scratch.engine.losses import (
    LOSSES,
    BinaryLogLoss,
    Gaussian,
    JointLoss,
    LogLoss,
    Perceptron,
    Quantile,
    ResidualLoss,
    SquaredError,
)

MASKED = np.ma.array([1.0, 2.0], mask=[True, False])
Z = np.array([[-3.0, -0.5, 0.0], [0.25, 1.5, 4.0]])
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
FORMULAS = {
    "identity": lambda z: z,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "selu": lambda z: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * (np.exp(z) - 1)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "gelu": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
    "silu": lambda z: z / (1 + np.exp(-z)),
    "mish": lambda z: z * np.tanh(np.log(1 + np.exp(z))),
}

RAW = np.array([[-1.5, 0.25, 2.0], [0.5, 0.75, -1.0]])
NUMBERS = np.array([[1.0, 2.0, 5.0], [0.5, 3.0, 1.0]])
COUNTS = np.array([[1.0, 0.0, 5.0], [0.0, 3.0, 1.0]])
YES_OR_NO = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
CLASSES = np.array([2, 0])
ONE_HOT = np.eye(3)[CLASSES]


def of_true_class(values):
    return values[[0, 1], CLASSES]


def poisson_deviance(y, raw):
    return xlogy(y, y / np.exp(raw)) - y + np.exp(raw)


def cumulative(raw):
    """Probabilities of three ordered classes: the two thresholds are symmetric."""
    middle, gap = raw[:, 0] - raw[:, 1], np.logaddexp(0, raw[:, 2])
    above = expit(np.column_stack([middle + gap / 2, middle - gap / 2]))
    return np.column_stack([1 - above[:, 0], above[:, 0] - above[:, 1], above[:, 1]])


P, P_YES = softmax(RAW, axis=1), expit(RAW)
WRONG = np.where(ONE_HOT == 1, -np.inf, RAW).max(axis=1)
LOG_P_OF_Y = np.log(np.where(YES_OR_NO == 1, P_YES, 1 - P_YES))
ERRORS = RAW - NUMBERS
# The target of each loss, and the losses of the two samples by its textbook formula.
ORACLES = {
    "squared_error": (NUMBERS, (ERRORS**2 / 2).sum(axis=1)),
    "absolute_error": (NUMBERS, np.abs(ERRORS).sum(axis=1)),
    "huber": (
        NUMBERS,
        np.where(np.abs(ERRORS) < 1, ERRORS**2 / 2, np.abs(ERRORS) - 0.5).sum(axis=1),
    ),
    "quantile": (NUMBERS, (np.abs(ERRORS) / 2).sum(axis=1)),
    "poisson": (COUNTS, poisson_deviance(COUNTS, RAW).sum(axis=1)),
    "gamma": (
        NUMBERS,
        (NUMBERS / np.exp(RAW) - np.log(NUMBERS / np.exp(RAW)) - 1).sum(axis=1),
    ),
    "binary_log_loss": (YES_OR_NO, -LOG_P_OF_Y.sum(axis=1)),
    "log_loss": (ONE_HOT, -of_true_class(log_softmax(RAW, axis=1))),
    "binary_brier": (YES_OR_NO, ((P_YES - YES_OR_NO) ** 2 / 2).sum(axis=1)),
    "brier": (ONE_HOT, ((P - ONE_HOT) ** 2 / 2).sum(axis=1)),
    "binary_focal": (
        YES_OR_NO,
        -((1 - np.exp(LOG_P_OF_Y)) ** 2 * LOG_P_OF_Y).sum(axis=1),
    ),
    "focal": (ONE_HOT, -((1 - of_true_class(P)) ** 2) * np.log(of_true_class(P))),
    "ordinal": (ONE_HOT, -np.log(of_true_class(cumulative(RAW)))),
    "perceptron": (ONE_HOT, np.maximum(WRONG - of_true_class(RAW), 0)),
    "hinge": (ONE_HOT, np.maximum(WRONG + 1 - of_true_class(RAW), 0)),
}


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_an_activation_is_a_function_of_an_array(name):
    activation, z = ACTIVATIONS[name](), Z.copy()
    value, derivative = activation(z), activation.derivative(z)
    np.testing.assert_allclose(value, FORMULAS[name](Z), rtol=1e-12, atol=1e-15)
    h, formula = 1e-6, FORMULAS[name]
    numeric = (formula(Z + h) - formula(Z - h)) / (2 * h)
    no_kink = Z != 0
    np.testing.assert_allclose(derivative[no_kink], numeric[no_kink], atol=1e-8)
    np.testing.assert_array_equal(z, Z)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@pytest.mark.parametrize("values", [2, [], [1, -1], [[[1.0]], [[-2.0]]]])
def test_an_activation_takes_arrays_of_any_shape(name, values):
    activation = ACTIVATIONS[name]()
    expected = FORMULAS[name](np.asarray(values, float))
    for result in (activation(values), activation.derivative(values)):
        assert result.shape == np.shape(values)
    np.testing.assert_allclose(activation(values), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_loss_is_a_function_of_targets_and_raw_outputs(name):
    loss, raw = LOSSES[name](), RAW
    if name == "gaussian":
        log_variances = np.array([[0.5, -1.0, 0.0], [2.0, 0.25, 1.0]])
        raw, y = np.hstack([RAW, log_variances]), NUMBERS
        density = norm(RAW, np.exp(log_variances / 2)).logpdf(NUMBERS)
        expected = -density.sum(axis=1)
    else:
        y, expected = ORACLES[name]
    raw_before, y_before = raw.copy(), y.copy()
    np.testing.assert_allclose(loss(y, raw), expected, rtol=1e-12)
    np.testing.assert_array_equal(raw, raw_before)
    np.testing.assert_array_equal(y, y_before)
    gradient = loss.gradient(y, raw)
    for k in range(raw.shape[1]):
        step = 1e-6 * (np.arange(raw.shape[1]) == k)
        numeric = (loss(y, raw + step) - loss(y, raw - step)) / 2e-6
        np.testing.assert_allclose(gradient[:, k], numeric, atol=1e-7)


def test_likelihoods_of_one_output():
    """Three losses are negative log-likelihoods, up to a constant."""
    y, raw = np.array([0.0, 1.0, 1.0]), np.array([0.3, -2.0, 1.5])
    gaussian = -norm(raw, 1).logpdf(y) - np.log(2 * np.pi) / 2
    np.testing.assert_allclose(SquaredError()(y, raw), gaussian)
    bernoulli = -np.log(np.where(y == 1, expit(raw), 1 - expit(raw)))
    np.testing.assert_allclose(BinaryLogLoss()(y, raw), bernoulli)
    counts = np.array([0.0, 3.0, 1.0])
    poisson = np.exp(raw) - counts * raw + gammaln(counts + 1)
    constant = counts - xlogy(counts, counts) + gammaln(counts + 1)
    np.testing.assert_allclose(LOSSES["poisson"]()(counts, raw) + constant, poisson)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.float16])
def test_float32_is_kept_and_all_else_is_float64(dtype):
    values = np.array([1, -2], dtype)
    expected = np.float32 if dtype == np.float32 else np.float64
    loss = SquaredError()
    for result in (loss(0, values), loss.gradient(0, values), LeakyReLU()(values)):
        assert result.dtype == expected


def test_a_float_is_the_target_of_all_samples():
    assert SquaredError()(1, [1, 3]).tolist() == [0, 2]
    assert SquaredError()(1, [[1, 3]]).tolist() == [2]
    assert Gaussian()(0.0, [[0, 0]]).shape == (1,)
    assert SquaredError().gradient([2], 5).shape == ()


def test_a_loss_with_several_raw_outputs_per_target_or_several_targets():
    quantiles = Quantile([0.1, 0.5, 0.9])
    # Quantiles 1 - log 2, 1 and 1 + log 2 of a target of 2.
    low, high = 2 - (1 - np.log(2)), 2 - (1 + np.log(2))
    expected = 0.1 * low + 0.5 * 1 + 0.9 * high
    np.testing.assert_allclose(quantiles([2.0], [[0.0, 1.0, 0.0]]), [expected])
    joint = JointLoss((LogLoss(), BinaryLogLoss()), (3, 1))
    np.testing.assert_allclose(joint([[1, 0, 0, 1]], [[0, 0, 0, 0]]), np.log(6))
    with pytest.raises(ValueError, match="y must have 4 columns, those of all targets"):
        joint([[1, 0, 0]], [[0, 0, 0]])
    with pytest.raises(ValueError, match="The rows of y must sum to 1 for LogLoss"):
        joint([[1, 1, 0, 1]], [[0, 0, 0, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", [3, 4, 8, 16])
def test_the_result_of_a_sample_does_not_depend_on_the_others(n_classes, dtype):
    """NumPy negates columns of some widths incorrectly: see `kernels.negate`."""
    rng = np.random.default_rng(0)
    y = np.eye(n_classes)[rng.integers(n_classes, size=9)]
    raw = rng.normal(size=y.shape).astype(dtype)
    y_joint, raw_joint = np.hstack([y, y + 1]), np.hstack([raw, raw])
    joint = JointLoss((LOSSES["ordinal"](), LOSSES["gamma"]()), (n_classes,) * 2)
    one_column = JointLoss((LOSSES["gamma"](), SquaredError()), (1, n_classes - 1))
    for loss, y_all, raw_all in (
        (LOSSES["ordinal"](), y, raw),
        (joint, y_joint, raw_joint),
        (one_column, y + 1, raw),
    ):
        pairs = list(zip(y_all[:, None], raw_all[:, None], strict=True))
        losses = np.hstack([loss(*pair) for pair in pairs])
        np.testing.assert_allclose(loss(y_all, raw_all), losses, rtol=1e-4)
        gradient = np.vstack([loss.gradient(*pair) for pair in pairs])
        np.testing.assert_allclose(
            loss.gradient(y_all, raw_all), gradient, rtol=1e-4, atol=1e-5
        )


def test_a_loss_of_your_own_can_be_called():
    class LogCosh(ResidualLoss):
        def evaluate(self, raw, y, losses, workspace):
            raw -= y
            losses[:] = np.log(np.cosh(raw)).sum(axis=1)
            np.tanh(raw, out=raw)

    np.testing.assert_allclose(LogCosh()([1.0], [3.0]), np.log(np.cosh(2)))
    np.testing.assert_allclose(LogCosh().gradient([1.0], [3.0]), np.tanh(2))


@pytest.mark.parametrize(
    ("loss", "y", "raw", "error", "message"),
    [
        (SquaredError(), ["a"], [1.0], TypeError, "y must be real numbers; got an arr"),
        (SquaredError(), [1.0], [1j], TypeError, "raw must be real numbers; got an ar"),
        (SquaredError(), [1.0], [np.nan], ValueError, "raw must be finite in flo"),
        (SquaredError(), [np.inf], [1.0], ValueError, "y must be finite in float64"),
        (SquaredError(), 1e99, np.ones(1, "f4"), ValueError, "y must be finite in flo"),
        (SquaredError(), 1, sparse.eye(2), TypeError, "raw must be a dense array; got"),
        (SquaredError(), MASKED, [1, 2], ValueError, "no masked values; got 1 of them"),
        (SquaredError(), [1, 2], [1], ValueError, r"1 column for each column of y; g"),
        (SquaredError(), [[[1]]], [1], ValueError, r"got raw of shape \(1, 1\) and y"),
        (SquaredError(), 1, np.ones((2, 0)), ValueError, r"got raw of shape \(2, 0\)"),
        (Gaussian(), [1, 2], [1, 2], ValueError, "and 2 columns for each column of y"),
        (LOSSES["gamma"](), [0.0], [1.0], ValueError, "y must be > 0 for loss='gamma'"),
        (Perceptron(), [-1, 1], [1, 2], ValueError, r"y must be in \[0, 1\] for Perce"),
        (LogLoss(), [1.0], [1.0], ValueError, "Use BinaryLogLoss for two classes"),
        (LogLoss(), [[1, 1]], [[1, 2]], ValueError, "y must sum to 1 for LogLoss; got"),
    ],
)
def test_arguments_of_losses_are_checked(loss, y, raw, error, message):
    with pytest.raises(error, match=message):
        loss(y, raw)
    with pytest.raises(error, match=message):
        loss.gradient(y, raw)


def test_arguments_of_activations_are_checked():
    with pytest.raises(TypeError, match="z must be real numbers; got an array of dty"):
        LeakyReLU()("a")
    with pytest.raises(TypeError, match="z must be a dense array; got a sparse one"):
        LeakyReLU().derivative(sparse.eye(2))
    with pytest.raises(ValueError, match="z must have no masked values; got 1 of them"):
        LeakyReLU()(MASKED)


@pytest.mark.parametrize("loss", [Quantile([0.1, 0.5]), Gaussian()], ids=repr)
def test_a_loss_of_no_samples_is_empty(loss):
    assert loss([], np.ones((0, 2))).shape == (0,)
    assert loss.gradient([], np.ones((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("losses", "sizes"), [((), ()), ((LogLoss(),), (2, 1)), ((Gaussian(),), (1,))]
)
def test_arguments_of_a_joint_loss_are_checked(losses, sizes):
    with pytest.raises(ValueError, match="losses must have one raw output per column"):
        JointLoss(losses, sizes)
