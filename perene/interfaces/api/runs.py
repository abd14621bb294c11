"""Billing runs: everything whose charge date is a day or earlier, billed by the workers."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import AwareDatetime, Field

from perene.actions import bill, rehearse, reverse_run
from perene.apps.billing import runs as run_rows
from perene.apps.billing.models import Rehearsed, Run
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Code, Day, Flag, Given, Reason, Shown
from perene.kit import texts
from perene.rules.refusals import Text

subject = Subject("Execuções de faturamento")


class RunGiven(Given):
    through_on: Annotated[Day | None, Field(description="Nulo: hoje.")] = None


class RunShown(Shown):
    """`contract_id`: uma nova tentativa de um só contrato."""

    id: UUID
    number: int
    through_on: Day
    reason: str
    contract_id: UUID | None
    status: str
    is_rehearsed: bool
    started_at: AwareDatetime
    finished_at: AwareDatetime | None


class ProgressShown(Shown):
    batches: int
    batches_done: int
    contracts: int
    contracts_done: int
    invoices: int
    lines: int
    charges: int
    parked: int
    total_cents: int


class WholeRunShown(RunShown):
    progress: ProgressShown


class Reversal(Given):
    reason: Reason


class DecisionGiven(Given):
    """`bill` falso: segurar."""

    contract_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]
    bill: Flag


class DecidedShown(Shown):
    contracts: Annotated[int, Field(description="Quantos contratos mudaram.")]


class RehearsedShown(Shown):
    """`previous_cents` nulo: seria a primeira cobrança. `anomaly` vazio: nada de estranho; senão `reason` diz o quê."""

    contract_id: UUID
    customer_id: UUID
    lines: int
    total_cents: int
    previous_cents: int | None
    anomaly: str
    reason: str
    decision: str


class RehearsedFilters(Paging):
    decision: Literal["bill", "hold", "billed", "changed"] | None = None


class RunFilters(Paging):
    status: Code | None = None


@subject.reads("/runs", scope="runs.read", answer=Page[RunShown], summary="Execuções")
def list_runs(request: ApiRequest, asked: Query[RunFilters]):
    found = Run.objects.all()
    if asked.status is not None:
        found = found.filter(status=asked.status)
    return paging.page(found, asked, lambda run: RunShown(**_columns(run)))


@subject.reads(
    "/runs/{uuid:run_id}", scope="runs.read", answer=WholeRunShown, summary="Uma execução e seu andamento"
)
def get_run(request: ApiRequest, run_id: UUID):
    return read(run_id)


@subject.acts(
    "/runs", scope="runs.start", answer=WholeRunShown, status=202, is_repeatable=True, summary="Faturar agora"
)
def start_run(request: ApiRequest, body: RunGiven):
    """Já em andamento para o mesmo dia: a resposta é a que está em andamento."""
    run_id = bill.start(
        through=body.through_on or request.today, reason="api", now=request.now, wakes_worker=True
    )
    if run_rows.progress(run_id).batches == 0:
        bill.finish(run_id, now=request.now)
    return read(run_id)


@subject.acts(
    "/runs/rehearse",
    scope="runs.start",
    answer=WholeRunShown,
    status=202,
    is_repeatable=True,
    summary="Ensaiar",
)
def rehearse_run(request: ApiRequest, body: RunGiven):
    """O que seria faturado, sem faturar: depois aprove ou descarte. Um ensaio que já espera para o dia é o que se responde."""
    run_id = rehearse.start(through=body.through_on or request.today, now=request.now, wakes_worker=True)
    if run_rows.progress(run_id).batches == 0:
        rehearse.finish(run_id, now=request.now)
    return read(run_id)


@subject.reads(
    "/runs/{uuid:run_id}/rehearsed-contracts",
    scope="runs.read",
    answer=Page[RehearsedShown],
    summary="O que o ensaio achou, contrato por contrato",
)
def list_rehearsed_contracts(request: ApiRequest, run_id: UUID, asked: Query[RehearsedFilters]):
    run = one(Run.objects, run_id)
    found = Rehearsed.objects.filter(run=run)
    if asked.decision is not None:
        found = found.filter(decision=asked.decision)
    return paging.page(found, asked, _show_rehearsed, by="contract_id")


@subject.acts(
    "/runs/{uuid:run_id}/decide",
    scope="runs.start",
    answer=DecidedShown,
    is_repeatable=True,
    summary="Faturar ou segurar contratos do ensaio",
)
def decide_rehearsed(request: ApiRequest, run_id: UUID, body: DecisionGiven):
    run = one(Run.objects, run_id)
    count = rehearse.decide(run.id, body.contract_ids, bill=body.bill, now=request.now)
    return DecidedShown(contracts=count)


@subject.acts(
    "/runs/{uuid:run_id}/approve",
    scope="runs.start",
    answer=WholeRunShown,
    status=202,
    summary="Aprovar o ensaio",
)
def approve_run(request: ApiRequest, run_id: UUID):
    """Fatura o que foi ensaiado; o que mudou desde então fica retido."""
    run = one(Run.objects, run_id)
    rehearse.approve(run.id, now=request.now, wakes_worker=True)
    return read(run.id)


@subject.acts(
    "/runs/{uuid:run_id}/discard", scope="runs.start", answer=WholeRunShown, summary="Descartar o ensaio"
)
def discard_run(request: ApiRequest, run_id: UUID):
    run = one(Run.objects, run_id)
    rehearse.discard(run.id, now=request.now)
    return read(run.id)


@subject.acts(
    "/runs/{uuid:run_id}/reverse",
    scope="runs.start",
    answer=WholeRunShown,
    status=202,
    summary="Estornar a execução inteira",
)
def reverse_whole_run(request: ApiRequest, run_id: UUID, body: Reversal):
    """Recusado enquanto uma fatura dela tem baixa. As contas ficam retidas até que alguém as libere."""
    run = one(Run.objects, run_id)
    reverse_run.start(run.id, reason=body.reason, on=request.today, now=request.now, wakes_worker=True)
    return read(run.id)


@subject.acts(
    "/runs/{uuid:run_id}/release",
    scope="runs.start",
    answer=DecidedShown,
    is_repeatable=True,
    summary="Liberar as contas de uma execução estornada",
)
def release_run(request: ApiRequest, run_id: UUID):
    """A próxima execução as fatura."""
    run = one(Run.objects, run_id)
    return DecidedShown(contracts=reverse_run.release(run_id=run.id, on=request.today, now=request.now))


def read(run_id: UUID) -> WholeRunShown:
    """A run with its progress; 404 when there is none."""
    run = one(Run.objects, run_id)
    progress = run_rows.progress(run.id)
    return WholeRunShown(
        **_columns(run),
        progress=ProgressShown(**{name: getattr(progress, name) for name in ProgressShown.model_fields}),
    )


def _show_rehearsed(row: Rehearsed) -> RehearsedShown:
    columns = {name: getattr(row, name) for name in RehearsedShown.model_fields if name != "reason"}
    return RehearsedShown(
        **columns, reason=texts.render(Text(row.message, row.params)) if row.message else ""
    )


def _columns(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in RunShown.model_fields}
