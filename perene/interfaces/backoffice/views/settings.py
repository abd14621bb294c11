"""What the organization says of itself, what paying late costs, its city's holidays, its units. Each page says who changed it
last."""

from __future__ import annotations

import contextlib
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import enroll, holidays, settlement_policies
from perene.actions import organization as acts
from perene.apps.organizations import organizations
from perene.apps.organizations.models import Organization, Unit
from perene.apps.policies.models import Holiday, SettlementPolicy
from perene.interfaces.backoffice import access, fields, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.rules import documents
from perene.rules.refusals import Refusal

FIELDS = {
    "organization_name_missing": "name",
    "invalid_document": "document",
    "unknown_state": "state",
    "unknown_time_zone": "time_zone",
    "lead_days_out_of_range": "lead_days",
    "policy_in_the_past": "valid_from",
    "fine_too_high": "fine_percent",
    "interest_too_high": "interest_percent",
    "discount_out_of_range": "on_time_discount_percent",
    "holiday_exists": "on",
    "holiday_name_missing": "name",
    "unit_code_taken": "code",
    "unit_name_missing": "name",
}
HOLIDAYS_SHOWN = 200


class OrganizationForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=200, error_messages={"required": _("Type the organization's name.")}
    )
    legal_name = forms.CharField(label=_("Legal name"), max_length=200, required=False)
    document = forms.CharField(
        label=_("CNPJ or CPF"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        required=False,
        help_text=_("As it is printed on invoices."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    state = forms.ChoiceField(label=_("State (UF)"), choices=[(uf, uf) for uf in organizations.STATES])
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("When a day begins for billing and due dates."),
        choices=[(zone, words.said(words.TIME_ZONES, zone)) for zone in organizations.TIME_ZONES],
    )
    lead_days = forms.IntegerField(
        label=_("Days between charge and due date"),
        help_text=_("The least: an invoice is never due sooner after it was made."),
        min_value=0,
        max_value=organizations.LONGEST_LEAD_DAYS,
        widget=forms.NumberInput(attrs={"class": "number"}),
    )
    requires_second_factor = forms.BooleanField(
        label=_("Whoever works here must have a second factor"),
        required=False,
        help_text=_("Those without one are asked to turn it on at their next page."),
    )


class PolicyForm(forms.Form):
    valid_from = fields.day(label=_("For what is due from"))
    fine_percent = fields.Number(
        label=_("Fine (%)"), help_text=_("Once, of what is overdue. At most 2 % (CDC, art. 52).")
    )
    interest_percent = fields.Number(
        label=_("Interest (% a month)"), help_text=_("Simple, by the day. At most 1 %.")
    )
    on_time_discount_percent = fields.Number(
        label=_("Discount for paying on time (%)"), required=False, help_text=_("Lapses after the due date.")
    )


class HolidayForm(forms.Form):
    on = fields.day(label=_("Date"))
    name = forms.CharField(
        label=_("Name"), max_length=100, error_messages={"required": _("Give the holiday a name.")}
    )


class UnitForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, error_messages={"required": _("Type the unit's name.")}
    )


class NewUnitForm(UnitForm):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Short, for imports and exports: SUL, FILIAL-2. It stays."),
        error_messages={"required": _("Type a code.")},
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()


@access.form("organization.write", section="settings")
def page(request: MemberRequest) -> HttpResponseBase:
    """/configuracoes."""
    form = OrganizationForm(
        request.POST if request.method == "POST" else None, initial=_initial(request.organization)
    )
    if form.is_valid():
        try:
            acts.change(**form.cleaned_data)
            messages.success(request, gettext("The organization is saved."))
            return HttpResponseRedirect(reverse("backoffice:settings"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    facts = {"form": form, "organization": request.organization}
    return _page(request, form, "backoffice/settings.html", gettext("Organization"), "settings", facts)


@access.form("organization.write", section="settings")
def late_charges(request: MemberRequest) -> HttpResponseBase:
    """/configuracoes/multa-e-juros: dated, the one in force marked."""
    policies = list(SettlementPolicy.objects.order_by("-valid_from"))
    in_force = next((each for each in policies if each.valid_from <= request.today), None)
    initial = {"valid_from": request.today}
    if in_force is not None:
        names = ("fine_percent", "interest_percent", "on_time_discount_percent")
        initial |= {name: getattr(in_force, name) for name in names}
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data
        try:
            settlement_policies.set(
                valid_from=given["valid_from"],
                fine_percent=given["fine_percent"],
                interest_percent=given["interest_percent"],
                on_time_discount_percent=given["on_time_discount_percent"] or 0,
                on=request.today,
            )
            messages.success(request, gettext("The late charges are saved."))
            return HttpResponseRedirect(reverse("backoffice:late_charges"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    facts = {"form": form, "policies": policies, "in_force": in_force}
    return _page(
        request, form, "backoffice/late_charges.html", gettext("Fine and interest"), "late_charges", facts
    )


@access.form("organization.write", section="settings")
def city_holidays(request: MemberRequest) -> HttpResponseBase:
    """/configuracoes/feriados."""
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            holidays.add(day=form.cleaned_data["on"], name=form.cleaned_data["name"])
            messages.success(request, gettext("The holiday is saved."))
            return HttpResponseRedirect(reverse("backoffice:holidays"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    facts = {"form": form, "holidays": list(Holiday.objects.order_by("-on")[:HOLIDAYS_SHOWN])}
    return _page(
        request, form, "backoffice/holidays.html", gettext("Holidays of the city"), "holidays", facts
    )


@access.act("organization.write")
def holiday_remove(request: MemberRequest, holiday_id: UUID) -> HttpResponseBase:
    holidays.remove(holiday_id)
    messages.success(request, gettext("The holiday is removed."))
    return HttpResponseRedirect(reverse("backoffice:holidays"))


@access.form("organization.write", section="settings")
def units(request: MemberRequest) -> HttpResponseBase:
    """/configuracoes/unidades: the list, and a new one."""
    form = NewUnitForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            enroll.unit(name=form.cleaned_data["name"], code=form.cleaned_data["code"])
            messages.success(request, gettext("The unit is made."))
            return HttpResponseRedirect(reverse("backoffice:units"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    facts = {"form": form, "units": organizations.units()}
    return _page(request, form, "backoffice/units.html", gettext("Units"), "units", facts)


@access.form("organization.write", section="settings")
def unit(request: MemberRequest, unit_id: UUID) -> HttpResponseBase:
    """/configuracoes/unidades/…: its name."""
    present = Unit.objects.filter(id=unit_id).first()
    if present is None:
        raise Http404
    form = UnitForm(request.POST if request.method == "POST" else None, initial={"name": present.name})
    if form.is_valid():
        try:
            acts.rename_unit(unit_id, name=form.cleaned_data["name"])
            messages.success(request, gettext("The unit is saved."))
            return HttpResponseRedirect(reverse("backoffice:units"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    facts = {
        "form": form,
        "unit": present,
        "crumbs": [
            {"label": gettext("Units"), "href": reverse("backoffice:units")},
            {"label": present.name},
        ],
    }
    return _page(request, form, "backoffice/unit.html", present.name, "units", facts)


def _initial(organization: Organization) -> dict[str, object]:
    shown = {name: getattr(organization, name) for name in OrganizationForm.base_fields}
    # None, or one from before it was checked, is shown as it is.
    with contextlib.suppress(Refusal):
        shown["document"] = documents.format(documents.parse(organization.document))
    return shown


def _page(
    request: MemberRequest, form: forms.Form, template: str, title: str, opened: str, facts: dict[str, object]
) -> HttpResponseBase:
    shown = {"title": title, "open": opened, **facts}
    return render(request, template, shown, status=422 if form.is_bound else 200)
