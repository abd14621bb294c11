from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import periods
from perene.rules.periods import Interval, IntervalUnit, Period
from tests.rules.refused import refused

dates = st.dates(date(1990, 1, 1), date(2150, 12, 31))


def test_months_clip_to_the_end_but_keep_their_day() -> None:
    january = date(2026, 1, 31)
    assert [periods.add_months(january, n) for n in range(4)] == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]
    assert periods.add_months(date(2026, 2, 28), 1, day=31) == date(2026, 3, 31)
    assert periods.add_months(january, -11) == date(2025, 2, 28)
    assert periods.add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert periods.add_months(date(2024, 2, 29), 48) == date(2028, 2, 29)


@given(dates, st.integers(-600, 600))
def test_months_land_in_the_right_month_on_the_kept_day_or_its_end(anchor: date, months: int) -> None:
    there = periods.add_months(anchor, months)
    assert (there.year - anchor.year) * 12 + there.month - anchor.month == months
    is_month_end = (there + timedelta(days=1)).month != there.month
    assert there.day == anchor.day or (there.day < anchor.day and is_month_end)
    assert periods.add_months(there, -months, day=anchor.day) == anchor


def test_leaving_the_calendar_is_refused() -> None:
    for months in (12 * 9000, -12 * 3000):
        with refused("date_out_of_range"):
            periods.add_months(date(2026, 1, 1), months)
    with refused("date_out_of_range"):
        periods.from_ordinal(0)


def test_the_next_day_of_a_month() -> None:
    assert periods.next_on_or_after(31, date(2026, 2, 1)) == date(2026, 2, 28)
    assert periods.next_on_or_after(10, date(2026, 2, 10)) == date(2026, 2, 10)
    assert periods.next_on_or_after(10, date(2026, 12, 11)) == date(2027, 1, 10)


@given(st.integers(1, 31), dates)
def test_the_next_day_of_a_month_is_the_nearest(day: int, on: date) -> None:
    found = periods.next_on_or_after(day, on)
    assert found >= on
    between = (on + timedelta(days=n) for n in range((found - on).days))
    assert not any(one == periods.on_day(one.year, one.month, day) for one in between)
    assert found == periods.on_day(found.year, found.month, day)


def test_a_period_is_half_open() -> None:
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    assert march.days == 31
    assert date(2026, 3, 1) in march
    assert date(2026, 3, 31) in march
    assert date(2026, 4, 1) not in march
    assert "2026-03-01" not in march


@pytest.mark.capability("G3")
def test_intervals_in_months_or_weeks() -> None:
    found = {(unit.value, Interval(unit, 2).months, Interval(unit, 2).weeks) for unit in IntervalUnit}
    assert found == {
        ("week", 0, 2),
        ("month", 2, 0),
        ("quarter", 6, 0),
        ("half_year", 12, 0),
        ("year", 24, 0),
    }
    assert Interval("quarter") == Interval(IntervalUnit.QUARTER, 1)  # type: ignore[arg-type]


@pytest.mark.capability("G3")
def test_an_interval_that_cannot_be_is_refused() -> None:
    with refused("interval_unknown", unit="day"):
        Interval("day")  # type: ignore[arg-type]
    for unit, count in (("month", 0), ("year", -1), ("year", 11), ("month", 121), ("week", 521)):
        with refused("interval_out_of_range", count=count):
            Interval(IntervalUnit(unit), count)
    assert Interval(IntervalUnit.YEAR, 10).months == 120
