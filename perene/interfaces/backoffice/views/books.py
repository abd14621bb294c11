"""The books: entries, one of them with its postings, the trial balance, the chart of accounts."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.apps.billing.models import Invoice
from perene.apps.ledger.models import Account, Entry, Posting, Subtotal
from perene.interfaces.backoffice import access, figures, filters, lists, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.lists import Order
from perene.reports import trial_balance as trial_balance_report

ORDERS = {"order": Order(("id",)), "posted_on": Order(("posted_on", "id"))}
DEFAULT = "-order"


class EntryFilters(filters.Filters):
    wide = ("account",)
    account = filters.choice(_("Account"), (), _("All accounts"))
    since = filters.day(_("From"))
    until = filters.day(_("Until"))
    kind = filters.choice(_("Kind"), words.ENTRY_KINDS.items(), _("All kinds"))


class PeriodFilters(filters.Filters):
    since = filters.day(_("From"))
    until = filters.day(_("Until"))


@access.page("books.read", section="entries")
def entries(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    ids = [row.id for row in shown.rows]
    sums = dict(
        Posting.objects.filter(entry_id__in=ids, amount_cents__gt=0)
        .values_list("entry_id")
        .annotate(cents=Sum("amount_cents"))
        .order_by()
    )
    numbers = _invoice_numbers(shown.rows)
    for row in shown.rows:
        row.amount_cents = sums.get(row.id, 0)
        row.invoice_number = numbers.get(row.source_id)
        row.what = words.said(words.ENTRY_KINDS, row.kind)
    facts = {
        "title": gettext("Entries"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:entries_csv"),
    }
    return render(request, "backoffice/entries.html", facts)


@access.page("books.read")
def export_entries(request: MemberRequest) -> StreamingHttpResponse:
    """One row per posting of the entries that are filtered."""
    _form, found = _found(request)
    postings = (
        Posting.objects.filter(entry_id__in=found.values("id"))
        .select_related("account", "entry")
        .order_by("entry_id", "number")
    )
    columns = (
        Column(_("Date"), lambda row: row.posted_on),
        Column(_("Entry"), lambda row: row.entry_id),
        Column(_("Kind"), lambda row: words.said(words.ENTRY_KINDS, row.entry.kind)),
        Column(_("Account"), lambda row: row.account.code),
        Column(_("Name of the account"), lambda row: row.account.name),
        Column(_("Debit"), lambda row: csv_export.cents(row.amount_cents) if row.amount_cents > 0 else ""),
        Column(_("Credit"), lambda row: csv_export.cents(-row.amount_cents) if row.amount_cents < 0 else ""),
    )
    return csv_export.stream(request, "lancamentos", postings, columns)


@access.page("books.read", section="entries")
def entry(request: MemberRequest, entry_id: UUID) -> HttpResponseBase:
    found: Entry = get_object_or_404(Entry, id=entry_id)
    postings = list(Posting.objects.filter(entry_id=found.id).select_related("account").order_by("number"))
    facts = {
        "entry": found,
        "what": words.said(words.ENTRY_KINDS, found.kind),
        "postings": postings,
        "debit_cents": sum(row.amount_cents for row in postings if row.amount_cents > 0),
        "credit_cents": -sum(row.amount_cents for row in postings if row.amount_cents < 0),
        "invoice": Invoice.objects.select_related("customer").filter(id=found.source_id).first()
        if found.source_kind == "invoice"
        else None,
        "crumbs": [
            {"label": gettext("Entries"), "href": reverse("backoffice:entries")},
            {"label": found.posted_on.strftime("%d/%m/%Y")},
        ],
    }
    return render(request, "backoffice/entry.html", facts)


@access.page("books.read", section="trial_balance")
def trial_balance(request: MemberRequest) -> HttpResponseBase:
    form, since, until = _period(request)
    facts = {
        "title": gettext("Trial balance"),
        "filters": form,
        "since": since,
        "until": until,
        "balance": trial_balance_report.between(since, until),
        "csv": reverse("backoffice:trial_balance_csv"),
    }
    return render(request, "backoffice/trial_balance.html", facts)


@access.page("books.read")
def export_trial_balance(request: MemberRequest) -> HttpResponse:
    _form, since, until = _period(request)
    columns = (
        Column(_("Account"), lambda row: row.code),
        Column(_("Name of the account"), lambda row: row.name),
        Column(_("Kind"), lambda row: words.said(words.ACCOUNT_KINDS, row.kind)),
        Column(_("Opening balance"), lambda row: csv_export.cents(row.opening_cents)),
        Column(_("Debit"), lambda row: csv_export.cents(row.debit_cents)),
        Column(_("Credit"), lambda row: csv_export.cents(row.credit_cents)),
        Column(_("Closing balance"), lambda row: csv_export.cents(row.closing_cents)),
    )
    return csv_export.whole("balancete", trial_balance_report.between(since, until).rows, columns)


def _period(request: MemberRequest) -> tuple[PeriodFilters, date, date]:
    """The days asked for; the organization's present month where nothing is."""
    month = {"since": request.today.replace(day=1), "until": request.today}
    form = PeriodFilters(request, otherwise=month)
    form.settle()
    until = form.given("until") or request.today
    since = form.given("since") or until.replace(day=1)
    if since > until:
        form.add_error("since", gettext("The period ends before it begins."))
        since = until
    return form, since, until


def _found(request: MemberRequest) -> tuple[EntryFilters, QuerySet[Any]]:
    form = EntryFilters(request)
    chart = Account.objects.order_by("code").values_list("id", "code", "name")
    form.fields["account"].choices = [
        ("", gettext("All accounts")),
        *((str(id), f"{code} {name}") for id, code, name in chart),
    ]
    form.settle()
    found = Entry.objects.all()
    if account := form.given("account"):
        # The days on which the account was touched are few rows: entries of other days are not looked into.
        touched = Subtotal.objects.filter(account_id=account).values("posted_on")
        found = found.filter(
            Exists(Posting.objects.filter(entry_id=OuterRef("id"), account_id=account)), posted_on__in=touched
        )
    for name, condition in (("since", "posted_on__gte"), ("until", "posted_on__lte"), ("kind", "kind")):
        if value := form.given(name):
            found = found.filter(**{condition: value})
    return form, found


def _invoice_numbers(rows: list[Any]) -> dict[UUID, str]:
    ids = [row.source_id for row in rows if row.source_kind == "invoice"]
    found = Invoice.objects.filter(id__in=ids).values_list("id", "number")
    return {id: figures.whole(number) for id, number in found}
