"""Taking a whole billing run back, and letting its charges go again (X2). Like the run itself it works batch by batch, may be
killed anywhere and asked for twice."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.billing import charges, reversal, runs
from perene.apps.billing.models import Run, RunStatus
from perene.apps.billing.reversal import Obstacle, Plan
from perene.apps.contracts import due
from perene.apps.events import outbox
from perene.apps.organizations import clock, organizations
from perene.kit import hands
from perene.rules import by_hand
from perene.rules.refusals import Refusal

__all__ = ["Obstacle", "Plan", "finish", "free_batches", "next_chunk", "plan", "release", "start", "whole"]


@transaction.atomic
def plan(run_id: UUID) -> Plan:
    """What a reversal would do, in figures; read only. Refusal `run_unknown`, `run_not_done`."""
    _done(runs.one(run_id))
    return reversal.plan(run_id)


@transaction.atomic(durable=True)
def start(run_id: UUID, *, reason: str, on: date, now: datetime, wakes_worker: bool = False) -> None:
    """Begin to take the run back: `free_batches` does it. Refusal `run_not_done`, `reason_missing`, `run_has_payments` while a
    payment stands on one of its invoices, `run_has_used_credits`."""
    run = _done(runs.one(run_id, lock=True))
    said = by_hand.check_reason(reason)
    found = reversal.plan(run_id)
    if found.obstacle_count:
        numbers = ", ".join(str(obstacle.number) for obstacle in found.obstacles)
        if any(obstacle.kind != "credit" for obstacle in found.obstacles):
            raise Refusal(
                "run_has_payments",
                "Payments or write-offs stand on {count} invoices of this run ({numbers}): reverse those first.",
                count=found.obstacle_count,
                numbers=numbers,
            )
        raise Refusal(
            "run_has_used_credits",
            "Credits that came of {count} invoices of this run ({numbers}) were used or refunded: take that back first.",
            count=found.obstacle_count,
            numbers=numbers,
        )
    runs.note_reversing(run, reason=said, now=now)
    if wakes_worker:
        runs.wake_worker(run_id)


@transaction.atomic(durable=True)
def next_chunk(run_id: UUID, *, now: datetime, waits: bool = False) -> bool:
    """Take back one free batch, or some of what is left beside the batches; False when nothing is free."""
    on = clock.today(organizations.present(), now=now)
    batch = runs.claim(run_id, waits=waits, step=runs.REVERSED)
    if batch is not None:
        if batch.run.status != RunStatus.REVERSING:
            return False
        reversal.undo_batch(batch, on=on, now=now)
        runs.note_done(batch, now=now, step=runs.REVERSED)
        return True
    run = runs.one(run_id)
    return run.status == RunStatus.REVERSING and reversal.undo_left_over(run, on=on, now=now) > 0


def free_batches(
    run_id: UUID, *, now: Callable[[], datetime], each_chunk: Callable[[], None] = lambda: None
) -> None:
    """Take back free batches until none is free. `each_chunk` as in `bill.free_batches`."""
    hands.work(lambda: next_chunk(run_id, now=now()), hands=1, each=each_chunk)


@transaction.atomic(durable=True)
def finish(run_id: UUID, *, now: datetime) -> bool:
    """The run is reversed when nothing is left of it; what was paid while it worked stays. True for the one caller that said
    so."""
    if not runs.note_reversed(run_id, now=now):
        return False
    outbox.record(
        "run.reversed",
        subject_id=run_id,
        occurred_on=clock.today(organizations.present(), now=now),
        kept_invoices=reversal.standing_count(run_id),
    )
    return True


def whole(run_id: UUID, *, reason: str, on: date, now: Callable[[], datetime]) -> None:
    """Start the reversal and finish it in this process."""
    start(run_id, reason=reason, on=on, now=now())
    free_batches(run_id, now=now)
    while next_chunk(run_id, now=now(), waits=True):
        pass
    finish(run_id, now=now())


@transaction.atomic(durable=True)
def release(
    *, run_id: UUID | None = None, contract_ids: Collection[UUID] = (), on: date, now: datetime
) -> int:
    """Let held charges go: of a reversed run, or of these contracts. The next run bills them. Returns how many contracts;
    0 = nothing was held any more."""
    wanted = charges.held_of_run(run_id) if run_id is not None else list(contract_ids)
    released = charges.release(wanted, on=on, now=now)
    due.wake([contract_id.bytes for contract_id in released], on=on)
    for contract_id in released:
        outbox.record("contract.charges_released", subject_id=contract_id, occurred_on=on)
    return len(released)


def _done(run: Run) -> Run:
    if run.status != RunStatus.DONE:
        raise Refusal(
            "run_not_done",
            "Only a run that is done and was not reversed can be reversed.",
        )
    return run
