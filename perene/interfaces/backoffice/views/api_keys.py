"""Keys for programs: made with what they may do and where, shown once, revoked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import api_keys as acts
from perene.apps.organizations import api_keys, names, organizations, people
from perene.apps.organizations.models import ApiKey, ApiKeyUnit
from perene.interfaces.backoffice import access, fields
from perene.interfaces.backoffice.access import MemberRequest
from perene.rules.refusals import Refusal

# Beside which field a refusal is said.
FIELDS = {
    "key_name_missing": "name",
    "key_name_too_long": "name",
    "key_scopes_missing": "scopes",
    "key_scope_unknown": "scopes",
    "key_units_missing": "units",
    "key_units_unknown": "units",
    "key_expired_already": "ends_on",
}
SCOPES: Mapping[str, str | Promise] = {
    "customers.read": _("See customers"),
    "customers.write": _("Enter and change customers"),
    "contracts.read": _("See contracts"),
    "contracts.write": _("Sell, change and cancel contracts"),
    "invoices.read": _("See invoices"),
    "invoices.write": _("Issue and cancel invoices"),
    "receivables.read": _("See receivables, settlements and credits"),
    "receivables.write": _("Settle, reverse, extend, write off"),
    "catalog.read": _("See plans and items"),
    "catalog.write": _("Change plans and items"),
    "runs.read": _("See billing runs"),
    "runs.start": _("Start, approve and reverse billing runs"),
    "runs.retry": _("Try parked contracts again"),
    "books.read": _("See the books"),
    "books.write": _("Change accounts, close periods"),
    "events.read": _("See events"),
    "webhooks.read": _("See webhooks"),
    "webhooks.write": _("Change webhooks"),
    "people.read": _("See people"),
    "audit.read": _("See the audit trail"),
    "organization.write": _("Change the organization's settings"),
    "clock.move": _("Move the clock of a test environment"),
}


class KeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=api_keys.LONGEST_NAME,
        help_text=_("Which program uses it: ERP, site, spreadsheet."),
        error_messages={"required": _("Give the key a name that says which program uses it.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        help_text=_("The fewer the better: whoever finds the key can do all of it."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that the key may do.")},
    )
    scope = forms.ChoiceField(
        label=_("Where"),
        choices=[("all", _("In all units, also those to come")), ("some", _("Only in these units:"))],
        widget=forms.RadioSelect,
        initial="all",
    )
    units = forms.MultipleChoiceField(
        label=_("Units"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    ends_on = fields.day(
        label=_("Last day"), required=False, help_text=_("Empty: until somebody revokes it.")
    )

    def __init__(self, data: object = None, *, member: people.Member) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        # Nobody gives a program more than they have.
        offered = [
            (name, word) for name, word in SCOPES.items() if name in api_keys.GRANTABLE & member.permissions
        ]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]
        self.fields["units"].choices = [  # type: ignore[attr-defined]
            (str(unit.id), unit.name) for unit in organizations.units()
        ]

    def unit_ids(self) -> list[UUID] | None:
        """The units chosen; None = all."""
        if self.cleaned_data["scope"] == "all":
            return None
        return [UUID(text) for text in self.cleaned_data["units"]]


@access.page("keys.read", section="api_keys")
def page(request: MemberRequest) -> HttpResponseBase:
    """/chaves-de-api."""
    units: dict[object, list[str]] = defaultdict(list)
    for row in ApiKeyUnit.objects.select_related("unit").order_by("unit__name"):
        units[row.api_key_id].append(row.unit.name)
    rows = list(ApiKey.objects.order_by("-id"))
    makers = names.of(row.created_by_id for row in rows)
    for row in rows:
        row.words = [str(SCOPES.get(name, name)) for name in row.scopes]
        row.unit_names = units[row.id]
        row.maker = makers.get(row.created_by_id, "")
        row.id_text = str(row.id)
        row.state = _state(row, now=request.now)
    facts = {
        "title": gettext("API keys"),
        "keys": rows,
        "may_change": request.member.may("keys.write"),
    }
    return render(request, "backoffice/api_keys.html", facts)


@access.form("keys.write", section="api_keys")
def new(request: MemberRequest) -> HttpResponseBase:
    """The form, and after it the key: shown now, never again."""
    form = KeyForm(request.POST if request.method == "POST" else None, member=request.member)
    if form.is_valid():
        try:
            made = acts.create(
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                unit_ids=form.unit_ids(),
                expires_at=_end(form, request),
                now=request.now,
            )
            facts = {"title": gettext("Key made"), "secret": made.secret, "name": form.cleaned_data["name"]}
            shown = render(request, "backoffice/api_key_made.html", facts)
            shown.headers["Cache-Control"] = "no-store"
            return shown
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    facts = {
        "title": gettext("New API key"),
        "form": form,
        "crumbs": [
            {"label": gettext("API keys"), "href": reverse("backoffice:api_keys")},
            {"label": gettext("New API key")},
        ],
    }
    return render(request, "backoffice/api_key_form.html", facts, status=422 if form.is_bound else 200)


@access.act("keys.write")
def revoke(request: MemberRequest, key_id: UUID) -> HttpResponseBase:
    key = ApiKey.objects.filter(id=key_id).first()
    if key is None:
        raise Http404
    acts.revoke(key.id, now=request.now)
    messages.success(
        request, gettext("The key “{name}” is revoked: it opens nothing any more.").format(name=key.name)
    )
    return HttpResponseRedirect(reverse("backoffice:api_keys"))


def _end(form: KeyForm, request: MemberRequest) -> datetime | None:
    """The instant after the last day, in the organization's time zone."""
    last_on = form.cleaned_data["ends_on"]
    if last_on is None:
        return None
    return datetime.combine(
        last_on + timedelta(days=1), time(), tzinfo=ZoneInfo(request.organization.time_zone)
    )


def _state(key: ApiKey, *, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"
