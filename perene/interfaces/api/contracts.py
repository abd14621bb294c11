"""Contracts: sold, read, changed, ended."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import Field

from perene.actions import change, sell
from perene.apps.billing.models import Parked
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts.models import BillingGroup, BillingTerms, Contract, ContractLine
from perene.apps.customers.models import Customer
from perene.apps.organizations.models import Unit
from perene.interfaces.api import items, once, paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.items import TierShown
from perene.interfaces.api.operations import Subject, named, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.plans import PaymentMethod
from perene.interfaces.api.values import Code, Day, Given, Number, Percent, Reason, Shown

subject = Subject("Contratos")


class ContractGiven(Given):
    """Nulos: `signed_on` = `started_on`; `due_day` = os dias do plano depois da cobrança; `unit_id` = a do cliente;
    `billing_group_id` = o agrupador principal; `cut_over_on`: antes dessa data quem cobrou foi outro sistema."""

    customer_id: UUID
    plan_version_id: UUID
    started_on: Day
    payment_method: PaymentMethod
    term_kind: Literal["open", "fixed", "renewing"] = "open"
    term_months: Annotated[int | None, Field(strict=True, ge=1, le=1200)] = None
    signed_on: Day | None = None
    due_day: Annotated[int | None, Field(strict=True, ge=1, le=31)] = None
    billing_method: Literal["grouped", "one_per_charge", "none"] = "grouped"
    billing_group_id: UUID | None = None
    external_id: Code | None = None
    unit_id: UUID | None = None
    cut_over_on: Day | None = None


class PlanChange(Given):
    """`from_cycle` nulo: o primeiro ciclo ainda não cobrado."""

    plan_version_id: UUID
    from_cycle: Annotated[int | None, Field(strict=True, ge=1, le=100_000)] = None


class Cancellation(Given):
    """`ends_on` é o primeiro dia sem o contrato."""

    ends_on: Day
    reason: Reason


class ContractShown(Shown):
    """`ends_on` é o primeiro dia sem o contrato."""

    id: UUID
    number: int
    external_id: str | None
    customer_id: UUID
    unit_id: UUID
    plan_version_id: UUID
    origin: str
    status: str
    started_on: Day
    signed_on: Day
    ends_on: Day | None
    term_kind: str
    term_months: int | None
    term_ends_on: Day | None
    payment_method: str
    cancel_reason: str


class ContractLineShown(Shown):
    """Cobrada nos ciclos de `from_cycle` até antes de `until_cycle`."""

    id: UUID
    position: int
    item_id: UUID
    description: str
    account_id: UUID
    calc_type: str
    quantity: Number
    unit_cents: int
    tiers: list[TierShown]
    package_size: Number | None
    adjustment_kind: str
    surcharge_cents: int
    discount_cents: int
    surcharge_percent: Percent
    discount_percent: Percent
    recurrence: str
    from_cycle: int
    until_cycle: int | None


class WholeContractShown(ContractShown):
    """`next_run_on` nulo: nada mais a cobrar. `parked` diz por que a última execução não pôde cobrar."""

    billing_method: str | None
    billing_group_id: UUID | None
    due_day: int | None
    next_cycle: int | None
    next_run_on: Day | None
    is_parked: bool
    lines: list[ContractLineShown]


class ContractFilters(Paging):
    customer_id: UUID | None = None
    unit_id: UUID | None = None
    status: Literal["draft", "active", "cancelled", "ended"] | None = None
    external_id: Code | None = None
    number: Annotated[int | None, Field(ge=1, le=2**62)] = None


@subject.reads("/contracts", scope="contracts.read", answer=Page[ContractShown], summary="Contratos")
def list_contracts(request: ApiRequest, asked: Query[ContractFilters]):
    found = Contract.objects.in_units(request.unit_ids)
    for name in ("customer_id", "unit_id", "status", "external_id", "number"):
        if (value := getattr(asked, name)) is not None:
            found = found.filter(**{name: value})
    return paging.page(found, asked, lambda contract: ContractShown(**_columns(contract)))


@subject.acts(
    "/contracts",
    scope="contracts.write",
    answer=WholeContractShown,
    status=201,
    is_repeatable=True,
    summary="Vender: contrato em vigor",
)
def create_contract(request: ApiRequest, body: ContractGiven):
    """Do plano ao contrato em vigor, tudo ou nada."""
    customer = named(Customer.objects.in_units(request.unit_ids), body.customer_id, "customer_id")
    named(PlanVersion.objects, body.plan_version_id, "plan_version_id")
    named(BillingGroup.objects.filter(customer=customer), body.billing_group_id, "billing_group_id")
    units = Unit.objects.all()
    if request.unit_ids is not None:
        units = units.filter(id__in=request.unit_ids)
    named(units, body.unit_id, "unit_id")
    key = once.request_key(request)
    contract_id = sell.contract(
        sell.Sale(**body.model_dump(), request_key=key), on=request.today, now=request.now
    )
    if contract_id is None:
        contract_id = Contract.objects.get(request_key=key).id
    return _read(request, contract_id)


@subject.reads(
    "/contracts/{uuid:contract_id}", scope="contracts.read", answer=WholeContractShown, summary="Um contrato"
)
def get_contract(request: ApiRequest, contract_id: UUID):
    return _read(request, contract_id)


@subject.acts(
    "/contracts/{uuid:contract_id}/change-plan",
    scope="contracts.write",
    answer=WholeContractShown,
    summary="Mudar de plano",
)
def change_contract_plan(request: ApiRequest, contract_id: UUID, body: PlanChange):
    contract = one(Contract.objects.in_units(request.unit_ids), contract_id)
    named(PlanVersion.objects, body.plan_version_id, "plan_version_id")
    change.plan(
        contract.id, plan_version_id=body.plan_version_id, from_cycle=body.from_cycle, on=request.today
    )
    return _read(request, contract.id)


@subject.acts(
    "/contracts/{uuid:contract_id}/cancel",
    scope="contracts.write",
    answer=WholeContractShown,
    summary="Cancelar contrato",
)
def cancel_contract(request: ApiRequest, contract_id: UUID, body: Cancellation):
    """Faturas de períodos que não começam são canceladas; o que foi cobrado além do fim é devolvido como o plano diz."""
    contract = one(Contract.objects.in_units(request.unit_ids), contract_id)
    change.cancel(contract.id, ends_on=body.ends_on, reason=body.reason, on=request.today)
    return _read(request, contract.id)


def _read(request: ApiRequest, contract_id: UUID) -> WholeContractShown:
    contract = one(Contract.objects.in_units(request.unit_ids), contract_id)
    billing = BillingTerms.objects.filter(contract_id=contract.id).first()
    lines = ContractLine.objects.filter(contract=contract).order_by("position")
    return WholeContractShown(
        **_columns(contract),
        **{
            name: getattr(billing, name, None)
            for name in ("billing_method", "billing_group_id", "due_day", "next_cycle", "next_run_on")
        },
        is_parked=Parked.objects.filter(contract=contract, is_open=True).exists(),
        lines=[_line(line) for line in lines],
    )


def _columns(contract: Contract) -> dict[str, object]:
    return {name: getattr(contract, name) for name in ContractShown.model_fields}


def _line(line: ContractLine) -> ContractLineShown:
    columns = {name: getattr(line, name) for name in ContractLineShown.model_fields if name != "tiers"}
    return ContractLineShown(**columns, tiers=items.show_tiers(line.tiers))
