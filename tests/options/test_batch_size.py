"""The batch size as a fraction of the samples."""

import numpy as np
import pytest
from small_networks import X, Y, same_weights, small

from sknn_scratch.inspection import find_learning_rate

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(("share", "n_batch"), [(0.1, 15), (0.001, 1), (0.5, 75)])
def test_the_batch_size_may_be_a_fraction_of_the_samples(share, n_batch):
    by_share = small(batch_size=share).fit(X, Y)
    assert same_weights(by_share, small(batch_size=n_batch).fit(X, Y))


def test_a_fraction_gives_at_most_200_samples():
    X_large, y_large = np.vstack([X] * 10), np.tile(Y, 10)
    by_share = small(batch_size=0.5).fit(X_large, y_large)
    assert same_weights(by_share, small(batch_size=200).fit(X_large, y_large))


def test_find_learning_rate_supports_a_fraction():
    whole = find_learning_rate(small(batch_size=15), X, Y, n_steps=20)
    share = find_learning_rate(small(batch_size=0.1), X, Y, n_steps=20)
    np.testing.assert_array_equal(share.losses, whole.losses)
