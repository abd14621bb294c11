"""Writing a chunk: COPY into the load's tables, then one function of the owner that proves and inserts everything."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from perene.kit import bulk, ids
from perene.rules import invoicing
from perene.rules.charging import RowId
from perene.rules.invoicing import Accounts, InvoiceDraft

_INVOICE = {
    "id": "uuid",
    "number": "int8",
    "customer_id": "uuid",
    "unit_id": "uuid",
    "contract_id": "uuid",
    "billing_group_id": "uuid",
    "due_on": "date",
    "payment_method": "text",
    "total_cents": "int8",
    "status": "text",
    "instrument_id": "uuid",
    "entry_id": "uuid",
    "event_id": "uuid",
}
_LINE = {
    "invoice_id": "uuid",
    "number": "int2",
    "charge_id": "uuid",
    "is_new": "bool",
    "contract_id": "uuid",
    "line_id": "uuid",
    "kind": "text",
    "cycle": "int4",
    "part": "int2",
    "charge_on": "date",
    "due_on": "date",
    "period_start": "date",
    "period_end": "date",
    "amount_cents": "int8",
    "derivation": "text",
    "account_id": "uuid",
    "description": "text",
}
_POSTING = {"entry_id": "uuid", "number": "int2", "account_id": "uuid", "amount_cents": "int8"}


class _Prepared(NamedTuple):
    """An invoice with its ids: its own, its receivable's or credit's, its entry's (None when nothing is posted)."""

    invoice: InvoiceDraft
    invoice_id: bytes
    instrument_id: bytes
    entry_id: bytes | None
    postings: list[tuple[invoicing.RowId, int]]


def load(
    invoices: Sequence[InvoiceDraft],
    *,
    numbers: Iterator[int],
    run_id: UUID,
    issued_on: date,
    accounts: Accounts,
) -> list[tuple[RowId, RowId]]:
    """Store the invoices with their charges, lines, receivables or credits, entries and events, in the present
    transaction; ids in the drafts are bytes. Returns (customer, receivable) of each that is owed. Raises IntegrityError
    when a charge exists already or is consumed already."""
    prepared = _prepare(invoices, issued_on=issued_on, accounts=accounts)
    with bulk.cursor() as cursor:
        cursor.execute("SELECT perene_begin_load()")
        bulk.copy_in(cursor, "load_invoice", _INVOICE, _invoice_rows(prepared, numbers))
        bulk.copy_in(cursor, "load_line", _LINE, _line_rows(prepared))
        bulk.copy_in(cursor, "load_posting", _POSTING, _posting_rows(prepared))
        cursor.execute("SELECT perene_load_billing(%s, %s)", [run_id, issued_on])
    return [
        (one.invoice.billed.customer_id, one.instrument_id) for one in prepared if one.invoice.total_cents > 0
    ]


def _prepare(invoices: Sequence[InvoiceDraft], *, issued_on: date, accounts: Accounts) -> list[_Prepared]:
    """Ids of one table come from one ascending block, so that its index grows at the edge."""
    count = len(invoices)
    found = []
    for invoice, invoice_id, instrument_id, entry_id in zip(
        invoices, ids.block(count), ids.block(count), ids.block(count), strict=True
    ):
        postings = invoicing.postings(invoice, issued_on=issued_on, accounts=accounts)
        found.append(_Prepared(invoice, invoice_id, instrument_id, entry_id if postings else None, postings))
    return found


def _invoice_rows(prepared: Sequence[_Prepared], numbers: Iterator[int]) -> Iterator[tuple[object, ...]]:
    for (invoice, invoice_id, instrument_id, entry_id, _), event_id in zip(
        prepared, ids.block(len(prepared)), strict=True
    ):
        customer_id, unit_id, billing_group_id, payment_method = invoice.billed
        yield (
            invoice_id,
            next(numbers),
            customer_id,
            unit_id,
            invoice.contract_id,
            billing_group_id,
            invoice.due_on,
            payment_method,
            invoice.total_cents,
            invoice.status,
            instrument_id,
            entry_id,
            event_id,
        )


def _line_rows(prepared: Sequence[_Prepared]) -> Iterator[tuple[object, ...]]:
    charge_ids = iter(ids.block(sum(len(one.invoice.lines) for one in prepared)))
    for invoice, invoice_id, _, _, _ in prepared:
        for number, (contract_id, draft, waiting_id) in enumerate(invoice.lines, start=1):
            line, kind, cycle, part, charge_on, due_on, period_start, period_end, amount_cents, derivation = (
                draft
            )
            fresh_id = next(charge_ids)
            yield (
                invoice_id,
                number,
                waiting_id or fresh_id,
                waiting_id is None,
                contract_id,
                line.id,
                kind,
                cycle,
                part,
                charge_on,
                due_on,
                period_start,
                period_end,
                amount_cents,
                derivation,
                line.account_id,
                line.description,
            )


def _posting_rows(prepared: Sequence[_Prepared]) -> Iterator[tuple[object, ...]]:
    for _, _, _, entry_id, postings in prepared:
        for number, (account_id, amount_cents) in enumerate(postings, start=1):
            yield entry_id, number, account_id, amount_cents
