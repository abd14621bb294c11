"""Receivables: the list of what is owed, and when it is late."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.apps.billing.models import Invoice
from perene.apps.receivables.models import Receivable, ReceivableStatus
from perene.interfaces.backoffice import access, filters, lists, states, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order

ORDERS = {"due_on": Order(("due_on", "id")), "open": Order(("open_cents", "id"))}
DEFAULT = "due_on"


class ReceivableFilters(filters.Filters):
    tabs = (
        Tab("open", pgettext_lazy("receivables", "Open")),
        Tab("overdue", pgettext_lazy("receivables", "Overdue")),
        Tab("settled", pgettext_lazy("receivables", "Settled")),
        Tab("written_off", pgettext_lazy("receivables", "Written off")),
        Tab("cancelled", pgettext_lazy("receivables", "Cancelled")),
        Tab("all", pgettext_lazy("receivables", "All")),
    )
    q = filters.text(_("Customer or invoice"), _("Name, CPF/CNPJ or invoice"))
    since = filters.day(_("Due from"))
    until = filters.day(_("Due until"))
    method = filters.choice(_("Payment method"), words.PAYMENT_METHODS.items(), _("All methods"))
    unit = filters.choice(_("Unit"), (), _("All units"))


@access.page("receivables.read", section="receivables")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    name_sources(shown.rows)
    for row in shown.rows:
        row.state = state_of(row, on=request.today)
        row.days_late = days_late(row, on=request.today)
    facts = {
        "title": gettext("Receivables"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:receivables_csv"),
    }
    return render(request, "backoffice/receivables.html", facts)


@access.page("receivables.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    columns = (
        Column(_("Customer"), lambda row: row.customer.name),
        Column(_("CPF/CNPJ"), lambda row: row.customer.document),
        Column(_("Unit"), lambda row: row.unit.name),
        Column(_("Due on"), lambda row: row.due_on),
        Column(_("Days late"), lambda row: days_late(row, on=request.today)),
        Column(_("Payment method"), lambda row: words.said(words.PAYMENT_METHODS, row.payment_method)),
        Column(_("State"), lambda row: states.look_up("receivable", state_of(row, on=request.today)).label),
        Column(_("Amount"), lambda row: csv_export.cents(row.amount_cents)),
        Column(_("Still owed"), lambda row: csv_export.cents(row.open_cents)),
    )
    return csv_export.stream(request, "recebimentos", rows, columns)


def state_of(receivable: Receivable, *, on: date) -> str:
    """The state that a person sees (states.py): an open one may be late, or paid in part."""
    if receivable.status != ReceivableStatus.OPEN:
        return str(receivable.status)
    if receivable.due_on < on:
        return "overdue"
    return "partly" if receivable.open_cents < receivable.amount_cents else "open"


def days_late(receivable: Receivable, *, on: date) -> int:
    """Days since it was due; 0 when it is not owed or not late."""
    return max(0, (on - receivable.due_on).days) if receivable.status == ReceivableStatus.OPEN else 0


def name_sources(receivables: list[Any]) -> None:
    """The number of the invoice that each comes from, as `invoice_number`; None for one from elsewhere."""
    wanted = [row.source_id for row in receivables if row.source_kind == "invoice"]
    numbers = dict(Invoice.objects.filter(id__in=wanted).values_list("id", "number"))
    for row in receivables:
        row.invoice_number = numbers.get(row.source_id)


def _found(request: MemberRequest) -> tuple[ReceivableFilters, QuerySet[Any]]:
    form = ReceivableFilters(request)
    filters.offer_units(form, request)
    form.settle()
    found = Receivable.objects.in_units(request.unit_ids).select_related("customer", "unit")
    found = found.filter(_in_state(form.state, request.today))
    if asked := form.given("q"):
        found = found.filter(_about(asked))
    for name, condition in (
        ("since", "due_on__gte"),
        ("until", "due_on__lte"),
        ("method", "payment_method"),
        ("unit", "unit_id"),
    ):
        if (value := form.given(name) if name in form.fields else None) is not None:
            found = found.filter(**{condition: value})
    return form, found


def _in_state(state: str, today: date) -> Q:
    if state == "overdue":
        return Q(status=ReceivableStatus.OPEN, due_on__lt=today)
    return Q() if state == "all" else Q(status=state)


def _about(asked: str) -> Q:
    """A short number is an invoice's; anything else is looked for in the customer."""
    number = filters.number_in(asked)
    if number is not None and len(str(number)) <= filters.LONGEST_NUMBER and asked.strip()[:1] != "0":
        return Q(id__in=Invoice.objects.filter(number=number).values("receivable_id"))
    return filters.about_customer(asked, prefix="customer__")
