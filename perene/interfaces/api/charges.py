"""Charges: each obligation that a contract's terms made, and those entered by hand."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import Field

from perene.actions import invoice
from perene.apps.billing.models import Charge
from perene.apps.contracts.models import Contract
from perene.apps.ledger.models import Account
from perene.interfaces.api import once, paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, named, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Cents, Day, Given, Short, Shown

subject = Subject("Contas a faturar")


class ChargeGiven(Given):
    """Vai na próxima fatura do contrato a partir de `charge_on`. Valor negativo: um desconto."""

    description: Short
    amount_cents: Cents
    charge_on: Day
    account_id: Annotated[UUID | None, Field(description="Nulo: a conta de receita.")] = None


class ChargeShown(Shown):
    """`period_end` é o primeiro dia depois do período."""

    id: UUID
    contract_id: UUID | None
    line_id: UUID | None
    kind: str
    cycle: int
    part: int
    status: str
    description: str
    charge_on: Day
    due_on: Day
    period_start: Day
    period_end: Day
    amount_cents: int


class ChargeFilters(Paging):
    contract_id: UUID | None = None
    status: Literal["pending", "held", "invoiced", "cancelled"] | None = None


@subject.reads("/charges", scope="contracts.read", answer=Page[ChargeShown], summary="Contas")
def list_charges(request: ApiRequest, asked: Query[ChargeFilters]):
    found = _mine(request)
    if asked.contract_id is not None:
        found = found.filter(contract_id=asked.contract_id)
    if asked.status is not None:
        found = found.filter(status=asked.status)
    return paging.page(found, asked, _show)


@subject.acts(
    "/contracts/{uuid:contract_id}/charges",
    scope="contracts.write",
    answer=ChargeShown,
    status=201,
    is_repeatable=True,
    summary="Lançar cobrança avulsa",
)
def create_charge(request: ApiRequest, contract_id: UUID, body: ChargeGiven):
    contract = one(Contract.objects.in_units(request.unit_ids), contract_id)
    named(Account.objects, body.account_id, "account_id")
    key = once.request_key(request)
    charge_id = invoice.charge_once(
        contract.id, **body.model_dump(), request_key=key, on=request.today, now=request.now
    )
    if charge_id is None:
        charge_id = Charge.objects.get(request_key=key).id
    return _show(one(_mine(request), charge_id))


@subject.acts(
    "/charges/{uuid:charge_id}/cancel",
    scope="contracts.write",
    answer=ChargeShown,
    summary="Cancelar cobrança avulsa ainda não faturada",
)
def cancel_charge(request: ApiRequest, charge_id: UUID):
    charge = one(_mine(request), charge_id)
    invoice.cancel_charge(charge.id, on=request.today, now=request.now)
    return _show(one(_mine(request), charge.id))


def _mine(request: ApiRequest):
    """A charge of no contract stands on an invoice, where it is seen."""
    found = Charge.objects.filter(contract__isnull=False)
    return found if request.unit_ids is None else found.filter(contract__unit_id__in=request.unit_ids)


def _show(charge: Charge) -> ChargeShown:
    return ChargeShown(**{name: getattr(charge, name) for name in ChargeShown.model_fields})
