"""Civil dates: months that keep their day, half-open periods, and the lengths a plan may be charged by."""

from calendar import isleap
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from perene.rules.refusals import Refusal

# A cycle longer than ten years is a mistake of typing.
MAX_MONTHS = 120
MAX_WEEKS = 520


class IntervalUnit(StrEnum):
    """G3: the units that Pix Automático also knows."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_MONTHS = {
    IntervalUnit.WEEK: 0,
    IntervalUnit.MONTH: 1,
    IntervalUnit.QUARTER: 3,
    IntervalUnit.HALF_YEAR: 6,
    IntervalUnit.YEAR: 12,
}


_LAST_DAY = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Interval:
    """The length of a cycle: `count` times `unit`. One of `months` and `weeks` is zero. Refusal `interval_unknown`,
    `interval_out_of_range`."""

    unit: IntervalUnit
    count: int = 1
    months: int = field(init=False, repr=False, compare=False)
    weeks: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            unit = IntervalUnit(self.unit)
        except ValueError:
            raise Refusal(
                "interval_unknown",
                "“{unit}” is not a charging period: choose one of the list.",
                unit=self.unit,
            ) from None
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "months", _MONTHS[unit] * self.count)
        object.__setattr__(self, "weeks", self.count if unit is IntervalUnit.WEEK else 0)
        if self.count < 1 or self.months > MAX_MONTHS or self.weeks > MAX_WEEKS:
            raise Refusal(
                "interval_out_of_range",
                "A cycle of {count} periods is not possible: use at least 1, and at most ten years in all.",
                count=self.count,
            )


class Period(NamedTuple):
    """Half-open: `start` belongs to it, `end` does not. A tuple, because a run makes hundreds of thousands."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return self.end.toordinal() - self.start.toordinal()

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day < self.end


def on_day(year: int, month: int, day: int) -> date:
    """That day of the month, or the month's last day when it is shorter."""
    return date(year, month, day if day <= 28 else min(day, _last_day(year, month)))


def _last_day(year: int, month: int) -> int:
    return 29 if month == 2 and isleap(year) else _LAST_DAY[month]


def month_index(on: date) -> int:
    """Months since year zero: what `in_month` turns back into a date."""
    return on.year * 12 + on.month - 1


def in_month(index: int, day: int) -> date:
    """The day of the month counted by `month_index`, clipped. Refusal `date_out_of_range` outside years 1 to 9999."""
    year, month = index // 12, index % 12 + 1
    try:
        # `on_day` written out: a billing run passes here half a million times.
        return date(year, month, day if day <= 28 else min(day, _last_day(year, month)))
    except ValueError:
        raise _beyond_calendar() from None


def from_ordinal(ordinal: int) -> date:
    """As `date.fromordinal`, with Refusal `date_out_of_range` where that day does not exist."""
    try:
        return date.fromordinal(ordinal)
    except (ValueError, OverflowError):
        raise _beyond_calendar() from None


def add_months(anchor: date, months: int, *, day: int | None = None) -> date:
    """`months` later (or earlier), clipped to the month's end. Count from the anchor, not from the last answer, and the
    day is kept: 31 Jan → 28 Feb → 31 Mar. `day` is the day to keep when the anchor itself was clipped."""
    return in_month(month_index(anchor) + months, day or anchor.day)


def next_on_or_after(day_of_month: int, on: date) -> date:
    """The first date on or after `on` that is that day of its month (or the last day of a shorter month)."""
    this = on_day(on.year, on.month, day_of_month)
    return this if this >= on else in_month(month_index(on) + 1, day_of_month)


def _beyond_calendar() -> Refusal:
    return Refusal(
        "date_out_of_range", "The calculation leaves the calendar: check the dates and the number of cycles."
    )
