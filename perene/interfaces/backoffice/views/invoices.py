"""Invoices: the list, one of them with why it costs what it costs, its PDF."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.actions import invoice as acts
from perene.apps.billing.models import Invoice, InvoiceLine, Run
from perene.apps.ledger.models import Entry, Posting
from perene.apps.organizations.models import Person
from perene.apps.receivables.models import Credit, ReceivableStatus, Settlement, SettlementKind
from perene.interfaces.backoffice import (
    access,
    fields,
    figures,
    filters,
    lists,
    reasons,
    states,
    timeline,
    words,
)
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.kit import texts
from perene.reports import explained, invoice_document
from perene.rules import by_hand
from perene.rules.invoicing import InvoiceStatus
from perene.rules.refusals import Refusal

ORDERS = {
    "number": Order(("number",)),
    "issued_on": Order(("issued_on", "number")),
    "due_on": Order(("due_on", "number")),
    "total": Order(("total_cents", "number")),
}
DEFAULT = "-number"
DUE_SOON_DAYS = 5
# Beyond this a second copy says nothing that holds.
FURTHEST_SECOND_COPY = timedelta(days=365)


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
        "may_write": request.member.may("invoices.write"),
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
        "settlements": _settlements(invoice),
        "is_by_hand": all(line.contract_id is None for line in lines),
        "cancelled_by": Person.objects.filter(id=invoice.cancelled_by_id).first()
        if invoice.cancelled_by_id
        else None,
        "is_owed": invoice.receivable is not None and invoice.receivable.status == ReceivableStatus.OPEN,
        "may_cancel": request.member.may("invoices.write") and invoice.status != InvoiceStatus.CANCELLED,
        "may_settle": request.member.may("receivables.read"),
        "today": request.today,
        "cancel_form": CancelForm(auto_id="cancel-%s"),
        **_consequence(invoice),
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


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=by_hand.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is kept with the invoice."),
        error_messages={"required": _("Say why it is cancelled.")},
    )
    charges = forms.ChoiceField(
        label=_("Its charges"),
        choices=[
            ("drop", _("Are not charged any more")),
            ("keep", _("Are held, and billed again once somebody releases them")),
        ],
        widget=forms.RadioSelect,
        initial="drop",
        required=False,
    )


class SecondCopyForm(forms.Form):
    pay_on = fields.day(label=_("To be paid on"))


@access.form("invoices.write", section="invoices")
def cancel(request: MemberRequest, invoice_id: UUID) -> HttpResponseBase:
    """The dialog of the invoice's page, and a page of its own where something keeps it from being done."""
    invoice = _one(request, invoice_id)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.cancel(
                invoice.id,
                reason=form.cleaned_data["reason"],
                give_back=form.cleaned_data["charges"] == "keep",
                on=request.today,
                now=request.now,
            )
        except Refusal as refusal:
            fields.refuse(form, refusal, {"reason_missing": "reason", "reason_too_long": "reason"})
        else:
            said = gettext("Invoice {number} was cancelled.").format(number=figures.whole(invoice.number))
            messages.success(request, said)
            return HttpResponseRedirect(reverse("backoffice:invoice", args=[invoice.id]))
    title = gettext("Cancel invoice {number}").format(number=figures.whole(invoice.number))
    facts = {
        "title": title,
        "invoice": invoice,
        "form": form,
        **_consequence(invoice),
        "crumbs": [
            {"label": gettext("Invoices"), "href": reverse("backoffice:invoices")},
            {
                "label": figures.whole(invoice.number),
                "href": reverse("backoffice:invoice", args=[invoice.id]),
            },
            {"label": gettext("Cancel")},
        ],
    }
    return render(request, "backoffice/invoice_cancel.html", facts, status=422 if form.errors else 200)


@access.page("invoices.read", section="invoices")
def second_copy(request: MemberRequest, invoice_id: UUID) -> HttpResponseBase:
    """The invoice with what it costs on the day that is asked for; today where none is."""
    invoice = _one(request, invoice_id)
    form = SecondCopyForm(request.GET if "pay_on" in request.GET else {"pay_on": f"{request.today:%d/%m/%Y}"})
    if form.is_valid():
        pay_on = form.cleaned_data["pay_on"]
        if not request.today <= pay_on <= request.today + FURTHEST_SECOND_COPY:
            last = f"{request.today + FURTHEST_SECOND_COPY:%d/%m/%Y}"
            form.add_error("pay_on", gettext("Choose a day from today to {last}.").format(last=last))
    if form.is_valid():
        try:
            name = gettext("invoice-{number}").format(number=invoice.number)
            return HttpResponse(
                invoice_document.second_copy(invoice.id, pay_on=form.cleaned_data["pay_on"]),
                content_type="application/pdf",
                headers={"Content-Disposition": f'inline; filename="{name}-2.pdf"'},
            )
        except Refusal as refusal:
            form.add_error(None, texts.render(refusal))
    facts = {"title": gettext("Second copy"), "invoice": invoice, "form": form}
    return render(request, "backoffice/invoice_second_copy.html", facts, status=422)


def _settlements(invoice: Invoice) -> list[Settlement]:
    found = Settlement.objects.filter(receivable_id=invoice.receivable_id).order_by("-paid_on", "-id")
    rows = list(found) if invoice.receivable_id else []
    for row in rows:
        row.late_cents = row.fine_cents + row.interest_cents
    return rows


def _consequence(invoice: Invoice) -> dict[str, Any]:
    """What a cancellation would do, in numbers."""
    lines = InvoiceLine.objects.filter(invoice=invoice, charge__contract__isnull=False)
    standing = Settlement.objects.filter(receivable_id=invoice.receivable_id, reversed_on__isnull=True)
    return {
        "charges_of_contracts": lines.count(),
        "paid": list(standing.exclude(kind=SettlementKind.CREDIT).order_by("-paid_on", "-id"))
        if invoice.receivable_id
        else [],
        "credit_used_cents": int(
            standing.filter(kind=SettlementKind.CREDIT).aggregate(cents=Sum("principal_cents"))["cents"] or 0
        )
        if invoice.receivable_id
        else 0,
    }


def state_of(invoice: Invoice, request: MemberRequest) -> str:
    """The state that a person sees (states.py): what became of its receivable tells more than its own."""
    receivable = invoice.receivable
    if invoice.status != InvoiceStatus.OPEN or receivable is None:
        return str(invoice.status)
    if receivable.status == ReceivableStatus.SETTLED:
        return "paid"
    if receivable.status == ReceivableStatus.WRITTEN_OFF:
        return "written_off"
    # Its receivable's day: it may have been extended.
    if receivable.due_on < request.today:
        return "overdue"
    return "due_soon" if receivable.due_on <= request.today + timedelta(days=DUE_SOON_DAYS) else "open"


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
