import numpy as np
import pytest

from sknn_scratch.engine.averaging import _BLOCK, Average

STEPS = np.random.default_rng(0).normal(size=(50, 7))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_decay_it_is_the_mean_of_all_steps(dtype):
    mean = np.full(7, 1e3, dtype)  # what was there before does not count
    average = Average(mean)
    for n_steps, params in enumerate(STEPS.astype(dtype), start=1):
        average.update(params, n_steps)
        np.testing.assert_allclose(mean, STEPS[:n_steps].mean(axis=0), atol=1e-5)


def test_an_average_with_decay_begins_as_a_mean_then_is_exponential():
    mean = np.zeros(7)
    average = Average(mean, decay=0.8)
    for n_steps, params in enumerate(STEPS, start=1):
        average.update(params, n_steps)
    # By hand: the mean of the first five steps decays, later ones enter by a fifth.
    age = np.arange(len(STEPS))[::-1]
    shares = np.where(age < 45, 0.2 * 0.8**age, 0.2 * 0.8**45)
    np.testing.assert_allclose(shares.sum(), 1)
    np.testing.assert_allclose(mean, shares @ STEPS)


def test_long_vectors_are_averaged_block_by_block():
    params = np.arange(2 * _BLOCK + 3, dtype=float)
    mean = np.zeros_like(params)
    average = Average(mean)
    average.update(params, 1)
    average.update(3 * params, 2)
    np.testing.assert_allclose(mean, 2 * params)


def test_equal_steps_are_reported_one_by_one_without_changing_the_average():
    params, start = np.array([3.0, -1.0]), np.array([0.3, 0.1])
    together = Average(start.copy(), decay=0.9)
    together.update(params, n_steps=7, n_equal=5)
    reported, reporting = [], Average(start.copy(), decay=0.9)
    reporting.update_at_once(
        params, 7, 5, lambda n: reported.append((n, reporting.mean.copy()))
    )
    np.testing.assert_array_equal(reporting.mean, together.mean)
    mean = start
    for t, (n, found) in zip(range(3, 8), reported, strict=True):
        mean = mean + max(1 / t, 0.1) * (params - mean)
        assert n == 1
        np.testing.assert_allclose(found, mean)
