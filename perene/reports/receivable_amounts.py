"""What receivables come to on a day, with late charges and discount: for lists, second copies, pages."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from perene.apps.receivables import debts
from perene.apps.receivables.models import Receivable, ReceivableStatus
from perene.rules import late_charges, settlement, settlement_explanation
from perene.rules.explanation import Step
from perene.rules.late_charges import Debt
from perene.rules.settlement import Given


class Amounts(NamedTuple):
    """Of one receivable on one day; all zero when it is not open."""

    due_on: date
    effective_due_on: date
    late_days: int
    principal_cents: int
    discount_cents: int
    fine_cents: int
    interest_cents: int
    total_cents: int


def on_day(receivables: Sequence[Receivable], *, on: date) -> dict[UUID, Amounts]:
    """By the ids of the receivables. Three queries, however many they are."""
    return {key: _amounts(debt, on=on) for key, debt in debts.of_many(_open(receivables)).items()} | {
        one.id: Amounts(one.due_on, one.due_on, 0, 0, 0, 0, 0, 0)
        for one in receivables
        if one.status != ReceivableStatus.OPEN
    }


def explained(receivable: Receivable, *, on: date) -> tuple[Step, ...]:
    """The steps from its amount to what is to be paid on the day."""
    return tuple(settlement_explanation.explain(settlement.write(Given(debts.of(receivable), on, None))))


def _open(receivables: Sequence[Receivable]) -> list[Receivable]:
    return [one for one in receivables if one.status == ReceivableStatus.OPEN]


def _amounts(debt: Debt, *, on: date) -> Amounts:
    owed = late_charges.owed(debt, on=on)
    return Amounts(
        due_on=debt.due_on,
        effective_due_on=debt.effective_due_on,
        late_days=owed.late_days,
        principal_cents=owed.principal_cents,
        discount_cents=owed.discount_cents,
        fine_cents=owed.fine_cents,
        interest_cents=owed.interest_cents,
        total_cents=owed.total_cents,
    )
