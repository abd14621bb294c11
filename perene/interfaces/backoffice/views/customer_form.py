"""A customer's facts, address and contacts: made and changed on one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import customers as customer_acts
from perene.apps.customers import checks
from perene.apps.customers import customers as customer_rows
from perene.apps.customers.customers import ContactContent, CustomerContent
from perene.apps.customers.models import Customer
from perene.apps.organizations.models import Unit
from perene.interfaces.backoffice import access, fields, plan_forms, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.framing import units_of
from perene.kit import texts
from perene.rules import documents
from perene.rules.refusals import Refusal

WRITE = "customers.write"
MOST_CONTACTS = 50
FIELDS = {
    "customer_name_missing": "name",
    "invalid_document": "document",
    "customer_external_id_taken": "external_id",
    "unknown_unit": "unit",
    "unknown_state": "state",
    "invalid_postal_code": "postal_code",
}


def _text(label: Any, **given: Any) -> forms.CharField:
    return forms.CharField(**{"label": label, "required": False, "max_length": checks.LONGEST, **given})


class Form(plan_forms.Quiet):
    name = _text(_("Name"), required=True, error_messages={"required": _("Give the customer's name.")})
    document = _text(
        _("CPF/CNPJ"), required=True, max_length=30, help_text=_("With or without punctuation; a CNPJ may hold letters."),
        error_messages={"required": _("Give the CPF or CNPJ.")},
    )  # fmt: skip
    external_id = _text(_("External code"), help_text=_("The customer's code in your other systems."))
    unit = forms.ChoiceField(label=_("Unit"))
    since_on = fields.day(label=_("Customer since"), required=False)
    postal_code = _text(_("CEP"), max_length=10)
    street = _text(_("Street"))
    street_number = _text(_("House number"))
    complement = _text(_("Complement"))
    district = _text(_("District"))
    city = _text(_("City"))
    state = forms.ChoiceField(
        label=_("State (UF)"), required=False, choices=[("", "—"), *((state, state) for state in checks.STATES)]
    )  # fmt: skip


class ContactForm(plan_forms.Quiet):
    kind = forms.ChoiceField(label=_("Kind"), choices=list(words.CONTACTS.items()))
    value = _text(_("E-mail or number"))
    label = _text(_("Label"), max_length=60)


@dataclass
class ContactRow:
    key: str
    form: ContactForm


@access.form(WRITE, section="customers")
def new(request: MemberRequest) -> HttpResponseBase:
    return _edited(request, None)


@access.form(WRITE, section="customers")
def edit(request: MemberRequest, customer_id: UUID) -> HttpResponseBase:
    customer: Customer = get_object_or_404(
        Customer.objects.in_units(request.member.unit_ids).select_related("unit", "merged_into"),
        id=customer_id,
        merged_into__isnull=True,
    )
    return _edited(request, customer)


def _edited(request: MemberRequest, customer: Customer | None) -> HttpResponseBase:
    what = request.POST.get("do", "save") if request.method == "POST" else ""
    form, contacts = _sent(request.POST) if what else _stored(request, customer)
    units = units_of(request)
    field = form.fields["unit"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [(unit.code, unit.name) for unit in units]
    if what == "document":
        return render(request, "backoffice/document_told.html", _document(request, customer, form.data))
    if what == "save":
        content = _content(form, contacts)
        if content is not None:
            try:
                return _saved(request, customer, content)
            except Refusal as refusal:
                _refuse(form, contacts, refusal)
    elif what:
        contacts = _changed(contacts, what)
    for quiet in (form, *(row.form for row in contacts)):
        quiet.is_quiet = what != "save"
    return _page(request, customer, form, contacts, units, is_checked=what == "save")


def _saved(request: MemberRequest, customer: Customer | None, content: CustomerContent) -> HttpResponseBase:
    if customer is None:
        customer_id = customer_acts.create(content)
        messages.success(request, gettext("Customer included successfully."))
    else:
        customer_id = customer.id
        customer_acts.edit(customer_id, content)
        messages.success(request, gettext("Customer changed successfully."))
    return HttpResponseRedirect(reverse("backoffice:customer", args=[customer_id]))


def _page(
    request: MemberRequest,
    customer: Customer | None,
    form: Form,
    contacts: list[ContactRow],
    units: list[Unit],
    *,
    is_checked: bool,
) -> HttpResponseBase:
    title = gettext("Change the customer") if customer else gettext("New customer")
    facts = {
        "title": title,
        "customer": customer,
        "form": form,
        "contacts": contacts,
        "has_units": len(units) > 1,
        "crumbs": [
            {"label": gettext("Customers"), "href": reverse("backoffice:customers")},
            *(
                [{"label": customer.name, "href": reverse("backoffice:customer", args=[customer.id])}]
                if customer
                else []
            ),
            {"label": title},
        ],
    }
    return render(request, "backoffice/customer_form.html", facts, status=422 if is_checked else 200)


def _stored(request: MemberRequest, customer: Customer | None) -> tuple[Form, list[ContactRow]]:
    if customer is None:
        given = [ContactContent("email", ""), ContactContent("phone", "")]
        initial: dict[str, Any] = {"unit": next((unit.code for unit in units_of(request)), "")}
    else:
        says = customer_rows.read(customer)
        given = list(says.contacts)
        initial = {name: getattr(says, name) for name in Form.base_fields if name != "unit"}
        initial |= {"unit": customer.unit.code, "document": documents.format(documents.parse(says.document))}
    return plan_forms.filled(Form, initial), [
        ContactRow(str(number), plan_forms.filled(ContactForm, contact._asdict(), prefix=f"c{number}"))
        for number, contact in enumerate(given)
    ]


def _sent(sent: QueryDict) -> tuple[Form, list[ContactRow]]:
    keys = [key for key in sent.getlist("contact")[:MOST_CONTACTS] if key.isdigit()]
    return Form(sent), [ContactRow(key, ContactForm(sent, prefix=f"c{key}")) for key in keys]


def _changed(contacts: list[ContactRow], what: str) -> list[ContactRow]:
    name, *keys = what.split(" ")
    if name == "contact-add":
        key = str(max((int(row.key) for row in contacts), default=-1) + 1)
        return [*contacts, ContactRow(key, plan_forms.filled(ContactForm, {}, prefix=f"c{key}"))]
    return [row for row in contacts if row.key not in keys]


def _content(form: Form, contacts: list[ContactRow]) -> CustomerContent | None:
    """What the forms say; None where a field cannot be. A contact without a value is none."""
    if not all([form.is_valid(), *(row.form.is_valid() for row in contacts)]):
        return None
    said = dict(form.cleaned_data)
    given = [row.form.cleaned_data for row in contacts]
    return CustomerContent(
        unit_code=said.pop("unit"),
        external_id=said.pop("external_id") or None,
        contacts=tuple(
            ContactContent(one["kind"], one["value"], one["label"]) for one in given if one["value"].strip()
        ),
        **said,
    )


def _refuse(form: Form, contacts: list[ContactRow], refusal: Refusal) -> None:
    """Beside the contact whose value the Refusal names, else beside its field."""
    named = {str(refusal.params.get(name)) for name in ("email", "phone", "value")}
    for row in contacts:
        said = row.form.cleaned_data["value"]
        if refusal.code in ("invalid_email", "invalid_phone", "contact_twice") and said and said in named:
            row.form.add_error("value", texts.render(refusal))
            return
    fields.refuse(form, refusal, FIELDS)


def _document(request: MemberRequest, customer: Customer | None, sent: Any) -> dict[str, Any]:
    """What is known of a document while it is typed: whether it can be, and who has it already."""
    text = sent.get("document", "")
    if not text.strip():
        return {}
    try:
        document = documents.parse(text)
    except Refusal as refusal:
        return {"trouble": texts.render(refusal)}
    same = Customer.objects.in_units(request.member.unit_ids).filter(
        document=document.digits, merged_into__isnull=True
    )
    if customer is not None:
        same = same.exclude(id=customer.id)
    return {"document": documents.format(document), "same": list(same.order_by("id")[:3])}
