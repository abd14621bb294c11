from datetime import date

import pytest

from perene.rules import schedule
from perene.rules.periods import Interval, IntervalUnit, Period
from perene.rules.schedule import ChargeDay, ChargeDayKind, Part, Terms
from tests.rules.refused import refused

MONTH = Interval(IntervalUnit.MONTH)
WEEK = Interval(IntervalUnit.WEEK)
JANUARY_10 = date(2026, 1, 10)


def fixed(day: int) -> ChargeDay:
    return schedule.charge_day("fixed", day, unit=IntervalUnit.MONTH)


def terms(
    charge_day: ChargeDay, started_on: date = JANUARY_10, interval: Interval = MONTH, **more: object
) -> Terms:
    return Terms(interval, charge_day, started_on, started_on)._replace(**more)


def starts(of: Terms, *numbers: int) -> list[date]:
    return [schedule.cycle(of, number).period.start for number in numbers]


@pytest.mark.capability("G5")
def test_a_fixed_day_anchors_the_periods() -> None:
    of = terms(fixed(15))
    first = schedule.cycle(of, 1)
    assert first.charge_on == date(2026, 1, 15)
    assert first.period == Period(date(2026, 1, 15), date(2026, 2, 15))
    assert first.stub is None
    assert schedule.cycle(of, 12).charge_on == date(2026, 12, 15)


@pytest.mark.capability("G5")
def test_a_contract_begun_after_the_day_is_first_charged_on_the_next() -> None:
    assert schedule.cycle(terms(fixed(9)), 1).charge_on == date(2026, 2, 9)
    assert schedule.cycle(terms(fixed(10)), 1).charge_on == date(2026, 1, 10)


@pytest.mark.capability("G5")
def test_the_days_before_the_first_period_are_charged_only_if_the_plan_says_so() -> None:
    free, charged = terms(fixed(1)), terms(fixed(1), prorate_first=True)
    assert schedule.parts(free, schedule.cycle(free, 1)) == [
        Part(0, Period(date(2026, 2, 1), date(2026, 3, 1)), 28),
    ]
    assert schedule.parts(charged, schedule.cycle(charged, 1)) == [
        Part(0, Period(date(2026, 2, 1), date(2026, 3, 1)), 28),
        Part(1, Period(date(2026, 1, 10), date(2026, 2, 1)), 31),
    ]
    assert schedule.cycle(charged, 2).stub is None


@pytest.mark.capability("G5")
def test_the_31st_clips_and_returns() -> None:
    of = terms(fixed(31), date(2026, 1, 31))
    assert starts(of, 1, 2, 3, 4) == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]
    assert starts(terms(fixed(31), date(2028, 2, 1)), 1, 2) == [date(2028, 2, 29), date(2028, 3, 31)]
    assert starts(terms(fixed(30), date(2026, 1, 31)), 1, 2) == [date(2026, 2, 28), date(2026, 3, 30)]


@pytest.mark.capability("G5")
def test_a_weekly_plan_is_charged_on_its_weekday() -> None:
    friday = schedule.charge_day("fixed", 5, unit=IntervalUnit.WEEK)
    of = terms(friday, date(2026, 1, 10), WEEK, prorate_first=True)
    assert schedule.cycle(of, 1) == (
        1,
        Period(date(2026, 1, 16), date(2026, 1, 23)),
        date(2026, 1, 16),
        Period(date(2026, 1, 10), date(2026, 1, 16)),
    )
    assert schedule.parts(of, schedule.cycle(of, 1))[1] == Part(
        1, Period(date(2026, 1, 10), date(2026, 1, 16)), 7
    )
    two_weeks = of._replace(interval=Interval(IntervalUnit.WEEK, 2))
    assert starts(two_weeks, 1, 2, 27) == [date(2026, 1, 16), date(2026, 1, 30), date(2027, 1, 15)]


@pytest.mark.capability("G5")
@pytest.mark.parametrize(
    ("unit", "day"), [("month", 0), ("month", 32), ("year", 32), ("week", 8), ("week", 0)]
)
def test_a_charge_day_that_does_not_exist_is_refused(unit: str, day: int) -> None:
    with refused("charge_day_out_of_range", days=day, low=1, high=7 if unit == "week" else 31):
        schedule.charge_day("fixed", day, unit=IntervalUnit(unit))


@pytest.mark.capability("G3", "G5")
def test_longer_intervals_count_from_the_first_day() -> None:
    quarterly = terms(fixed(5), interval=Interval(IntervalUnit.QUARTER))
    assert starts(quarterly, 1, 2, 3) == [date(2026, 2, 5), date(2026, 5, 5), date(2026, 8, 5)]
    yearly = terms(ChargeDay(ChargeDayKind.BEFORE, 0), date(2024, 2, 29), Interval(IntervalUnit.YEAR))
    assert starts(yearly, 1, 2, 5) == [date(2024, 2, 29), date(2025, 2, 28), date(2028, 2, 29)]


@pytest.mark.capability("G6")
def test_charged_days_before_the_period() -> None:
    of = terms(ChargeDay(ChargeDayKind.BEFORE, 5), date(2026, 1, 31))
    assert schedule.cycle(of, 2).period == Period(date(2026, 2, 28), date(2026, 3, 31))
    assert schedule.cycle(of, 2).charge_on == date(2026, 2, 23)
    # Nobody is charged before having signed.
    assert schedule.cycle(of, 1).charge_on == date(2026, 1, 31)
    assert schedule.cycle(of._replace(signed_on=date(2026, 1, 28)), 1).charge_on == date(2026, 1, 28)
    assert schedule.cycle(of._replace(signed_on=date(2025, 12, 1)), 1).charge_on == date(2026, 1, 26)


@pytest.mark.capability("G7")
def test_charged_days_after_the_period() -> None:
    of = terms(ChargeDay(ChargeDayKind.END, 3))
    assert schedule.cycle(of, 1).charge_on == date(2026, 2, 13)
    assert schedule.cycle(of._replace(charge_day=ChargeDay(ChargeDayKind.END, 0)), 1).charge_on == date(
        2026, 2, 10
    )


@pytest.mark.capability("G6", "G7", "G8")
@pytest.mark.parametrize("kind", ["before", "end"])
def test_a_relative_day_needs_its_number(kind: str) -> None:
    with refused("charge_day_days_missing"):
        schedule.charge_day(kind, None, unit=IntervalUnit.MONTH)
    for days in (-1, 91):
        with refused("charge_day_out_of_range", days=days, low=0, high=90):
            schedule.charge_day(kind, days, unit=IntervalUnit.MONTH)
    assert schedule.charge_day(kind, 90, unit=IntervalUnit.MONTH) == (kind, 90)


def test_an_unknown_kind_of_charge_day_is_refused() -> None:
    with refused("charge_day_unknown", kind="after"):
        schedule.charge_day("after", 3, unit=IntervalUnit.MONTH)


@pytest.mark.capability("G4")
def test_due_cycles_stop_at_the_count() -> None:
    of = terms(fixed(10), total_cycles=3)
    through = date(2027, 1, 1)
    assert [cycle.number for cycle in schedule.due_cycles(of, next_cycle=1, through=through)] == [1, 2, 3]
    assert schedule.due_cycles(of, next_cycle=4, through=through) == []
    assert schedule.live_cycle(of, 4) is None
    open_ended = of._replace(total_cycles=None)
    assert len(schedule.due_cycles(open_ended, next_cycle=1, through=through)) == 12


@pytest.mark.capability("G4")
@pytest.mark.parametrize("total", [0, -3, 1201])
def test_a_count_that_cannot_be_is_refused(total: int) -> None:
    with refused("cycles_out_of_range", cycles=total, high=1200):
        schedule.check(terms(fixed(10), total_cycles=total))


def test_due_cycles_are_those_charged_by_then_and_not_yet_taken() -> None:
    of = terms(fixed(10))
    on = date(2026, 3, 10)
    assert [cycle.number for cycle in schedule.due_cycles(of, next_cycle=1, through=on)] == [1, 2, 3]
    assert [cycle.number for cycle in schedule.due_cycles(of, next_cycle=3, through=on)] == [3]
    assert schedule.due_cycles(of, next_cycle=4, through=on) == []
    assert schedule.due_cycles(of, next_cycle=1, through=date(2026, 1, 9)) == []
    # The earlier cycles belong to the system before ours.
    cut_over = of._replace(first_cycle=3)
    assert [cycle.number for cycle in schedule.due_cycles(cut_over, next_cycle=1, through=on)] == [3]


def test_a_contract_has_no_cycle_that_begins_on_its_end() -> None:
    of = terms(fixed(10), ends_on=date(2026, 3, 10))
    through = date(2026, 12, 31)
    assert [cycle.number for cycle in schedule.due_cycles(of, next_cycle=1, through=through)] == [1, 2]
    a_day_more = of._replace(ends_on=date(2026, 3, 11))
    assert [cycle.number for cycle in schedule.due_cycles(a_day_more, next_cycle=1, through=through)] == [
        1,
        2,
        3,
    ]
    post_paid = of._replace(charge_day=ChargeDay(ChargeDayKind.END, 5))
    last = schedule.due_cycles(post_paid, next_cycle=1, through=through)[-1]
    assert (last.number, last.charge_on) == (2, date(2026, 3, 15))


def test_the_last_period_is_cut_only_if_the_plan_says_so() -> None:
    whole = terms(fixed(10), ends_on=date(2026, 2, 20))
    cut = whole._replace(prorate_last=True)
    second = schedule.cycle(whole, 2)
    assert schedule.billable(whole, second) == Period(date(2026, 2, 10), date(2026, 3, 10))
    assert schedule.parts(cut, second) == [Part(0, Period(date(2026, 2, 10), date(2026, 2, 20)), 28)]
    assert schedule.parts(cut, schedule.cycle(cut, 1)) == [Part(0, Period(JANUARY_10, date(2026, 2, 10)), 31)]
    assert schedule.parts(whole, schedule.cycle(whole, 3)) == []


def test_a_contract_that_ends_before_its_first_period_owes_the_stub_alone() -> None:
    of = terms(fixed(1), ends_on=date(2026, 1, 20), prorate_first=True)
    first = schedule.due_cycles(of, next_cycle=1, through=date(2026, 2, 1))
    assert [cycle.number for cycle in first] == [1]
    assert schedule.parts(of, first[0]) == [Part(1, Period(JANUARY_10, date(2026, 2, 1)), 31)]
    cut = of._replace(prorate_last=True)
    assert schedule.parts(cut, first[0]) == [Part(1, Period(JANUARY_10, date(2026, 1, 20)), 31)]
    free = of._replace(prorate_first=False)
    assert schedule.due_cycles(free, next_cycle=1, through=date(2026, 12, 1)) == []
    never_began = of._replace(ends_on=JANUARY_10)
    assert schedule.due_cycles(never_began, next_cycle=1, through=date(2026, 12, 1)) == []


@pytest.mark.capability("G36")
def test_due_on_the_first_due_day_after_the_lead_or_some_days_later() -> None:
    of = terms(fixed(1), due_day=31)
    assert schedule.due_on(of, date(2027, 2, 1)) == date(2027, 2, 28)
    assert schedule.due_on(of, date(2027, 3, 1)) == date(2027, 3, 31)
    ten = of._replace(due_day=10)
    assert schedule.due_on(ten._replace(lead_days=9), date(2026, 12, 1)) == date(2026, 12, 10)
    assert schedule.due_on(ten._replace(lead_days=10), date(2026, 12, 1)) == date(2027, 1, 10)
    without = of._replace(due_day=None, due_after_days=7, lead_days=3)
    assert schedule.due_on(without, date(2026, 2, 25)) == date(2026, 3, 4)


@pytest.mark.capability("G36")
def test_days_to_the_due_date_that_cannot_be_are_refused() -> None:
    for days in (-1, 31):
        with refused("due_after_days_out_of_range", days=days, high=30):
            schedule.check(terms(fixed(1), due_after_days=days))
    assert schedule.check(terms(fixed(1), due_after_days=30)).due_after_days == 30


def test_the_cut_over_begins_at_the_first_charge_from_that_day() -> None:
    of = terms(fixed(1), date(2024, 3, 15))
    assert schedule.first_cycle_on_or_after(of, date(2026, 12, 1)) == 33
    assert schedule.cycle(of, 33).charge_on == date(2026, 12, 1)
    assert schedule.first_cycle_on_or_after(of, date(2026, 12, 2)) == 34
    assert schedule.first_cycle_on_or_after(of, date(2000, 1, 1)) == 1


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("due_day_out_of_range", {"due_day": 32}),
        ("due_day_out_of_range", {"due_day": 0}),
        ("lead_days_out_of_range", {"lead_days": 91}),
        ("cycles_out_of_range", {"first_cycle": 0}),
        ("ends_before_start", {"ends_on": date(2026, 1, 9)}),
        ("date_out_of_range", {"started_on": date(206, 1, 1)}),
        ("date_out_of_range", {"ends_on": date(2206, 1, 1)}),
        ("charge_day_out_of_range", {"charge_day": ChargeDay(ChargeDayKind.FIXED, 32)}),
    ],
)
def test_terms_that_cannot_be_are_refused(code: str, more: dict[str, object]) -> None:
    sound = terms(fixed(1), due_day=31, ends_on=JANUARY_10)
    assert schedule.check(sound) == sound
    with refused(code):
        schedule.check(sound._replace(**more))


def test_a_cycle_beyond_the_calendar_is_refused() -> None:
    with refused("date_out_of_range"):
        schedule.cycle(terms(fixed(1)), 120_000)
