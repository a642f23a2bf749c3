"""Data augmentation: a function that changes each training batch."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from small_networks import X, Y, same_weights, small

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def mirrored(X_batch, random_state):
    """Flip the sign of half of the rows, in place."""
    X_batch[random_state.random_sample(len(X_batch)) < 0.5] *= -1
    return X_batch


@pytest.mark.parametrize("batch_size", [50, 150])
def test_augmentation_trains_on_changed_batches_without_changing_the_input(batch_size):
    """After training with random signs, the sign does not change the prediction."""
    kept = X.copy()
    settings = {"solver": "adam", "learning_rate_init": 0.02, "max_iter": 300}
    settings |= {"hidden_layer_sizes": 30, "batch_size": batch_size}
    model = small(augment=mirrored, **settings).fit(X, Y)
    np.testing.assert_array_equal(X, kept)
    assert model.score(-X, Y) > 0.85
    assert small(**settings).fit(X, Y).score(-X, Y) < 0.7


def noisy(X_batch, random_state):
    """Add noise. RandomState caches one value of an odd number of normal deviates."""
    return X_batch + random_state.normal(scale=0.1, size=X_batch.shape)


@pytest.mark.parametrize("augment", [mirrored, noisy])
def test_augmentation_is_reproducible_and_partial_fit_continues_it(augment):
    odd, y = X[:149, :3], Y[:149]
    settings = {"augment": augment, "batch_size": 49, "dropout": 0.2}
    first, second = small(**settings).fit(odd, y), small(**settings).fit(odd, y)
    assert same_weights(first, second)
    parts = small(**settings)
    for _ in range(5):
        parts.partial_fit(odd, y, classes=[0, 1, 2])
    assert same_weights(first, parts)


def test_a_failed_call_restores_the_random_state():
    class Failing:
        fails = False

        def __call__(self, X_batch, random_state):
            if self.fails and random_state.random_sample() < 1:
                raise RuntimeError("on purpose")
            return noisy(X_batch, random_state)

    settings = {"augment": Failing(), "dropout": 0.2, "batch_size": 50}
    model = small(**settings).partial_fit(X, Y, classes=[0, 1, 2])
    expected = pickle.loads(pickle.dumps(model.set_params(augment=noisy)))
    model.set_params(augment=settings["augment"])
    settings["augment"].fails = True
    with pytest.raises(RuntimeError, match="on purpose"):
        model.partial_fit(X, Y)
    settings["augment"].fails = False
    assert same_weights(model.partial_fit(X, Y), expected.partial_fit(X, Y))


def test_augmented_batches_are_converted_to_the_dtype_of_the_network():
    def widened(X_batch, random_state):
        return np.asfortranarray(X_batch.astype(float))

    X_single = X.astype(np.float32)
    same = small(augment=widened).fit(X_single, Y)
    assert same.loss_curve_ == small().fit(X_single, Y).loss_curve_


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        (lambda X, _: np.full_like(X, np.nan), "augment must return finite numbers"),
        (lambda X, _: "image", "augment must return an array of numbers; got 'image'"),
        (lambda X, _: None, "augment must return the batch, .*; got None"),
    ],
)
def test_augmentation_must_return_numbers(augment, message):
    with pytest.raises(ValueError, match=message):
        small(augment=augment).fit(X, Y)


def test_augmentation_of_sparse_batches():
    def doubled(X_batch, random_state):
        assert sparse.issparse(X_batch)
        return X_batch * 2

    settings = {"batch_size": 50, "shuffle": False}
    model = small(augment=doubled, **settings).fit(sparse.csr_array(X), Y)
    expected = small(**settings).fit(sparse.csr_array(2 * X), Y)
    assert model.loss_curve_[0] == pytest.approx(expected.loss_curve_[0])


@pytest.mark.parametrize("augment", [lambda X, _: X[1:], lambda X, _: X[:, 1:]])
def test_augmentation_must_preserve_the_shape(augment):
    with pytest.raises(
        ValueError, match=r"augment must return a batch of the same shape"
    ):
        small(augment=augment).fit(X, Y)
