"""What holds for every schedule, whatever its terms."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from perene.rules import periods, schedule
from perene.rules.periods import Interval, IntervalUnit
from perene.rules.schedule import ChargeDay, ChargeDayKind, Terms

dates = st.dates(date(2015, 1, 1), date(2040, 12, 31))
numbers = st.integers(1, 500)


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    unit = draw(st.sampled_from(IntervalUnit))
    kind = draw(st.sampled_from(ChargeDayKind))
    low, high = 0, 90
    if kind == ChargeDayKind.FIXED:
        low, high = 1, 7 if unit == IntervalUnit.WEEK else 31
    started_on = draw(dates)
    return Terms(
        interval=Interval(unit, draw(st.integers(1, 6))),
        charge_day=schedule.charge_day(kind, draw(st.integers(low, high)), unit=unit),
        started_on=started_on,
        signed_on=started_on - timedelta(days=draw(st.integers(0, 120))),
        prorate_first=draw(st.booleans()),
        prorate_last=draw(st.booleans()),
    )


@given(any_terms(), numbers)
def test_periods_follow_each_other_without_gap_or_overlap(terms: Terms, number: int) -> None:
    this, after = schedule.cycle(terms, number), schedule.cycle(terms, number + 1)
    assert this.period.end == after.period.start
    assert this.period.days > 0
    assert this.charge_on <= after.charge_on


@given(any_terms())
def test_the_first_period_begins_within_one_interval_of_the_start(terms: Terms) -> None:
    first = schedule.cycle(terms._replace(prorate_first=True), 1)
    begins = first.stub.start if first.stub else first.period.start
    assert begins == terms.started_on
    if first.stub:
        assert terms.charge_day.kind == ChargeDayKind.FIXED
        assert first.stub.end == first.period.start
        assert first.stub.days < schedule.cycle(terms, 0).period.days


@given(any_terms(), numbers)
def test_the_day_of_the_month_or_week_is_kept_for_ever(terms: Terms, number: int) -> None:
    start = schedule.cycle(terms, number).period.start
    kind, days = terms.charge_day
    if terms.interval.weeks:
        assert start.isoweekday() == (days if kind == ChargeDayKind.FIXED else terms.started_on.isoweekday())
    else:
        day = days if kind == ChargeDayKind.FIXED else terms.started_on.day
        assert start == periods.on_day(start.year, start.month, day)
        first = schedule.cycle(terms, 1).period.start
        assert periods.month_index(start) - periods.month_index(first) == (number - 1) * terms.interval.months


@given(any_terms(), dates)
def test_the_first_cycle_from_a_cut_over_is_the_first_charged_from_then_on(
    terms: Terms, cut_over: date
) -> None:
    number = schedule.first_cycle_on_or_after(terms, cut_over)
    assert schedule.cycle(terms, number).charge_on >= cut_over
    assert number == 1 or schedule.cycle(terms, number - 1).charge_on < cut_over


@given(any_terms(), numbers)
def test_a_charge_date_leads_back_to_its_cycle(terms: Terms, number: int) -> None:
    this = schedule.cycle(terms, number)
    found = schedule.first_cycle_on_or_after(terms, this.charge_on)
    assert schedule.cycle(terms, found).charge_on == this.charge_on
    assert found <= number


@given(any_terms(), dates)
def test_every_day_lies_in_the_cycle_found_for_it(terms: Terms, on: date) -> None:
    assert on in schedule.cycle(terms, schedule.cycle_at(terms, on)).period


@given(any_terms(), st.integers(0, 900), st.integers(0, 1200), st.integers(1, 40))
def test_runs_on_any_days_charge_every_cycle_once(terms: Terms, lasts: int, looks: int, apart: int) -> None:
    """A run now and then finds, piece by piece, exactly what one look at the end finds."""
    ended = terms._replace(ends_on=terms.started_on + timedelta(days=lasts))
    end = ended.started_on + timedelta(days=looks)
    found, next_cycle, on = [], 1, ended.started_on
    while on <= end:
        due = schedule.due_cycles(ended, next_cycle=next_cycle, through=on)
        found += due
        next_cycle = due[-1].number + 1 if due else next_cycle
        on += timedelta(days=apart)
    last_look = on - timedelta(days=apart)
    assert found == schedule.due_cycles(ended, next_cycle=1, through=last_look)
    assert [cycle.number for cycle in found] == list(range(1, len(found) + 1))


@given(any_terms(), st.integers(1, 900))
def test_prorated_parts_cover_the_contract_exactly_once(terms: Terms, lasts: int) -> None:
    ends_on = terms.started_on + timedelta(days=lasts)
    exact = terms._replace(ends_on=ends_on, prorate_first=True, prorate_last=True)
    covered: list[date] = []
    for cycle in schedule.due_cycles(exact, next_cycle=1, through=date(2200, 1, 1)):
        for part in schedule.parts(exact, cycle):
            assert 0 < part.period.days <= part.whole_days
            covered += [part.period.start + timedelta(days=n) for n in range(part.period.days)]
    assert sorted(covered) == [terms.started_on + timedelta(days=n) for n in range(lasts)]


@given(any_terms(), dates, st.integers(1, 31), st.integers(0, 60))
def test_due_dates_come_after_the_lead_and_within_a_month_of_it(
    terms: Terms, charge_on: date, due_day: int, lead_days: int
) -> None:
    due = schedule.due_on(terms._replace(due_day=due_day, lead_days=lead_days), charge_on)
    assert lead_days <= (due - charge_on).days <= lead_days + 31
    assert due == periods.on_day(due.year, due.month, due_day)


def test_a_leap_day_comes_back_after_decades() -> None:
    terms = Terms(
        Interval(IntervalUnit.YEAR), ChargeDay(ChargeDayKind.END, 0), date(2024, 2, 29), date(2024, 2, 29)
    )
    starts = [schedule.cycle(terms, number).period.start for number in (1, 2, 40, 41, 77)]
    # 2100 is no leap year.
    assert starts == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2063, 2, 28),
        date(2064, 2, 29),
        date(2100, 2, 28),
    ]
