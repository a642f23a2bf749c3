"""A few cases of the fuzzing campaign."""

from campaigns.fuzzing import run


def test_random_settings_predict_or_raise_an_informative_error():
    ends = run(120)
    assert ends["predictions"] > 60
    assert ends["error"] > 10
