"""When a contract is charged: its cycles, their charge dates and due dates (G3–G8, G36).

A cycle's dates follow from its number alone, so that cycle 400 costs what cycle 1 costs and nothing drifts. The values
are named tuples because a billing run makes hundreds of thousands of them.
"""

from datetime import date
from typing import NamedTuple

from perene.rules import periods
from perene.rules.periods import Period
from perene.rules.terms import (
    ChargeDay,
    ChargeDayKind,
    Terms,
    charge_day,
    check,
    check_due_after_days,
    check_due_day,
    check_total_cycles,
)

__all__ = [
    "ChargeDay",
    "ChargeDayKind",
    "Cycle",
    "Part",
    "Terms",
    "billable",
    "charge_day",
    "check",
    "check_due_after_days",
    "check_due_day",
    "check_total_cycles",
    "cycle",
    "cycle_at",
    "due_cycles",
    "due_on",
    "first_cycle_on_or_after",
    "live_cycle",
    "parts",
]


class Cycle(NamedTuple):
    """`period` is always the whole one (see `parts`). `stub` is there in cycle 1 only: the days before the first period
    of a fixed charge day, where the plan charges them."""

    number: int
    period: Period
    charge_on: date
    stub: Period | None


class Part(NamedTuple):
    """What a cycle charges of one stretch of time: `period.days` of `whole_days`. Number 0 is the cycle's own period, 1
    the stub before it."""

    number: int
    period: Period
    whole_days: int


def cycle(terms: Terms, number: int) -> Cycle:
    """Cycle `number` (1 is the first), whether or not the contract still runs then."""
    period = start, end = _period(terms, number)
    kind, days = terms.charge_day
    stub = None
    if kind == ChargeDayKind.FIXED:
        charge_on = start
        if number == 1 and terms.prorate_first and start > terms.started_on:
            stub = Period(terms.started_on, start)
    elif kind == ChargeDayKind.BEFORE:
        charge_on = max(periods.from_ordinal(start.toordinal() - days), terms.signed_on)
    else:
        charge_on = periods.from_ordinal(end.toordinal() + days)
    return Cycle(number, period, charge_on, stub)


def due_cycles(terms: Terms, *, next_cycle: int, through: date) -> list[Cycle]:
    """The cycles from `next_cycle` on that the contract has and that are charged on `through` or earlier."""
    found: list[Cycle] = []
    this = live_cycle(terms, max(next_cycle, terms.first_cycle))
    while this is not None and this.charge_on <= through:
        found.append(this)
        this = live_cycle(terms, this.number + 1)
    return found


def live_cycle(terms: Terms, number: int) -> Cycle | None:
    """Cycle `number`, or None when the contract has no such: it is past its count, or begins on its end or later."""
    if terms.total_cycles is not None and number > terms.total_cycles:
        return None
    this = cycle(terms, number)
    if terms.ends_on is None:
        return this
    begins = this.stub.start if this.stub else this.period.start
    return this if begins < terms.ends_on else None


def parts(terms: Terms, cycle: Cycle) -> list[Part]:
    """What the cycle charges: as a rule its whole period; the stub where there is one; less where the contract ends
    inside and `prorate_last` is on. Empty when nothing of it lies within the contract."""
    whole, stub = cycle.period, cycle.stub
    period = billable(terms, cycle)
    found = [Part(0, period, whole.days)] if period.days else []
    if stub is not None:
        # The stub is a share of the period that would have come before the first.
        before = _period(terms, cycle.number - 1)
        if terms.prorate_last and terms.ends_on is not None and terms.ends_on < stub.end:
            stub = Period(stub.start, max(stub.start, terms.ends_on))
        if stub.days:
            found.append(Part(1, stub, before.days))
    return found


def billable(terms: Terms, cycle: Cycle) -> Period:
    """The cycle's period, cut at the contract's end when `prorate_last` is on; empty when the contract ends before it."""
    start, end = cycle.period
    if terms.ends_on is None or terms.ends_on >= end:
        return cycle.period
    if terms.ends_on <= start:
        return Period(start, start)
    return Period(start, terms.ends_on) if terms.prorate_last else cycle.period


def due_on(terms: Terms, charge_on: date) -> date:
    """G36: the first due day of the contract on or after the charge date plus the lead days; without a due day, the
    charge date plus the plan's days."""
    if terms.due_day is None:
        return periods.from_ordinal(charge_on.toordinal() + terms.due_after_days)
    earliest = periods.from_ordinal(charge_on.toordinal() + terms.lead_days) if terms.lead_days else charge_on
    return periods.next_on_or_after(terms.due_day, earliest)


def first_cycle_on_or_after(terms: Terms, cut_over: date) -> int:
    """The smallest cycle whose charge date is `cut_over` or later: the first that is ours."""
    kind, days = terms.charge_day
    if kind == ChargeDayKind.FIXED:
        number = _first_starting_from(terms, cut_over)
    elif kind == ChargeDayKind.END:
        # A cycle ends where the next one starts.
        number = _first_starting_from(terms, periods.from_ordinal(cut_over.toordinal() - days)) - 1
    elif terms.signed_on >= cut_over:
        number = 1
    else:
        number = _first_starting_from(terms, periods.from_ordinal(cut_over.toordinal() + days))
    return max(number, 1)


def cycle_at(terms: Terms, on: date) -> int:
    """The number of the cycle whose period holds that day; 0 or less before the first period."""
    return _first_starting_from(terms, periods.from_ordinal(on.toordinal() + 1)) - 1


def _period(terms: Terms, number: int) -> Period:
    """A cycle's whole period, counted from the first one so that its day never drifts."""
    interval = terms.interval
    if interval.weeks:
        step = 7 * interval.weeks
        ordinal = _first_ordinal(terms) + step * (number - 1)
        return Period(periods.from_ordinal(ordinal), periods.from_ordinal(ordinal + step))
    kind, day = terms.charge_day
    if kind != ChargeDayKind.FIXED:
        day = terms.started_on.day
    step = interval.months
    month = _first_month(terms) + step * (number - 1)
    return Period(periods.in_month(month, day), periods.in_month(month + step, day))


def _first_ordinal(terms: Terms) -> int:
    """The day, as an ordinal, on which the first period of a weekly plan starts."""
    started, (kind, weekday) = terms.started_on, terms.charge_day
    wait_days = (weekday - started.isoweekday()) % 7 if kind == ChargeDayKind.FIXED else 0
    return started.toordinal() + wait_days


def _first_month(terms: Terms) -> int:
    """The month, as `periods.month_index`, in which the first period starts. A day that this month is too short for is
    its last day, and so never behind `started_on`."""
    started, (kind, day) = terms.started_on, terms.charge_day
    has_passed = kind == ChargeDayKind.FIXED and started.day > day
    return started.year * 12 + started.month - 1 + has_passed


def _first_starting_from(terms: Terms, on: date) -> int:
    """The smallest number, perhaps below 1, of a cycle whose period starts on `on` or later."""
    interval = terms.interval
    if interval.weeks:
        return 1 - (_first_ordinal(terms) - on.toordinal()) // (7 * interval.weeks)
    number = 1 - (_first_month(terms) - periods.month_index(on)) // interval.months
    return number if _period(terms, number).start >= on else number + 1
