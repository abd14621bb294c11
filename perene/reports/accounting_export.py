"""Entries for the accountant: each with what it is about in words, by posting or by pairs of a debit and a credit."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext

from perene.apps.billing.models import Invoice
from perene.apps.ledger.models import Posting
from perene.apps.receivables.models import Credit, CreditRefund, Receivable, Settlement
from perene.rules import ledger

# Entries whose documents are looked up together.
CHUNK = 1000


class Side(NamedTuple):
    """A posting; one of `debit_cents` and `credit_cents` is zero."""

    posted_on: date
    entry_id: UUID
    account_code: str
    account_name: str
    debit_cents: int
    credit_cents: int
    history: str
    document: str
    customer: str
    customer_document: str


class Pair(NamedTuple):
    """A debit and the credit it meets."""

    posted_on: date
    entry_id: UUID
    debit_code: str
    credit_code: str
    amount_cents: int
    history: str
    document: str
    customer: str
    customer_document: str


class _About(NamedTuple):
    """What an entry records: the paper it goes back to, and whose."""

    document: str = ""
    customer: str = ""
    customer_document: str = ""


def sides(first_on: date, last_on: date) -> Iterator[Side]:
    """Every posting of these days (both included), by day and entry."""
    for entry, postings, about in _entries(first_on, last_on):
        history = _history(entry.kind, about)
        for row in postings:
            cents = row.amount_cents
            yield Side(
                entry.posted_on,
                entry.id,
                row.account.code,
                row.account.name,
                max(cents, 0),
                max(-cents, 0),
                history,
                *about,
            )


def pairs(first_on: date, last_on: date) -> Iterator[Pair]:
    """The same as pairs: an entry with several debits and credits takes several lines."""
    for entry, postings, about in _entries(first_on, last_on):
        history = _history(entry.kind, about)
        for debit, credit, cents in ledger.paired([(row.account.code, row.amount_cents) for row in postings]):
            yield Pair(entry.posted_on, entry.id, debit, credit, cents, history, *about)


def _entries(first_on: date, last_on: date) -> Iterator[tuple[Any, list[Posting], _About]]:
    rows = (
        Posting.objects.filter(posted_on__gte=first_on, posted_on__lte=last_on)
        .select_related("entry", "account")
        .order_by("posted_on", "entry_id", "number")
        .iterator(chunk_size=4 * CHUNK)
    )
    grouped = ((list(group)) for _, group in groupby(rows, key=attrgetter("entry_id")))
    while chunk := list(islice(grouped, CHUNK)):
        abouts = _abouts([postings[0].entry for postings in chunk])
        for postings in chunk:
            entry = postings[0].entry
            yield entry, postings, abouts.get(entry.source_id, _About())


def _abouts(entries: Sequence[Any]) -> dict[UUID, _About]:
    """By source: at most a query for each kind of source."""
    wanted: dict[str, list[UUID]] = {}
    for entry in entries:
        wanted.setdefault(entry.source_kind, []).append(entry.source_id)
    found: dict[UUID, _About] = {}
    if ids := wanted.get("invoice"):
        for row in Invoice.objects.filter(id__in=ids).select_related("customer"):
            found[row.id] = _about(_invoice(row.number), row.customer)
    if ids := wanted.get("settlement"):
        settled = list(Settlement.objects.filter(id__in=ids).select_related("receivable", "customer"))
        titles = _receivables([row.receivable for row in settled])
        for row in settled:
            found[row.id] = _about(titles[row.receivable_id], row.customer)
    if ids := wanted.get("receivable"):
        owed = list(Receivable.objects.filter(id__in=ids).select_related("customer"))
        titles = _receivables(owed)
        found |= {row.id: _about(titles[row.id], row.customer) for row in owed}
    if ids := wanted.get("credit"):
        for row in Credit.objects.filter(id__in=ids).select_related("customer"):
            found[row.id] = _about(
                gettext("Credit of {day}").format(day=f"{row.granted_on:%d/%m/%Y}"), row.customer
            )
    if ids := wanted.get("credit_refund"):
        for row in CreditRefund.objects.filter(id__in=ids).select_related("credit__customer"):
            found[row.id] = _about(row.reference or gettext("Credit paid back"), row.credit.customer)
    return found


def _receivables(rows: Sequence[Any]) -> dict[UUID, str]:
    """What each receivable comes from."""
    wanted = [row.source_id for row in rows if row.source_kind == "invoice"]
    numbers = dict(Invoice.objects.filter(id__in=wanted).values_list("id", "number"))
    return {
        row.id: _invoice(numbers[row.source_id])
        if row.source_id in numbers
        else gettext("Receivable {code}").format(code=row.external_id or row.id)
        for row in rows
    }


def _invoice(number: int) -> str:
    return gettext("Invoice {number}").format(number=number)


def _about(document: str, customer: Any) -> _About:
    return _About(document, customer.name, customer.document)


def _history(kind: str, about: _About) -> str:
    """The sentence that stands in the ledger."""
    words = {
        "invoice": gettext("Invoice issued"),
        "invoice_cancelled": gettext("Cancellation of an invoice"),
        "recognition": gettext("Revenue of the period recognized"),
        "recognition_cancelled": gettext("Recognized revenue taken back"),
        "payment": gettext("Payment received"),
        "settlement_reversed": gettext("Payment, credit or write-off reversed"),
        "credit_used": gettext("Customer's credit used"),
        "credit_refunded": gettext("Credit paid back to the customer"),
        "write_off": gettext("Written off as a loss"),
        "opening": gettext("Balance of moving in"),
    }
    return " - ".join(filter(None, (words.get(kind, kind), about.document, about.customer)))
