"""What a contract's dates follow from (G3–G8, G36), and which of it cannot be."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from perene.rules.periods import Interval, IntervalUnit
from perene.rules.refusals import Refusal

MAX_RELATIVE_DAYS = 90
MAX_DUE_AFTER_DAYS = 30
MAX_LEAD_DAYS = 90
MAX_CYCLES = 1200
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199


class ChargeDayKind(StrEnum):
    FIXED = "fixed"
    BEFORE = "before"
    END = "end"


class ChargeDay(NamedTuple):
    """fixed: `days` is the day of the month (or ISO weekday, Monday 1, for weekly plans) on which the charge is made and
    periods begin. before, end: the charge is made `days` before the period begins, or after it has ended."""

    kind: ChargeDayKind
    days: int


def charge_day(kind: str, days: int | None, *, unit: IntervalUnit) -> ChargeDay:
    """A valid charge day (G5–G8). Refusal `charge_day_unknown`, `charge_day_days_missing`, `charge_day_out_of_range`."""
    try:
        known = ChargeDayKind(kind)
    except ValueError:
        raise Refusal(
            "charge_day_unknown", "“{kind}” is not a kind of charge day: choose one of the list.", kind=kind
        ) from None
    if days is None:
        raise Refusal(
            "charge_day_days_missing", "Tell the charge day, or how many days before or after the period."
        )
    low, high = 0, MAX_RELATIVE_DAYS
    if known == ChargeDayKind.FIXED:
        low, high = 1, 7 if unit is IntervalUnit.WEEK else 31
    if not low <= days <= high:
        raise Refusal(
            "charge_day_out_of_range",
            "The charge day {days} is not possible: use a number from {low} to {high}.",
            days=days,
            low=low,
            high=high,
        )
    return ChargeDay(known, days)


class Terms(NamedTuple):
    """Everything that a contract's dates follow from. `ends_on` is the first day without the contract, `first_cycle` is
    above 1 where another system billed the earlier ones, `lead_days` is the organization's notice before a due day."""

    interval: Interval
    charge_day: ChargeDay
    started_on: date
    signed_on: date
    ends_on: date | None = None
    total_cycles: int | None = None
    first_cycle: int = 1
    due_day: int | None = None
    lead_days: int = 0
    due_after_days: int = 0
    prorate_first: bool = False
    prorate_last: bool = False


def check_day(day: date) -> None:
    """Refusal `date_out_of_range` for one that nobody means."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise Refusal(
            "date_out_of_range",
            "The date {day} is not plausible: use a year from {earliest} to {latest}.",
            day=day,
            earliest=EARLIEST_YEAR,
            latest=LATEST_YEAR,
        )


def check(terms: Terms) -> Terms:
    """The same terms, or a Refusal that names what cannot be: `charge_day_out_of_range`, `date_out_of_range`,
    `ends_before_start`, `cycles_out_of_range`, `due_day_out_of_range`, `lead_days_out_of_range`,
    `due_after_days_out_of_range`."""
    charge_day(terms.charge_day.kind, terms.charge_day.days, unit=terms.interval.unit)
    for day in (terms.started_on, terms.signed_on, terms.ends_on):
        if day is not None:
            check_day(day)
    if terms.ends_on is not None and terms.ends_on < terms.started_on:
        raise Refusal(
            "ends_before_start",
            "The contract cannot end on {ends_on}, before it starts on {started_on}.",
            ends_on=terms.ends_on,
            started_on=terms.started_on,
        )
    check_total_cycles(terms.total_cycles)
    if terms.first_cycle < 1:
        raise _cycles_out_of_range(terms.first_cycle)
    check_due_day(terms.due_day)
    check_due_after_days(terms.due_after_days)
    if not 0 <= terms.lead_days <= MAX_LEAD_DAYS:
        raise Refusal(
            "lead_days_out_of_range",
            "The lead of {days} days is not possible: use 0 to {high}.",
            days=terms.lead_days,
            high=MAX_LEAD_DAYS,
        )
    return terms


def check_total_cycles(total: int | None) -> None:
    """G4: open-ended, or 1 to 1200 charges. Refusal `cycles_out_of_range`."""
    if total is not None and not 1 <= total <= MAX_CYCLES:
        raise _cycles_out_of_range(total)


def check_due_day(day: int | None) -> None:
    """Refusal `due_day_out_of_range` for a day that no month has."""
    if day is not None and not 1 <= day <= 31:
        raise Refusal("due_day_out_of_range", "The due day {day} does not exist: use 1 to 31.", day=day)


def check_due_after_days(days: int) -> None:
    """G36: 0 to 30 days. Refusal `due_after_days_out_of_range`."""
    if not 0 <= days <= MAX_DUE_AFTER_DAYS:
        raise Refusal(
            "due_after_days_out_of_range",
            "Due {days} days after the charge is not possible: use 0 to {high}.",
            days=days,
            high=MAX_DUE_AFTER_DAYS,
        )


def _cycles_out_of_range(cycles: int) -> Refusal:
    return Refusal(
        "cycles_out_of_range",
        "{cycles} charges are not possible: use 1 to {high}, or leave it empty for no end.",
        cycles=cycles,
        high=MAX_CYCLES,
    )
