"""Class weights multiply the sample weights."""

import numpy as np
import pytest
from small_networks import X, Y, same_weights, small

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("early_stopping", [False, True])
def test_class_weights_are_sample_weights(early_stopping):
    settings = {"early_stopping": early_stopping, "batch_size": 30}
    by_class = small(class_weight={0: 3.0, 1: 1.0, 2: 0.5}, **settings)
    sample_weight = np.arange(len(X)) % 2 + 1.0
    by_class.fit(X, Y, sample_weight)
    product = sample_weight * np.array([3.0, 1.0, 0.5])[Y]
    assert same_weights(by_class, small(**settings).fit(X, Y, product))
    part = slice(0, 120)  # 50, 50 and 20 of the three classes
    balanced = small(class_weight="balanced").fit(X[part], Y[part])
    sample_weight = (120 / 3 / np.array([50, 50, 20]))[Y[part]]
    assert same_weights(balanced, small().fit(X[part], Y[part], sample_weight))


def test_class_weights_of_multilabel_targets_multiply():
    several = np.column_stack([Y > 0, X[:, 0] > 0]).astype(int)
    weights = [{0: 1.0, 1: 4.0}, {0: 0.5, 1: 2.0}]
    product = np.where(Y > 0, 4.0, 1.0) * np.where(X[:, 0] > 0, 2.0, 0.5)
    by_class = small(class_weight=weights).fit(X, several)
    assert same_weights(by_class, small().fit(X, several, product))


def test_class_weights_apply_in_partial_fit():
    weights = {0: 3.0, 1: 1.0, 2: 0.5}
    model = small(class_weight=weights).partial_fit(X, Y, classes=[0, 1, 2])
    sample_weight = np.array([3.0, 1.0, 0.5])[Y]
    expected = small().partial_fit(X, Y, sample_weight, classes=[0, 1, 2])
    assert same_weights(model, expected)
    with pytest.raises(
        ValueError, match=r"partial_fit does not .*class_weight='balanced'"
    ):
        small(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])


def test_a_validation_set_without_weight_is_refused():
    weights = {0: 0.0, 1: 0.0, 2: 1.0}
    model = small(class_weight=weights, early_stopping=True, validation_fraction=0.02)
    with pytest.raises(ValueError, match=r"got 1 of 3\..*early_stopping=False"):
        model.fit(X, np.repeat([0, 1, 2], [100, 47, 3]))
