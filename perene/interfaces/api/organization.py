"""The organization of the key, and its units."""

from typing import Annotated
from uuid import UUID

from ninja import Query
from pydantic import Field

from perene.actions import enroll
from perene.apps.organizations.models import Unit
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Code, Day, Given, Short, Shown

subject = Subject("Organização")


class KeyShown(Shown):
    id: UUID
    name: str
    prefix: str
    scopes: Annotated[list[str], Field(description="O que a chave pode fazer.")]
    unit_ids: Annotated[list[UUID] | None, Field(description="Nulo: todas as unidades.")]


class OrganizationShown(Shown):
    id: int
    name: str
    legal_name: str
    document: str
    state: str
    time_zone: str
    is_sandbox: bool
    today: Annotated[Day, Field(description="O dia em que a organização vive.")]
    lead_days: int
    key: KeyShown


class UnitShown(Shown):
    id: UUID
    code: str
    name: str


class UnitGiven(Given):
    code: Code
    name: Short


@subject.reads("/organization", scope="", answer=OrganizationShown, summary="A organização e a própria chave")
def get_organization(request: ApiRequest):
    organization, caller = request.organization, request.caller
    units = None if caller.unit_ids is None else sorted(caller.unit_ids)
    return OrganizationShown(
        **{
            name: getattr(organization, name)
            for name in OrganizationShown.model_fields
            if name not in ("today", "key")
        },
        today=request.today,
        key=KeyShown(
            id=caller.key_id,
            name=caller.name,
            prefix=caller.prefix,
            scopes=sorted(caller.scopes),
            unit_ids=units,
        ),
    )


@subject.reads("/units", scope="", answer=Page[UnitShown], summary="Unidades que a chave vê")
def list_units(request: ApiRequest, asked: Query[Paging]):
    return paging.page(_mine(request), asked, _show)


@subject.reads("/units/{uuid:unit_id}", scope="", answer=UnitShown, summary="Uma unidade")
def get_unit(request: ApiRequest, unit_id: UUID):
    return _show(one(_mine(request), unit_id))


@subject.acts("/units", scope="organization.write", answer=UnitShown, status=201, summary="Criar unidade")
def create_unit(request: ApiRequest, body: UnitGiven):
    unit_id = enroll.unit(name=body.name, code=body.code)
    return _show(Unit.objects.get(id=unit_id))


def _mine(request: ApiRequest):
    found = Unit.objects.all()
    return found if request.unit_ids is None else found.filter(id__in=request.unit_ids)


def _show(unit: Unit) -> UnitShown:
    return UnitShown(id=unit.id, code=unit.code, name=unit.name)
