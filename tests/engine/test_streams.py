"""Random number generators: copies and seeds."""

import numpy as np
import pytest

from sknn_scratch.engine.streams import copied, seeded


def bit_generators():
    """Return one bit generator of each kind that NumPy has."""
    kinds = [np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM]
    return [kind(0) for kind in (*kinds, np.random.Philox, np.random.SFC64)]


@pytest.mark.parametrize("stream", bit_generators(), ids=lambda one: type(one).__name__)
def test_a_copied_generator_continues_and_leaves_the_original_alone(stream):
    stream.random_raw(7)
    first, second = copied(stream), copied(stream)
    numbers = first.random_raw(100)
    np.testing.assert_array_equal(second.random_raw(100), numbers)
    np.testing.assert_array_equal(stream.random_raw(100), numbers)


@pytest.mark.parametrize("stream", bit_generators(), ids=lambda one: type(one).__name__)
def test_a_copied_random_state_keeps_the_second_normal_deviate(stream):
    stream = np.random.RandomState(stream)
    stream.normal()
    twin = copied(stream)
    np.testing.assert_array_equal(twin.normal(size=5), stream.normal(size=5))


class Counter:
    """A stand-in for a generator of the user's: its state is not numbers only."""

    def __init__(self):
        self.state = {"bit_generator": "Counter", "values": [3]}


def test_random_generators_of_other_libraries_are_copied():
    stream = Counter()
    twin = copied(stream)
    twin.state["values"].append(4)
    assert stream.state["values"] == [3]


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, np.int64(7), np.uint8(9)])
def test_a_seeded_stream_is_that_of_numpy(seed):
    found, expected = seeded(seed), np.random.RandomState(seed)
    for draw in ("random_sample", "standard_normal", "standard_exponential"):
        numbers = getattr(expected, draw)(1000)
        np.testing.assert_array_equal(getattr(found, draw)(1000), numbers)
