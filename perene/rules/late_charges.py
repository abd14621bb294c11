"""What a receivable costs on the day on which it is paid: multa, juros de mora, desconto por pontualidade.

Who pays by the effective due day (`banking_days.roll`) pays no late charges, and less where a discount was promised. After it
the days count from the agreed due day, both charges on principal only, never on each other: the fine once on what was open
then, interest simple, by the day of a month of 30 days, part by part as the principal shrinks.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from perene.rules import money
from perene.rules.refusals import Refusal

# CDC art. 52 §1 (Lei 9.298/1996): at most 2 % of the installment, once.
MOST_FINE_PERCENT = Decimal(2)
# A month, simple: what contracts may agree by practice (the measure of CTN art. 161 §1); for telecom RGC art. 78.
MOST_INTEREST_PERCENT = Decimal(1)
# Something is left to pay.
_MOST_DISCOUNT_PERCENT = Decimal("99.99")
DAYS_OF_MONTH = 30


class Terms(NamedTuple):
    """Percent of the principal: the fine once, interest a month, discount when paid on time."""

    fine_percent: Decimal
    interest_percent: Decimal
    on_time_discount_percent: Decimal = Decimal(0)


FREE = Terms(Decimal(0), Decimal(0))


class Part(NamedTuple):
    """What was settled before, by a payment, a credit or otherwise, and stands. `principal_cents` with the discount in it;
    with `is_waived` the late charges left over on that day were let go."""

    paid_on: date
    principal_cents: int
    fine_cents: int = 0
    interest_cents: int = 0
    is_waived: bool = False


class Debt(NamedTuple):
    """A receivable as it stands. `parts` in the order in which they were settled, by day."""

    amount_cents: int
    due_on: date
    # The banking day by which it is in time.
    effective_due_on: date
    terms: Terms
    parts: tuple[Part, ...] = ()


class Segment(NamedTuple):
    """Interest of `days` on a principal that stood still: from the day after `from_on` to `to_on`. Exact centavos."""

    principal_cents: int
    from_on: date
    to_on: date
    days: int
    interest_cents: Fraction


class Owed(NamedTuple):
    """What is to be paid on a day. `segments` and `interest_before_cents` (paid of it already) explain the interest."""

    principal_cents: int
    discount_cents: int
    fine_cents: int
    interest_cents: int
    late_days: int
    # What the fine is of, and what of it was paid before.
    fined_cents: int
    fine_before_cents: int
    segments: tuple[Segment, ...]
    interest_before_cents: int

    @property
    def total_cents(self) -> int:
        return self.principal_cents - self.discount_cents + self.fine_cents + self.interest_cents


def check(terms: Terms) -> Terms:
    """The same terms, within what a consumer may be asked for. Refusal `fine_too_high` (CDC art. 52 §1),
    `interest_too_high`, `discount_out_of_range`."""
    if not _within(terms.fine_percent, MOST_FINE_PERCENT):
        raise Refusal(
            "fine_too_high",
            "The fine for late payment is from 0 to {most} %: the Consumer Code (art. 52 §1) allows no more.",
            most=MOST_FINE_PERCENT,
        )
    if not _within(terms.interest_percent, MOST_INTEREST_PERCENT):
        raise Refusal(
            "interest_too_high",
            "Interest for late payment is from 0 to {most} % a month.",
            most=MOST_INTEREST_PERCENT,
        )
    if not _within(terms.on_time_discount_percent, _MOST_DISCOUNT_PERCENT):
        raise Refusal(
            "discount_out_of_range",
            "The on-time discount is from 0 to {most} %.",
            most=_MOST_DISCOUNT_PERCENT,
        )
    return Terms(*(percent.quantize(Decimal("0.01")) for percent in terms))


def _within(percent: Decimal, most: Decimal) -> bool:
    return percent.is_finite() and 0 <= percent <= most


def owed(debt: Debt, *, on: date) -> Owed:
    """What settles the debt on `on`, which is not before its last part."""
    principal = debt.amount_cents - sum(part.principal_cents for part in debt.parts)
    if on <= debt.effective_due_on or not principal:
        discount = 0
        if on <= debt.effective_due_on:
            discount = money.rounded_percent_of(principal, debt.terms.on_time_discount_percent)
        return Owed(principal, discount, 0, 0, 0, 0, 0, (), 0)
    in_time = [part for part in debt.parts if part.paid_on <= debt.effective_due_on]
    late = debt.parts[len(in_time) :]
    overdue = debt.amount_cents - sum(part.principal_cents for part in in_time)
    # Once, whatever the due day became since: a fine that was paid is not asked for again.
    fine_before = sum(part.fine_cents for part in debt.parts)
    is_fine_waived = any(part.is_waived for part in late)
    fine = 0 if is_fine_waived else money.rounded_percent_of(overdue, debt.terms.fine_percent)
    segments, interest_before = _segments(debt, late, overdue, on=on)
    interest = money.round_half_up(sum((one.interest_cents for one in segments), Fraction(0)))
    return Owed(
        principal_cents=principal,
        discount_cents=0,
        fine_cents=max(0, fine - fine_before),
        interest_cents=max(0, interest - interest_before),
        late_days=(on - debt.due_on).days,
        fined_cents=0 if is_fine_waived else overdue,
        fine_before_cents=min(fine, fine_before),
        segments=segments,
        interest_before_cents=min(interest, interest_before),
    )


def _segments(
    debt: Debt, late: Sequence[Part], principal: int, *, on: date
) -> tuple[tuple[Segment, ...], int]:
    """Each stretch on which the principal stood still, since the last waiver, and the interest paid of them."""
    found: list[Segment] = []
    paid, since = 0, debt.due_on
    for part in late:
        found += _segment(debt.terms, principal, since, part.paid_on)
        principal, since, paid = principal - part.principal_cents, part.paid_on, paid + part.interest_cents
        if part.is_waived:
            found, paid = [], 0
    found += _segment(debt.terms, principal, since, on)
    return tuple(found), paid


def _segment(terms: Terms, principal: int, from_on: date, to_on: date) -> list[Segment]:
    days = (to_on - from_on).days
    if not days or not principal or not terms.interest_percent:
        return []
    interest = money.percent_of(principal, terms.interest_percent) * days / DAYS_OF_MONTH
    return [Segment(principal, from_on, to_on, days, interest)]
