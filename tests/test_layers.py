"""The summary and the layer activations of a fitted network."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import ndtr
from sklearn.exceptions import NotFittedError
from small_networks import X, Y, small

from sknn_scratch import MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.engine.activations import LeakyReLU

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("container", [np.asarray, sparse.csc_array])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_layer_activations_lead_from_the_input_to_the_prediction(container, activation):
    model = small(hidden_layer_sizes=(8, 6), activation=activation).fit(X, Y)
    first, second, output = model.layer_activations(container(X))
    assert [a.shape[1] for a in (first, second, output)] == [8, 6, 3]
    np.testing.assert_allclose(output, model.predict_proba(X), rtol=1e-12)
    z = first @ model.coefs_[1] + model.intercepts_[1]
    expected = np.maximum(z, 0) if activation == "relu" else z * ndtr(z)
    np.testing.assert_allclose(second, expected, atol=1e-12)
    regressor = MLPScratchRegressor("poisson", 5, max_iter=3, random_state=0).fit(X, Y)
    np.testing.assert_allclose(
        regressor.layer_activations(X)[-1][:, 0], regressor.predict(X)
    )


def test_the_summary_names_every_layer():
    settings = {"hidden_layer_sizes": (8, 6), "activation": ["relu", LeakyReLU(0.2)]}
    model = small(**settings).fit(X, Y)
    assert model.n_parameters_ == 5 * 8 + 9 * 6 + 7 * 3
    assert model.summary() == (
        "layer     inputs  units  parameters  activation\n"
        "hidden 1       4      8          40  relu\n"
        "hidden 2       8      6          54  LeakyReLU(slope=0.2)\n"
        "output         6      3          21  softmax\n"
        "total                           115"
    )


def test_the_summary_of_a_perceptron_without_intercept():
    model = PerceptronClassifier(fit_intercept=False, max_iter=3).fit(X, Y)
    assert model.n_parameters_ == 12
    assert model.summary().splitlines()[1].split() == [
        "output",
        "4",
        "3",
        "12",
        "identity",
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.summary(),
        lambda model: model.layer_activations(X),
        lambda model: model.n_parameters_,
    ],
)
def test_an_unfitted_network_has_no_layers_to_report(ask):
    with pytest.raises(NotFittedError):
        ask(small())


def test_layer_activations_use_replaced_weights():
    model = small().fit(X.astype(np.float32), Y)
    model.coefs_[0] = model.coefs_[0].astype(np.float64)
    output = model.layer_activations(X)[-1]
    np.testing.assert_array_equal(output, model.predict_proba(X))


def test_layer_activations_of_an_ensemble_are_concatenated():
    model = small(hidden_layer_sizes=(8, 6), ensemble=[[0, 1], [1, 2, 3]]).fit(X, Y)
    first, second, output = model.layer_activations(X)
    assert model.n_layers_ == 4
    assert [a.shape[1] for a in (first, second)] == [16, 12]
    z = X[:, 1:] @ model.coefs_[3] + model.intercepts_[3]
    np.testing.assert_allclose(first[:, 8:], np.maximum(z, 0), atol=1e-12)
    np.testing.assert_allclose(output, model.predict_proba(X), rtol=1e-12)


def test_the_summary_of_an_ensemble_has_a_part_for_every_network():
    model = small(ensemble=2).fit(X, Y)
    assert model.n_parameters_ == 2 * (5 * 8 + 9 * 3)
    names = [line.split()[:2] for line in model.summary().splitlines()]
    own = [["hidden", "1"], ["output", "8"]]
    assert names[1:-1] == [["network", "1"], *own, ["network", "2"], *own]
