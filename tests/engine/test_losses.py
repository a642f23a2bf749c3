import numpy as np
import pytest
from scipy.special import expit, softmax
from scipy.stats import norm
from sklearn import metrics

from sknn_scratch.engine.losses import (
    LOSSES,
    BinaryBrier,
    Focal,
    Huber,
    JointLoss,
    LogLoss,
    Loss,
    Ordinal,
    Quantile,
    SquaredError,
)

DTYPES = [np.float32, np.float64]
NUMBERS = {name for name, loss in LOSSES.items() if not loss.for_classification}
YES_OR_NO = {"binary_log_loss", "binary_brier", "binary_focal"}
ONE_OUTPUT = {*NUMBERS, *YES_OR_NO, "perceptron", "hinge"}
SEVERAL = {*ONE_OUTPUT, "log_loss", "brier", "focal", "ordinal"}
CASES = [
    *((name, 1) for name in sorted(ONE_OUTPUT)),
    *((name, 4) for name in sorted(SEVERAL)),
]


def target(name, n_outputs, n_samples=6, dtype=np.float64):
    """Return a target that the loss is defined for, in the layout of training."""
    rng = np.random.default_rng(3)
    if name in NUMBERS:
        y = rng.poisson(2.0, (n_samples, n_outputs)) + (name == "gamma")
    elif name in YES_OR_NO or n_outputs == 1:
        y = rng.integers(0, 2, (n_samples, n_outputs))
    else:
        y = np.eye(n_outputs)[rng.integers(0, n_outputs, n_samples)]
    return np.asfortranarray(y, dtype)


def evaluate(name, raw, y):
    """Return the losses and the gradient; raw and y stay as they are."""
    gradient = np.array(raw, order="F")
    losses = np.full(len(raw), np.nan, raw.dtype)
    loss = name if isinstance(name, Loss) else LOSSES[name]()
    loss.evaluate(gradient, y, losses, np.full_like(gradient, np.nan))
    return losses, gradient


def predict(name, raw):
    raw = raw.copy()
    LOSSES[name]().predict(raw)
    return raw


def test_every_loss_is_tested():
    assert {name for name, _ in CASES} == set(LOSSES)


@pytest.mark.parametrize(("name", "n_outputs"), CASES)
def test_gradient_is_that_of_the_loss(name, n_outputs):
    y = target(name, n_outputs)
    n_raw = n_outputs * LOSSES[name].raw_per_target
    raw = np.random.default_rng(0).normal(scale=2, size=(len(y), n_raw))
    _, gradient = evaluate(name, raw, y)
    h = 1e-6
    for k in range(n_raw):
        step = h * (np.arange(n_raw) == k)
        plus, minus = evaluate(name, raw + step, y)[0], evaluate(name, raw - step, y)[0]
        np.testing.assert_allclose(
            gradient[:, k], (plus - minus) / (2 * h), rtol=1e-7, atol=1e-7
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "n_outputs"), CASES)
def test_extreme_raw_outputs_stay_finite(name, n_outputs, dtype):
    y = target(name, n_outputs, 200, dtype)
    shape = len(y), n_outputs * LOSSES[name].raw_per_target
    raw = np.random.default_rng(1).choice([-1e4, -1.0, 1.0, 1e4], shape).astype(dtype)
    with np.errstate(all="raise", under="ignore"):
        losses, gradient = evaluate(name, raw, y)
        assert np.isfinite(losses.sum())
        assert np.isfinite(gradient).all()
        assert np.isfinite(predict(name, raw)).all()
    if name != "gaussian":  # a density may be larger than 1
        assert (losses >= -1e-6 * np.abs(raw).max()).all()


@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
def test_value_and_gradient_agree_beyond_where_probabilities_round(name):
    raw = np.array([[40.0, 0.0]])
    y = np.array([[0.0, 1.0]])
    losses, gradient = evaluate(name, raw, y)
    # Clipped probabilities would give 36 and a gradient that is not its derivative.
    expected = 40.0 if name == "log_loss" else 40.0 + np.log(2)
    np.testing.assert_allclose(losses, expected)
    np.testing.assert_allclose(gradient[0, 0], 1.0)


def test_losses_agree_with_metrics_of_sklearn():
    rng = np.random.default_rng(5)
    raw, raw_1 = rng.normal(scale=3, size=(50, 4)), rng.normal(size=(50, 1))
    classes = rng.integers(0, 4, 50)
    one_hot = np.eye(4)[classes]
    counts = rng.poisson(3.0, (50, 1)).astype(float)
    binary = rng.integers(0, 2, (50, 1)).astype(float)
    for name, scores, y, expected in [
        ("log_loss", raw, one_hot, metrics.log_loss(classes, softmax(raw, axis=1))),
        ("binary_log_loss", raw_1, binary, metrics.log_loss(binary, expit(raw_1))),
        ("hinge", raw, one_hot, metrics.hinge_loss(classes, raw)),
        ("hinge", raw_1, binary, metrics.hinge_loss(binary.ravel(), raw_1.ravel())),
        ("squared_error", raw_1, counts, metrics.mean_squared_error(counts, raw_1) / 2),
        (
            "poisson",
            raw_1,
            counts,
            metrics.mean_poisson_deviance(counts, np.exp(raw_1)) / 2,
        ),
        (
            "gamma",
            raw_1,
            counts + 1,
            metrics.mean_gamma_deviance(counts + 1, np.exp(raw_1)) / 2,
        ),
        ("absolute_error", raw_1, counts, metrics.mean_absolute_error(counts, raw_1)),
        (
            "quantile",
            raw_1,
            counts,
            metrics.mean_pinball_loss(counts, raw_1, alpha=0.5),
        ),
        (
            "binary_brier",
            raw_1,
            binary,
            metrics.brier_score_loss(binary.ravel(), expit(raw_1).ravel()) / 2,
        ),
        ("brier", raw, one_hot, ((softmax(raw, axis=1) - one_hot) ** 2).sum() / 100),
    ]:
        np.testing.assert_allclose(evaluate(name, scores, y)[0].mean(), expected)


def test_predictions_are_those_of_the_output_activation():
    raw = np.array([[np.log(3.0), 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(predict("log_loss", raw), [[0.75, 0.25], [0.5, 0.5]])
    np.testing.assert_allclose(
        predict("binary_log_loss", raw), [[0.75, 0.5], [0.5, 0.5]]
    )
    np.testing.assert_allclose(predict("poisson", raw), [[3.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(predict("squared_error", raw), raw)


def test_perceptron_moves_truth_and_winner_only_on_a_mistake():
    raw = np.array([[3.0, 1.0, 2.0], [3.0, 1.0, 2.0]])
    y = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    losses, gradient = evaluate("perceptron", raw, y)
    np.testing.assert_allclose(losses, [0, 2])
    np.testing.assert_allclose(gradient, [[0, 0, 0], [1, -1, 0]])


def test_perceptron_shares_the_step_between_tied_winners():
    _, gradient = evaluate("perceptron", np.zeros((1, 4)), np.eye(4)[:1])
    np.testing.assert_allclose(gradient, [[-0.75, 0.25, 0.25, 0.25]])
    _, gradient = evaluate("perceptron", np.zeros((2, 1)), np.array([[0.0], [1.0]]))
    np.testing.assert_allclose(gradient, [[0.5], [-0.5]])


def test_poisson_refuses_negative_counts():
    with pytest.raises(ValueError, match=r"y must be >= 0 .* got a minimum of -1"):
        LOSSES["poisson"]().check_target(np.array([[2.0, -1.0]]))


def test_poisson_near_its_minimum_does_not_cancel_in_float32():
    y = np.array([[1e4], [1e6]], np.float32)
    raw = np.log(1.001 * y.astype(float)).astype(np.float32)
    exact = y * (
        np.expm1(raw - np.log(y.astype(float))) - (raw - np.log(y.astype(float)))
    )
    losses, _ = evaluate("poisson", raw, y)
    np.testing.assert_allclose(losses, exact[:, 0], rtol=0.02)


def test_huber_and_quantile_match_hand_calculations():
    y = np.zeros((4, 1))
    raw = np.array([[-5.0], [-1.0], [2.0], [6.0]])
    losses, gradient = evaluate(Huber(delta=2.0), raw, y)
    np.testing.assert_allclose(losses, [2 * (5 - 1), 0.5, 2, 2 * (6 - 1)])
    np.testing.assert_allclose(gradient[:, 0], [-2, -1, 2, 2])
    losses, gradient = evaluate(Quantile(quantile=0.9), raw, y)
    np.testing.assert_allclose(losses, [4.5, 0.9, 0.2, 0.6])
    np.testing.assert_allclose(gradient[:, 0], [-0.9, -0.9, 0.1, 0.1])


@pytest.mark.parametrize("gamma", [0.0, 0.5, 3.0])
def test_focal_loss_follows_its_formula(gamma):
    raw = np.random.default_rng(0).normal(scale=2, size=(20, 3))
    y = np.eye(3)[np.arange(20) % 3]
    p = softmax(raw, axis=1)[y == 1]
    losses, _ = evaluate(Focal(gamma), raw, y)
    np.testing.assert_allclose(losses, -((1 - p) ** gamma) * np.log(p))
    binary, gradient = evaluate(Focal(gamma).binary(), raw[:, :1], y[:, :1])
    p = np.where(y[:, 0] == 1, expit(raw[:, 0]), expit(-raw[:, 0]))
    np.testing.assert_allclose(binary, -((1 - p) ** gamma) * np.log(p))
    if gamma == 0:
        _, expected = evaluate("binary_log_loss", raw[:, :1], y[:, :1])
        np.testing.assert_allclose(gradient, expected)


@pytest.mark.parametrize(
    ("cls", "settings"),
    [
        (Huber, {"delta": 0.0}),
        (Quantile, {"quantile": 1.0}),
        (Focal, {"gamma": -1.0}),
    ],
)
def test_settings_out_of_range_are_refused(cls, settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"{name} must be .*; got {settings[name]}"):
        cls(**settings)


def test_gamma_raises_for_zero_targets():
    with pytest.raises(ValueError, match=r"y must be > 0 .* got a minimum of 0"):
        LOSSES["gamma"]().check_target(np.array([[2.0, 0.0]]))


def test_the_gaussian_loss_is_minus_the_log_density():
    rng = np.random.default_rng(0)
    raw, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 2))
    mean, std = np.hsplit(predict("gaussian", raw), 2)
    losses, _ = evaluate("gaussian", raw, y)
    np.testing.assert_allclose(losses, -norm.logpdf(y, mean, std).sum(axis=1))


@pytest.mark.parametrize("v", [-400.0, 400.0])
def test_a_clipped_variance_has_a_gradient_towards_its_bounds(v):
    y = np.zeros((1, 1))
    losses, gradient = evaluate("gaussian", np.array([[0.0, v]]), y)
    further, _ = evaluate("gaussian", np.array([[0.0, v + np.sign(v)]]), y)
    np.testing.assert_allclose(further - losses, 0.5)
    np.testing.assert_allclose(gradient, [[0.0, np.sign(v) / 2]])


JOINT = JointLoss((LogLoss(), BinaryBrier(), Focal()), (3, 1, 2))


def joint_target(n_samples, dtype=np.float64):
    """Return one-hot columns of three classes, a yes or no, and two classes."""
    draws = np.arange(n_samples)
    parts = np.eye(3)[draws % 3], (draws[:, None] % 2), np.eye(2)[draws // 2 % 2]
    return np.asfortranarray(np.hstack(parts), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_joint_loss_is_the_sum_of_its_losses(dtype):
    y = joint_target(7, dtype)
    raw = np.random.default_rng(0).normal(size=y.shape).astype(dtype)
    losses, gradient = evaluate(JOINT, raw, y)
    blocks = [slice(0, 3), slice(3, 4), slice(4, 6)]
    parts = [
        evaluate(loss, raw[:, block], y[:, block])
        for loss, block in zip(JOINT.losses, blocks, strict=True)
    ]
    np.testing.assert_allclose(losses, sum(part for part, _ in parts), rtol=1e-6)
    np.testing.assert_array_equal(gradient, np.hstack([own for _, own in parts]))
    assert losses.dtype == gradient.dtype == dtype


def test_the_gradient_of_a_joint_loss():
    y = joint_target(5)
    raw = np.random.default_rng(1).normal(size=y.shape)
    _, gradient = evaluate(JOINT, raw, y)
    for k, step in enumerate(1e-6 * np.eye(6)):
        plus, minus = (
            evaluate(JOINT, raw + step, y)[0],
            evaluate(JOINT, raw - step, y)[0],
        )
        np.testing.assert_allclose(gradient[:, k], (plus - minus) / 2e-6, atol=1e-7)


def test_predictions_and_constants_of_a_joint_loss_are_those_of_each():
    raw = np.zeros((2, 6))
    JOINT.predict(raw)
    np.testing.assert_allclose(raw, [[1 / 3] * 3 + [1 / 2] * 3] * 2)
    constant = JOINT.best_constant(joint_target(12), np.ones(12))[None]
    JOINT.predict(constant)
    np.testing.assert_allclose(constant, [[1 / 3] * 3 + [1 / 2] * 3])
    assert JOINT.out_activation == "softmax, logistic, softmax"
    assert JOINT.for_classification


def test_a_joint_loss_has_no_best_constant_if_one_of_its_losses_has_none():
    class Unknown(LogLoss):
        def best_constant(self, y, sample_weight=None):
            return None

    loss = JointLoss((SquaredError(), Unknown()), (1, 1))
    assert loss.best_constant(np.ones((3, 2))) is None
    assert not loss.for_classification
    with pytest.raises(ValueError, match="y must be >= 0"):
        JointLoss((SquaredError(), LOSSES["poisson"]()), (1, 1)).check_target(
            np.array([[-1.0], [-1.0]])
        )


def ordered_probabilities(raw):
    """Return differences of cumulative probabilities, in extended precision."""
    raw = raw.astype(np.longdouble)
    gaps = np.log1p(np.exp(raw[:, 2:]))
    thresholds = np.cumsum(np.c_[-gaps.sum(axis=1) / 2, gaps], axis=1)
    z = raw[:, :1] - raw[:, 1:2] - thresholds
    above = np.c_[1 + 0 * raw[:, 0], 1 / (1 + np.exp(-z)), 0 * raw[:, 0]]
    return above[:, :-1] - above[:, 1:]


def test_ordinal_loss_matches_hand_calculation():
    """Thresholds at 0 and log 3: P(y > 0) = 1/2 and P(y > 1) = 1/4 at 0."""
    # softplus(log 2) = log 3; the middle of the thresholds is log(3)/2 above 0.
    raw = np.tile([[0.0, np.log(3.0) / 2, np.log(2.0)]], (3, 1))
    np.testing.assert_allclose(predict("ordinal", raw)[0], [1 / 2, 1 / 4, 1 / 4])
    losses, gradient = evaluate("ordinal", raw, np.eye(3))
    np.testing.assert_allclose(losses, np.log([2, 4, 4]))
    # The gap c moves the thresholds by -1/3 and 1/3: its derivative is that of the
    # loss by z_0 minus that by z_1, divided by 3.
    of_z_0, of_z_1 = np.array([[1 / 2, 0], [-1, 3 / 4], [0, -3 / 4]]).T
    of_f = of_z_0 + of_z_1
    expected = np.c_[of_f, -of_f, (of_z_0 - of_z_1) / 3]
    np.testing.assert_allclose(gradient, expected, atol=1e-15)


@pytest.mark.parametrize("n_classes", [3, 4, 9])
def test_ordinal_probabilities_are_differences_of_cumulative_ones(n_classes):
    rng = np.random.default_rng(0)
    raw = rng.normal(scale=3, size=(50, n_classes))
    y = rng.dirichlet(np.ones(n_classes), 50)  # as of smoothed labels
    expected = ordered_probabilities(raw)
    np.testing.assert_allclose(predict("ordinal", raw), expected.astype(float), 1e-9)
    np.testing.assert_allclose(predict("ordinal", raw).sum(axis=1), 1)
    log_p = np.log(expected).astype(float)
    np.testing.assert_allclose(Ordinal().log_predict(raw), log_p, rtol=1e-9)
    np.testing.assert_allclose(evaluate("ordinal", raw, y)[0], -(y * log_p).sum(1))


@pytest.mark.parametrize("dtype", DTYPES)
def test_ordinal_is_exact_where_probabilities_round(dtype):
    """A gap of exp(-50) above 0, and two thresholds about 60 below a location."""
    raw = np.array([[0, 0, -50], [60, 0, 1]], dtype)
    log_p = Ordinal().log_predict(raw)
    assert log_p.dtype == dtype
    lower = -60 - np.log1p(np.e) / 2
    expected = [[-np.log(2), -50 - np.log(4)], [lower, lower + 1]]
    np.testing.assert_allclose(log_p[:, :2], expected, rtol=1e-6)
    losses, gradient = evaluate("ordinal", raw, np.eye(3, dtype=dtype)[[1, 0]])
    np.testing.assert_allclose(losses, -log_p[[0, 1], [1, 0]], rtol=1e-6)
    np.testing.assert_allclose(gradient[0], [0, 0, -1], atol=1e-6)


def test_ordinal_treats_low_and_high_classes_alike():
    raw = np.random.default_rng(0).normal(scale=3, size=(20, 5))
    y = np.eye(5)[np.arange(20) % 5]
    mirrored = [1, 0, 4, 3, 2]
    p = predict("ordinal", raw)
    np.testing.assert_allclose(predict("ordinal", raw[:, mirrored]), p[:, ::-1])
    losses, gradient = evaluate("ordinal", raw, y)
    of_mirrored = evaluate("ordinal", raw[:, mirrored], y[:, ::-1])
    np.testing.assert_allclose(of_mirrored[0], losses)
    np.testing.assert_allclose(of_mirrored[1], gradient[:, mirrored], atol=1e-12)


def test_ordinal_predicts_the_median_class():
    raw = np.random.default_rng(0).normal(scale=3, size=(200, 5))
    median = (predict("ordinal", raw).cumsum(axis=1) < 0.5).sum(axis=1)
    np.testing.assert_array_equal(Ordinal().class_indices(raw), median)
    np.testing.assert_array_equal(LOSSES["brier"]().class_indices(raw), raw.argmax(1))


def test_the_best_constant_of_ordinal_has_the_shares_of_the_classes():
    y, weight = np.eye(4)[[0, 1, 1, 3, 3]], np.array([1.0, 1, 2, 1, 1])
    constant = Ordinal().best_constant(y, weight)
    expected = [1 / 6, 1 / 2, 0, 1 / 3]  # no sample of the third class
    np.testing.assert_allclose(
        predict("ordinal", constant[None])[0], expected, atol=1e-6
    )
    assert np.isfinite(constant).all()


def test_ordinal_of_two_classes_is_the_log_loss():
    assert Ordinal().binary() == LOSSES["log_loss"]().binary()
