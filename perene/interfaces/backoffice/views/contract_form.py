"""A new contract: what is agreed at the left, and at the right every charge it will make, by the rules that will make it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import sell
from perene.actions.sell import Sale
from perene.apps.catalog import plans as plan_rows
from perene.apps.contracts import contracts as contract_rows
from perene.apps.contracts.models import BillingGroup, BillingTerms, Contract
from perene.apps.customers import customers as customer_rows
from perene.apps.customers.models import Customer
from perene.interfaces.backoffice import access, fields, figures, filters, plan_forms, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.framing import units_of
from perene.kit import texts
from perene.reports import sale_preview
from perene.rules.refusals import Refusal

WRITE = "contracts.write"
MOST_FOUND = 12
FIELDS = {
    "plan_not_on_sale": "plan",
    "plan_version_superseded": "plan",
    "plan_without_items": "plan",
    "plan_version_unknown": "plan",
    "payment_method_not_in_plan": "payment_method",
    "term_kind_unknown": "term_kind",
    "term_months_out_of_range": "term_months",
    "due_day_out_of_range": "due_day",
    "date_out_of_range": "started_on",
    "ends_before_start": "started_on",
    "group_of_another_customer": "group",
    "group_without_billing": "group",
    "contract_external_id_taken": "external_id",
}


class Form(plan_forms.Quiet):
    plan = forms.ChoiceField(label=_("Plan"), error_messages={"required": _("Choose a plan.")})
    payment_method = forms.ChoiceField(label=_("Payment method"), choices=list(words.PAYMENT_METHODS.items()))
    started_on = fields.day(label=_("Start"))
    signed_on = fields.day(label=_("Signed on"), required=False, help_text=_("Empty: on the day it starts."))
    term_kind = forms.ChoiceField(label=_("Term"), choices=list(words.TERMS.items()))
    term_months = plan_forms.whole(_("Months of a term"))
    due_day = plan_forms.whole(_("Due day"), _("1 to 31; empty: as the plan says."))
    billing_method = forms.ChoiceField(label=_("Billing"), choices=list(words.BILLING_METHODS.items()))
    group = forms.ChoiceField(
        label=_("Billing group"), required=False, help_text=_("Charges of one group and due date come in one invoice.")
    )  # fmt: skip
    unit = forms.ChoiceField(label=_("Unit"))
    delivery = forms.ChoiceField(label=_("Delivery"), choices=list(words.DELIVERIES.items()))
    external_id = forms.CharField(label=_("External code"), required=False, max_length=100)
    cut_over_on = fields.day(
        label=_("First charge by us from"),
        required=False,
        help_text=_("For a contract that another system billed so far: what was charged before this date is theirs."),
    )  # fmt: skip
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_term_months(self) -> int | None:
        return None if self.cleaned_data.get("term_kind") == "open" else self.cleaned_data["term_months"]


@access.form(WRITE, section="contracts")
def new(request: MemberRequest) -> HttpResponseBase:
    """`?cliente=ID` says for whom; without it the customer is looked for first."""
    wanted = request.GET.get("cliente", "")
    if not wanted:
        return _chosen(request)
    customer: Customer = get_object_or_404(
        Customer.objects.in_units(request.member.unit_ids).select_related("unit", "merged_into"),
        id=fields.uuid(wanted),
    )
    if request.method != "POST":
        form = _offered(plan_forms.filled(Form, _suggested(customer, request)), customer, request)
        return _page(request, customer, form)
    form = _offered(Form(request.POST), customer, request)
    if request.POST.get("do") == "preview":
        return render(request, "backoffice/contract_summary.html", _summary(request, customer, form))
    if form.is_valid():
        try:
            return _made(request, customer, form)
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    return _page(request, customer, form, is_checked=True)


def _made(request: MemberRequest, customer: Customer, form: Form) -> HttpResponseBase:
    customer_rows.check_present(customer)
    said = form.cleaned_data
    contract_id = sell.contract(
        Sale(
            customer_id=customer.id,
            plan_version_id=UUID(said["plan"]),
            started_on=said["started_on"],
            signed_on=said["signed_on"],
            payment_method=said["payment_method"],
            term_kind=said["term_kind"],
            term_months=said["term_months"],
            due_day=said["due_day"],
            billing_method=said["billing_method"],
            billing_group_id=UUID(said["group"]) if said["group"] else None,
            external_id=said["external_id"] or None,
            unit_id=UUID(said["unit"]),
            cut_over_on=said["cut_over_on"],
            delivery=said["delivery"],
            request_key=said["request_key"],
        ),
        on=request.today,
        now=request.now,
    )
    if contract_id is None:
        # Pressed twice: it is there since the first time.
        contract_id = contract_rows.of_request(said["request_key"])
    else:
        number = figures.whole(Contract.objects.values_list("number", flat=True).get(id=contract_id))
        messages.success(request, gettext("Contract {number} is in force.").format(number=number))
    return HttpResponseRedirect(reverse("backoffice:contract", args=[contract_id]))


def _page(
    request: MemberRequest, customer: Customer, form: Form, *, is_checked: bool = False
) -> HttpResponseBase:
    facts = {
        "title": gettext("New contract"),
        "customer": customer,
        "form": form,
        "has_plans": bool(form.fields["plan"].choices),  # type: ignore[attr-defined]
        **({} if is_checked else _summary(request, customer, form)),
        "crumbs": [
            {"label": gettext("Customers"), "href": reverse("backoffice:customers")},
            {"label": customer.name, "href": reverse("backoffice:customer", args=[customer.id])},
            {"label": gettext("New contract")},
        ],
    }
    return render(request, "backoffice/contract_form.html", facts, status=422 if is_checked else 200)


def _chosen(request: MemberRequest) -> HttpResponseBase:
    """The step before: whose contract?"""
    asked = request.GET.get("q", "").replace("\0", "")[:100]
    found: list[Customer] = []
    if asked.strip():
        found = list(
            Customer.objects.in_units(request.unit_ids)
            .filter(filters.about_customer(asked), merged_into__isnull=True)
            .select_related("unit")
            .order_by("search_text", "id")[:MOST_FOUND]
        )
    facts = {
        "title": gettext("New contract"),
        "q": asked,
        "found": found,
        "crumbs": [
            {"label": gettext("Contracts"), "href": reverse("backoffice:contracts")},
            {"label": gettext("New contract")},
        ],
    }
    return render(request, "backoffice/contract_customer.html", facts)


def _summary(request: MemberRequest, customer: Customer, form: Form) -> dict[str, Any]:
    """Every charge of the coming year, or why it cannot be told yet."""
    facts: dict[str, Any] = {"form": form, "customer": customer}
    if not form.is_valid():
        form.is_quiet = True
        return {**facts, "trouble": gettext("Some field cannot be read yet. Saving tells which one.")}
    said = form.cleaned_data
    form.is_quiet = True
    version = {str(version.id): version for version in plan_rows.on_sale().values()}[said["plan"]]
    try:
        preview = sale_preview.of(
            version,
            started_on=said["started_on"],
            signed_on=said["signed_on"] or said["started_on"],
            term_kind=said["term_kind"],
            term_months=said["term_months"],
            payment_method=said["payment_method"],
            billing_method=said["billing_method"],
            due_day=said["due_day"],
            cut_over_on=said["cut_over_on"],
            on=request.today,
            lead_days=request.organization.lead_days,
        )
    except Refusal as refusal:
        return {**facts, "trouble": texts.render(refusal)}
    late = [charge for charge in preview.charges if charge.charge_on < request.today]
    return {
        **facts,
        "preview": preview,
        "late": late,
        "late_cents": sum(charge.total_cents for charge in late),
        "is_unbilled": said["billing_method"] == "none",
    }


def _suggested(customer: Customer, request: MemberRequest) -> dict[str, Any]:
    """What this customer's latest contract says, and today."""
    latest = (
        BillingTerms.objects.filter(contract__customer=customer)
        .select_related("contract")
        .order_by("-contract_id")
        .first()
    )
    return {
        "plan": request.GET.get("plano", "") or _first_plan(),
        "started_on": request.today,
        "unit": str(customer.unit_id),
        "request_key": uuid4().hex,
        **(
            {
                "payment_method": latest.contract.payment_method,
                "due_day": latest.due_day,
                "billing_method": latest.billing_method,
                "group": str(latest.billing_group_id or ""),
                "delivery": latest.contract.delivery,
            }
            if latest
            else {}
        ),
    }


def _first_plan() -> str:
    found = sorted(plan_rows.on_sale().values(), key=lambda version: (version.name, version.number))
    return str(found[0].id) if found else ""


def _offered(form: Form, customer: Customer, request: MemberRequest) -> Form:
    """The choices that depend on what there is."""
    versions = sorted(plan_rows.on_sale().values(), key=lambda version: (version.name, version.number))
    groups = BillingGroup.objects.filter(customer=customer).order_by("-is_default", "name")
    for name, choices in (
        ("plan", [(str(version.id), f"{version.name} · {version.plan.external_code}") for version in versions]),
        ("group", [("", gettext("The customer's main one")), *((str(group.id), group.name) for group in groups)]),
        ("unit", [(str(unit.id), unit.name) for unit in units_of(request)]),
    ):  # fmt: skip
        field = form.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
    return form
