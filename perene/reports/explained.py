"""Every line of an invoice with the steps that made its amount: what the screen and the PDF both show."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from perene.apps.billing.models import InvoiceLine
from perene.rules import explanation, pricing
from perene.rules.explanation import Step
from perene.rules.refusals import Refusal


class ExplainedLine(NamedTuple):
    """`last_on` is the last day of the period. `is_proved`: the stored derivation comes to the stored amount."""

    number: int
    description: str
    # None: entered for the customer alone.
    contract_id: UUID | None
    contract_number: int | None
    account_code: str
    account_name: str
    kind: str
    cycle: int
    part: int
    charge_on: date
    first_on: date
    last_on: date
    amount_cents: int
    is_reversed: bool
    steps: tuple[Step, ...]
    is_proved: bool

    @property
    def is_plain(self) -> bool:
        """One step says it all: nothing was added, taken off or shared out; or there is nothing to tell, all is zero."""
        return len(self.steps) <= 2 or not any(step.amount_cents for step in self.steps)


def of_invoice(invoice_id: UUID) -> list[ExplainedLine]:
    """The lines in their order. One query."""
    rows: Iterable[InvoiceLine] = (
        InvoiceLine.objects.filter(invoice_id=invoice_id)
        .select_related("charge__contract", "account")
        .order_by("number")
    )
    return [_explained(row) for row in rows]


def _explained(row: InvoiceLine) -> ExplainedLine:
    charge = row.charge
    try:
        steps = tuple(explanation.explain(charge.derivation))
        is_proved = pricing.evaluate(charge.derivation) == row.amount_cents == charge.amount_cents
    except (ValueError, Refusal):
        # Somebody wrote past us: the amount stands, and the page says that nothing proves it.
        steps, is_proved = (), False
    return ExplainedLine(
        number=row.number,
        description=row.description,
        contract_id=charge.contract_id,
        contract_number=None if charge.contract is None else charge.contract.number,
        account_code=row.account.code,
        account_name=row.account.name,
        kind=charge.kind,
        cycle=charge.cycle,
        part=charge.part,
        charge_on=charge.charge_on,
        first_on=charge.period_start,
        last_on=charge.period_end - timedelta(days=1),
        amount_cents=row.amount_cents,
        is_reversed=row.is_reversed,
        steps=steps,
        is_proved=is_proved,
    )
