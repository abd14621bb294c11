"""Invoices: the list, one of them with why it costs what it costs, its PDF."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.apps.billing.models import Invoice, InvoiceStatus, Run
from perene.apps.ledger.models import Entry, Posting
from perene.apps.receivables.models import Credit, ReceivableStatus
from perene.interfaces.backoffice import access, figures, filters, lists, reasons, states, timeline, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.reports import explained, invoice_document

ORDERS = {
    "number": Order(("number",)),
    "issued_on": Order(("issued_on", "number")),
    "due_on": Order(("due_on", "number")),
    "total": Order(("total_cents", "number")),
}
DEFAULT = "-number"
DUE_SOON_DAYS = 5


class InvoiceFilters(filters.Filters):
    tabs = (
        Tab("", pgettext_lazy("invoices", "All")),
        Tab("open", pgettext_lazy("invoices", "Open")),
        Tab("overdue", pgettext_lazy("invoices", "Overdue")),
        Tab("paid", pgettext_lazy("invoices", "Paid")),
        Tab("credit", pgettext_lazy("invoices", "Became credit")),
        Tab("zero", pgettext_lazy("invoices", "Zero amount")),
        Tab("cancelled", pgettext_lazy("invoices", "Cancelled")),
    )
    rare = ("issued_since", "issued_until", "run")
    q = filters.text(_("Customer or number"), _("Name, CPF/CNPJ or invoice"))
    since = filters.day(_("Due from"))
    until = filters.day(_("Due until"))
    issued_since = filters.day(_("Issued from"))
    issued_until = filters.day(_("Issued until"))
    method = filters.choice(_("Payment method"), words.PAYMENT_METHODS.items(), _("All methods"))
    unit = filters.choice(_("Unit"), (), _("All units"))
    run = filters.text(_("Run"), _("Number"))


@access.page("invoices.read", section="invoices")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    for row in shown.rows:
        row.state = state_of(row, request)
    facts = {
        "title": gettext("Invoices"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:invoices_csv"),
    }
    return render(request, "backoffice/invoices.html", facts)


@access.page("invoices.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    columns = (
        Column(_("Invoice"), lambda row: row.number),
        Column(_("Customer"), lambda row: row.customer.name),
        Column(_("CPF/CNPJ"), lambda row: row.customer.document),
        Column(_("Contract"), lambda row: row.contract.number if row.contract else ""),
        Column(_("Issued on"), lambda row: row.issued_on),
        Column(_("Due on"), lambda row: row.due_on),
        Column(_("Payment method"), lambda row: words.said(words.PAYMENT_METHODS, row.payment_method)),
        Column(_("State"), lambda row: states.look_up("invoice", state_of(row, request)).label),
        Column(_("Total"), lambda row: csv_export.cents(row.total_cents)),
    )
    return csv_export.stream(request, "faturas", rows, columns)


@access.page("invoices.read", section="invoices")
def one(request: MemberRequest, invoice_id: UUID) -> HttpResponseBase:
    invoice = _one(request, invoice_id)
    lines = explained.of_invoice(invoice.id)
    may_see_books = request.member.may("books.read")
    facts = {
        "invoice": invoice,
        "state": state_of(invoice, request),
        "lines": lines,
        "nodes": reasons.nodes_of(lines),
        "result": reasons.total_of(invoice),
        "postings": _postings(invoice) if may_see_books else [],
        "entry": Entry.objects.filter(id=invoice.entry_id).first()
        if may_see_books and invoice.entry_id
        else None,
        "run": Run.objects.filter(id=invoice.run_id).first() if invoice.run_id else None,
        "may_see_runs": request.member.may("runs.read"),
        "credit": Credit.objects.filter(source_kind="invoice", source_id=invoice.id).first()
        if invoice.status == InvoiceStatus.CREDIT
        else None,
        "events": timeline.of_invoice(invoice),
        "crumbs": [
            {"label": gettext("Invoices"), "href": reverse("backoffice:invoices")},
            {"label": figures.whole(invoice.number)},
        ],
    }
    return render(request, "backoffice/invoice.html", facts)


@access.page("invoices.read")
def pdf(request: MemberRequest, invoice_id: UUID) -> HttpResponse:
    invoice = _one(request, invoice_id)
    name = gettext("invoice-{number}").format(number=invoice.number)
    return HttpResponse(
        invoice_document.as_pdf(invoice.id),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )


def state_of(invoice: Invoice, request: MemberRequest) -> str:
    """The state that a person sees (states.py): what became of its receivable tells more than its own."""
    receivable = invoice.receivable
    if invoice.status != InvoiceStatus.OPEN or receivable is None:
        return str(invoice.status)
    if receivable.status == ReceivableStatus.SETTLED:
        return "paid"
    if invoice.due_on < request.today:
        return "overdue"
    return "due_soon" if invoice.due_on <= request.today + timedelta(days=DUE_SOON_DAYS) else "open"


def _one(request: MemberRequest, invoice_id: UUID) -> Invoice:
    query = Invoice.objects.in_units(request.member.unit_ids).select_related(
        "customer", "contract", "receivable", "unit", "billing_group"
    )
    found: Invoice = get_object_or_404(query, id=invoice_id)
    return found


def _postings(invoice: Invoice) -> list[Posting]:
    return list(
        Posting.objects.filter(entry_id=invoice.entry_id).select_related("account").order_by("number")
    )


def _found(request: MemberRequest) -> tuple[InvoiceFilters, QuerySet[Any]]:
    form = InvoiceFilters(request)
    filters.offer_units(form, request)
    form.settle()
    found = Invoice.objects.in_units(request.unit_ids).select_related("customer", "contract", "receivable")
    found = found.filter(_in_state(form.state, request))
    if asked := form.given("q"):
        found = found.filter(filters.about_number_or_customer(asked))
    for name, condition in (
        ("since", "due_on__gte"),
        ("until", "due_on__lte"),
        ("issued_since", "issued_on__gte"),
        ("issued_until", "issued_on__lte"),
        ("method", "payment_method"),
        ("unit", "unit_id"),
    ):
        if (value := form.given(name) if name in form.fields else None) is not None:
            found = found.filter(**{condition: value})
    if asked := form.given("run"):
        run = Run.objects.filter(number=filters.number_in(asked) or 0).values("id")
        found = found.filter(run_id__in=run)
    return form, found


def _in_state(state: str, request: MemberRequest) -> Q:
    owed = Q(status=InvoiceStatus.OPEN, receivable__status=ReceivableStatus.OPEN)
    if state == "open":
        return owed
    if state == "overdue":
        return owed & Q(due_on__lt=request.today)
    if state == "paid":
        return Q(status=InvoiceStatus.OPEN, receivable__status=ReceivableStatus.SETTLED)
    return Q(status=state) if state else Q()
