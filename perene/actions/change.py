"""What happens to a contract in force: another plan, the end."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from django.db import transaction

from perene.apps.billing import charges, invoices
from perene.apps.billing.models import ChargeStatus
from perene.apps.catalog import versions
from perene.apps.contracts import changes
from perene.apps.contracts.models import BillingTerms
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
        version=versions.known(plan_version_id),
        from_cycle=billing.next_cycle if from_cycle is None else from_cycle,
        default_account_id=chart.by_role()["revenue"],
        lead_days=organizations.present().lead_days,
        on=on,
    )
    _wake_for_waiting(contract_id, billing)
    outbox.record("contract.plan_changed", subject_id=contract_id, occurred_on=on)


@transaction.atomic(durable=True)
def due_day(contract_id: UUID, *, due_day: int | None, on: date) -> None:
    """Another due day for what is charged from here on; None = as the plan says. Raises the Refusals of
    `changes.change_due_day`."""
    contract, billing = changes.locked(contract_id)
    changes.change_due_day(contract, billing, due_day=due_day, lead_days=organizations.present().lead_days)
    _wake_for_waiting(contract_id, billing)
    outbox.record("contract.due_day_changed", subject_id=contract_id, occurred_on=on)


@transaction.atomic(durable=True)
def cancel(contract_id: UUID, *, ends_on: date, reason: str, on: date) -> None:
    """The contract ends: `ends_on` is its first day without service. Invoices of periods that never begin are cancelled
    while nobody paid them; what else was charged beyond the end is given back as the plan says, by the next run."""
    contract, billing = changes.locked(contract_id)
    terms = changes.end(
        contract, billing, ends_on=ends_on, reason=reason, lead_days=organizations.present().lead_days
    )
    invoices.cancel_unbegun(contract, from_on=ends_on, on=on)
    charges.cancel_unbegun(contract_id, from_on=ends_on)
    credits: dict[str, list[charging.Draft]] = defaultdict(list)
    # Lines are read only where something was charged: a contract whose line is broken can still end.
    if beyond := charges.charged_beyond(contract_id, ends_on):
        lines = {line.id: line for line in changes.charged_lines(contract_id)}
        for line_id, number, part, charged_until, status in beyond:
            credit = charging.end_credit(
                terms, lines[line_id], schedule.cycle(terms, number), part=part, charged_until=charged_until
            )
            if credit is not None and credit.amount_cents:
                # What is given back waits as what it is given back of: held with what is held.
                credits[ChargeStatus.HELD if status == ChargeStatus.HELD else ChargeStatus.PENDING].append(
                    credit
                )
    for status, drafts in credits.items():
        charges.add_waiting(contract_id, drafts, status=status)
    if credits[ChargeStatus.PENDING]:
        changes.wake(billing, on=max(on, ends_on))
    _wake_for_waiting(contract_id, billing)
    outbox.record("contract.cancelled", subject_id=contract_id, occurred_on=on, ends_on=ends_on.isoformat())


def _wake_for_waiting(contract_id: UUID, billing: BillingTerms) -> None:
    """The cursor was set by the terms alone: charges that wait need their day too."""
    waiting_on = charges.next_waiting_on(contract_id)
    if waiting_on is not None:
        changes.wake(billing, on=waiting_on)
