"""Settlements: what made receivables smaller, and the reversal of one."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import AwareDatetime, Field

from perene.actions import settle
from perene.apps.receivables.models import Settlement
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Day, Given, Reason, Shown

subject = Subject("Baixas")


class Reversal(Given):
    reason: Reason


class SettlementShown(Shown):
    """Num pagamento: recebido = principal − desconto + multa + juros + sobra. A sobra é um crédito do cliente."""

    id: UUID
    receivable_id: UUID
    customer_id: UUID
    kind: str
    paid_on: Day
    settled_at: AwareDatetime
    settled_by_id: Annotated[UUID | None, Field(description="Uma pessoa ou uma chave; nulo: o sistema.")]
    method: str
    account_id: UUID | None
    received_cents: int
    principal_cents: int
    discount_cents: int
    fine_cents: int
    interest_cents: int
    surplus_cents: int
    waived_cents: int
    credit_id: UUID | None
    reference: str
    note: str
    reversed_on: Day | None
    reversal_reason: str


class SettlementFilters(Paging):
    receivable_id: UUID | None = None
    customer_id: UUID | None = None
    kind: Literal["payment", "credit", "write_off"] | None = None
    paid_from: Day | None = None
    paid_through: Day | None = None


@subject.reads("/settlements", scope="receivables.read", answer=Page[SettlementShown], summary="Baixas")
def list_settlements(request: ApiRequest, asked: Query[SettlementFilters]):
    found = _mine(request)
    for name in ("receivable_id", "customer_id", "kind"):
        if (value := getattr(asked, name)) is not None:
            found = found.filter(**{name: value})
    if asked.paid_from is not None:
        found = found.filter(paid_on__gte=asked.paid_from)
    if asked.paid_through is not None:
        found = found.filter(paid_on__lte=asked.paid_through)
    return paging.page(found, asked, _show)


@subject.reads(
    "/settlements/{uuid:settlement_id}", scope="receivables.read", answer=SettlementShown, summary="Uma baixa"
)
def get_settlement(request: ApiRequest, settlement_id: UUID):
    return read(request, settlement_id)


@subject.acts(
    "/settlements/{uuid:settlement_id}/reverse",
    scope="receivables.write",
    answer=SettlementShown,
    summary="Estornar a baixa",
)
def reverse_settlement(request: ApiRequest, settlement_id: UUID, body: Reversal):
    settlement = one(_mine(request), settlement_id)
    settle.reverse(settlement.id, reason=body.reason, on=request.today, now=request.now)
    return read(request, settlement.id)


def read(request: ApiRequest, settlement_id: UUID) -> SettlementShown:
    return _show(one(_mine(request), settlement_id))


def _mine(request: ApiRequest):
    found = Settlement.objects.all()
    return found if request.unit_ids is None else found.filter(receivable__unit_id__in=request.unit_ids)


def _show(settlement: Settlement) -> SettlementShown:
    return SettlementShown(**{name: getattr(settlement, name) for name in SettlementShown.model_fields})
