"""Founding an organization and reading it."""

from datetime import date
from uuid import UUID

from django.db import connection

from perene.apps.organizations.models import Organization, Unit
from perene.kit import tenancy


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
    """The organization of the present scope, with its first unit. `sandbox_on` makes it a sandbox that lives from that date."""
    organization = Organization.objects.create(
        id=tenancy.organization_id(),
        name=name,
        legal_name=legal_name or name,
        document=document,
        address=address,
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
    return Unit.objects.get(id=unit_id)


def units() -> list[Unit]:
    return list(Unit.objects.order_by("name"))


def unit_by_code(code: str) -> Unit | None:
    return Unit.objects.filter(code=code).first()


def add_unit(*, name: str, code: str) -> Unit:
    return Unit.objects.create(name=name, code=code)
