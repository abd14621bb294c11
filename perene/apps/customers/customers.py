"""Customers and how to reach them: created, edited, read as one value."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from perene.apps.customers import checks
from perene.apps.customers.models import Contact, Customer
from perene.apps.organizations import organizations
from perene.apps.organizations.models import Unit
from perene.kit import constraints, ids
from perene.rules import documents
from perene.rules.refusals import Refusal

_CHECKS = {"email": checks.email, "phone": checks.phone, "whatsapp": checks.phone}


class ContactContent(NamedTuple):
    """One way to reach a customer: `kind` email, phone or whatsapp. The first of each kind is the main one."""

    kind: str
    value: str
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerContent:
    """What a person enters: the document with or without punctuation, a phone with area code. `unit_code` None = the first
    unit for a new customer, the present one for another."""

    name: str
    document: str
    contacts: Sequence[ContactContent] = ()
    external_id: str | None = None
    unit_code: str | None = None
    since_on: date | None = None
    street: str = ""
    street_number: str = ""
    complement: str = ""
    district: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""


def create(content: CustomerContent) -> Customer:
    """A new customer. Raises Refusal `invalid_document`, `customer_external_id_taken`, `unknown_unit`, `contact_kind_unknown`,
    `contact_twice` and those of `checks`."""
    customer = Customer(id=ids.new())
    _fill(customer, content)
    contacts = _contacts(customer, content)
    with _external_id_free(content):
        customer.save(force_insert=True)
    Contact.objects.bulk_create(contacts)
    return customer


def edit(customer_id: UUID, content: CustomerContent) -> Customer:
    """The customer says all of `content` from now on; contacts that it does not name are taken away. Raises as `create`."""
    customer = Customer.objects.select_for_update(no_key=True).get(id=customer_id)
    _fill(customer, content)
    wanted = {(new.kind, new.value): new for new in _contacts(customer, content)}
    with _external_id_free(content):
        customer.save(force_update=True)
    for contact in Contact.objects.filter(customer=customer):
        new = wanted.pop((contact.kind, contact.value), None)
        if new is None:
            contact.delete()
        elif (new.label, new.is_main) != (contact.label, contact.is_main):
            contact.label, contact.is_main = new.label, new.is_main
            contact.save(force_update=True)
    Contact.objects.bulk_create(wanted.values())
    return customer


def read(customer: Customer) -> CustomerContent:
    """What a customer says: change it with `dataclasses.replace` and give it to `edit`."""
    contacts = Contact.objects.filter(customer=customer).order_by("-is_main", "id")
    return CustomerContent(
        name=customer.name,
        document=customer.document,
        contacts=tuple(ContactContent(contact.kind, contact.value, contact.label) for contact in contacts),
        external_id=customer.external_id,
        since_on=customer.since_on,
        street=customer.street,
        street_number=customer.street_number,
        complement=customer.complement,
        district=customer.district,
        city=customer.city,
        state=customer.state,
        postal_code=customer.postal_code,
    )


def buying(customer_id: UUID) -> Customer:
    """The customer, held until the transaction ends: nobody merges them away while something new becomes theirs. Refusal
    `unknown_customer_id`, `customer_is_merged`."""
    found: Customer | None = (
        Customer.objects.select_for_update(of=("self",), no_key=True)
        .select_related("merged_into", "unit")
        .filter(id=customer_id)
        .first()
    )
    if found is None:
        raise Refusal("unknown_customer_id", "There is no such customer: choose one of the list.")
    check_present(found)
    return found


def check_present(customer: Customer) -> None:
    """Refusal `customer_is_merged`."""
    if customer.merged_into_id is not None:
        raise Refusal(
            "customer_is_merged",
            "{name} was merged into {kept}: work with that customer.",
            name=customer.name,
            kept=customer.merged_into.name,
        )


def _fill(customer: Customer, content: CustomerContent) -> None:
    document = documents.parse(content.document)
    customer.name = checks.name(content.name)
    customer.document, customer.document_kind = document.digits, document.kind
    customer.external_id = checks.short(content.external_id or "") or None
    customer.since_on = content.since_on
    for field in ("street", "street_number", "complement", "district", "city"):
        setattr(customer, field, checks.short(getattr(content, field)))
    customer.state = checks.state(content.state)
    customer.postal_code = checks.postal_code(content.postal_code)
    customer.search_text = checks.search_text(
        name=customer.name, digits=customer.document, external_id=customer.external_id
    )
    if content.unit_code is not None:
        customer.unit = _unit(content.unit_code)
    elif customer.unit_id is None:
        customer.unit = organizations.first_unit()


def _unit(code: str) -> Unit:
    unit = organizations.unit_by_code(code)
    if unit is None:
        raise Refusal("unknown_unit", "There is no unit with the code {code}.", code=code)
    return unit


def _contacts(customer: Customer, content: CustomerContent) -> list[Contact]:
    found: dict[tuple[str, str], Contact] = {}
    kinds: set[str] = set()
    for given in content.contacts:
        check = _CHECKS.get(given.kind)
        if check is None:
            raise Refusal(
                "contact_kind_unknown",
                "“{kind}” is not a kind of contact: choose one of the list.",
                kind=given.kind,
            )
        value = check(given.value)
        if (given.kind, value) in found:
            raise Refusal("contact_twice", "The contact {value} is there twice: remove one.", value=value)
        found[given.kind, value] = Contact(
            id=ids.new(),
            customer=customer,
            kind=given.kind,
            value=value,
            label=checks.short(given.label),
            is_main=given.kind not in kinds,
        )
        kinds.add(given.kind)
    return list(found.values())


def _external_id_free(content: CustomerContent) -> AbstractContextManager[None]:
    taken = Refusal(
        "customer_external_id_taken",
        "The external code {external_id} belongs to another customer.",
        external_id=content.external_id,
    )
    return constraints.refused("customer_external_id_once", taken)
