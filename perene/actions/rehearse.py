"""The rehearsal of a billing run: what it would bill, for a person to look at, decide on and approve (X2).

A rehearsal writes no invoice, charge, number or entry. It may be killed anywhere and asked for twice, like the run itself; its
approval hands it over to `bill`, whose chunks bill each contract only as it was rehearsed.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from perene.apps.billing import owed, rehearsals, runs
from perene.apps.billing.models import Run, RunStatus
from perene.apps.contracts import due
from perene.apps.events import outbox
from perene.apps.organizations import clock, organizations
from perene.kit import bulk, hands
from perene.rules.refusals import Refusal

# What is billed later will have changed by then; and calendars end.
FURTHEST = timedelta(days=366)


@transaction.atomic(durable=True)
def start(
    *, through: date, now: datetime, wakes_worker: bool = False, batch_size: int = runs.BATCH_SIZE
) -> UUID:
    """The rehearsal of everything whose charge date is `through` or earlier: the one that waits or is at work for that day, or
    a new one. With `wakes_worker`, a worker does it. Returns the run's id. Refusal `rehearsal_too_far`, `run_under_way` while
    that day is billed already."""
    _check_near(through, today=clock.today(organizations.present(), now=now))
    runs.lock_starts()
    run = runs.rehearsal_of(through_on=through)
    if run is None:
        _check_free(through)
        slices = due.slices(through=through, size=batch_size)
        run = runs.open_run(through_on=through, reason="rehearsal", now=now, slices=slices, is_rehearsed=True)
        if wakes_worker and slices:
            runs.wake_worker(run.id)
    return run.id


@transaction.atomic(durable=True)
def next_chunk(run_id: UUID, *, now: datetime, waits: bool = False) -> bool:
    """Rehearse one free batch; False when none is free."""
    batch = runs.claim(run_id, waits=waits, step=runs.REHEARSED)
    if batch is None or batch.run.status != RunStatus.REHEARSING:
        return False
    present = organizations.present()
    issued_on = max(batch.run.through_on, clock.today(present, now=now))
    with bulk.without_cycle_collection():
        found = owed.of_batch(batch, lead_days=present.lead_days, issued_on=issued_on, is_attended=True)
        rehearsals.keep(found, run_id=run_id)
    runs.note_done(batch, now=now, step=runs.REHEARSED)
    return True


def free_batches(
    run_id: UUID, *, now: Callable[[], datetime], each_chunk: Callable[[], None] = lambda: None
) -> None:
    """Rehearse free batches until none is free, several at a time. `each_chunk` as in `bill.free_batches`."""
    left = runs.unfinished_batches(run_id, step=runs.REHEARSED)
    hands.work(lambda: next_chunk(run_id, now=now()), hands=max(1, min(2, left)), each=each_chunk)


@transaction.atomic(durable=True)
def finish(run_id: UUID, *, now: datetime) -> bool:
    """The rehearsal is complete when nothing is left of it. True for the one caller that said so."""
    return runs.note_rehearsed(run_id, now=now)


def whole(*, through: date, now: Callable[[], datetime]) -> UUID:
    """Start or join a rehearsal and finish it in this process. Returns the run's id."""
    run_id = start(through=through, now=now())
    free_batches(run_id, now=now)
    while next_chunk(run_id, now=now(), waits=True):
        pass
    finish(run_id, now=now())
    return run_id


@transaction.atomic(durable=True)
def decide(run_id: UUID, contract_ids: Collection[UUID], *, bill: bool, now: datetime) -> int:
    """Bill these rehearsed contracts although something is odd about them, or hold them back. Returns how many were set; one
    that could not be priced stays held. Refusal `rehearsal_not_ready`."""
    _rehearsed(run_id)
    return rehearsals.decide(run_id, contract_ids, bill=bill)


@transaction.atomic(durable=True)
def approve(run_id: UUID, *, now: datetime, wakes_worker: bool = False) -> bool:
    """Let the run bill what was rehearsed: `bill.free_batches` does it, or with `wakes_worker` a worker. Returns whether it may
    begin at once; before its day it waits, and that day's routine begins it. Refusal `rehearsal_not_ready`,
    `run_under_way`."""
    runs.lock_starts()
    run = _rehearsed(run_id)
    _check_free(run.through_on)
    runs.note_approved(run, now=now)
    on = clock.today(organizations.present(), now=now)
    outbox.record("run.approved", subject_id=run_id, occurred_on=on)
    if run.through_on > on:
        return False
    if wakes_worker:
        runs.wake_worker(run_id)
    return True


@transaction.atomic(durable=True)
def discard(run_id: UUID, *, now: datetime) -> None:
    """Forget a rehearsal: nothing was billed, nothing is. Refusal `rehearsal_not_ready` once it was approved."""
    run = runs.one(run_id, lock=True)
    if run.status not in (RunStatus.REHEARSING, RunStatus.REHEARSED):
        raise _not_ready()
    runs.discard(run, now=now)


def _rehearsed(run_id: UUID) -> Run:
    run = runs.one(run_id, lock=True)
    if run.status != RunStatus.REHEARSED:
        raise _not_ready()
    return run


def _check_near(through: date, *, today: date) -> None:
    if abs(through - today) > FURTHEST:
        raise Refusal(
            "rehearsal_too_far",
            "A rehearsal goes up to a year from today; {through} is further.",
            through=through,
        )


def _check_free(through: date) -> None:
    if runs.under_way(through_on=through) is not None:
        raise Refusal(
            "run_under_way",
            "The charges until {through} are being billed at this moment: wait until that run is done.",
            through=through,
        )


def _not_ready() -> Refusal:
    return Refusal(
        "rehearsal_not_ready",
        "This is no rehearsal that waits for its approval: it is still at work, or was approved or discarded before.",
    )
