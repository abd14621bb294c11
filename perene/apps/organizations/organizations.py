"""Founding an organization and reading it."""

from datetime import date
from uuid import UUID

from django.db import connection

from perene.apps.organizations.models import Organization, Unit
from perene.kit import tenancy
from perene.rules import documents
from perene.rules.refusals import Refusal

STATES = (
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR", "RJ",
    "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
)  # fmt: skip
# The zones of the IANA database that lie in Brazil, the most people first.
TIME_ZONES = (
    "America/Sao_Paulo", "America/Bahia", "America/Fortaleza", "America/Recife", "America/Maceio", "America/Belem",
    "America/Araguaina", "America/Santarem", "America/Manaus", "America/Cuiaba", "America/Campo_Grande",
    "America/Porto_Velho", "America/Boa_Vista", "America/Rio_Branco", "America/Eirunepe", "America/Noronha",
)  # fmt: skip
LONGEST_LEAD_DAYS = 90


def reserve_id() -> int:
    """An id for an organization that is about to be founded (the wall lets it be written only from inside)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('organizations_organization', 'id'))")
        return int(cursor.fetchone()[0])


def found(
    *,
    name: str,
    legal_name: str = "",
    document: str = "",
    address: str = "",
    state: str = "SP",
    sandbox_on: date | None = None,
    lead_days: int = 0,
) -> Organization:
    """The organization of the present scope, with its first unit. `sandbox_on` makes it a sandbox that lives from that date.
    Refusals of `checked`."""
    name, legal_name, document, state = checked(
        name=name, legal_name=legal_name, document=document, state=state
    )
    organization = Organization.objects.create(
        id=tenancy.organization_id(),
        name=name,
        legal_name=legal_name,
        document=document,
        address=address.strip(),
        state=state,
        is_sandbox=sandbox_on is not None,
        clock_on=sandbox_on,
        lead_days=lead_days,
    )
    Unit.objects.create(name="Matriz", code="MATRIZ")
    return organization


def present(*, lock: bool = False) -> Organization:
    """The organization of the present scope; with `lock`, its row is held until the transaction ends."""
    query = Organization.objects.select_for_update(no_key=True) if lock else Organization.objects
    return query.get(id=tenancy.organization_id())


def ids_at_work() -> list[int]:
    """Ids of all active organizations (asked before any is entered: tonight's work)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM perene_organizations_at_work()")
        return [int(row[0]) for row in cursor.fetchall()]


def first_unit() -> Unit:
    """The unit that things without one belong to."""
    return Unit.objects.order_by("id")[0]


def unit(unit_id: UUID) -> Unit:
    """Refusal `unknown_unit`."""
    found = Unit.objects.filter(id=unit_id).first()
    if found is None:
        raise Refusal("unknown_unit", "This unit is not in your organization: reload the page.")
    return found


def units() -> list[Unit]:
    return list(Unit.objects.order_by("name"))


def unit_by_code(code: str) -> Unit | None:
    return Unit.objects.filter(code=code).first()


def change(
    *,
    name: str,
    legal_name: str,
    document: str,
    address: str,
    state: str,
    time_zone: str,
    lead_days: int,
    requires_second_factor: bool,
) -> None:
    """What the organization says of itself, all at once. Refusals of `checked`, and `lead_days_out_of_range`."""
    row = present(lock=True)
    row.name, row.legal_name, row.document, row.state = checked(
        name=name, legal_name=legal_name, document=document, state=state
    )
    if time_zone not in TIME_ZONES:
        raise Refusal("unknown_time_zone", "Choose one of Brazil's time zones.")
    if not 0 <= lead_days <= LONGEST_LEAD_DAYS:
        raise Refusal(
            "lead_days_out_of_range", "Choose between 0 and {most} days of lead.", most=LONGEST_LEAD_DAYS
        )
    row.address, row.time_zone, row.lead_days = address.strip(), time_zone, lead_days
    row.requires_second_factor = requires_second_factor
    row.save(
        update_fields=[
            "name", "legal_name", "document", "address", "state", "time_zone", "lead_days", "requires_second_factor",
        ]
    )  # fmt: skip


def checked(*, name: str, legal_name: str, document: str, state: str) -> tuple[str, str, str, str]:
    """The same values as they are stored. Refusals `organization_name_missing`, `invalid_document`, `unknown_state`."""
    name = " ".join(name.split())
    if not name:
        raise Refusal("organization_name_missing", "Type the organization's name.")
    digits = documents.parse(document).digits if document.strip() else ""
    if state not in STATES:
        raise Refusal("unknown_state", "Choose one of the 27 states (UF).")
    return name, " ".join(legal_name.split()) or name, digits, state


def rename_unit(unit_id: UUID, *, name: str) -> None:
    """Refusals `unit_name_missing`, `unknown_unit`."""
    name = " ".join(name.split())
    if not name:
        raise Refusal("unit_name_missing", "Type the unit's name.")
    if not Unit.objects.filter(id=unit_id).update(name=name):
        raise Refusal("unknown_unit", "This unit is not in your organization: reload the page.")


def add_unit(*, name: str, code: str) -> Unit:
    return Unit.objects.create(name=name, code=code)
