"""Charges that the reversal of a run gave back: they wait until a person lets them go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from perene.actions import reverse_run
from perene.apps.billing.models import Charge, ChargeStatus, InvoiceLine, Run
from perene.interfaces.backoffice import access, figures, filters, lists
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.lists import Order

ORDERS = {
    "contract": Order(("contract__number", "id")),
    "period": Order(("period_start", "id")),
    "amount": Order(("amount_cents", "id")),
}
DEFAULT = "contract"
MOST_AT_ONCE = 1000


class HeldFilters(filters.Filters):
    q = filters.text(_("Contract or customer"), _("Number, name or CPF/CNPJ"))
    run = forms.IntegerField(
        label=_("Reversed run"), min_value=1, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )


@access.page("runs.read", section="held")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    run = _run(form)
    for row in shown.rows:
        row.said = row.line.description if row.line else row.description
    facts = {
        "title": gettext("Held charges"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:held_csv"),
        "run": run,
        "run_contracts": found.values("contract_id").distinct().count() if run else 0,
        "may_release": request.member.may("runs.start"),
    }
    return render(request, "backoffice/held.html", facts)


@access.page("runs.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    columns = (
        Column(_("Contract"), lambda row: row.contract.number),
        Column(_("Customer"), lambda row: row.contract.customer.name),
        Column(_("Charge"), lambda row: row.line.description if row.line else row.description),
        Column(_("From"), lambda row: row.period_start),
        Column(_("Until (exclusive)"), lambda row: row.period_end),
        Column(_("Amount"), lambda row: csv_export.cents(row.amount_cents)),
    )
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "contas-retidas", rows, columns)


@access.act("runs.start")
def release(request: MemberRequest) -> HttpResponseBase:
    """Let go what is held of the contracts that were chosen, or of a whole reversed run."""
    run_id = _uuid(request.POST.get("run", ""))
    chosen = [_uuid(text) for text in request.POST.getlist("contract")[:MOST_AT_ONCE]]
    count = reverse_run.release(
        run_id=run_id, contract_ids=[one for one in chosen if one], on=request.today, now=request.now
    )
    told = ngettext(
        "The charges of {count} contract were released: the next run bills them.",
        "The charges of {count} contracts were released: the next run bills them.",
        count,
    )
    messages.success(request, told.format(count=figures.whole(count)))
    return HttpResponseRedirect(access.back(request, reverse("backoffice:held")))


def _found(request: MemberRequest) -> tuple[HeldFilters, QuerySet[Any]]:
    form = HeldFilters(request)
    form.settle()
    found = Charge.objects.filter(status=ChargeStatus.HELD, contract__isnull=False).select_related(
        "contract__customer", "line"
    )
    if asked := form.given("q"):
        found = found.filter(_about(asked))
    if number := form.given("run"):
        lines = InvoiceLine.objects.filter(invoice__run__number=number, is_reversed=True)
        found = found.filter(id__in=lines.values("charge_id"))
    return form, found


def _about(asked: str) -> Q:
    number = filters.number_in(asked)
    if number is not None and len(str(number)) <= filters.LONGEST_NUMBER:
        return Q(contract__number=number)
    return filters.about_customer(asked, prefix="contract__customer__")


def _run(form: HeldFilters) -> Run | None:
    number = form.given("run")
    return Run.objects.filter(number=number).first() if number else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
