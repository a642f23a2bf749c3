"""scikit-learn's own tests of MLPs, run with these estimators."""

import importlib.util
from unittest import mock

import pytest
import sklearn.neural_network

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor

# They set or read what is private to scikit-learn's implementation:
LEFT_OUT = {
    "test_fit",  # sets coefs_ and private buffers on an estimator never fitted
    "test_gradient",  # calls _loss_grad_lbfgs
    "test_learning_rate_warmstart",  # reads _optimizer.learning_rate
    "test_adaptive_learning_rate",  # reads _optimizer.learning_rate
    "test_n_iter_no_change",  # reads _no_improvement_count
    "test_n_iter_no_change_inf",  # reads _no_improvement_count
}

pytestmark = pytest.mark.filterwarnings("default")


def _tests_of_sklearn():
    spec = importlib.util.find_spec("sklearn.neural_network.tests.test_mlp")
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(
        sklearn.neural_network,
        MLPClassifier=MLPScratchClassifier,
        MLPRegressor=MLPScratchRegressor,
    ):
        spec.loader.exec_module(module)
    assert module.MLPClassifier is MLPScratchClassifier
    return {k: v for k, v in vars(module).items() if k.startswith("test_")}


ALL = _tests_of_sklearn()
globals().update({name: ALL[name] for name in sorted(set(ALL) - LEFT_OUT)})


@pytest.fixture
def global_random_seed():
    return 42


def test_the_excluded_tests_exist():
    assert set(ALL) > LEFT_OUT
    assert len(set(ALL) - LEFT_OUT) >= 34
