"""Billing runs and their batches. A run is planned once; its batches are then claimed one by one, each in the transaction
that bills it, by as many workers as there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q, Sum

from perene.apps.billing.models import Batch, Run, RunStatus
from perene.apps.contracts.due import Slice
from perene.apps.organizations import numbers
from perene.kit import ids, locks, queue, tenancy
from perene.rules.refusals import Refusal

# Contracts per transaction: large enough that commits cost nothing, small enough to lose little and to stay in memory.
BATCH_SIZE = 4000

# What is done with a batch, in this order, by the name of its mark.
REHEARSED, BILLED, REVERSED = "is_rehearsed", "is_done", "is_reversed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    batches: int
    batches_done: int
    contracts: int
    contracts_done: int
    invoices: int
    lines: int
    charges: int
    parked: int
    total_cents: int

    @property
    def percent(self) -> int:
        return 100 if not self.contracts else self.contracts_done * 100 // self.contracts


def rehearsal_of(*, through_on: date) -> Run | None:
    """The rehearsal for that day that waits for its approval, or is at work."""
    return Run.objects.filter(
        through_on=through_on, status__in=[RunStatus.REHEARSING, RunStatus.REHEARSED]
    ).first()


def under_way(*, through_on: date) -> Run | None:
    """The unfinished run of the whole organization for that day."""
    return Run.objects.filter(through_on=through_on, status=RunStatus.RUNNING, contract__isnull=True).first()


def all_under_way(*, today: date) -> list[UUID]:
    """Every run on which something is left to do, oldest first: of the night, of a command, of a button. One that was approved
    ahead waits for its day."""
    at_work = [RunStatus.REHEARSING, RunStatus.RUNNING, RunStatus.REVERSING]
    found = Run.objects.filter(status__in=at_work).exclude(
        status=RunStatus.RUNNING, is_rehearsed=True, through_on__gt=today
    )
    return list(found.order_by("id").values_list("id", flat=True))


def one(run_id: UUID, *, lock: bool = False) -> Run:
    """Refusal `run_unknown`."""
    found = Run.objects.select_for_update(no_key=True) if lock else Run.objects.all()
    run = found.filter(id=run_id).first()
    if run is None:
        raise Refusal("run_unknown", "There is no such billing run.")
    return run


def is_rehearsed(run_id: UUID) -> bool:
    return Run.objects.filter(id=run_id, is_rehearsed=True).exists()


def is_done(run_id: UUID) -> bool:
    return Run.objects.filter(id=run_id, status=RunStatus.DONE).exists()


def lock_starts() -> None:
    """One planner at a time in an organization: held until the transaction ends."""
    locks.hold("perene.run")


def open_run(
    *,
    through_on: date,
    reason: str,
    now: datetime,
    slices: Sequence[Slice],
    contract_id: UUID | None = None,
    accepts_anomalies: bool = False,
    is_rehearsed: bool = False,
) -> Run:
    """Record a run with its batches and reserve their invoice numbers; one that is rehearsed first has none yet."""
    run = Run.objects.create(
        id=ids.new(),
        number=numbers.reserve("run"),
        through_on=through_on,
        reason=reason,
        contract_id=contract_id,
        status=RunStatus.REHEARSING if is_rehearsed else RunStatus.RUNNING,
        is_rehearsed=is_rehearsed,
        accepts_anomalies=accepts_anomalies,
        started_by_id=tenancy.person_id(),
        started_at=now,
    )
    reserved = 0 if is_rehearsed else sum(cut.contracts for cut in slices)
    first_number = numbers.reserve("invoice", reserved) if reserved else 0
    batches = []
    for position, cut in enumerate(slices, start=1):
        batches.append(
            Batch(
                id=ids.new(),
                run=run,
                position=position,
                first_key=cut.first_key,
                last_key=cut.last_key,
                contracts=cut.contracts,
                first_number=first_number,
            )
        )
        first_number += cut.contracts if reserved else 0
    Batch.objects.bulk_create(batches)
    return run


def wake_worker(run_id: UUID) -> None:
    """Ask a worker to help with the run, once the present transaction is there. A lost message loses nothing: the night finds
    the run."""
    organization_id = tenancy.organization_id()
    queue.enqueue("work_run", lock=f"work_run:{run_id}", organization_id=organization_id, run_id=str(run_id))


def claim(run_id: UUID, *, waits: bool = False, step: str = BILLED) -> Batch | None:
    """A batch with which `step` is not done, locked until the transaction ends. One that somebody else holds is left alone, or
    with `waits` waited for. None when there is none."""
    return (
        Batch.objects.select_for_update(skip_locked=not waits, no_key=True, of=("self",))
        .select_related("run")
        .filter(**{"run_id": run_id, step: False})
        .order_by("position")
        .first()
    )


def note_done(batch: Batch, *, now: datetime, step: str = BILLED) -> None:
    """The step is done with the batch, as of this transaction."""
    setattr(batch, step, True)
    batch.finished_at = now
    batch.save()


def note_billed(
    batch: Batch, *, now: datetime, invoices: int, lines: int, parked: int, total_cents: int
) -> None:
    """The batch is billed, with what came of it."""
    batch.invoices, batch.lines, batch.charges = invoices, lines, lines
    batch.parked, batch.total_cents = parked, total_cents
    note_done(batch, now=now)


def unfinished_batches(run_id: UUID, *, step: str = BILLED) -> int:
    return Batch.objects.filter(**{"run_id": run_id, step: False}).count()


def close(run_id: UUID, *, now: datetime) -> bool:
    """Mark a run done when all its batches are. True for the caller that did it."""
    if unfinished_batches(run_id):
        return False
    return bool(
        Run.objects.filter(id=run_id, status=RunStatus.RUNNING).update(status=RunStatus.DONE, finished_at=now)
    )


def note_rehearsed(run_id: UUID, *, now: datetime) -> bool:
    """Every batch is rehearsed: a person may look and approve. True for the caller that said so."""
    if unfinished_batches(run_id, step=REHEARSED):
        return False
    found = Run.objects.filter(id=run_id, status=RunStatus.REHEARSING)
    return bool(found.update(status=RunStatus.REHEARSED, finished_at=now))


def note_approved(run: Run, *, now: datetime) -> None:
    """What was rehearsed may be billed: its batches get their invoice numbers."""
    run.status, run.finished_at = RunStatus.RUNNING, None
    run.approved_at, run.approved_by_id = now, tenancy.person_id()
    run.save(update_fields=["status", "finished_at", "approved_at", "approved_by_id"])
    batches = list(Batch.objects.filter(run=run).order_by("position"))
    first_number = numbers.reserve("invoice", sum(batch.contracts for batch in batches)) if batches else 0
    for batch in batches:
        batch.first_number = first_number
        first_number += batch.contracts
        batch.charges = batch.invoices = batch.lines = batch.total_cents = batch.parked = 0
    Batch.objects.bulk_update(
        batches, ["first_number", "charges", "invoices", "lines", "total_cents", "parked"]
    )


def discard(run: Run, *, now: datetime) -> None:
    run.status, run.finished_at = RunStatus.DISCARDED, now
    run.save(update_fields=["status", "finished_at"])


def note_reversing(run: Run, *, reason: str, now: datetime) -> None:
    run.status, run.reversal_reason = RunStatus.REVERSING, reason
    run.reversed_by_id, run.reversed_at = tenancy.person_id(), now
    run.save(update_fields=["status", "reversal_reason", "reversed_by_id", "reversed_at"])


def note_reversed(run_id: UUID, *, now: datetime) -> bool:
    """True for the caller that said so; the instant at which the last batch was taken back."""
    if unfinished_batches(run_id, step=REVERSED):
        return False
    found = Run.objects.filter(id=run_id, status=RunStatus.REVERSING)
    return bool(found.update(status=RunStatus.REVERSED, reversed_at=now))


def progress(run_id: UUID, *, step: str = BILLED) -> Progress:
    """How far the run is with a step."""
    done = Q(**{step: True})
    row = Batch.objects.filter(run_id=run_id).aggregate(
        batches=Count("id"),
        batches_done=Count("id", filter=done),
        # First: once a sum is named `contracts`, the column of that name is hidden behind it.
        contracts_done=Sum("contracts", filter=done),
        contracts=Sum("contracts"),
        invoices=Sum("invoices"),
        lines=Sum("lines"),
        charges=Sum("charges"),
        parked=Sum("parked"),
        total_cents=Sum("total_cents"),
    )
    return Progress(**{name: int(value or 0) for name, value in row.items()})
