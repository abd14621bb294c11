"""“Por que este valor?” of what is to be paid on a day, and of what a payment settled (X6)."""

from collections.abc import Iterator
from fractions import Fraction

from perene.rules import late_charges, money, settlement
from perene.rules.explanation import Exact, Step
from perene.rules.late_charges import Owed
from perene.rules.refusals import Text
from perene.rules.settlement import Allocation, Given


def explain(derivation: str) -> list[Step]:
    """From the amount of the receivable to what settles it whole on the day; then, where an amount was given, what it was
    taken for. Raises ValueError for what is no derivation."""
    given = settlement.read(derivation)
    owed = late_charges.owed(given.debt, on=given.on)
    steps: list[Step] = []
    running: Exact = 0
    for text, amount in _additions(given, owed):
        running = _simple(running + amount)
        steps.append(Step(text, _simple(amount), running))
    asked = settlement.asked_for(owed, waive_late_charges=given.waive_late_charges)
    if running != asked:
        exact = money.format_exact(running)
        rounded = Text("Rounded to whole centavos, from {exact}", {"exact": exact})
        steps.append(Step(rounded, _simple(asked - running), asked))
    steps.append(Step(Text("To pay on {day}", {"day": given.on}), None, asked))
    if given.amount_cents is not None:
        steps += _taken(given.amount_cents, settlement.settle(given), owed)
    return steps


def _additions(given: Given, owed: Owed) -> Iterator[tuple[Text, Exact]]:
    debt, terms = given.debt, given.debt.terms
    yield Text("Amount due on {due_on}", {"due_on": debt.due_on}), debt.amount_cents
    for part in debt.parts:
        if part.principal_cents:
            yield Text("Settled on {day}", {"day": part.paid_on}), -part.principal_cents
    if owed.discount_cents:
        said = {"percent": terms.on_time_discount_percent, "day": debt.effective_due_on}
        yield Text("Discount of {percent} % for paying by {day}", said), -owed.discount_cents
    if given.waive_late_charges:
        if owed.fine_cents + owed.interest_cents:
            yield Text("Fine and interest waived"), 0
        return
    if owed.fined_cents and owed.fine_cents:
        said = {"percent": terms.fine_percent, "principal_cents": owed.fined_cents}
        charged = owed.fine_cents + owed.fine_before_cents
        yield Text("Fine of {percent} % on {principal_cents}, once", said), charged
        if owed.fine_before_cents:
            yield Text("Fine paid before"), -owed.fine_before_cents
    if not owed.interest_cents:
        return
    for one in owed.segments:
        said = {
            "percent": terms.interest_percent,
            "principal_cents": one.principal_cents,
            "days": one.days,
            "from_on": one.from_on,
            "to_on": one.to_on,
        }
        text = Text(
            "Interest of {percent} % a month on {principal_cents}: {days} days of 30, from {from_on} to {to_on}",
            said,
        )
        yield text, one.interest_cents
    if owed.interest_before_cents:
        yield Text("Interest paid before"), -owed.interest_before_cents


def _taken(amount_cents: int, found: Allocation, owed: Owed) -> Iterator[Step]:
    """What the amount given went to; the running figure is what is left of it."""
    left = amount_cents
    yield Step(Text("Received"), amount_cents, left)
    for text, cents in (
        (Text("For interest"), found.interest_cents),
        (Text("For the fine"), found.fine_cents),
        (Text("For the amount itself"), found.principal_cents - found.discount_cents),
    ):
        if cents:
            left -= cents
            yield Step(text, -cents, left)
    if found.surplus_cents:
        yield Step(Text("More than was owed: a credit of the customer"), None, left)
    elif still := owed.principal_cents - found.principal_cents:
        if owed.discount_cents:
            yield Step(Text("Less than the whole: paid in part, without the on-time discount"), None, still)
        yield Step(Text("Still open"), None, still)


def _simple(value: Exact) -> Exact:
    return int(value) if value.denominator == 1 else Fraction(value)
