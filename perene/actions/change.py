"""What happens to a contract in force: another plan, the end."""

from datetime import date
from uuid import UUID

from django.db import transaction

from perene.apps.billing import charges, invoices
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts import changes
from perene.apps.events import outbox
from perene.apps.ledger import chart
from perene.apps.organizations import organizations
from perene.rules import charging, schedule


@transaction.atomic(durable=True)
def plan(contract_id: UUID, *, plan_version_id: UUID, from_cycle: int | None = None, on: date) -> None:
    """Another plan from `from_cycle` on; by default from the first cycle that is not billed yet. Raises the Refusals of
    `changes.change_plan`."""
    contract, billing = changes.locked(contract_id)
    changes.change_plan(
        contract,
        billing,
        version=PlanVersion.objects.select_related("plan").get(id=plan_version_id),
        from_cycle=billing.next_cycle if from_cycle is None else from_cycle,
        default_account_id=chart.by_role()["revenue"],
        lead_days=organizations.present().lead_days,
        on=on,
    )
    outbox.record("contract.plan_changed", subject_id=contract_id, occurred_on=on)


@transaction.atomic(durable=True)
def cancel(contract_id: UUID, *, ends_on: date, reason: str, on: date) -> None:
    """The contract ends: `ends_on` is its first day without service. Invoices of periods that never begin are cancelled
    while nobody paid them; what else was charged beyond the end is given back as the plan says, by the next run."""
    contract, billing = changes.locked(contract_id)
    terms = changes.end(
        contract, billing, ends_on=ends_on, reason=reason, lead_days=organizations.present().lead_days
    )
    invoices.cancel_unbegun(contract_id, from_on=ends_on, on=on)
    credits = []
    # Lines are read only where something was charged: a contract whose line is broken can still end.
    if beyond := charges.charged_beyond(contract_id, ends_on):
        lines = {line.id: line for line in changes.charged_lines(contract_id)}
        for line_id, number, part, charged_until in beyond:
            credit = charging.end_credit(
                terms, lines[line_id], schedule.cycle(terms, number), part=part, charged_until=charged_until
            )
            if credit is not None and credit.amount_cents:
                credits.append(credit)
    if credits:
        charges.add_pending(contract_id, credits)
        changes.wake(billing, on=max(on, ends_on))
    outbox.record("contract.cancelled", subject_id=contract_id, occurred_on=on, ends_on=ends_on.isoformat())
