"""What a contract owes: from its terms and lines to charges, and from charges to invoices. Pure, so that the run, its
preview and `perene verify` cannot disagree."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from uuid import UUID

from perene.rules import periods, pricing, schedule
from perene.rules.pricing import LinePrice
from perene.rules.recurrence import Recurrence
from perene.rules.schedule import Cycle, Terms

# An identity is opaque here: the bulk path carries its bytes.
RowId: TypeAlias = UUID | bytes
# Stands in a plan version's terms where the contract's own date comes; never in an answer.
UNKNOWN_DATE = date(1, 1, 1)
# I13: an open-ended contract that is invoiced ahead always has a year of invoices before it.
MONTHS_AHEAD = 12


class Kind(StrEnum):
    """What a charge is for. Part of its identity."""

    RECURRING = "recurring"
    # What was charged for days that a cancellation took away, given back.
    CREDIT = "credit"
    # Entered by a person, once: of no cycle.
    BY_HAND = "by_hand"


class BillingMethod(StrEnum):
    """I13–I15: how charges become invoices."""

    GROUPED = "grouped"
    ONE_PER_CHARGE = "one_per_charge"
    NONE = "none"


class Line(NamedTuple):
    """A contract's line. It is charged in the cycles [from_cycle, until_cycle); `recurrence` counts from `from_cycle`."""

    id: RowId | None  # None: what a person entered, of no line of a contract
    account_id: RowId
    description: str
    price: LinePrice
    recurrence: Recurrence
    from_cycle: int = 1
    until_cycle: int | None = None

    def is_charged_in(self, cycle: int) -> bool:
        if cycle < self.from_cycle or (self.until_cycle is not None and cycle >= self.until_cycle):
            return False
        return self.recurrence.applies(cycle - self.from_cycle + 1)


class Draft(NamedTuple):
    """A charge that is owed and not yet a row. (line, kind, cycle, part) is its identity; `derivation` is JSON text."""

    line: Line
    kind: str
    cycle: int
    part: int
    charge_on: date
    due_on: date
    period_start: date
    period_end: date
    amount_cents: int
    derivation: str


class DueCycle(NamedTuple):
    """A cycle that is to be charged: when it is due, and the stretches of time it charges."""

    cycle: Cycle
    due_on: date
    parts: tuple[schedule.Part, ...]


class DueNow(NamedTuple):
    """What a run on one day finds in a contract's calendar: the cycles to charge, and where the cursor goes."""

    cycles: tuple[DueCycle, ...]
    next_cycle: int
    next_run_on: date | None


# Contracts of one plan share their calendars: remembered, a run computes each once.
@lru_cache(maxsize=1 << 16)
def due_now(
    terms: Terms, method: str, is_open_ended: bool, next_cycle: int, through: date, issued_on: date
) -> DueNow:
    """The cycles from `next_cycle` on that a run through `through` charges, on the day `issued_on`. A bill that comes late (a
    parked contract tried again, a run that was resumed days later) is due on the next due day after that, never in the
    past."""
    if method == BillingMethod.NONE:  # woken for what a person entered: its cycles stay free of charge
        return DueNow((), next_cycle, None)
    until = horizon(method, is_open_ended=is_open_ended, through=through)
    cycles = schedule.due_cycles(terms, next_cycle=next_cycle, through=until)
    after = cycles[-1].number + 1 if cycles else next_cycle
    return DueNow(
        tuple(due_cycle(terms, cycle, issued_on=issued_on) for cycle in cycles),
        after,
        next_run_on(terms, method, next_cycle=after, is_open_ended=is_open_ended),
    )


def ridden_due_on(found: DueNow, terms: Terms, method: str, *, issued_on: date) -> date:
    """When what a person entered is due: with the invoice that it rides on, or else as a charge of `issued_on`."""
    if method == BillingMethod.GROUPED and found.cycles:
        return found.cycles[0].due_on
    return schedule.due_on(terms, issued_on)


def due_cycle(terms: Terms, cycle: Cycle, *, issued_on: date) -> DueCycle:
    """The cycle with its due date and parts, as a run on `issued_on` charges it."""
    due_on = schedule.due_on(terms, max(cycle.charge_on, issued_on))
    return DueCycle(cycle, due_on, tuple(schedule.parts(terms, cycle)))


def of_cycle(lines: Iterable[Line], due: DueCycle) -> list[Draft]:
    """The charges of one cycle. Raises what pricing raises."""
    cycle, due_on, parts = due
    number, charge_on = cycle.number, cycle.charge_on
    drafts = []
    for line in lines:
        if not line.is_charged_in(number):
            continue
        for part_number, period, whole_days in _parts_of(line, cycle, parts):
            amount_cents, derivation = pricing.charge_amount(
                line.price, part_days=period.days, whole_days=whole_days
            )
            drafts.append(
                Draft(
                    line,
                    Kind.RECURRING,
                    number,
                    part_number,
                    charge_on,
                    due_on,
                    period.start,
                    period.end,
                    amount_cents,
                    derivation,
                )
            )
    return drafts


def horizon(method: str, *, is_open_ended: bool, through: date) -> date:
    """Up to which charge date a run on `through` creates charges: ahead of time where each charge is invoiced at once
    (I13: the whole term; a rolling year when there is no end)."""
    if method != BillingMethod.ONE_PER_CHARGE:
        return through
    return periods.add_months(through, MONTHS_AHEAD) if is_open_ended else date.max


def next_run_on(terms: Terms, method: str, *, next_cycle: int, is_open_ended: bool) -> date | None:
    """The first date on which a run has something to do for `next_cycle`; None when it never comes."""
    cycle = None if method == BillingMethod.NONE else schedule.live_cycle(terms, next_cycle)
    if cycle is None:
        return None
    if method != BillingMethod.ONE_PER_CHARGE:
        return cycle.charge_on
    if not is_open_ended:
        return terms.signed_on
    return max(terms.signed_on, periods.add_months(cycle.charge_on, -MONTHS_AHEAD))


def end_credit(
    terms: Terms, line: Line, cycle: Cycle, *, part: int = 0, charged_until: date | None = None
) -> Draft | None:
    """What must be given back of a part of a cycle that was charged before the contract's end was known: all of it when it
    had not begun, the days after the end where the plan prorates the last period, nothing otherwise. A one-off is given
    back with a cycle that had not begun. `charged_until`: the end of what was charged, where a fixed term had cut it."""
    ends_on = terms.ends_on
    assert ends_on is not None
    charged = {each.number: each for each in parts_of(terms._replace(ends_on=None), line, cycle)}.get(part)
    if charged is None:
        return None
    start, end = charged.period
    end = charged_until or end
    begins_on = cycle.stub.start if line.recurrence.is_one_time and cycle.stub else start
    keeps_begun = line.recurrence.is_one_time or not terms.prorate_last
    if ends_on >= end or (ends_on > begins_on and keeps_begun):
        return None
    starts_on = max(start, ends_on)
    days = end.toordinal() - starts_on.toordinal()
    priced = pricing.charge_amount(line.price, part_days=-days, whole_days=charged.whole_days)
    return Draft(
        line,
        Kind.CREDIT,
        cycle.number,
        part,
        ends_on,
        ends_on,
        starts_on,
        end,
        priced.amount_cents,
        priced.derivation,
    )


def owed_through(
    terms: Terms, lines: Sequence[Line], *, method: str, is_open_ended: bool, through: date
) -> Iterable[tuple[Cycle, Line, schedule.Part]]:
    """Every obligation that must exist once a run on `through` is done, from the first cycle that is ours: what
    `perene verify` compares with the rows. Looks at the terms alone, at no cursor."""
    if method == BillingMethod.NONE or (method == BillingMethod.ONE_PER_CHARGE and through < terms.signed_on):
        return
    until = horizon(method, is_open_ended=is_open_ended, through=through)
    for cycle in schedule.due_cycles(terms, next_cycle=terms.first_cycle, through=until):
        for line in lines:
            if line.is_charged_in(cycle.number):
                for part in parts_of(terms, line, cycle):
                    yield cycle, line, part


def parts_of(terms: Terms, line: Line, cycle: Cycle) -> Sequence[schedule.Part]:
    """What one line charges of a cycle."""
    return _parts_of(line, cycle, schedule.parts(terms, cycle))


def _parts_of(line: Line, cycle: Cycle, parts: Sequence[schedule.Part]) -> Sequence[schedule.Part]:
    """What a line charges of a cycle: its parts; a one-off always whole and once."""
    if not line.recurrence.is_one_time:
        return parts
    return [schedule.Part(0, cycle.period, cycle.period.days)] if parts else []
