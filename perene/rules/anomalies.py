"""What is odd about a bill before it is made: found by comparing it with the last one and with its own dates. An odd bill is
held aside until a person looked at it. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from perene.rules import money, schedule
from perene.rules.charging import BillingMethod, Draft, DueCycle, Line
from perene.rules.schedule import Terms

# A bill that is higher than the last one by more than this is held.
RISE_PERCENT = 40

ROSE = "bill_rose"
ZERO = "bill_is_zero"
CLIPPED = "due_day_clipped"
NO_DUE_RULE = "due_rule_missing"

CODES = (ROSE, ZERO, CLIPPED, NO_DUE_RULE)

# Who pays by these needs a day until which to pay; a card is charged without one.
PAID_BY_A_DAY = ("boleto", "pix")


class Anomaly(NamedTuple):
    """`message` is a msgid with its `params`, whole numbers all, so that they can be stored as they are."""

    code: str
    message: str
    params: dict[str, int]


def recurring_cents(drafts: Sequence[Draft]) -> int | None:
    """What one cycle bills of lines that come again, without the days before the first period; None where it charges nothing
    of the kind."""
    cents = [
        draft.amount_cents for draft in drafts if not draft.part and not draft.line.recurrence.is_one_time
    ]
    return sum(cents) if cents else None


def of_bill(previous_cents: int | None, bills: Sequence[int]) -> Anomaly | None:
    """What the recurring amounts of the cycles about to be billed say against the last one. A first bill (None) says
    nothing, nor does one after a bill of zero."""
    if not previous_cents or previous_cents < 0 or not bills:
        return None
    highest = max(bills)
    if highest * 100 > previous_cents * (100 + RISE_PERCENT):
        return Anomaly(
            ROSE,
            "The bill would be {now_cents}, {percent}% more than the last one of {previous_cents}: check the plan and the"
            " lines of the contract.",
            {
                "now_cents": highest,
                "previous_cents": previous_cents,
                "percent": money.round_ratio((highest - previous_cents) * 100, previous_cents),
            },
        )
    if min(bills) == 0:
        return Anomaly(
            ZERO,
            "Nothing would be billed, though the last bill was {previous_cents}: check the plan and the lines of the contract.",
            {"previous_cents": previous_cents},
        )
    return None


def begins_anew(lines: Sequence[Line], cycles: Sequence[DueCycle]) -> bool:
    """Whether another plan begins in one of the cycles: somebody changed the contract on purpose. Who looks at a rehearsal is
    asked all the same; a night takes their word."""
    began = {line.from_cycle for line in lines}
    return any(cycle.number in began for cycle, _due_on, _parts in cycles)


def of_due_rule(terms: Terms, method: str, payment_method: str) -> Anomaly | None:
    """Neither the contract nor its plan says until when to pay: the bill would be due on the day of its issue."""
    is_there = terms.due_day is not None or terms.due_after_days > 0
    if is_there or method == BillingMethod.NONE or payment_method not in PAID_BY_A_DAY:
        return None
    return Anomaly(
        NO_DUE_RULE,
        "The contract has no due day, and its plan does not say how many days after the charge it is due: set one of them.",
        {},
    )


def of_due_day(terms: Terms, cycles: Sequence[DueCycle]) -> Anomaly | None:
    """The month is too short for the contract's due day, and no earlier month of it was: the customer sees another day for
    the first time. Not for a first bill, whose day is new in any case."""
    due_day = terms.due_day
    if due_day is None or due_day <= 28:
        return None
    for cycle, due_on, _parts in cycles:
        if due_on.day >= due_day or cycle.number <= terms.first_cycle:
            continue
        earlier = range(cycle.number - 1, terms.first_cycle - 1, -1)
        if any(_due_on(terms, number) < due_day for number in earlier):
            return None
        return Anomaly(
            CLIPPED,
            "The due day {due_day} does not exist in this month: the bill would be due on day {day} for the first time.",
            {"due_day": due_day, "day": due_on.day},
        )
    return None


def _due_on(terms: Terms, number: int) -> int:
    return schedule.due_on(terms, schedule.cycle(terms, number).charge_on).day
