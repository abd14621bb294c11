from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import charging, pricing, recurrence, schedule
from perene.rules.charging import BillingMethod, Kind, Line
from perene.rules.periods import Interval, IntervalUnit, Period
from perene.rules.pricing import CalcType, LinePrice
from perene.rules.recurrence import CONTINUOUS
from perene.rules.schedule import ChargeDay, ChargeDayKind, Terms
from tests.rules.refused import refused
from tests.rules.test_schedule_properties import any_terms

JANUARY_1, JANUARY_10 = date(2026, 1, 1), date(2026, 1, 10)
ACCOUNT = UUID(int=900)
INTERNET = Line(UUID(int=1), ACCOUNT, "Internet", LinePrice(CalcType.PRICE, 100_00), CONTINUOUS)
SETUP = Line(UUID(int=2), ACCOUNT, "Adesão", LinePrice(CalcType.PRICE, 120_00), recurrence.one_time(1))

# (line, cycle, part): what a charge is.
Identity = tuple[object, int, int]


def monthly(started_on: date = JANUARY_1, **more: object) -> Terms:
    terms = Terms(
        Interval(IntervalUnit.MONTH), ChargeDay(ChargeDayKind.FIXED, 1), started_on, started_on, due_day=10
    )
    return terms._replace(**more)


def drafts(terms: Terms, number: int, *lines: Line, issued_on: date | None = None) -> list[charging.Draft]:
    cycle = schedule.cycle(terms, number)
    due = charging.due_cycle(terms, cycle, issued_on=issued_on or cycle.charge_on)
    return charging.of_cycle(lines, due)


# ---------------------------------------------------------------- the charges of a cycle


def test_a_cycle_is_charged_line_by_line() -> None:
    terms = monthly()
    (first,) = drafts(terms, 3, INTERNET)
    assert first == charging.Draft(
        line=INTERNET,
        kind="recurring",
        cycle=3,
        part=0,
        charge_on=date(2026, 3, 1),
        due_on=date(2026, 3, 10),
        period_start=date(2026, 3, 1),
        period_end=date(2026, 4, 1),
        amount_cents=100_00,
        derivation='{"c":"price","u":10000}',
    )
    assert [draft.line for draft in drafts(terms, 1, INTERNET, SETUP)] == [INTERNET, SETUP]
    assert [draft.line for draft in drafts(terms, 2, INTERNET, SETUP)] == [INTERNET]


@pytest.mark.capability("G5")
def test_the_days_before_the_first_period_are_a_charge_of_their_own() -> None:
    terms = monthly(JANUARY_10, prorate_first=True)
    found = [
        (draft.part, draft.period_start, draft.period_end, draft.amount_cents)
        for draft in drafts(terms, 1, INTERNET)
    ]
    assert found == [
        (0, date(2026, 2, 1), date(2026, 3, 1), 100_00),
        (1, date(2026, 1, 10), date(2026, 2, 1), 70_97),  # 22 of 31 days
    ]
    # A one-off belongs to its cycle, not to days.
    assert [(draft.part, draft.amount_cents) for draft in drafts(terms, 1, SETUP)] == [(0, 120_00)]


def test_the_last_period_is_charged_to_its_end_only_if_the_plan_says_so() -> None:
    ends_on = date(2026, 3, 11)
    (whole,) = drafts(monthly(ends_on=ends_on), 3, INTERNET)
    assert (whole.period_end, whole.amount_cents) == (date(2026, 4, 1), 100_00)
    (part,) = drafts(monthly(ends_on=ends_on, prorate_last=True), 3, INTERNET)
    assert (part.period_end, part.amount_cents, part.derivation) == (
        ends_on,
        32_26,
        '{"c":"price","u":10000,"p":[10,31]}',
    )
    (setup,) = drafts(monthly(ends_on=date(2026, 1, 5), prorate_last=True), 1, SETUP)
    assert setup.amount_cents == 120_00


@pytest.mark.capability("G36")
def test_a_bill_that_comes_late_is_never_due_in_the_past() -> None:
    late = date(2026, 3, 11)
    (draft,) = drafts(monthly(), 1, INTERNET, issued_on=late)
    assert (draft.charge_on, draft.due_on) == (JANUARY_1, date(2026, 4, 10))
    (draft,) = drafts(monthly(due_day=None, due_after_days=7), 1, INTERNET, issued_on=late)
    assert draft.due_on == date(2026, 3, 18)


def test_a_line_is_charged_from_a_cycle_until_another_and_counts_its_own() -> None:
    line = INTERNET._replace(from_cycle=4, until_cycle=9, recurrence=recurrence.cycles(3, start=2))
    assert [cycle for cycle in range(1, 15) if line.is_charged_in(cycle)] == [5, 6, 7]
    cut = line._replace(until_cycle=7)
    assert [cycle for cycle in range(1, 15) if cut.is_charged_in(cycle)] == [5, 6]


def test_a_line_that_cannot_be_priced_is_refused_where_it_is_charged() -> None:
    broken = INTERNET._replace(price=LinePrice(CalcType.VOLUME, tiers=()), from_cycle=2)
    assert drafts(monthly(), 1, broken) == []
    with refused("tiers_missing"):
        drafts(monthly(), 2, broken)


# ---------------------------------------------------------------- when a run has something to do


@pytest.mark.parametrize(
    ("method", "is_open_ended", "horizon"),
    [
        ("grouped", True, date(2028, 2, 29)),
        ("grouped", False, date(2028, 2, 29)),
        ("none", True, date(2028, 2, 29)),
        ("one_per_charge", True, date(2029, 2, 28)),
        ("one_per_charge", False, date.max),
    ],
)
@pytest.mark.capability("I13")
def test_how_far_a_run_looks_ahead(method: str, is_open_ended: bool, horizon: date) -> None:
    assert charging.horizon(method, is_open_ended=is_open_ended, through=date(2028, 2, 29)) == horizon


@pytest.mark.parametrize(
    ("method", "is_open_ended", "next_cycle", "on"),
    [
        ("grouped", True, 1, JANUARY_1),
        ("grouped", True, 15, date(2027, 3, 1)),
        ("one_per_charge", True, 1, JANUARY_1),  # a year before its charge, but not before it was signed
        ("one_per_charge", True, 15, date(2026, 3, 1)),
        ("one_per_charge", False, 15, JANUARY_1),  # the whole term at once
        ("none", True, 1, None),
    ],
)
@pytest.mark.capability("I13", "I14", "I15")
def test_when_a_run_next_has_something_to_do(
    method: str, is_open_ended: bool, next_cycle: int, on: date | None
) -> None:
    assert charging.next_run_on(monthly(), method, next_cycle=next_cycle, is_open_ended=is_open_ended) == on


@pytest.mark.parametrize("method", BillingMethod)
def test_after_the_last_cycle_a_run_has_nothing_to_do(method: str) -> None:
    counted = monthly(total_cycles=3)
    ended = monthly(ends_on=date(2026, 4, 1))
    for terms in (counted, ended):
        assert charging.next_run_on(terms, method, next_cycle=4, is_open_ended=False) is None
        assert (charging.next_run_on(terms, method, next_cycle=3, is_open_ended=False) is None) == (
            method == "none"
        )


@pytest.mark.capability("I13")
def test_a_run_moves_the_cursor_behind_what_it_charges() -> None:
    found = charging.due_now(monthly(), "grouped", True, 2, date(2026, 4, 15), date(2026, 4, 15))
    assert [due.cycle.number for due in found.cycles] == [2, 3, 4]
    assert {due.due_on for due in found.cycles} == {date(2026, 5, 10)}
    assert (found.next_cycle, found.next_run_on) == (5, date(2026, 5, 1))
    ahead = charging.due_now(monthly(), "one_per_charge", True, 1, JANUARY_1, JANUARY_1)
    assert [due.cycle.number for due in ahead.cycles] == list(range(1, 14))
    assert (ahead.next_cycle, ahead.next_run_on) == (14, date(2026, 2, 1))
    early = charging.due_now(monthly(), "grouped", True, 2, date(2026, 1, 31), date(2026, 1, 31))
    assert early == ((), 2, date(2026, 2, 1))


def test_a_run_that_issues_later_charges_the_same_cycles_due_from_that_day_on() -> None:
    """Through 15 April, resumed on 12 May: May is not charged yet, and nothing is due before 12 May."""
    found = charging.due_now(monthly(), "grouped", True, 3, date(2026, 4, 15), date(2026, 5, 12))
    assert [(due.cycle.number, due.due_on) for due in found.cycles] == [
        (3, date(2026, 6, 10)),
        (4, date(2026, 6, 10)),
    ]
    assert (found.next_cycle, found.next_run_on) == (5, date(2026, 5, 1))


# ---------------------------------------------------------------- what is given back


@pytest.mark.parametrize(
    ("ends_on", "prorate_last", "given_back", "from_on"),
    [
        (date(2026, 3, 11), True, -67_74, date(2026, 3, 11)),  # 21 of 31 days
        (date(2026, 3, 11), False, None, None),
        (date(2026, 3, 1), False, -100_00, date(2026, 3, 1)),  # it had not begun
        (date(2026, 2, 10), False, -100_00, date(2026, 3, 1)),
        (date(2026, 3, 31), True, -3_23, date(2026, 3, 31)),
        (date(2026, 4, 1), True, None, None),
    ],
)
def test_what_is_given_back_of_a_cycle(
    ends_on: date, prorate_last: bool, given_back: int | None, from_on: date | None
) -> None:
    terms = monthly(ends_on=ends_on, prorate_last=prorate_last)
    credit = charging.end_credit(terms, INTERNET, schedule.cycle(terms, 3))
    if given_back is None:
        assert credit is None
        return
    assert credit is not None
    assert (credit.kind, credit.cycle, credit.part) == (Kind.CREDIT, 3, 0)
    assert (credit.amount_cents, credit.period_start, credit.period_end) == (
        given_back,
        from_on,
        date(2026, 4, 1),
    )
    assert credit.charge_on == credit.due_on == ends_on
    assert pricing.evaluate(credit.derivation) == given_back


def test_the_days_before_the_first_period_are_given_back_too() -> None:
    terms = monthly(JANUARY_10, prorate_first=True, prorate_last=True, ends_on=date(2026, 1, 20))
    cycle = schedule.cycle(terms, 1)
    whole, stub = (charging.end_credit(terms, INTERNET, cycle, part=part) for part in (0, 1))
    assert whole is not None and stub is not None
    assert (whole.amount_cents, whole.period_start) == (-100_00, date(2026, 2, 1))
    assert (stub.amount_cents, stub.period_start, stub.part) == (
        -38_71,
        date(2026, 1, 20),
        1,
    )  # 12 of 31 days
    kept = terms._replace(prorate_last=False)
    assert charging.end_credit(kept, INTERNET, cycle, part=1) is None
    assert (
        charging.end_credit(terms, INTERNET, schedule.cycle(terms, 2), part=1) is None
    )  # there is no such part


def test_a_term_that_cut_the_charge_already_is_not_given_back_beyond_it() -> None:
    terms = monthly(ends_on=date(2026, 3, 11), prorate_last=True)
    cycle = schedule.cycle(terms, 3)
    credit = charging.end_credit(terms, INTERNET, cycle, charged_until=date(2026, 3, 16))
    assert credit is not None
    assert (credit.amount_cents, credit.period_end) == (-16_13, date(2026, 3, 16))  # 5 of 31 days


@pytest.mark.capability("G23")
def test_a_one_off_is_given_back_only_when_its_cycle_never_began() -> None:
    begun = monthly(JANUARY_10, prorate_first=True, prorate_last=True, ends_on=date(2026, 1, 11))
    assert charging.end_credit(begun, SETUP, schedule.cycle(begun, 1)) is None
    never = begun._replace(ends_on=JANUARY_10)
    credit = charging.end_credit(never, SETUP, schedule.cycle(never, 1))
    assert credit is not None and credit.amount_cents == -120_00


@given(any_terms(), st.integers(1, 60), st.integers(0, 800), st.integers(0, 10**6))
def test_what_was_charged_less_what_is_given_back_is_what_is_owed(
    terms: Terms, number: int, days: int, cents: int
) -> None:
    """To a centavo: each of the two is rounded for itself."""
    terms = terms._replace(signed_on=terms.started_on)
    before = schedule.cycle(terms, number)
    ended = terms._replace(ends_on=max(terms.started_on, before.period.start + timedelta(days=days - 400)))
    line = INTERNET._replace(price=LinePrice(CalcType.PRICE, cents))
    is_live = schedule.live_cycle(ended, number) is not None
    kept = {part.number: part for part in charging.parts_of(ended, line, before)} if is_live else {}
    for draft in charging.of_cycle([line], charging.due_cycle(terms, before, issued_on=before.charge_on)):
        credit = charging.end_credit(ended, line, before, part=draft.part)
        given_back = credit.amount_cents if credit else 0
        part = kept.get(draft.part)
        owed = 0
        if part is not None:
            owed = pricing.charge_amount(
                line.price, part_days=part.period.days, whole_days=part.whole_days
            ).amount_cents
        assert abs(draft.amount_cents + given_back - owed) <= 1
        if credit is not None:
            assert Period(credit.period_start, credit.period_end).days > 0
            assert pricing.evaluate(credit.derivation) == credit.amount_cents
        elif part is not None:
            assert part.period == Period(draft.period_start, draft.period_end)


# ---------------------------------------------------------------- what must exist


def owed(terms: Terms, lines: list[Line], method: str, is_open_ended: bool, through: date) -> list[Identity]:
    found = charging.owed_through(terms, lines, method=method, is_open_ended=is_open_ended, through=through)
    return [(line.id, cycle.number, part.number) for cycle, line, part in found]


@pytest.mark.capability("X1")
def test_what_must_exist_once_a_run_is_done() -> None:
    through = date(2026, 3, 1)
    assert owed(monthly(), [INTERNET, SETUP], "grouped", True, through) == [
        (INTERNET.id, 1, 0),
        (SETUP.id, 1, 0),
        (INTERNET.id, 2, 0),
        (INTERNET.id, 3, 0),
    ]
    assert owed(monthly(first_cycle=3), [INTERNET, SETUP], "grouped", True, through) == [(INTERNET.id, 3, 0)]
    assert owed(monthly(), [INTERNET], "none", True, through) == []
    ahead = owed(monthly(), [INTERNET], "one_per_charge", True, through)
    assert [number for _, number, _ in ahead] == list(range(1, 16))
    # Nothing is made ahead of a contract that is not signed yet.
    assert owed(monthly(date(2026, 3, 2)), [INTERNET], "one_per_charge", True, through) == []


@given(
    terms=any_terms(),
    method=st.sampled_from(BillingMethod),
    is_fixed=st.booleans(),
    cut_over=st.integers(1, 4),
    total_cycles=st.none() | st.integers(1, 8),
    steps=st.lists(st.integers(0, 120), min_size=1, max_size=8),
)
@pytest.mark.capability("X1")
def test_runs_on_any_days_charge_what_must_exist_and_nothing_else(
    terms: Terms, method: str, is_fixed: bool, cut_over: int, total_cycles: int | None, steps: list[int]
) -> None:
    """The run follows its cursor, the proof the terms alone: they agree after every run."""
    ends_on = terms.started_on + timedelta(days=500) if is_fixed else None
    terms = terms._replace(ends_on=ends_on, first_cycle=cut_over, total_cycles=total_cycles)
    lines = [INTERNET, SETUP, INTERNET._replace(id=UUID(int=3), from_cycle=3, until_cycle=6)]
    next_cycle = terms.first_cycle
    run_on = charging.next_run_on(terms, method, next_cycle=next_cycle, is_open_ended=not is_fixed)
    on, charged = terms.signed_on - timedelta(days=30), []
    for step in steps:
        on += timedelta(days=step)
        if run_on is not None and run_on <= on:
            found = charging.due_now(terms, method, not is_fixed, next_cycle, on, on)
            for due in found.cycles:
                charged += [
                    (draft.line.id, draft.cycle, draft.part) for draft in charging.of_cycle(lines, due)
                ]
                assert due.due_on >= on or due.cycle.charge_on > on
            next_cycle, run_on = found.next_cycle, found.next_run_on
        assert charged == owed(terms, lines, method, not is_fixed, on)
        assert len(charged) == len(set(charged))
