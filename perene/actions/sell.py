"""From a plan to a contract in force."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.catalog import versions
from perene.apps.contracts import contracts
from perene.apps.contracts.models import TermKind
from perene.apps.customers import customers
from perene.apps.events import outbox
from perene.apps.ledger import chart
from perene.apps.organizations import organizations
from perene.kit import constraints
from perene.rules.charging import BillingMethod


@dataclass(frozen=True, kw_only=True, slots=True)
class Sale:
    """What is agreed. `due_day` None = the plan's own days after the charge (G36)."""

    customer_id: UUID
    plan_version_id: UUID
    started_on: date
    payment_method: str
    term_kind: str = TermKind.OPEN
    term_months: int | None = None
    signed_on: date | None = None
    due_day: int | None = None
    billing_method: str = BillingMethod.GROUPED
    billing_group_id: UUID | None = None
    external_id: str | None = None
    # None = the customer's own unit.
    unit_id: UUID | None = None
    cut_over_on: date | None = None
    delivery: str = "email"
    # Said twice with the same key, made once.
    request_key: str | None = None


@transaction.atomic(durable=True)
def contract(sale: Sale, *, on: date, now: datetime) -> UUID | None:
    """Draft, lines of the plan, confirmation: all or nothing. Returns the contract's id; None when this request was done
    before. Raises the Refusals of `apps.contracts.contracts` and `customers.buying`."""
    customer = customers.buying(sale.customer_id)
    with constraints.once("contract_asked_once") as asked:
        draft = contracts.draft(
            customer=customer,
            version=versions.known(sale.plan_version_id),
            started_on=sale.started_on,
            payment_method=sale.payment_method,
            term_kind=sale.term_kind,
            term_months=sale.term_months,
            signed_on=sale.signed_on,
            unit=None if sale.unit_id is None else organizations.unit(sale.unit_id),
            external_id=sale.external_id,
            delivery=sale.delivery,
            request_key=sale.request_key,
        )
    if not asked.is_first:
        return None
    contracts.lines_from_plan(draft, default_account_id=chart.by_role()["revenue"])
    contracts.confirm(
        draft,
        on=on,
        now=now,
        lead_days=organizations.present().lead_days,
        billing_method=sale.billing_method,
        due_day=sale.due_day,
        cut_over_on=sale.cut_over_on,
        billing_group_id=sale.billing_group_id,
    )
    outbox.record("contract.confirmed", subject_id=draft.id, occurred_on=on)
    contract_id: UUID = draft.id
    return contract_id
