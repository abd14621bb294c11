"""Who changed what, when: written by the database itself."""

from typing import Annotated, Any
from uuid import UUID

from ninja import Query
from pydantic import AwareDatetime, Field

from perene.apps.organizations.models import AuditEntry
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Code, Day, Shown

subject = Subject("Auditoria")


class AuditShown(Shown):
    """`actor_id`: uma pessoa, ou a chave de API que agiu; nulo: o próprio sistema."""

    id: int
    at: AwareDatetime
    on: Day | None
    actor_id: UUID | None
    table: str
    row_id: str
    action: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


class AuditFilters(Paging):
    table: Code | None = None
    row_id: Code | None = None
    actor_id: Annotated[UUID | None, Field(description="Uma pessoa ou uma chave.")] = None


@subject.reads("/audit", scope="audit.read", answer=Page[AuditShown], summary="Trilha de auditoria")
def list_audit_entries(request: ApiRequest, asked: Query[AuditFilters]):
    found = AuditEntry.objects.all()
    if asked.table is not None:
        found = found.filter(table=asked.table)
    if asked.row_id is not None:
        found = found.filter(row_id=asked.row_id)
    if asked.actor_id is not None:
        found = found.filter(person_id=asked.actor_id)
    return paging.page(found, asked, _show)


def _show(row: AuditEntry) -> AuditShown:
    columns = {name: getattr(row, name) for name in AuditShown.model_fields if name != "actor_id"}
    return AuditShown(**columns, actor_id=row.person_id)
