"""Some of the cases that the campaign tries by the ten thousand."""

from campaigns.fuzzing import run


def test_fits_of_every_kind_predict_or_say_why_not():
    ends = run(120)
    assert ends["predictions"] > 60
    assert ends["error"] > 10
