"""What is done with a contract in force: another plan, another due day, its end. Each shows what it comes to before it is
done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import change
from perene.apps.catalog import plans as plan_rows
from perene.apps.catalog import versions
from perene.apps.contracts.models import BillingTerms, Contract
from perene.interfaces.backoffice import access, fields, figures, plan_forms
from perene.interfaces.backoffice.access import MemberRequest
from perene.kit import texts
from perene.reports import change_preview
from perene.rules.refusals import Refusal

WRITE = "contracts.write"


class EndForm(plan_forms.Quiet):
    ends_on = fields.day(label=_("First day without it"), help_text=_("The day before is its last day."))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, error_messages={"required": _("Say why, for whoever looks at it later.")}
    )  # fmt: skip


class PlanForm(plan_forms.Quiet):
    plan = forms.ChoiceField(label=_("New plan"), error_messages={"required": _("Choose a plan.")})


class DueDayForm(plan_forms.Quiet):
    due_day = plan_forms.whole(_("Due day"), _("1 to 31; empty: as the plan says."))


@access.form(WRITE, section="contracts")
def end(request: MemberRequest, contract_id: UUID) -> HttpResponseBase:
    """Cancellation: which invoices fall, what is given back, what is still charged."""
    contract, billing = _found(request, contract_id)
    form = _read(EndForm, request, {"ends_on": request.today})

    def preview(said: dict[str, Any]) -> dict[str, Any]:
        found = change_preview.of_end(
            contract,
            billing,
            ends_on=said["ends_on"],
            lead_days=request.organization.lead_days,
            on=request.today,
        )
        return {"end": found}

    def act(said: dict[str, Any]) -> str:
        change.cancel(contract.id, ends_on=said["ends_on"], reason=said["reason"], on=request.today)
        return gettext("The contract was cancelled.")

    return _changed(
        request,
        contract,
        form,
        preview,
        act,
        {
            "title": gettext("Cancel the contract"),
            "act": gettext("Cancel the contract"),
            "kind": "end",
            "codes": {"contract_ends_earlier": "ends_on", "ends_before_start": "ends_on", "date_out_of_range": "ends_on"},
        },
    )  # fmt: skip


@access.form(WRITE, section="contracts")
def plan(request: MemberRequest, contract_id: UUID) -> HttpResponseBase:
    """Another plan, from the first cycle that is not billed yet."""
    contract, billing = _found(request, contract_id)
    form = _read(PlanForm, request, {})
    on_sale = sorted(plan_rows.on_sale().values(), key=lambda version: version.name)
    field = form.fields["plan"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [
        (str(version.id), f"{version.name} · {version.plan.external_code}")
        for version in on_sale
        if version.id != contract.plan_version_id
    ]

    def preview(said: dict[str, Any]) -> dict[str, Any]:
        version = versions.known(UUID(said["plan"]))
        found = change_preview.of_plan(
            contract, billing, version, lead_days=request.organization.lead_days, on=request.today
        )
        return {"plan_change": found}

    def act(said: dict[str, Any]) -> str:
        change.plan(
            contract.id, plan_version_id=UUID(said["plan"]), from_cycle=billing.next_cycle, on=request.today
        )
        return gettext("The plan was changed.")

    return _changed(
        request,
        contract,
        form,
        preview,
        act,
        {
            "title": gettext("Change the plan of the contract"),
            "act": gettext("Change the plan"),
            "kind": "plan",
            "codes": dict.fromkeys(
                (
                    "plan_of_another_rhythm",
                    "plan_not_on_sale",
                    "payment_method_not_in_plan",
                    "plan_without_items",
                    "cycle_never_comes",
                ),
                "plan",
            ),
        },
    )


@access.form(WRITE, section="contracts")
def due_day(request: MemberRequest, contract_id: UUID) -> HttpResponseBase:
    """Another day for what is charged from here on."""
    contract, billing = _found(request, contract_id)
    form = _read(DueDayForm, request, {"due_day": billing.due_day})

    def preview(said: dict[str, Any]) -> dict[str, Any]:
        found = change_preview.of_due_day(
            contract,
            billing,
            due_day=said["due_day"],
            lead_days=request.organization.lead_days,
            on=request.today,
        )
        return {"coming": found}

    def act(said: dict[str, Any]) -> str:
        change.due_day(contract.id, due_day=said["due_day"], on=request.today)
        return gettext("The due day was changed; invoices that exist keep theirs.")

    return _changed(
        request,
        contract,
        form,
        preview,
        act,
        {
            "title": gettext("Change the due day"),
            "act": gettext("Change the due day"),
            "kind": "due_day",
            "codes": {"due_day_out_of_range": "due_day"},
        },
    )


def _found(request: MemberRequest, contract_id: UUID) -> tuple[Contract, BillingTerms]:
    contract: Contract = get_object_or_404(
        Contract.objects.in_units(request.member.unit_ids).select_related("customer", "plan_version__plan"),
        id=contract_id,
    )
    billing = BillingTerms.objects.filter(contract_id=contract.id).first()
    if billing is None:
        raise Http404  # a draft has nothing to change yet
    return contract, billing


def _read(kind: Any, request: MemberRequest, initial: dict[str, Any]) -> Any:
    return kind(request.POST) if request.method == "POST" else plan_forms.filled(kind, initial)


def _changed(
    request: MemberRequest,
    contract: Contract,
    form: Any,
    preview: Callable[[dict[str, Any]], dict[str, Any]],
    act: Callable[[dict[str, Any]], str],
    facts: dict[str, Any],
) -> HttpResponseBase:
    """One form: looked at, tried with each change, done."""
    what = request.POST.get("do", "save") if request.method == "POST" else ""
    facts |= {"contract": contract, "form": form}
    if what == "save" and form.is_valid():
        try:
            messages.success(request, act(form.cleaned_data))
            return HttpResponseRedirect(reverse("backoffice:contract", args=[contract.id]))
        except Refusal as refusal:
            fields.refuse(form, refusal, facts["codes"])
    elif what != "save":
        form.is_valid()
        facts |= _tried(form, preview)
        form.is_quiet = True
    if what == "preview":
        return render(request, "backoffice/contract_change_preview.html", facts)
    facts["crumbs"] = [
        {"label": gettext("Contracts"), "href": reverse("backoffice:contracts")},
        {
            "label": figures.whole(contract.number),
            "href": reverse("backoffice:contract", args=[contract.id]),
        },
        {"label": facts["title"]},
    ]
    return render(request, "backoffice/contract_change.html", facts, status=422 if what else 200)


def _tried(form: Any, preview: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """What it would come to. A reason that is not written yet does not matter."""
    if set(form.errors) - {"reason"}:
        return {"trouble": gettext("Fill the form to see what it comes to.")}
    try:
        with transaction.atomic():  # what is read is of one moment
            return preview(form.cleaned_data)
    except Refusal as refusal:
        return {"trouble": texts.render(refusal)}
