"""Entries for the accountant: a period as a file that accounting programs import."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.interfaces.backoffice import access, fields
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.reports import accounting_export

LAYOUTS = {
    "pairs": _("One line per debit and credit (what most accounting programs import)"),
    "postings": _("One line per posting, debit and credit in columns"),
}
_WHOSE = (
    Column(_("History"), lambda row: row.history),
    Column(_("Document"), lambda row: row.document),
    Column(_("Customer"), lambda row: row.customer),
    Column(_("CPF/CNPJ"), lambda row: row.customer_document),
    Column(_("Entry"), lambda row: row.entry_id),
)
PAIRS = (
    Column(_("Date"), lambda row: row.posted_on),
    Column(_("Debit account"), lambda row: row.debit_code),
    Column(_("Credit account"), lambda row: row.credit_code),
    Column(_("Amount"), lambda row: csv_export.cents(row.amount_cents)),
    *_WHOSE,
)
POSTINGS = (
    Column(_("Date"), lambda row: row.posted_on),
    Column(_("Account"), lambda row: row.account_code),
    Column(_("Name of the account"), lambda row: row.account_name),
    Column(_("Debit"), lambda row: csv_export.cents(row.debit_cents) if row.debit_cents else ""),
    Column(_("Credit"), lambda row: csv_export.cents(row.credit_cents) if row.credit_cents else ""),
    *_WHOSE,
)


class ExportForm(forms.Form):
    since = fields.day(label=_("From"))
    until = fields.day(label=_("Until"))
    layout = forms.ChoiceField(label=_("Layout"), choices=list(LAYOUTS.items()), widget=forms.RadioSelect)

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("since", gettext("The period ends before it begins."))
        return self.cleaned_data


@access.page("books.read", section="entries")
def page(request: MemberRequest) -> HttpResponseBase:
    return _page(request, ExportForm(initial=_last_month(request.today)))


@access.page("books.read", section="entries")
def export(request: MemberRequest) -> HttpResponseBase:
    """The file; of the last month where nothing is asked for."""
    form = ExportForm(request.GET or _last_month(request.today))
    if not form.is_valid():
        return _page(request, form, status=422)
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    name = f"contabilidade-{since:%Y-%m-%d}-{until:%Y-%m-%d}"
    if form.cleaned_data["layout"] == "pairs":
        return csv_export.stream_rows(request, name, lambda: accounting_export.pairs(since, until), PAIRS)
    return csv_export.stream_rows(request, name, lambda: accounting_export.sides(since, until), POSTINGS)


def _last_month(today: date) -> dict[str, str]:
    last = today.replace(day=1) - timedelta(days=1)
    return {"since": f"{last:01/%m/%Y}", "until": f"{last:%d/%m/%Y}", "layout": "pairs"}


def _page(request: MemberRequest, form: ExportForm, *, status: int = 200) -> HttpResponseBase:
    title = gettext("Entries for the accountant")
    facts = {
        "title": title,
        "form": form,
        "crumbs": [
            {"label": gettext("Entries"), "href": reverse("backoffice:entries")},
            {"label": title},
        ],
    }
    return render(request, "backoffice/accounting.html", facts, status=status)
