"""What a person enters: an invoice without a contract, a charge that rides on a contract's next invoice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import invoice as acts
from perene.apps.billing.models import Charge, Invoice
from perene.apps.contracts.models import Contract
from perene.apps.customers.models import Customer
from perene.interfaces.backoffice import access, fields, figures, filters, invoice_forms
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.invoice_forms import Editor
from perene.kit import ids
from perene.rules import by_hand as rules
from perene.rules import money
from perene.rules.refusals import Refusal

WRITE = "invoices.write"
FOUND_MOST = 20


class ChargeForm(forms.Form):
    """A charge for a contract. A discount is entered as a positive amount and taken off."""

    description = forms.CharField(
        label=_("Description"),
        max_length=rules.LONGEST_DESCRIPTION,
        help_text=_("As the customer reads it on the invoice."),
        error_messages={"required": _("Describe the charge.")},
    )
    amount = fields.Money(label=_("Amount"), error_messages={"required": _("Tell the amount.")})
    is_discount = forms.BooleanField(label=_("It is a discount: taken off the next invoice"), required=False)
    charge_on = fields.day(
        label=_("Charged from"), help_text=_("It rides on the first invoice of this day or later.")
    )
    account = forms.ChoiceField(label=_("Account"), required=False)
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["account"].choices = invoice_forms.account_choices()  # type: ignore[attr-defined]


CHARGE_FIELDS = {
    "description_missing": "description",
    "description_too_long": "description",
    "amount_zero": "amount",
    "amount_out_of_range": "amount",
    "charge_in_the_past": "charge_on",
    "charge_too_far": "charge_on",
    "account_not_for_lines": "account",
}


@access.form(WRITE, section="invoices")
def new(request: MemberRequest) -> HttpResponseBase:
    """An invoice from nothing: first for whom (`?cliente=ID`), then its lines, with the total beside them."""
    chosen = request.GET.get("cliente", "")
    if not chosen:
        return _choose(request)
    customer = get_object_or_404(
        Customer.objects.in_units(request.unit_ids),
        id=invoice_forms.uuid_of(chosen),
        merged_into__isnull=True,
    )
    editor = Editor(customer, request)
    if request.method != "POST":
        editor.begin()
        return _page(request, editor)
    what = request.POST.get("do", "save")
    editor.read(request.POST)
    if what == "preview":
        return render(request, "backoffice/invoice_summary.html", editor.summary() | {"is_piece": False})
    if what != "save":
        editor.do(what)
        return _piece(request, editor)
    if editor.is_valid:
        try:
            return _issued(request, editor)
        except Refusal as refusal:
            editor.refuse(refusal)
    return _page(request, editor, is_checked=True)


def _choose(request: MemberRequest) -> HttpResponseBase:
    asked = request.GET.get("q", "").strip()[:100]
    found = Customer.objects.in_units(request.unit_ids).filter(merged_into__isnull=True)
    if asked:
        found = found.filter(filters.about_customer(asked))
    facts = {
        "title": gettext("New invoice"),
        "asked": asked,
        "customers": list(found.order_by("search_text", "id")[:FOUND_MOST]) if asked else [],
        "crumbs": _crumbs(gettext("New invoice")),
    }
    is_piece = request.headers.get("HX-Request") == "true"
    page = "backoffice/invoice_customers.html" if is_piece else "backoffice/invoice_for_whom.html"
    return render(request, page, facts)


def _issued(request: MemberRequest, editor: Editor) -> HttpResponseBase:
    said = editor.form.cleaned_data
    key = said["request_key"]
    invoice_id = acts.by_hand(
        editor.customer.id,
        lines=editor.lines(),
        due_on=said["due_on"],
        payment_method=said["method"],
        unit_id=editor.unit_id,
        request_key=key,
        on=request.today,
        now=request.now,
    )
    if invoice_id is None:  # sent twice: the first one is there
        invoice_id = Invoice.objects.values_list("id", flat=True).get(request_key=key)
    else:
        number = Invoice.objects.values_list("number", flat=True).get(id=invoice_id)
        messages.success(
            request, gettext("Invoice {number} was issued.").format(number=figures.whole(number))
        )
    return HttpResponseRedirect(reverse("backoffice:invoice", args=[invoice_id]))


def _page(request: MemberRequest, editor: Editor, *, is_checked: bool = False) -> HttpResponse:
    facts = editor.summary(is_checked=is_checked) | {
        "title": gettext("New invoice"),
        "crumbs": _crumbs(gettext("New invoice")),
    }
    return render(request, "backoffice/invoice_form.html", facts, status=422 if is_checked else 200)


def _piece(request: MemberRequest, editor: Editor) -> HttpResponse:
    """The lines anew, and the summary with them; the whole page where no script asked."""
    if request.headers.get("HX-Request") != "true":
        return _page(request, editor)
    return render(request, "backoffice/invoice_lines.html", editor.summary() | {"is_piece": True})


def _crumbs(title: str) -> list[dict[str, str]]:
    return [{"label": gettext("Invoices"), "href": reverse("backoffice:invoices")}, {"label": title}]


@access.form(WRITE, section="contracts")
def charge(request: MemberRequest, contract_id: UUID) -> HttpResponseBase:
    """A charge, or a discount, that rides on the contract's next invoice."""
    contract: Contract = get_object_or_404(
        Contract.objects.in_units(request.unit_ids).select_related("customer", "plan_version"), id=contract_id
    )
    begun = {"charge_on": request.today, "request_key": str(ids.new())}
    form = ChargeForm(request.POST if request.method == "POST" else None, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            return _charged(request, contract, form)
        except Refusal as refusal:
            fields.refuse(form, refusal, CHARGE_FIELDS)
    title = gettext("One-off charge")
    facts = {
        "title": title,
        "contract": contract,
        "form": form,
        "crumbs": [
            {"label": gettext("Contracts"), "href": reverse("backoffice:contracts")},
            {
                "label": figures.whole(contract.number),
                "href": reverse("backoffice:contract", args=[contract.id]),
            },
            {"label": title},
        ],
    }
    return render(request, "backoffice/charge_form.html", facts, status=422 if form.errors else 200)


def _charged(request: MemberRequest, contract: Contract, form: ChargeForm) -> HttpResponseBase:
    said = form.cleaned_data
    cents = -said["amount"] if said["is_discount"] else said["amount"]
    charge_id = acts.charge_once(
        contract.id,
        description=said["description"],
        amount_cents=cents,
        account_id=invoice_forms.uuid_of(said["account"]) if said["account"] else None,
        charge_on=said["charge_on"],
        request_key=said["request_key"],
        on=request.today,
        now=request.now,
    )
    if charge_id is not None:
        told = gettext("{amount} will ride on the next invoice of contract {number}.")
        messages.success(
            request, told.format(amount=money.format_brl(cents), number=figures.whole(contract.number))
        )
    return HttpResponseRedirect(reverse("backoffice:contract", args=[contract.id]))


@access.act(WRITE)
def cancel_charge(request: MemberRequest, charge_id: UUID) -> HttpResponseBase:
    """A charge that waits will not be invoiced."""
    mine = Contract.objects.in_units(request.member.unit_ids)
    row: Charge = get_object_or_404(Charge, id=charge_id, contract_id__in=mine.values("id"))
    acts.cancel_charge(charge_id, on=request.today, now=request.now)
    messages.success(
        request, gettext("“{description}” will not be charged.").format(description=row.description)
    )
    return HttpResponseRedirect(reverse("backoffice:contract", args=[row.contract_id]))
