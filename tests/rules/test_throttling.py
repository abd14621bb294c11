"""How long signing in waits."""

from datetime import timedelta

import pytest

from perene.rules import throttling


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 16), (10, 32), (11, 60), (12, 60), (10_000, 60)],
)
def test_it_doubles_up_to_an_hour(failures: int, minutes: int) -> None:
    assert throttling.wait(failures, free=5) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("seconds", "minutes"), [(0.5, 1), (1, 1), (60, 1), (61, 2), (3600, 60)])
def test_minutes_are_told_upwards(seconds: float, minutes: int) -> None:
    assert throttling.minutes(timedelta(seconds=seconds)) == minutes
