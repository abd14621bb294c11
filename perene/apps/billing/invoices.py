"""What happens to an invoice after it was issued."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from perene.apps.billing.models import Charge, ChargeStatus, Deferral, Invoice, InvoiceLine
from perene.apps.contracts.models import Contract
from perene.apps.events import outbox
from perene.apps.ledger import journal
from perene.apps.receivables import credits, receivables
from perene.apps.receivables.models import Settlement, SettlementKind
from perene.kit import tenancy
from perene.rules.invoicing import InvoiceStatus
from perene.rules.refusals import Refusal


def of_contract(contract: Contract) -> "QuerySet[Invoice]":
    """Invoices that charge this contract, alone or together with others of its customer."""
    together = InvoiceLine.objects.filter(invoice_id=OuterRef("id"), charge__contract_id=contract.id)
    # The customer first: that is what the index knows.
    return Invoice.objects.filter(customer_id=contract.customer_id).filter(
        Q(contract_id=contract.id) | (Q(contract__isnull=True) & Exists(together))
    )


def cancel_unbegun(contract: Contract, *, from_on: date, on: date) -> int:
    """Cancel the contract's unpaid invoices, all of whose periods begin on `from_on` or later (invoices made ahead, I13).
    Returns how many."""
    # The customer first: that is what the index knows.
    own = Invoice.objects.filter(customer_id=contract.customer_id, contract_id=contract.id)
    begun = InvoiceLine.objects.filter(invoice_id=OuterRef("id"), charge__period_start__lt=from_on)
    candidates = (
        own.select_for_update(of=("self",), no_key=True)
        .filter(status__in=[InvoiceStatus.OPEN, InvoiceStatus.ZERO])
        .exclude(Exists(begun))
        .order_by("number")
    )
    cancelled = 0
    for invoice in candidates:
        if invoice.receivable_id is None or receivables.cancel_untouched(invoice.receivable_id):
            _undo(invoice, charges_become=ChargeStatus.CANCELLED, on=on)
            cancelled += 1
    return cancelled


def locked(invoice_id: UUID) -> Invoice:
    """The invoice, held until the transaction ends. Refusal `invoice_unknown`, `invoice_cancelled_already`."""
    found: Invoice | None = (
        Invoice.objects.select_for_update(of=("self",), no_key=True).filter(id=invoice_id).first()
    )
    if found is None:
        raise Refusal("invoice_unknown", "There is no such invoice.")
    if found.status == InvoiceStatus.CANCELLED:
        raise Refusal(
            "invoice_cancelled_already", "Invoice {number} is cancelled already.", number=found.number
        )
    return found


def cancel(invoice: Invoice, *, reason: str, gives_back: bool, on: date, now: datetime) -> None:
    """Cancel an invoice on which no payment stands, by a person's will. Credits that it used are given back, its charges are
    cancelled with it, or with `gives_back` held until a person releases them. Refusal `nothing_to_give_back`,
    `invoice_has_payment`, `invoice_written_off`, `invoice_not_open`, `credit_was_used`."""
    if gives_back and not _charges(invoice).filter(contract__isnull=False).exists():
        raise Refusal(
            "nothing_to_give_back",
            "Nothing on invoice {number} comes from a contract: cancel it without keeping its charges.",
            number=invoice.number,
        )
    if invoice.receivable_id is not None:
        credits.give_back([invoice.receivable_id], reason=reason, on=on, now=now)
        if not receivables.cancel_untouched(invoice.receivable_id):
            raise _why_not(invoice)
    if invoice.status == InvoiceStatus.CREDIT and not receivables.cancel_unused_credit(
        source_kind="invoice", source_id=invoice.id
    ):
        raise Refusal(
            "credit_was_used",
            "The credit that came of invoice {number} was used or refunded: reverse that first.",
            number=invoice.number,
        )
    invoice.cancelled_on = on
    invoice.cancelled_at = now
    invoice.cancelled_by_id = tenancy.person_id()
    invoice.cancel_reason = reason
    invoice.save(update_fields=["cancelled_on", "cancelled_at", "cancelled_by_id", "cancel_reason"])
    _undo(invoice, charges_become=ChargeStatus.HELD if gives_back else ChargeStatus.CANCELLED, on=on)


def _why_not(invoice: Invoice) -> Refusal:
    standing = (
        Settlement.objects.filter(receivable_id=invoice.receivable_id, reversed_on__isnull=True)
        .exclude(kind=SettlementKind.CREDIT)
        .order_by("-settled_at", "-id")
        .first()
    )
    if standing is None:
        return Refusal(
            "invoice_not_open",
            "Invoice {number} is not owed any more: nothing can be cancelled.",
            number=invoice.number,
        )
    if standing.kind == SettlementKind.WRITE_OFF:
        return Refusal(
            "invoice_written_off",
            "Invoice {number} was written off on {paid_on}: reverse that first.",
            number=invoice.number,
            paid_on=standing.paid_on,
            settlement_id=str(standing.id),
        )
    return Refusal(
        "invoice_has_payment",
        "On invoice {number} stands a payment of {received_cents} of {paid_on}: reverse it first.",
        number=invoice.number,
        received_cents=standing.received_cents,
        paid_on=standing.paid_on,
        settlement_id=str(standing.id),
    )


def _undo(invoice: Invoice, *, charges_become: str, on: date) -> None:
    """Its entry is reversed, with what was recognized since; its charges are cancelled or wait; it is a cancelled one."""
    # First: recognition may be posting one of them, and its entry must be seen.
    deferred = list(Deferral.objects.select_for_update(no_key=True).filter(invoice=invoice).order_by("id"))
    if invoice.entry_id is not None:
        journal.reverse(invoice.entry_id, posted_on=on, kind="invoice_cancelled")
    for entry_id in sorted({row.entry_id for row in deferred if row.entry_id is not None}):
        journal.reverse(entry_id, posted_on=on, kind="recognition_cancelled")
    Deferral.objects.filter(id__in=[row.id for row in deferred]).update(status="cancelled")
    charges = _charges(invoice)
    charges.filter(contract__isnull=True).update(status=ChargeStatus.CANCELLED)
    charges.filter(contract__isnull=False).update(status=charges_become)
    InvoiceLine.objects.filter(invoice=invoice).update(is_reversed=True)
    invoice.status = InvoiceStatus.CANCELLED
    invoice.save(update_fields=["status"])
    outbox.record("invoice.cancelled", subject_id=invoice.id, occurred_on=on, total_cents=invoice.total_cents)


def _charges(invoice: Invoice) -> "QuerySet[Charge]":
    return Charge.objects.filter(id__in=InvoiceLine.objects.filter(invoice=invoice).values("charge_id"))
