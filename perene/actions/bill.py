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

from perene.apps.billing import charges, loading, parked, runs
from perene.apps.billing.models import Batch
from perene.apps.contracts import due
from perene.apps.contracts.due import Due, LineReader
from perene.apps.ledger import chart
from perene.apps.organizations import numbers, organizations
from perene.kit import bulk, hands
from perene.rules import charging, invoicing
from perene.rules.invoicing import Accounts, Billed, Charged, Owed
from perene.rules.refusals import Refusal

log = logging.getLogger(__name__)

# A contract changed, or another run was faster: the chunk is read and priced again.
TRIES = 5

# Batches that one process has in hand: while PostgreSQL writes two of them, Python prices the third. More gains nothing.
HANDS = 3

# (contract, the revision that was priced, next cycle, next run date)
Move = tuple[bytes, int, int, date | None]


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
    batch_size: int = runs.BATCH_SIZE,
) -> UUID:
    """The run of everything whose charge date is `through` or earlier: the one under way, or a new one. With `contract_id`,
    a run of that contract alone ("try again"). Returns the run's id."""
    runs.lock_starts()
    if contract_id is None and (found := runs.under_way(through_on=through)) is not None:
        return found.id
    slices = due.slices(through=through, size=batch_size, contract_id=contract_id)
    return runs.open_run(
        through_on=through, reason=reason, now=now, slices=slices, contract_id=contract_id
    ).id


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
    return runs.close(run_id, now=now)


def whole_run(
    *, through: date, reason: str, now: Callable[[], datetime], contract_id: UUID | None = None
) -> UUID:
    """Start or join a run and bill until nothing of it is left, in this process. Returns the run's id."""
    run_id = start(through=through, reason=reason, now=now(), contract_id=contract_id)
    free_batches(run_id, now=now)
    # The rest is in other hands, perhaps dead ones: their backend lives on for a moment and then lets go.
    while next_chunk(run_id, now=now(), waits=True) is not None:
        pass
    finish(run_id, now=now())
    return run_id


@transaction.atomic(durable=True)
def _chunk(run_id: UUID, *, now: datetime, waits: bool, is_doubtful: bool) -> Chunk | None:
    batch = runs.claim(run_id, waits=waits)
    if batch is None:
        return None
    run = batch.run
    contracts = due.load(
        first_key=batch.first_key,
        last_key=batch.last_key,
        through=run.through_on,
        lead_days=organizations.present().lead_days,
        contract_id=run.contract_id,
    )
    waiting = charges.pending_of(first_key=batch.first_key, last_key=batch.last_key, through=run.through_on)
    owed, moves, refused = _owed(contracts, waiting, on=run.through_on)
    if is_doubtful:
        owed, moves, refused = _sifted(owed, moves, refused)
    invoices = invoicing.group(owed)
    roles = {role: account_id.bytes for role, account_id in chart.by_role().items()}
    loading.load(
        invoices,
        numbers=_numbers(batch, len(invoices)),
        run_id=run_id,
        issued_on=run.through_on,
        accounts=Accounts(roles["receivables"], roles["deferred_revenue"], roles["customer_credits"]),
    )
    consumed = (
        [charge.charge_id for one in owed for charge in one.charges if charge.charge_id] if waiting else []
    )
    if due.advance(moves) != len(moves) or (consumed and charges.consume(consumed) != len(consumed)):
        raise _ContractChanged
    parked.park(refused, run_id=run_id, on=run.through_on)
    parked.release({contract_id for contract_id, *_ in moves})
    batch.invoices = len(invoices)
    batch.lines = batch.charges = sum(len(invoice.lines) for invoice in invoices)
    batch.total_cents = sum(invoice.total_cents for invoice in invoices)
    batch.parked = len(refused)
    runs.note_done(batch, now=now)
    return Chunk(batch.invoices, batch.lines, batch.parked, batch.total_cents)


def _owed(
    contracts: list[Due], waiting: dict[bytes, list[Charged]], *, on: date
) -> tuple[list[Owed], list[Move], list[parked.Reason]]:
    """What each contract owes, where its cursor goes, and the contracts that could not be priced."""
    owed: list[Owed] = []
    moves: list[Move] = []
    refused: list[parked.Reason] = []
    reader = LineReader()
    for contract in contracts:
        contract_id = contract.contract_id
        try:
            found = charging.due_now(
                contract.terms, contract.method, contract.is_open_ended, contract.next_cycle, on
            )
            lines = reader.lines(contract.raw_lines)
            charged = [
                Charged(contract_id, draft)
                for cycle in found.cycles
                for draft in charging.of_cycle(lines, cycle)
            ]
        except Exception as error:  # one bad contract never stops the run: parked in sight, the rest goes on
            is_ours = not isinstance(error, Refusal)
            log.warning(
                "contract %s is parked: %s", contract_id.hex(), error, exc_info=error if is_ours else None
            )
            refused.append(parked.reason(UUID(bytes=contract_id), error))
            continue
        if waiting:
            charged += waiting.get(contract_id, ())
        whom = Billed(
            contract.customer_id, contract.unit_id, contract.billing_group_id, contract.payment_method
        )
        owed.append(Owed(whom, contract.method, charged))
        moves.append((contract_id, contract.revision, found.next_cycle, found.next_run_on))
    return owed, moves, refused


def _sifted(
    owed: list[Owed], moves: list[Move], refused: list[parked.Reason]
) -> tuple[list[Owed], list[Move], list[parked.Reason]]:
    """The same without contracts whose charges exist already: those are parked, instead of failing all others with them. A
    contract that another run billed meanwhile is not one of them."""
    already = charges.billed_already(charge for one in owed for charge in one.charges)
    revisions = due.locked_revisions(already)
    kept_owed, kept_moves, found = [], [], list(refused)
    for one, move in zip(owed, moves, strict=True):
        contract_id, revision = move[:2]
        if contract_id not in already:
            kept_owed.append(one)
            kept_moves.append(move)
            continue
        if revisions.get(contract_id) != revision:
            raise _ContractChanged
        found.append(parked.billed_already(UUID(bytes=contract_id), cycle=already[contract_id]))
    return kept_owed, kept_moves, found


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
