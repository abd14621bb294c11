"""Contracts that a run could not bill, and another try."""

from typing import Annotated
from uuid import UUID

from ninja import Query
from pydantic import Field

from perene.actions import bill
from perene.apps.billing.models import Parked
from perene.interfaces.api import paging, runs
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.runs import WholeRunShown
from perene.interfaces.api.values import Day, Shown
from perene.kit import texts
from perene.rules.refusals import Text

subject = Subject("Contratos retidos")


class ParkedShown(Shown):
    id: UUID
    contract_id: UUID
    run_id: UUID
    code: str
    reason: Annotated[str, Field(description="O que impede e o que fazer, em português.")]
    tries: int
    first_on: Day
    last_on: Day
    is_open: bool


class ParkedFilters(Paging):
    is_open: bool = True


@subject.reads("/parked-contracts", scope="runs.read", answer=Page[ParkedShown], summary="Contratos retidos")
def list_parked_contracts(request: ApiRequest, asked: Query[ParkedFilters]):
    found = Parked.objects.filter(is_open=asked.is_open)
    if request.unit_ids is not None:
        found = found.filter(contract__unit_id__in=request.unit_ids)
    return paging.page(found, asked, _show)


@subject.acts(
    "/parked-contracts/{uuid:parked_id}/retry",
    scope="runs.retry",
    answer=WholeRunShown,
    is_repeatable=True,
    summary="Tentar faturar de novo",
)
def retry_parked_contract(request: ApiRequest, parked_id: UUID):
    """Uma execução só desse contrato; o que já foi cobrado não é cobrado outra vez."""
    found = Parked.objects.all()
    if request.unit_ids is not None:
        found = found.filter(contract__unit_id__in=request.unit_ids)
    row = one(found, parked_id)
    run_id = bill.whole_run(
        through=request.today, reason="retry", now=lambda: request.now, contract_id=row.contract_id
    )
    return runs.read(run_id)


def _show(row: Parked) -> ParkedShown:
    columns = {name: getattr(row, name) for name in ParkedShown.model_fields if name != "reason"}
    return ParkedShown(**columns, reason=texts.render(Text(row.message, row.params)))
