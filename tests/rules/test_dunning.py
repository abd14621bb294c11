from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import dunning
from perene.rules.dunning import DunningTerms
from tests.rules.refused import refused

DUE = date(2026, 3, 10)


@st.composite
def any_terms(draw: st.DrawFn) -> DunningTerms:
    pre = draw(st.none() | st.integers(0, 10))
    if draw(st.booleans()):
        return DunningTerms(pre)
    return DunningTerms(pre, draw(st.integers(1, 10)), draw(st.integers(1, 180)), draw(st.integers(1, 180)))


@pytest.mark.capability("G10")
def test_the_reminder_leaves_before_or_on_the_due_date_or_not_at_all() -> None:
    assert dunning.schedule(DunningTerms(pre_due_days=10), DUE) == [date(2026, 2, 28)]
    assert dunning.schedule(DunningTerms(pre_due_days=0), DUE) == [DUE]
    assert dunning.schedule(DunningTerms(), DUE) == []


@pytest.mark.capability("G10")
@pytest.mark.parametrize("days", [-1, 11])
def test_a_reminder_too_early_is_refused(days: int) -> None:
    with refused("dunning_pre_due_out_of_range", days=days, high=10):
        dunning.check(DunningTerms(pre_due_days=days))


@pytest.mark.capability("G11")
def test_the_first_notice_leaves_one_to_ten_days_after() -> None:
    assert dunning.schedule(DunningTerms(None, 10, 30, 29), DUE) == [date(2026, 3, 20)]
    for days in (0, 11):
        with refused("dunning_start_out_of_range", days=days, high=10):
            dunning.check(DunningTerms(None, days, 5, 20))
    with refused("dunning_start_missing"):
        dunning.check(DunningTerms(None, None, 5, 20))


@pytest.mark.capability("G12")
def test_the_interval_is_needed_and_bounded() -> None:
    assert dunning.check(DunningTerms(None, 3, 180, 180)).every_days == 180
    with refused("dunning_every_missing"):
        dunning.check(DunningTerms(None, 3, None, 20))
    for days in (0, 181):
        with refused("dunning_every_out_of_range", days=days, high=180):
            dunning.check(DunningTerms(None, 3, days, 20))


@pytest.mark.capability("G13")
def test_the_duration_is_needed_and_counts_from_the_first_notice() -> None:
    assert dunning.schedule(DunningTerms(None, 1, 2, 4), DUE)[-1] == DUE + timedelta(days=5)
    with refused("dunning_for_missing"):
        dunning.check(DunningTerms(None, 3, 5, None))
    for days in (0, 181):
        with refused("dunning_for_out_of_range", days=days, high=180):
            dunning.check(DunningTerms(None, 3, 5, days))


@pytest.mark.capability("G14")
def test_start_3_every_5_for_20() -> None:
    days = dunning.schedule(dunning.check(DunningTerms(2, 3, 5, 20)), DUE)
    assert [(day - DUE).days for day in days] == [-2, 3, 8, 13, 18, 23]


@pytest.mark.capability("G14")
@given(any_terms(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_schedule_is_in_order_and_as_long_as_said(terms: DunningTerms, due_on: date) -> None:
    days = dunning.schedule(dunning.check(terms), due_on)
    assert days == sorted(set(days))
    expected = terms.pre_due_days is not None
    if terms.every_days and terms.for_days:
        expected += 1 + terms.for_days // terms.every_days
    assert len(days) == expected
