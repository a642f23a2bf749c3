"""Weight initialization."""

import numpy as np
import pytest
from sklearn.base import clone
from small_networks import X, Y, small

from sknn_scratch import PerceptronClassifier
from sknn_scratch.engine.initializers import INITIALIZERS, Normal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.filterwarnings("ignore:The predictions are the same")  # of zeros
@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_initial_weights_are_drawn_layer_by_layer(name):
    model = small(weight_init=name, learning_rate_init=1e-300, max_iter=1).fit(X, Y)
    random_state = np.random.RandomState(0)
    for weights, biases in zip(model.coefs_, model.intercepts_, strict=True):
        expected = INITIALIZERS[name]().draw(random_state, *weights.shape)
        np.testing.assert_allclose(weights, expected[0], atol=1e-200)
        np.testing.assert_allclose(biases, expected[1], atol=1e-200)


def test_a_perceptron_supports_initializers():
    named = PerceptronClassifier(weight_init="normal", max_iter=3, random_state=0)
    instance = clone(named).set_params(weight_init=Normal())
    np.testing.assert_array_equal(named.fit(X, Y).coef_, instance.fit(X, Y).coef_)
