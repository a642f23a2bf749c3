"""The activation of the hidden layers, by name, as an instance, or one per layer."""

import pickle

import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from small_networks import X, Y, same_weights, small

from sknn_scratch.engine.activations import ACTIVATIONS, Identity, LeakyReLU, Relu
from sknn_scratch.engine.initializers import Orthogonal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation_fits_iris(activation):
    model = small(activation=activation, solver="lbfgs", max_iter=200).fit(X, Y)
    assert model.score(X, Y) > 0.95


def test_an_instance_equals_its_name():
    named = small(activation="leaky_relu", weight_init="orthogonal").fit(X, Y)
    instance = small(activation=LeakyReLU(), weight_init=Orthogonal()).fit(X, Y)
    assert same_weights(named, instance)
    other = small(activation=LeakyReLU(slope=0.5), weight_init=Orthogonal()).fit(X, Y)
    assert not same_weights(named, other)


def test_a_list_sets_the_activation_of_each_hidden_layer():
    sizes = (8, 6)
    model = small(hidden_layer_sizes=sizes, activation=["tanh", Identity()]).fit(X, Y)
    w, b = model.coefs_, model.intercepts_
    raw = ((np.tanh(X @ w[0] + b[0])) @ w[1] + b[1]) @ w[2] + b[2]
    np.testing.assert_allclose(model.predict_log_proba(X), log_softmax(raw, axis=1))
    listed = small(hidden_layer_sizes=sizes, activation=["logistic"] * 2).fit(X, Y)
    assert same_weights(
        listed, small(hidden_layer_sizes=sizes, activation="logistic").fit(X, Y)
    )


def test_instances_can_be_cloned_pickled_and_searched():
    grid = {
        "activation": ["gelu", LeakyReLU(slope=0.2), (Relu(),)],
        "weight_init": ["he_normal", Orthogonal(gain=2.0)],
    }
    search = GridSearchCV(small(), grid, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    model = small(activation=LeakyReLU(slope=0.2)).fit(X, Y)
    assert clone(model).activation == model.activation
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(X), model.predict_proba(X))
