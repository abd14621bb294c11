"""What happens to an invoice after it was issued."""

from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from perene.apps.billing.models import Charge, ChargeStatus, Deferral, Invoice, InvoiceLine, InvoiceStatus
from perene.apps.contracts.models import Contract
from perene.apps.events import outbox
from perene.apps.ledger import journal
from perene.apps.receivables import receivables


def of_contract(contract: Contract) -> "QuerySet[Invoice]":
    """Invoices that charge this contract, alone or together with others of its customer."""
    together = InvoiceLine.objects.filter(invoice_id=OuterRef("id"), charge__contract_id=contract.id)
    # The customer first: that is what the index knows.
    return Invoice.objects.filter(customer_id=contract.customer_id).filter(
        Q(contract_id=contract.id) | (Q(contract__isnull=True) & Exists(together))
    )


def cancel_unbegun(contract_id: UUID, *, from_on: date, on: date) -> int:
    """Cancel the contract's unpaid invoices, all of whose periods begin on `from_on` or later (invoices made ahead, I13).
    Returns how many."""
    begun = InvoiceLine.objects.filter(charge__period_start__lt=from_on, invoice__contract_id=contract_id)
    candidates = (
        Invoice.objects.filter(contract_id=contract_id, status__in=[InvoiceStatus.OPEN, InvoiceStatus.ZERO])
        .exclude(id__in=begun.values("invoice_id"))
        .order_by("number")
    )
    cancelled = 0
    for invoice in candidates:
        if invoice.status == InvoiceStatus.ZERO or receivables.is_untouched(invoice.receivable_id):
            _cancel(invoice, on=on)
            cancelled += 1
    return cancelled


def _cancel(invoice: Invoice, *, on: date) -> None:
    """Undo an invoice: its entry is reversed, its receivable is no longer owed, its charges are cancelled with it."""
    receivables.cancel(invoice.receivable_id)
    if invoice.entry_id is not None:
        journal.reverse(invoice.entry_id, posted_on=on, kind="invoice_cancelled")
    charge_ids = list(InvoiceLine.objects.filter(invoice=invoice).values_list("charge_id", flat=True))
    InvoiceLine.objects.filter(invoice=invoice).update(is_reversed=True)
    Charge.objects.filter(id__in=charge_ids).update(status=ChargeStatus.CANCELLED)
    deferred = Deferral.objects.filter(invoice=invoice, charge_id__in=charge_ids)
    # An end in the past: what was recognized since then is taken back too, for the entry above left it out of the books.
    for entry_id in sorted({row.entry_id for row in deferred if row.entry_id is not None}):
        journal.reverse(entry_id, posted_on=on, kind="recognition_cancelled")
    deferred.update(status="cancelled")
    invoice.status = InvoiceStatus.CANCELLED
    invoice.save(update_fields=["status"])
    outbox.record("invoice.cancelled", subject_id=invoice.id, occurred_on=on, total_cents=invoice.total_cents)
