import numpy as np
import pytest

from sknn_scratch.engine import schedules
from sknn_scratch.engine.schedules import (
    SCHEDULES,
    Annealing,
    Constant,
    Cosine,
    CosLog,
    Exponential,
    InvScaling,
    Linear,
    OneCycle,
)

ANNEALING = sorted(n for n, cls in SCHEDULES.items() if issubclass(cls, Annealing))


@pytest.mark.parametrize("name", sorted({*SCHEDULES} - {"one_cycle", "cos_log"}))
def test_a_schedule_starts_at_one_and_never_rises(name):
    schedule = SCHEDULES[name]()
    factors = [schedule.factor(n, 10_000) for n in (0, 1, 10, 10_000)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert factors == [schedule.factor(n, 10_000) for n in (0, 1, 10, 10_000)]


def test_inverse_scaling_worked_out_by_hand():
    np.testing.assert_allclose(InvScaling(power_t=0.5).factor(99, 100), 0.1)
    np.testing.assert_allclose(InvScaling(power_t=2).factor(2, 100), 1 / 9)


def test_only_the_adaptive_schedule_answers_a_plateau():
    answering = {name for name in SCHEDULES if SCHEDULES[name].plateau_divisor}
    assert answering == {"adaptive"}


@pytest.mark.parametrize(
    ("schedule", "n_done", "expected"),
    [
        (Linear(), 25, 0.75),
        (Linear(final=0.2), 50, 0.6),
        (Cosine(), 50, 0.5),
        (Cosine(final=0.1), 75, 0.1 + 0.9 * (1 - np.sqrt(0.5)) / 2),
        (Exponential(final=0.01), 50, 0.1),
        (Linear(warmup=0.2), 0, 0.05),
        (Linear(warmup=0.2), 9, 0.5),
        (Linear(warmup=0.2), 20, 1.0),
        (Linear(warmup=0.2), 60, 0.5),
        (OneCycle(initial=0.2, warmup=0.5, final=0.0), 24, 0.6),
        (OneCycle(initial=0.2, warmup=0.5, final=0.0), 75, 0.5),
    ],
    ids=str,
)
def test_schedule_factors_match_hand_calculations(schedule, n_done, expected):
    np.testing.assert_allclose(schedule.factor(n_done, 100), expected)


def test_cycles_last_twice_as_long_every_time():
    factors = [CosLog(n_cycles=4).factor(n, 300) for n in range(301)]
    at_zero = [n for n, factor in enumerate(factors) if factor < 1e-12]
    assert at_zero == [0, 20, 60, 140, 300]
    assert max(factors) == pytest.approx(1, abs=1e-3)
    assert CosLog().factor(1000, 300) == factors[-1]


@pytest.mark.parametrize("name", ANNEALING)
def test_annealing_ends_at_the_final_factor_and_stays_there(name):
    schedule = SCHEDULES[name](final=0.03)
    assert schedule.factor(100, 100) == pytest.approx(0.03)
    assert schedule.factor(1000, 100) == schedule.factor(100, 100)


@pytest.mark.parametrize("name", ANNEALING)
def test_a_warm_up_rises_to_one(name):
    schedule = SCHEDULES[name](warmup=0.3)
    factors = [schedule.factor(n, 50) for n in range(16)]
    assert 0 < factors[0] < 0.1
    assert factors == sorted(factors)
    assert factors[14] == factors[15] == 1


@pytest.mark.parametrize(
    ("cls", "settings"),
    [
        (Cosine, {"warmup": 1.0}),
        (Linear, {"warmup": -0.1}),
        (Linear, {"final": -1.0}),
        (Exponential, {"final": 0}),
        (OneCycle, {"initial": 0.0}),
        (CosLog, {"n_cycles": 0}),
        (CosLog, {"n_cycles": 1.5}),
    ],
)
def test_settings_out_of_range_are_refused(cls, settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"{name} must be .*; got {settings[name]}"):
        cls(**settings)


def test_a_warm_up_is_rising_until_its_share_is_over():
    rising = [Cosine(warmup=0.3).is_rising(n, 10) for n in range(10)]
    assert rising == [True] * 3 + [False] * 7
    assert not Constant().is_rising(0, 10)


def test_the_repr_of_a_schedule_recreates_it():
    for cls in SCHEDULES.values():
        assert eval(repr(cls()), vars(schedules)) == cls()
