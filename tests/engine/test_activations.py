import numpy as np
import pytest

from sknn_scratch.engine.activations import ACTIVATIONS

DTYPES = [np.float32, np.float64]


def value(activation, z):
    z = z.copy()
    activation.forward(z)
    return z


def derivative(activation, z):
    delta = np.ones_like(z)
    activation.backward(value(activation, z), delta)
    return delta


@pytest.fixture(params=sorted(ACTIVATIONS))
def activation(request):
    return ACTIVATIONS[request.param]()


def test_derivative_is_that_of_the_value(activation):
    z = np.array([[-30.0, -2.5, -0.3], [0.4, 1.7, 30.0]])
    h = 1e-6
    numeric = (value(activation, z + h) - value(activation, z - h)) / (2 * h)
    np.testing.assert_allclose(derivative(activation, z), numeric, atol=1e-9)


def test_backward_multiplies_what_it_is_given(activation):
    z = np.array([[-1.5, 0.5, 2.0]])
    delta = np.array([[2.0, -3.0, 0.0]])
    expected = delta * derivative(activation, z)
    activation.backward(value(activation, z), delta)
    np.testing.assert_allclose(delta, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_extreme_sums_stay_finite(activation, dtype):
    z = np.array([[-1e4, -1e2, 0, 1e2, 1e4]], dtype)
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(value(activation, z)).all()
        assert np.isfinite(derivative(activation, z)).all()
    assert value(activation, z).dtype == dtype


@pytest.mark.parametrize(
    ("name", "z", "expected"),
    [
        ("identity", -1.5, -1.5),
        ("logistic", np.log(3), 0.75),
        ("tanh", np.log(2), 0.6),
        ("relu", -1.5, 0.0),
        ("relu", 1.5, 1.5),
    ],
)
def test_values_worked_out_by_hand(name, z, expected):
    np.testing.assert_allclose(value(ACTIVATIONS[name](), np.array([[z]])), expected)


def test_activations_compare_by_their_settings(activation):
    assert activation == type(activation)()
