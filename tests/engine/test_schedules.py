import numpy as np
import pytest

from sknn_scratch.engine.schedules import SCHEDULES, InvScaling


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_a_schedule_starts_at_one_never_rises_and_is_pure(name):
    schedule = SCHEDULES[name]()
    factors = [schedule.factor(n) for n in (0, 1, 10, 10_000)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert factors == [schedule.factor(n) for n in (0, 1, 10, 10_000)]


def test_inverse_scaling_worked_out_by_hand():
    np.testing.assert_allclose(InvScaling(power_t=0.5).factor(99), 0.1)
    np.testing.assert_allclose(InvScaling(power_t=2).factor(2), 1 / 9)


def test_only_the_adaptive_schedule_answers_a_plateau():
    divisors = {name: SCHEDULES[name].plateau_divisor for name in SCHEDULES}
    assert divisors == {"constant": None, "invscaling": None, "adaptive": 5.0}
