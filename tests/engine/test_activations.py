import numpy as np
import pytest
from scipy.special import expit

from sknn_scratch.engine.activations import ACTIVATIONS, ELU, SELU, LeakyReLU

DTYPES = [np.float32, np.float64]


def forward(activation, z):
    """Return A(z) and the cache, without changing z."""
    output = z.copy()
    cache = np.full_like(z, np.nan) if activation.needs_cache else None
    activation.activate(output, cache)
    return output, cache


def value(activation, z):
    return forward(activation, z)[0]


def derivative(activation, z):
    output, cache = forward(activation, z)
    delta = np.ones_like(z)
    activation.differentiate(output, delta, cache)
    return delta


@pytest.fixture(params=sorted(ACTIVATIONS))
def activation(request):
    return ACTIVATIONS[request.param]()


def test_derivative_is_that_of_the_value(activation):
    z = np.array([[-30.0, -2.5, -0.3], [0.4, 1.7, 30.0]])
    h = 1e-6
    numeric = (value(activation, z + h) - value(activation, z - h)) / (2 * h)
    np.testing.assert_allclose(derivative(activation, z), numeric, atol=1e-9)


def test_differentiate_multiplies_the_gradient(activation):
    z = np.array([[-1.5, 0.5, 2.0]])
    delta = np.array([[2.0, -3.0, 0.0]])
    expected = delta * derivative(activation, z)
    output, cache = forward(activation, z)
    activation.differentiate(output, delta, cache)
    np.testing.assert_allclose(delta, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_extreme_sums_stay_finite(activation, dtype):
    z = np.array([[-1e4, -1e2, 0, 1e2, 1e4]], dtype)
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(value(activation, z)).all()
        assert np.isfinite(derivative(activation, z)).all()


@pytest.mark.parametrize(
    ("name", "z", "expected"),
    [
        ("identity", -1.5, -1.5),
        ("logistic", np.log(3), 0.75),
        ("tanh", np.log(2), 0.6),
        ("relu", -1.5, 0.0),
        ("relu", 1.5, 1.5),
        ("leaky_relu", -1.5, -0.015),
        ("leaky_relu", 1.5, 1.5),
        ("elu", -np.log(2), -0.5),
        ("elu", 1.5, 1.5),
        ("selu", 1.0, 1.0507009873554805),
        ("softplus", np.log(3), np.log(4)),
        ("gelu", 1.0, 0.8413447460685429),  # Φ(1) of any table of the normal
        ("silu", np.log(3), 0.75 * np.log(3)),
        ("mish", 0.0, 0.0),
        ("mish", np.log(np.e - 1), np.log(np.e - 1) * np.tanh(1)),
    ],
)
def test_values_match_hand_calculations(name, z, expected):
    np.testing.assert_allclose(value(ACTIVATIONS[name](), np.array([[z]])), expected)


def test_activations_compare_by_their_settings(activation):
    assert activation == type(activation)()


@pytest.mark.parametrize(
    "activation", [LeakyReLU(slope=0.2), ELU(alpha=0.5)], ids=lambda a: type(a).__name__
)
def test_activation_settings_are_used(activation):
    z = np.array([[-2.0, -0.5, 0.5, 2.0]])
    h = 1e-6
    numeric = (value(activation, z + h) - value(activation, z - h)) / (2 * h)
    np.testing.assert_allclose(derivative(activation, z), numeric, atol=1e-9)
    assert activation != type(activation)()


@pytest.mark.parametrize("bad", [{"slope": 1.0}, {"slope": -0.1}, {"slope": np.nan}])
def test_leaky_relu_refuses_slopes_out_of_range(bad):
    with pytest.raises(ValueError, match=r"slope must be in \[0, 1\)"):
        LeakyReLU(**bad)


def test_selu_keeps_mean_and_variance():
    """Its constants are the fixed point of Klambauer et al. for normal sums."""
    z = np.random.default_rng(0).normal(size=(1000, 1000))
    output = value(SELU(), z)
    np.testing.assert_allclose([output.mean(), output.var()], [0, 1], atol=5e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("logistic", expit),
        ("silu", lambda z: z * expit(z)),
        ("softplus", lambda z: np.logaddexp(0, z)),
        ("mish", lambda z: z * np.tanh(np.logaddexp(0, z))),
    ],
)
def test_large_sums_of_either_sign_keep_all_digits(name, formula, dtype):
    z = np.array([-80, -30, -15, -5, -1, 0, 1, 5, 15, 30, 80, 1e4], dtype)
    expected = formula(z.astype(np.float64))
    ACTIVATIONS[name]().activate(z, np.empty_like(z))
    np.testing.assert_allclose(z, expected, rtol=20 * np.finfo(dtype).eps)
