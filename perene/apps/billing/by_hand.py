"""Charges and invoices that a person enters: what waits for a contract's next invoice, and invoices without a run."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from perene.apps.billing.models import Charge, ChargeStatus, Invoice, InvoiceLine
from perene.apps.events import outbox
from perene.apps.ledger import journal
from perene.apps.organizations import numbers
from perene.apps.receivables import receivables
from perene.kit import constraints, ids
from perene.rules import invoicing
from perene.rules.charging import Draft, Kind
from perene.rules.invoicing import Accounts, InvoiceDraft
from perene.rules.refusals import Refusal


class Issued(NamedTuple):
    """An invoice that was just stored, and what is owed for it."""

    invoice_id: UUID
    receivable_id: UUID


def wait(contract_id: UUID, draft: Draft, *, request_key: str | None) -> UUID | None:
    """Store a charge for the contract's next invoice. Returns its id; None when `request_key` was seen before."""
    charge = _charge(draft, status=ChargeStatus.PENDING, contract_id=contract_id, request_key=request_key)
    with constraints.once("charge_asked_once") as asked:
        charge.save(force_insert=True)
    return charge.id if asked.is_first else None


def waiting_of(contract_id: UUID) -> list[Charge]:
    """What was entered for the contract and no invoice has yet, the next one first."""
    found = Charge.objects.filter(
        contract_id=contract_id, status__in=[ChargeStatus.PENDING, ChargeStatus.HELD], kind=Kind.BY_HAND
    )
    return list(found.select_related("account").order_by("charge_on", "id"))


def cancel(charge_id: UUID) -> Charge:
    """A charge that a person entered will not be invoiced. Returns it. Refusal `charge_not_waiting`."""
    charge = Charge.objects.filter(id=charge_id, kind=Kind.BY_HAND).first()
    # On condition: a run may take it into an invoice at this moment.
    waiting = Charge.objects.filter(id=charge_id, status__in=[ChargeStatus.PENDING, ChargeStatus.HELD])
    if charge is None or not waiting.filter(kind=Kind.BY_HAND).update(status=ChargeStatus.CANCELLED):
        raise Refusal(
            "charge_not_waiting",
            "This charge does not wait any more: if it was invoiced, cancel its invoice instead.",
        )
    return charge


def issue(draft: InvoiceDraft, *, accounts: Accounts, request_key: str | None, on: date) -> Issued | None:
    """Store the invoice with its charges, lines, receivable, entry and event. None when `request_key` was seen before."""
    customer_id, unit_id, _, payment_method = draft.billed
    invoice = Invoice(
        id=ids.new(),
        customer_id=customer_id,
        unit_id=unit_id,
        issued_on=on,
        due_on=draft.due_on,
        payment_method=payment_method,
        total_cents=draft.total_cents,
        status=draft.status,
        request_key=request_key,
        number=numbers.reserve("invoice"),
    )
    with constraints.once("invoice_asked_once") as asked:
        invoice.save(force_insert=True)
    if not asked.is_first:
        return None
    charges = [_charge(line.draft, status=ChargeStatus.INVOICED) for line in draft.lines]
    Charge.objects.bulk_create(charges)
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            number=number,
            charge=charge,
            account_id=charge.account_id,
            description=charge.description,
            amount_cents=charge.amount_cents,
        )
        for number, charge in enumerate(charges, start=1)
    )
    invoice.receivable_id = receivables.owe(
        customer_id=invoice.customer_id,
        unit_id=invoice.unit_id,
        source_kind="invoice",
        source_id=invoice.id,
        payment_method=payment_method,
        due_on=draft.due_on,
        amount_cents=draft.total_cents,
    )
    invoice.entry_id = journal.post(
        posted_on=on,
        kind="invoice",
        source_kind="invoice",
        source_id=invoice.id,
        postings=invoicing.postings(draft, issued_on=on, accounts=accounts),
    )
    invoice.save(update_fields=["receivable_id", "entry_id"])
    outbox.record("invoice.issued", subject_id=invoice.id, occurred_on=on, total_cents=draft.total_cents)
    return Issued(invoice.id, invoice.receivable_id)


def _charge(
    draft: Draft, *, status: str, contract_id: UUID | None = None, request_key: str | None = None
) -> Charge:
    return Charge(
        id=ids.new(),
        contract_id=contract_id,
        account_id=draft.line.account_id,
        description=draft.line.description,
        kind=draft.kind,
        cycle=draft.cycle,
        part=draft.part,
        status=status,
        charge_on=draft.charge_on,
        due_on=draft.due_on,
        period_start=draft.period_start,
        period_end=draft.period_end,
        amount_cents=draft.amount_cents,
        derivation=draft.derivation,
        request_key=request_key,
    )
