"""An organization's or a customer's statement as text: what stories compare whole.

    invoice 1 of 2026-01-01 due 2026-01-05 by boleto: 100.00 open
      Internet, cycle 1, 2026-01-01 to 2026-02-01: 100.00
    receivable due 2026-01-05: 100.00, open 100.00
    credit of 2026-02-10: 25.00, open 25.00
    books: receivables 100.00, revenue -100.00

Amounts are reais and centavos. In the books a debit is positive; accounts with a role go by it, others by their code.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from perene.apps.billing.models import Charge, Invoice, InvoiceLine
from perene.apps.ledger.models import Account, Entry, Posting
from perene.apps.receivables.models import Credit, Receivable


def of(customer_id: UUID | None = None) -> str:
    """The whole statement; of every customer, named, without `customer_id`."""
    return "\n".join([*_invoices(customer_id), *_receivables(customer_id), *_credits(customer_id), books()])


def invoices(customer_id: UUID | None = None) -> str:
    """Invoices with their lines, by number."""
    return "\n".join(_invoices(customer_id))


def headers(customer_id: UUID | None = None) -> str:
    """The invoices without their lines."""
    return "\n".join(line for line in _invoices(customer_id) if not line.startswith(" "))


def books(*, through: date | None = None) -> str:
    """The balance of each account, zero ones left out."""
    found: dict[UUID, int] = defaultdict(int)
    for posting in Posting.objects.all():
        if through is None or posting.posted_on <= through:
            found[posting.account_id] += posting.amount_cents
    return "books: " + (_sides(found) or "empty")


def journal() -> str:
    """Every entry: its day, kind and sides."""
    sides: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for posting in Posting.objects.order_by("entry_id", "number"):
        sides[posting.entry_id][posting.account_id] = posting.amount_cents
    entries = sorted(Entry.objects.all(), key=lambda entry: (entry.posted_on, entry.id))
    return "\n".join(f"{entry.posted_on} {entry.kind}: {_sides(sides[entry.id])}" for entry in entries)


def text(expected: str) -> str:
    """An expectation as it stands indented in a test."""
    return textwrap.dedent(expected).strip("\n").rstrip()


def amount(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _invoices(customer_id: UUID | None) -> Iterator[str]:
    found = Invoice.objects.select_related("customer").order_by("number")
    lines: dict[UUID, list[InvoiceLine]] = defaultdict(list)
    for line in InvoiceLine.objects.select_related("charge").order_by("invoice_id", "number"):
        lines[line.invoice_id].append(line)
    for invoice in found.filter(customer_id=customer_id) if customer_id else found:
        whose = "" if customer_id else f" for {invoice.customer.name}"
        yield (
            f"invoice {invoice.number}{whose} of {invoice.issued_on} due {invoice.due_on} by {invoice.payment_method}:"
            f" {amount(invoice.total_cents)} {invoice.status}"
        )
        for line in lines[invoice.id]:
            yield f"  {line.description}, {_obligation(line.charge)}: {amount(line.amount_cents)}"


def _obligation(charge: Charge) -> str:
    kind = "" if charge.kind == "recurring" else f"{charge.kind} of "
    part = " stub" if charge.part else ""
    return f"{kind}cycle {charge.cycle}{part}, {charge.period_start} to {charge.period_end}"


def _receivables(customer_id: UUID | None) -> Iterator[str]:
    found = Receivable.objects.select_related("customer").order_by("due_on", "id")
    for receivable in found.filter(customer_id=customer_id) if customer_id else found:
        whose = "" if customer_id else f" of {receivable.customer.name}"
        said = "cancelled" if receivable.status == "cancelled" else f"open {amount(receivable.open_cents)}"
        yield f"receivable{whose} due {receivable.due_on}: {amount(receivable.amount_cents)}, {said}"


def _credits(customer_id: UUID | None) -> Iterator[str]:
    found = Credit.objects.select_related("customer").order_by("granted_on", "id")
    for credit in found.filter(customer_id=customer_id) if customer_id else found:
        whose = "" if customer_id else f" to {credit.customer.name}"
        yield f"credit{whose} of {credit.granted_on}: {amount(credit.amount_cents)}, open {amount(credit.open_cents)}"


def _sides(cents_by_account: dict[UUID, int]) -> str:
    accounts = sorted(Account.objects.all(), key=lambda account: account.code)
    return ", ".join(
        f"{account.role or account.code} {amount(cents_by_account[account.id])}"
        for account in accounts
        if cents_by_account.get(account.id)
    )
