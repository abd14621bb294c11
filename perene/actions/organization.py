"""What the organization says of itself, and its units."""

from uuid import UUID

from django.db import transaction

from perene.apps.organizations import organizations


@transaction.atomic(durable=True)
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
    """Refusals of `organizations.change`."""
    organizations.change(
        name=name,
        legal_name=legal_name,
        document=document,
        address=address,
        state=state,
        time_zone=time_zone,
        lead_days=lead_days,
        requires_second_factor=requires_second_factor,
    )


@transaction.atomic(durable=True)
def rename_unit(unit_id: UUID, *, name: str) -> None:
    """Refusals `unit_name_missing`, `unknown_unit`."""
    organizations.rename_unit(unit_id, name=name)
