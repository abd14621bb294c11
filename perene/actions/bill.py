"""The billing run: plan it, bill it chunk by chunk, finish it.

A run may be killed anywhere and asked for twice, by several processes: `start` joins the run under way, `next_chunk` claims
a batch and bills it in one transaction, and the advance of each contract's cursor in that transaction, with the unique
constraints behind it, bills each obligation once.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import chain, count
from typing import NamedTuple
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.utils import IntegrityError

from perene.apps.billing import charges, loading, owed, parked, rehearsals, runs
from perene.apps.billing.models import Batch, Run, RunStatus
from perene.apps.billing.owed import Found
from perene.apps.billing.rehearsals import Compared
from perene.apps.contracts import due
from perene.apps.ledger import chart, closings
from perene.apps.organizations import clock, numbers, organizations
from perene.apps.receivables import credits
from perene.kit import bulk, hands
from perene.rules import invoicing
from perene.rules.invoicing import Accounts

log = logging.getLogger(__name__)

# A contract changed, or another run was faster: the chunk is read and priced again.
TRIES = 5

# Batches that one process has in hand: while PostgreSQL writes two of them, Python prices the third. More gains nothing.
HANDS = 3


class Chunk(NamedTuple):
    """What one chunk did."""

    invoices: int
    lines: int
    parked: int
    total_cents: int


class _ContractChanged(Exception):
    """The advance found another revision than the one that was priced."""


@transaction.atomic(durable=True)
def start(
    *,
    through: date,
    reason: str,
    now: datetime,
    contract_id: UUID | None = None,
    accepts_anomalies: bool = False,
    wakes_worker: bool = False,
    batch_size: int = runs.BATCH_SIZE,
) -> UUID:
    """The run of everything whose charge date is `through` or earlier: the one under way, or a new one. With `contract_id`,
    a run of that contract alone ("try again"), which with `accepts_anomalies` bills it however odd its bill is. With
    `wakes_worker`, a worker bills it. Returns the run's id."""
    runs.lock_starts()
    if contract_id is None and (found := runs.under_way(through_on=through)) is not None:
        return found.id
    slices = due.slices(through=through, size=batch_size, contract_id=contract_id)
    run_id: UUID = runs.open_run(
        through_on=through,
        reason=reason,
        now=now,
        slices=slices,
        contract_id=contract_id,
        accepts_anomalies=accepts_anomalies,
    ).id
    if wakes_worker and slices:
        runs.wake_worker(run_id)
    return run_id


def next_chunk(run_id: UUID, *, now: datetime, waits: bool = False) -> Chunk | None:
    """Bill one free batch of the run; None when none is free. With `waits`, one that somebody else holds is waited for: it
    is ours when they die, and None means that nothing is left. One transaction, done again when a contract changed under it.
    """
    is_doubtful = False
    for tried in count(1):
        try:
            with bulk.without_cycle_collection():
                return _chunk(run_id, now=now, waits=waits, is_doubtful=is_doubtful)
        except (_ContractChanged, IntegrityError, OperationalError) as error:
            if tried == TRIES or not _is_passing(error):
                raise
            is_doubtful = is_doubtful or isinstance(error, IntegrityError)
            log.info("chunk of run %s is done again: %s", run_id, error)
    return None


def free_batches(
    run_id: UUID, *, now: Callable[[], datetime], each_chunk: Callable[[], None] = lambda: None
) -> None:
    """Bill free batches until none is free, several at a time. `each_chunk` hears after a chunk that the run goes on (not
    after every one), and stops it by raising."""

    def step() -> bool:
        return next_chunk(run_id, now=now()) is not None

    hands.work(step, hands=max(1, min(HANDS, runs.unfinished_batches(run_id))), each=each_chunk)


@transaction.atomic(durable=True)
def finish(run_id: UUID, *, now: datetime) -> bool:
    """Close the run when nothing is left of it. True for the one caller that closed it."""
    parked.release_idle()
    if not runs.close(run_id, now=now):
        return False
    run = runs.one(run_id)
    if run.is_rehearsed:
        held = rehearsals.leftover(run_id, through=run.through_on)
        parked.park(held, run_id=run_id, on=clock.today(organizations.present(), now=now))
    return True


def whole_run(
    *,
    through: date,
    reason: str,
    now: Callable[[], datetime],
    contract_id: UUID | None = None,
    accepts_anomalies: bool = False,
) -> UUID:
    """Start or join a run and bill until nothing of it is left, in this process. One that was rehearsed bills only what was:
    another one follows it, for what became due since. Returns the (last) run's id."""
    while True:
        run_id = start(
            through=through,
            reason=reason,
            now=now(),
            contract_id=contract_id,
            accepts_anomalies=accepts_anomalies,
        )
        free_batches(run_id, now=now)
        # The rest is in other hands, perhaps dead ones: their backend lives on for a moment and then lets go.
        while next_chunk(run_id, now=now(), waits=True) is not None:
            pass
        finish(run_id, now=now())
        if not runs.is_rehearsed(run_id):
            return run_id


@transaction.atomic(durable=True)
def _chunk(run_id: UUID, *, now: datetime, waits: bool, is_doubtful: bool) -> Chunk | None:
    batch = runs.claim(run_id, waits=waits)
    if batch is None or batch.run.status != RunStatus.RUNNING:
        return None
    run, present = batch.run, organizations.present()
    # A run that is resumed days later issues on the day it is then: nothing is posted backwards, nothing born overdue.
    issued_on = max(run.through_on, clock.today(present, now=now))
    found = owed.of_batch(batch, lead_days=present.lead_days, issued_on=issued_on)
    if is_doubtful:
        found = _sifted(found)
    billed, held = _divided(found, run, is_of_one=run.contract_id is not None)
    invoices = invoicing.group(one.owed for one in billed)
    roles = {role: account_id.bytes for role, account_id in chart.by_role().items()}
    closings.check_open(issued_on)
    new = loading.load(
        invoices,
        numbers=_numbers(batch, len(invoices)),
        run_id=run_id,
        issued_on=issued_on,
        accounts=Accounts(roles["receivables"], roles["deferred_revenue"], roles["customer_credits"]),
    )
    credits.use_for_new(new, on=issued_on, now=now)
    consumed = [
        charge.charge_id
        for one in (billed if found.has_waiting else ())
        for charge in one.owed.charges
        if charge.charge_id
    ]
    moves = [one.move for one in billed]
    if due.advance(moves) != len(moves) or (consumed and charges.consume(consumed) != len(consumed)):
        raise _ContractChanged
    parked.park(held, run_id=run_id, on=issued_on)
    parked.release({contract_id for contract_id, *_ in moves})
    lines = sum(len(invoice.lines) for invoice in invoices)
    total_cents = sum(invoice.total_cents for invoice in invoices)
    runs.note_billed(
        batch, now=now, invoices=len(invoices), lines=lines, parked=len(held), total_cents=total_cents
    )
    return Chunk(len(invoices), lines, len(held), total_cents)


def _sifted(found: Found) -> Found:
    """The same without contracts whose charges exist already: those are parked, instead of failing all others with them. A
    contract that another run billed meanwhile is not one of them."""
    already = charges.billed_already(charge for one in found.priced for charge in one.owed.charges)
    revisions = due.locked_revisions(already)
    kept, refused = [], list(found.refused)
    for one in found.priced:
        contract_id, revision = one.move[:2]
        if contract_id not in already:
            kept.append(one)
            continue
        if revisions.get(contract_id) != revision:
            raise _ContractChanged
        refused.append(parked.billed_already(UUID(bytes=contract_id), cycle=already[contract_id]))
    return Found(kept, refused, found.has_waiting)


def _divided(found: Found, run: Run, *, is_of_one: bool) -> Compared:
    """What the run bills of a batch, and what it holds. Nobody looks on while an unattended run works: what is odd waits for
    a person, as does what a person held; a run of that contract alone is the person's word."""
    if run.is_rehearsed:
        return rehearsals.compare(found, run_id=run.id)
    held = list(found.refused)
    if run.accepts_anomalies:
        return Compared(list(found.priced), held)
    waits = {} if is_of_one else rehearsals.held_by_person()
    billed = []
    for one in found.priced:
        if one.contract_id in waits:
            continue  # it stays parked as it is
        if one.anomaly is None:
            billed.append(one)
        else:
            held.append(parked.Reason(UUID(bytes=one.contract_id), *one.anomaly))
    return Compared(billed, held)


def _numbers(batch: Batch, needed: int) -> Iterator[int]:
    """The batch's own invoice numbers, and a block more where its contracts make more than one invoice each."""
    extra = needed - batch.contracts
    own = range(batch.first_number, batch.first_number + batch.contracts)
    return chain(own, count(numbers.reserve("invoice", extra))) if extra > 0 else iter(own)


def _is_passing(error: Exception) -> bool:
    """Whether doing the chunk again can help: a changed contract, a charge that another run stored first, a deadlock."""
    if isinstance(error, _ContractChanged):
        return True
    cause = error.__cause__
    return getattr(cause, "sqlstate", "") in ("23505", "40001", "40P01")
