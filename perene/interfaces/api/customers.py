"""Customers and how to reach them."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import Field

from perene.actions import customers as customer_actions
from perene.actions import groups as group_actions
from perene.actions import merge
from perene.apps.contracts.models import BillingGroup
from perene.apps.customers import customers as customer_rows
from perene.apps.customers.customers import ContactContent, CustomerContent
from perene.apps.customers.models import Contact, Customer
from perene.apps.organizations.models import Unit
from perene.interfaces.api import paging, problems
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, named, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Code, Day, Given, Short, Shown
from perene.rules import documents
from perene.rules.refusals import Refusal

subject = Subject("Clientes")

ContactKind = Literal["email", "phone", "whatsapp"]


class ContactGiven(Given):
    kind: ContactKind
    value: Short
    label: Short = ""


class CustomerGiven(Given):
    """CPF ou CNPJ com ou sem pontuação. O primeiro contato de cada tipo é o principal."""

    name: Short
    document: Code
    contacts: list[ContactGiven] = []
    external_id: Code | None = None
    unit_id: UUID | None = None
    since_on: Day | None = None
    street: Short = ""
    street_number: Short = ""
    complement: Short = ""
    district: Short = ""
    city: Short = ""
    state: Short = ""
    postal_code: Short = ""


class CustomerChanged(Given):
    """Só o que vem é alterado; `contacts`, quando vem, substitui todos."""

    name: Short | None = None
    document: Code | None = None
    contacts: list[ContactGiven] | None = None
    external_id: Code | None = None
    unit_id: UUID | None = None
    since_on: Day | None = None
    street: Short | None = None
    street_number: Short | None = None
    complement: Short | None = None
    district: Short | None = None
    city: Short | None = None
    state: Short | None = None
    postal_code: Short | None = None


class ContactShown(Shown):
    id: UUID
    kind: str
    value: str
    label: str
    is_main: bool


class CustomerShown(Shown):
    id: UUID
    external_id: str | None
    unit_id: UUID
    name: str
    document: str
    document_kind: str
    merged_into_id: Annotated[UUID | None, Field(description="O cadastro ao qual este foi juntado.")]
    street: str
    street_number: str
    complement: str
    district: str
    city: str
    state: str
    postal_code: str
    since_on: Day | None
    contacts: list[ContactShown]


class GroupGiven(Given):
    name: Short


class GroupShown(Shown):
    id: UUID
    customer_id: UUID
    name: str
    is_default: bool


class MergeGiven(Given):
    """`gone_id`: o cadastro repetido, cujas coisas passam para este."""

    gone_id: UUID


class MergedShown(Shown):
    contracts: int
    groups: int
    invoices: int
    receivables: int
    credits: int
    settlements: int
    contacts: int


class CustomerFilters(Paging):
    document: Code | None = None
    external_id: Code | None = None
    unit_id: UUID | None = None


@subject.reads("/customers", scope="customers.read", answer=Page[CustomerShown], summary="Clientes")
def list_customers(request: ApiRequest, asked: Query[CustomerFilters]):
    found = Customer.objects.in_units(request.unit_ids)
    if asked.document is not None:
        try:
            found = found.filter(document=documents.parse(asked.document).digits)
        except Refusal:
            found = found.none()
    if asked.external_id is not None:
        found = found.filter(external_id=asked.external_id)
    if asked.unit_id is not None:
        found = found.filter(unit_id=asked.unit_id)
    rows = paging.after(found, asked)
    contacts = _contacts([row.id for row in rows])
    return paging.shown(rows, asked, lambda row: _show(row, contacts.get(row.id, [])))


@subject.acts(
    "/customers", scope="customers.write", answer=CustomerShown, status=201, summary="Criar cliente"
)
def create_customer(request: ApiRequest, body: CustomerGiven):
    given = body.model_dump(exclude={"contacts", "unit_id"})
    content = CustomerContent(
        **given, contacts=_content_of(body.contacts), unit_code=_unit_code(request, body.unit_id, is_new=True)
    )
    return _read(request, customer_actions.create(content))


@subject.reads(
    "/customers/{uuid:customer_id}", scope="customers.read", answer=CustomerShown, summary="Um cliente"
)
def get_customer(request: ApiRequest, customer_id: UUID):
    return _read(request, customer_id)


@subject.acts(
    "/customers/{uuid:customer_id}",
    scope="customers.write",
    answer=CustomerShown,
    method="PATCH",
    summary="Alterar cliente",
)
def update_customer(request: ApiRequest, customer_id: UUID, body: CustomerChanged):
    customer = one(Customer.objects.in_units(request.unit_ids), customer_id)
    given = body.model_dump(exclude_unset=True, exclude={"contacts", "unit_id"})
    emptied = {"external_id": None, "since_on": None}
    given = {name: value for name, value in given.items() if value is not None or name in emptied}
    if body.contacts is not None:
        given["contacts"] = _content_of(body.contacts)
    if body.unit_id is not None:
        given["unit_code"] = _unit_code(request, body.unit_id, is_new=False)
    customer_actions.edit(customer.id, replace(customer_rows.read(customer), **given))
    return _read(request, customer.id)


@subject.acts(
    "/customers/{uuid:customer_id}/merge",
    scope="customers.write",
    answer=MergedShown,
    summary="Juntar um cadastro repetido a este",
)
def merge_customers(request: ApiRequest, customer_id: UUID, body: MergeGiven):
    """Não há volta. Recusado quando o repetido tem algo em unidades que a chave não vê."""
    kept = one(Customer.objects.in_units(request.unit_ids), customer_id)
    gone = named(Customer.objects.in_units(request.unit_ids), body.gone_id, "gone_id")
    merged = merge.customers(kept.id, gone.id, on=request.today, now=request.now, unit_ids=request.unit_ids)
    return MergedShown(**merged._asdict())


@subject.reads(
    "/customers/{uuid:customer_id}/billing-groups",
    scope="customers.read",
    answer=Page[GroupShown],
    summary="Agrupadores do cliente",
)
def list_billing_groups(request: ApiRequest, customer_id: UUID, asked: Query[Paging]):
    customer = one(Customer.objects.in_units(request.unit_ids), customer_id)
    return paging.page(BillingGroup.objects.filter(customer=customer), asked, _show_group)


@subject.acts(
    "/customers/{uuid:customer_id}/billing-groups",
    scope="customers.write",
    answer=GroupShown,
    status=201,
    summary="Criar agrupador",
)
def create_billing_group(request: ApiRequest, customer_id: UUID, body: GroupGiven):
    customer = one(Customer.objects.in_units(request.unit_ids), customer_id)
    group_id = group_actions.add(customer.id, name=body.name)
    return _show_group(BillingGroup.objects.get(id=group_id))


@subject.acts(
    "/billing-groups/{uuid:group_id}",
    scope="customers.write",
    answer=GroupShown,
    method="PATCH",
    summary="Renomear agrupador",
)
def rename_billing_group(request: ApiRequest, group_id: UUID, body: GroupGiven):
    found = BillingGroup.objects.select_related("customer")
    if request.unit_ids is not None:
        found = found.filter(customer__unit_id__in=request.unit_ids)
    group = one(found, group_id)
    group_actions.rename(group.id, name=body.name)
    return _show_group(BillingGroup.objects.get(id=group.id))


def _unit_code(request: ApiRequest, unit_id: UUID | None, *, is_new: bool) -> str | None:
    """The unit's code; a key limited to units says which of them a new customer belongs to, unless it has just one."""
    units = Unit.objects.all()
    if request.unit_ids is not None:
        units = units.filter(id__in=request.unit_ids)
        if unit_id is None and is_new:
            if len(request.unit_ids) != 1:
                raise problems.not_there("unit_id")
            return units.get().code
    unit = named(units, unit_id, "unit_id")
    return None if unit is None else unit.code


def _content_of(contacts: list[ContactGiven]) -> tuple[ContactContent, ...]:
    return tuple(ContactContent(each.kind, each.value, each.label) for each in contacts)


def _read(request: ApiRequest, customer_id: UUID) -> CustomerShown:
    customer = one(Customer.objects.in_units(request.unit_ids), customer_id)
    return _show(customer, _contacts([customer.id]).get(customer.id, []))


def _contacts(customer_ids: list[UUID]) -> dict[UUID, list[Contact]]:
    found: dict[UUID, list[Contact]] = {}
    for contact in Contact.objects.filter(customer_id__in=customer_ids).order_by("-is_main", "id"):
        found.setdefault(contact.customer_id, []).append(contact)
    return found


def _show(customer: Customer, contacts: list[Contact]) -> CustomerShown:
    columns = {name: getattr(customer, name) for name in CustomerShown.model_fields if name != "contacts"}
    return CustomerShown(
        **columns,
        contacts=[
            ContactShown(**{name: getattr(contact, name) for name in ContactShown.model_fields})
            for contact in contacts
        ],
    )


def _show_group(group: BillingGroup) -> GroupShown:
    return GroupShown(
        id=group.id, customer_id=group.customer_id, name=group.name, is_default=group.is_default
    )
