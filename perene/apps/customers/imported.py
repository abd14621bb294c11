"""Customers from a file: checked row by row, written at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from perene.apps.customers import checks, customers
from perene.apps.customers.customers import ContactContent
from perene.apps.customers.models import Contact, Customer
from perene.apps.organizations import organizations
from perene.kit import bulk, ids
from perene.kit.problems import Outcome, Problems
from perene.rules import documents
from perene.rules.refusals import Refusal

# The file speaks of the main contact of these kinds.
_KINDS = ("email", "phone")


class CustomerRow(NamedTuple):
    """A row as it stands in the file; e-mail, phone and state may be empty."""

    line: int
    external_id: str
    name: str
    document: str
    email: str
    phone: str
    state: str


class _Known(NamedTuple):
    """What the file says of a customer, as it is kept."""

    name: str
    document: str
    email: str
    phone: str
    state: str


def store(rows: Sequence[CustomerRow], problems: Problems) -> Outcome:
    """Add the customers whose external id is new, edit those that say something else, leave the others alone: also those
    merged into another. An empty cell says nothing of a customer who is there. Raises RowsRefused with every problem of the
    file, before anything is written."""
    rows = [row._replace(external_id=checks.code(row.external_id)) for row in rows]
    checked = _checked(rows, problems)
    problems.stop_if_any()
    present = {
        customer.external_id: customer
        for customer in Customer.objects.filter(external_id__in=[row.external_id for row, _, _ in checked])
    }
    contacts = _main_contacts([customer.id for customer in present.values()])
    added, changed = [], 0
    for row, known, document in checked:
        customer = present.get(row.external_id)
        if customer is None:
            added.append((row.external_id, known, document.kind))
            continue
        if customer.merged_into_id is not None:
            continue
        mail, phone = (contacts.get((customer.id, kind), "") for kind in _KINDS)
        said = known._replace(
            email=known.email or mail, phone=known.phone or phone, state=known.state or customer.state
        )
        if said != _Known(customer.name, customer.document, mail, phone, customer.state):
            _edit(customer, said)
            changed += 1
    _add(added)
    return Outcome(len(added), changed, len(checked) - len(added) - changed)


def _checked(
    rows: Sequence[CustomerRow], problems: Problems
) -> list[tuple[CustomerRow, _Known, documents.Document]]:
    found = []
    lines: dict[str, int] = {}
    for row in rows:
        line = row.line
        name = problems.tried(line, "name", row.name, checks.name, row.name)
        document = problems.tried(line, "document", row.document, documents.parse, row.document)
        email = problems.tried(line, "email", row.email, checks.email, row.email) if row.email else ""
        phone = problems.tried(line, "phone", row.phone, checks.phone, row.phone) if row.phone else ""
        state = problems.tried(line, "state", row.state, checks.state, row.state)
        problems.tried(line, "external_id", row.external_id, _once, row, lines)
        if name is None or document is None or email is None or phone is None or state is None:
            continue
        found.append((row, _Known(name, document.digits, email, phone, state), document))
    return found


def _once(row: CustomerRow, lines: dict[str, int]) -> None:
    if not row.external_id:
        raise Refusal("external_id_missing", "Every row needs its code.")
    checks.short(row.external_id)
    first = lines.setdefault(row.external_id, row.line)
    if first != row.line:
        raise Refusal("row_twice", "This code is already in line {first}.", first=first)


def _main_contacts(customer_ids: Sequence[UUID]) -> dict[tuple[UUID, str], str]:
    rows = Contact.objects.filter(customer_id__in=customer_ids, is_main=True, kind__in=_KINDS)
    return {
        (customer, kind): value for customer, kind, value in rows.values_list("customer_id", "kind", "value")
    }


def _edit(customer: Customer, known: _Known) -> None:
    """The main contacts become the file's; other contacts and facts stay."""
    content = customers.read(customer)
    kept, seen = [], set(_KINDS)
    for contact in content.contacts:
        # The first of its kind is the main one, which the file replaces.
        is_replaced = contact.kind in seen
        seen.discard(contact.kind)
        if not is_replaced and contact.value != getattr(known, contact.kind, None):
            kept.append(contact)
    main = [ContactContent(kind, value) for kind in _KINDS if (value := getattr(known, kind))]
    customers.edit(
        customer.id,
        replace(
            content, name=known.name, document=known.document, state=known.state, contacts=(*main, *kept)
        ),
    )


def _add(added: Sequence[tuple[str, _Known, str]]) -> None:
    unit = organizations.first_unit()
    customer_ids = [ids.new() for _ in added]
    bulk.insert(
        Customer,
        (
            "id", "external_id", "unit_id", "name", "document", "document_kind", "state", "search_text",
            "street", "street_number", "complement", "district", "city", "postal_code",
        ),
        (
            (
                customer_id, external_id, unit.id, known.name, known.document, str(kind), known.state,
                checks.search_text(name=known.name, digits=known.document, external_id=external_id),
                "", "", "", "", "", "",
            )
            for customer_id, (external_id, known, kind) in zip(customer_ids, added, strict=True)
        ),
    )  # fmt: skip
    contacts = [
        (customer_id, kind, value)
        for customer_id, (_, known, _) in zip(customer_ids, added, strict=True)
        for kind, value in (("email", known.email), ("phone", known.phone))
        if value
    ]
    bulk.insert(
        Contact,
        ("id", "customer_id", "kind", "value", "label", "is_main"),
        ((ids.new(), *contact, "", True) for contact in contacts),
    )
