"""Who works in the organization: read only. People let other people in on the screens."""

from uuid import UUID

from ninja import Query

from perene.apps.organizations.models import Membership, MembershipUnit
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Shown

subject = Subject("Pessoas")


class PersonShown(Shown):
    """`id` é o do vínculo; `person_id` é quem aparece na auditoria. `unit_ids` nulo: todas as unidades."""

    id: UUID
    person_id: UUID
    name: str
    email: str
    role: str
    is_active: bool
    unit_ids: list[UUID] | None


@subject.reads("/people", scope="people.read", answer=Page[PersonShown], summary="Pessoas e seus papéis")
def list_people(request: ApiRequest, asked: Query[Paging]):
    rows = paging.after(Membership.objects.select_related("person"), asked)
    units: dict[UUID, list[UUID]] = {}
    limited = [row.id for row in rows if not row.all_units]
    for membership_id, unit_id in (
        MembershipUnit.objects.filter(membership_id__in=limited)
        .order_by("unit_id")
        .values_list("membership_id", "unit_id")
    ):
        units.setdefault(membership_id, []).append(unit_id)

    def show(row: Membership) -> PersonShown:
        return PersonShown(
            id=row.id,
            person_id=row.person_id,
            name=row.person.name,
            email=row.person.email,
            role=row.role,
            is_active=row.is_active,
            unit_ids=None if row.all_units else units.get(row.id, []),
        )

    return paging.shown(rows, asked, show)
