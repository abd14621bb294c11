"""What a person does to charges and invoices one by one: enter, issue, cancel. Each function is one transaction."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.billing import by_hand as entered
from perene.apps.billing import invoices
from perene.apps.contracts import changes
from perene.apps.customers.models import Customer
from perene.apps.events import outbox
from perene.apps.ledger import accounts, chart
from perene.apps.organizations import names, organizations
from perene.apps.receivables import credits
from perene.kit import tenancy
from perene.rules import by_hand as rules
from perene.rules.by_hand import Said
from perene.rules.invoicing import Accounts, Billed
from perene.rules.plans import PaymentMethod
from perene.rules.refusals import Refusal


@transaction.atomic(durable=True)
def charge_once(
    contract_id: UUID,
    *,
    description: str,
    amount_cents: int,
    account_id: UUID | None,
    charge_on: date,
    request_key: str | None = None,
    on: date,
    now: datetime,
) -> UUID | None:
    """A charge (below zero: a discount) that rides on the contract's next invoice from `charge_on` on, or has one of its own
    when nothing else is due. Without `account_id` it is revenue. Returns its id; None when `request_key` was seen before.
    Raises the Refusals of `rules.by_hand.draft`, `check_charge_on` and `accounts.for_line`."""
    _contract, billing = changes.locked(contract_id)
    draft = rules.draft(
        Said(description, amount_cents, accounts.for_line(account_id)),
        charge_on=rules.check_charge_on(charge_on, on=on),
        due_on=charge_on,
        by=names.of_person(tenancy.person_id()),
        on=on,
    )
    charge_id = entered.wait(contract_id, draft, request_key=request_key)
    if charge_id is None:
        return None
    changes.wake(billing, on=charge_on)
    outbox.record("charge.entered", subject_id=charge_id, occurred_on=on, amount_cents=amount_cents)
    return charge_id


@transaction.atomic(durable=True)
def cancel_charge(charge_id: UUID, *, on: date, now: datetime) -> None:
    """A charge that was entered and not yet invoiced will not be. Refusal `charge_not_waiting`."""
    charge = entered.cancel(charge_id)
    outbox.record("charge.cancelled", subject_id=charge_id, occurred_on=on, amount_cents=charge.amount_cents)


@transaction.atomic(durable=True)
def by_hand(
    customer_id: UUID,
    *,
    lines: Sequence[tuple[str, int, UUID | None]],
    due_on: date,
    payment_method: str,
    unit_id: UUID | None = None,
    request_key: str | None = None,
    on: date,
    now: datetime,
) -> UUID | None:
    """An invoice that no contract asks for. `lines`: (description, centavos, account or None = revenue); one below zero is a
    discount, and they must come to more than zero. Open credits of the customer are used at once. `unit_id` None = the
    customer's own. Returns its id; None when `request_key` was seen before. Raises the Refusals of `rules.by_hand.invoice`
    and `accounts.for_line`, `customer_unknown`, `payment_method_unknown`, `unknown_unit`."""
    whom = _whom(customer_id, unit_id=unit_id, payment_method=payment_method)
    draft = rules.invoice(
        [Said(text, cents, accounts.for_line(account_id)) for text, cents, account_id in lines],
        whom=whom,
        due_on=due_on,
        by=names.of_person(tenancy.person_id()),
        on=on,
    )
    roles = chart.by_role()
    issued = entered.issue(
        draft,
        accounts=Accounts(roles["receivables"], roles["deferred_revenue"], roles["customer_credits"]),
        request_key=request_key,
        on=on,
    )
    if issued is None:
        return None
    credits.use_for_new([(customer_id.bytes, issued.receivable_id.bytes)], on=on, now=now)
    return issued.invoice_id


@transaction.atomic(durable=True)
def cancel(invoice_id: UUID, *, reason: str, give_back: bool, on: date, now: datetime) -> None:
    """The invoice is not owed any more: entries reversed, used credits given back, its charges cancelled; with `give_back`
    they are held, and a run bills them again once a person releases them. Raises the Refusals of `invoices.locked`,
    `invoices.cancel` and `rules.by_hand.check_reason`."""
    reason = rules.check_reason(reason)
    invoice = invoices.locked(invoice_id)
    invoices.cancel(invoice, reason=reason, gives_back=give_back, on=on, now=now)


def _whom(customer_id: UUID, *, unit_id: UUID | None, payment_method: str) -> Billed:
    customer = Customer.objects.filter(id=customer_id, merged_into__isnull=True).first()
    if customer is None:
        raise Refusal("customer_unknown", "There is no such customer.")
    if payment_method not in list(PaymentMethod):
        raise Refusal("payment_method_unknown", "Choose one of the payment methods offered.")
    if unit_id is not None and unit_id not in {unit.id for unit in organizations.units()}:
        raise Refusal("unknown_unit", "Choose one of the units offered.")
    return Billed(customer.id, unit_id or customer.unit_id, None, payment_method)
