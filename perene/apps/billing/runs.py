"""Billing runs and their batches. A run is planned once; its batches are then claimed one by one, each in the transaction
that bills it, by as many workers as there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum

from perene.apps.billing.models import Batch, Run, RunStatus
from perene.apps.contracts.due import Slice
from perene.apps.organizations import numbers
from perene.kit import ids, tenancy

# Contracts per transaction: large enough that commits cost nothing, small enough to lose little and to stay in memory.
BATCH_SIZE = 4000


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


def under_way(*, through_on: date) -> Run | None:
    """The unfinished run of the whole organization for that day."""
    return Run.objects.filter(through_on=through_on, status=RunStatus.RUNNING, contract__isnull=True).first()


def all_under_way() -> list[UUID]:
    """Ids of every run that is not done, oldest first: of the night, of a command, of a button."""
    return list(Run.objects.filter(status=RunStatus.RUNNING).order_by("id").values_list("id", flat=True))


def is_done(run_id: UUID) -> bool:
    return Run.objects.filter(id=run_id, status=RunStatus.DONE).exists()


def lock_starts() -> None:
    """One planner at a time in an organization: held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('perene.run', %s))", [tenancy.organization_id()]
        )


def open_run(
    *, through_on: date, reason: str, now: datetime, slices: Sequence[Slice], contract_id: UUID | None = None
) -> Run:
    """Record a run with its batches and reserve their invoice numbers."""
    run = Run.objects.create(
        id=ids.new(),
        number=numbers.reserve("run"),
        through_on=through_on,
        reason=reason,
        contract_id=contract_id,
        started_by_id=tenancy.person_id(),
        started_at=now,
    )
    first_number = numbers.reserve("invoice", sum(cut.contracts for cut in slices)) if slices else 0
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
        first_number += cut.contracts
    Batch.objects.bulk_create(batches)
    return run


def claim(run_id: UUID, *, waits: bool = False) -> Batch | None:
    """A batch that is not done, locked until the transaction ends. One that somebody else holds is left alone, or with
    `waits` waited for. None when there is none."""
    return (
        Batch.objects.select_for_update(skip_locked=not waits, no_key=True)
        .filter(run_id=run_id, is_done=False)
        .order_by("position")
        .first()
    )


def note_done(batch: Batch, *, now: datetime) -> None:
    """The batch is billed: its counts become true with the transaction."""
    batch.is_done = True
    batch.finished_at = now
    batch.save()


def unfinished_batches(run_id: UUID) -> int:
    return Batch.objects.filter(run_id=run_id, is_done=False).count()


def close(run_id: UUID, *, now: datetime) -> bool:
    """Mark a run done when all its batches are. True for the caller that did it."""
    if unfinished_batches(run_id):
        return False
    return bool(
        Run.objects.filter(id=run_id, status=RunStatus.RUNNING).update(status=RunStatus.DONE, finished_at=now)
    )


def progress(run_id: UUID) -> Progress:
    done = Q(is_done=True)
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
