"""Customers' credits, and paying one back."""

from typing import Annotated
from uuid import UUID

from ninja import Query
from pydantic import AwareDatetime, Field

from perene.actions import credits as credit_actions
from perene.apps.ledger.models import Account
from perene.apps.receivables.models import Credit, CreditRefund
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, named, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Day, Given, PositiveCents, Short, Shown

subject = Subject("Créditos de clientes")


class Refund(Given):
    amount_cents: PositiveCents
    account_id: Annotated[UUID | None, Field(description="Nulo: a conta de caixa.")] = None
    reference: Short = ""


class CreditShown(Shown):
    """`source_kind` e `source_id`: de onde veio (fatura negativa, sobra de um pagamento)."""

    id: UUID
    customer_id: UUID
    unit_id: UUID
    source_kind: str
    source_id: UUID
    granted_on: Day
    amount_cents: int
    open_cents: int
    is_cancelled: bool


class RefundShown(Shown):
    id: UUID
    credit_id: UUID
    refunded_on: Day
    refunded_at: AwareDatetime
    amount_cents: int
    account_id: UUID
    reference: str


class CreditFilters(Paging):
    customer_id: UUID | None = None
    unit_id: UUID | None = None
    is_open: bool | None = None


@subject.reads("/credits", scope="receivables.read", answer=Page[CreditShown], summary="Créditos de clientes")
def list_credits(request: ApiRequest, asked: Query[CreditFilters]):
    found = Credit.objects.in_units(request.unit_ids)
    if asked.customer_id is not None:
        found = found.filter(customer_id=asked.customer_id)
    if asked.unit_id is not None:
        found = found.filter(unit_id=asked.unit_id)
    if asked.is_open is not None:
        found = found.filter(open_cents__gt=0) if asked.is_open else found.filter(open_cents=0)
    return paging.page(found, asked, _show)


@subject.reads(
    "/credits/{uuid:credit_id}", scope="receivables.read", answer=CreditShown, summary="Um crédito"
)
def get_credit(request: ApiRequest, credit_id: UUID):
    return _show(one(Credit.objects.in_units(request.unit_ids), credit_id))


@subject.reads(
    "/credits/{uuid:credit_id}/refunds",
    scope="receivables.read",
    answer=Page[RefundShown],
    summary="Devoluções de um crédito",
)
def list_refunds(request: ApiRequest, credit_id: UUID, asked: Query[Paging]):
    credit = one(Credit.objects.in_units(request.unit_ids), credit_id)
    return paging.page(CreditRefund.objects.filter(credit=credit), asked, _show_refund)


@subject.acts(
    "/credits/{uuid:credit_id}/refund",
    scope="receivables.write",
    answer=RefundShown,
    status=201,
    summary="Devolver um crédito ao cliente",
)
def refund_credit(request: ApiRequest, credit_id: UUID, body: Refund):
    credit = one(Credit.objects.in_units(request.unit_ids), credit_id)
    named(Account.objects, body.account_id, "account_id")
    refund_id = credit_actions.refund(credit.id, **body.model_dump(), on=request.today, now=request.now)
    return _show_refund(CreditRefund.objects.get(id=refund_id))


def _show(credit: Credit) -> CreditShown:
    return CreditShown(**{name: getattr(credit, name) for name in CreditShown.model_fields})


def _show_refund(refund: CreditRefund) -> RefundShown:
    return RefundShown(**{name: getattr(refund, name) for name in RefundShown.model_fields})
