"""Receivables: what is owed, what a payment on a day would come to, and everything a person may do about one."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from perene.actions import due_dates, settle
from perene.apps.ledger.models import Account
from perene.apps.receivables.models import Credit, Receivable, Settlement
from perene.interfaces.api import once, paging, settlements
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, named, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.settlements import SettlementShown
from perene.interfaces.api.values import Code, Day, Flag, Given, PositiveCents, Reason, Short, Shown
from perene.kit import texts
from perene.rules import money
from perene.rules.explanation import Step

subject = Subject("Títulos")

Status = Literal["open", "settled", "cancelled", "written_off"]


class Payment(Given):
    """`paid_on` é o dia em que o cliente pagou: multa e juros contam até ele. O que passar do devido vira crédito."""

    paid_on: Day
    received_cents: PositiveCents
    method: Literal["boleto", "pix", "pix_automatico", "card", "transfer", "cash", "other"] = "transfer"
    account_id: Annotated[UUID | None, Field(description="Nulo: a conta de caixa.")] = None
    waive_late_charges: Flag = False
    reference: Short = ""
    note: Short = ""


class CreditUse(Given):
    credit_id: UUID
    amount_cents: Annotated[PositiveCents | None, Field(description="Nulo: o que couber.")] = None


class WriteOff(Given):
    reason: Reason


class Extension(Given):
    due_on: Day
    reason: Reason


class ReceivableShown(Shown):
    """`origin` opening: já era devido quando a organização chegou."""

    id: UUID
    external_id: str | None
    customer_id: UUID
    unit_id: UUID
    origin: str
    source_kind: str
    source_id: UUID
    payment_method: str
    due_on: Day
    amount_cents: int
    open_cents: int
    status: str


class StepShown(Shown):
    """Um passo do cálculo, em português; `amount` e `running` por extenso."""

    text: str
    amount: str | None
    running: str


class PreviewShown(Shown):
    """O que um pagamento faria. `total_cents` quita tudo nesse dia; `principal_cents` é o que está aberto."""

    due_on: Day
    effective_due_on: Annotated[Day, Field(description="O vencimento, ou o dia útil seguinte.")]
    paid_on: Day
    late_days: int
    principal_cents: int
    discount_cents: int
    fine_cents: int
    interest_cents: int
    waived_cents: int
    total_cents: int
    received_cents: int
    still_open_cents: int
    surplus_cents: int
    loses_discount: bool
    steps: list[StepShown]


class ReceivableFilters(Paging):
    customer_id: UUID | None = None
    unit_id: UUID | None = None
    status: Status | None = None
    source_id: UUID | None = None
    external_id: Code | None = None
    due_from: Day | None = None
    due_through: Day | None = None


class PreviewAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    paid_on: Day
    received_cents: Annotated[
        int | None, Field(gt=0, le=10**14, description="Nulo: o total devido nesse dia.")
    ] = None
    waive_late_charges: bool = False


@subject.reads("/receivables", scope="receivables.read", answer=Page[ReceivableShown], summary="Títulos")
def list_receivables(request: ApiRequest, asked: Query[ReceivableFilters]):
    found = Receivable.objects.in_units(request.unit_ids)
    for name in ("customer_id", "unit_id", "status", "source_id", "external_id"):
        if (value := getattr(asked, name)) is not None:
            found = found.filter(**{name: value})
    if asked.due_from is not None:
        found = found.filter(due_on__gte=asked.due_from)
    if asked.due_through is not None:
        found = found.filter(due_on__lte=asked.due_through)
    return paging.page(found, asked, show)


@subject.reads(
    "/receivables/{uuid:receivable_id}", scope="receivables.read", answer=ReceivableShown, summary="Um título"
)
def get_receivable(request: ApiRequest, receivable_id: UUID):
    return show(_one(request, receivable_id))


@subject.reads(
    "/receivables/{uuid:receivable_id}/preview",
    scope="receivables.read",
    answer=PreviewShown,
    summary="Quanto é devido num dia, e o que um pagamento faria",
)
def preview_settlement(request: ApiRequest, receivable_id: UUID, asked: Query[PreviewAsked]):
    receivable = _one(request, receivable_id)
    found = settle.preview(receivable.id, **asked.model_dump())
    columns = {name: getattr(found, name) for name in PreviewShown.model_fields if name != "steps"}
    return PreviewShown(**columns, steps=[_step(step) for step in found.steps])


@subject.acts(
    "/receivables/{uuid:receivable_id}/settle",
    scope="receivables.write",
    answer=SettlementShown,
    status=201,
    is_repeatable=True,
    summary="Dar baixa: um pagamento recebido",
)
def settle_receivable(request: ApiRequest, receivable_id: UUID, body: Payment):
    """Paga juros, depois multa, depois o principal (Código Civil, art. 354); pode ser parcial."""
    receivable = _one(request, receivable_id)
    named(Account.objects, body.account_id, "account_id")
    key = once.request_key(request)
    settlement_id = settle.receive(
        receivable.id, **body.model_dump(), request_key=key, on=request.today, now=request.now
    )
    if settlement_id is None:
        settlement_id = Settlement.objects.get(request_key=key).id
    return settlements.read(request, settlement_id)


@subject.acts(
    "/receivables/{uuid:receivable_id}/use-credit",
    scope="receivables.write",
    answer=SettlementShown,
    status=201,
    summary="Usar um crédito do cliente",
)
def use_credit(request: ApiRequest, receivable_id: UUID, body: CreditUse):
    receivable = _one(request, receivable_id)
    credit = named(Credit.objects.in_units(request.unit_ids), body.credit_id, "credit_id")
    settlement_id = settle.use_credit(
        receivable.id, credit.id, amount_cents=body.amount_cents, on=request.today, now=request.now
    )
    return settlements.read(request, settlement_id)


@subject.acts(
    "/receivables/{uuid:receivable_id}/write-off",
    scope="receivables.write",
    answer=SettlementShown,
    status=201,
    summary="Baixar como perda",
)
def write_off_receivable(request: ApiRequest, receivable_id: UUID, body: WriteOff):
    receivable = _one(request, receivable_id)
    settlement_id = settle.write_off(receivable.id, reason=body.reason, on=request.today, now=request.now)
    return settlements.read(request, settlement_id)


@subject.acts(
    "/receivables/{uuid:receivable_id}/extend",
    scope="receivables.write",
    answer=ReceivableShown,
    summary="Prorrogar o vencimento",
)
def extend_receivable(request: ApiRequest, receivable_id: UUID, body: Extension):
    """Multa e juros passam a contar do novo vencimento."""
    receivable = _one(request, receivable_id)
    due_dates.extend(receivable.id, due_on=body.due_on, reason=body.reason, on=request.today, now=request.now)
    return show(_one(request, receivable.id))


def show(receivable: Receivable) -> ReceivableShown:
    return ReceivableShown(**{name: getattr(receivable, name) for name in ReceivableShown.model_fields})


def _step(step: Step) -> StepShown:
    return StepShown(
        text=texts.render(step.text),
        amount=None if step.amount_cents is None else money.format_exact(step.amount_cents),
        running=money.format_exact(step.running_cents),
    )


def _one(request: ApiRequest, receivable_id: UUID) -> Receivable:
    found: Receivable = one(Receivable.objects.in_units(request.unit_ids), receivable_id)
    return found
