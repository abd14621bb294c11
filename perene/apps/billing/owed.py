"""What the contracts of a batch owe: read, priced, compared with their last bill. Nothing is written here, so that a run and
its rehearsal find the same."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from perene.apps.billing import charges, parked
from perene.apps.billing.charges import Waiting
from perene.apps.billing.models import Batch
from perene.apps.contracts import due
from perene.apps.contracts.due import Due, LineReader
from perene.rules import anomalies, by_hand, charging
from perene.rules.anomalies import Anomaly
from perene.rules.invoicing import Billed, Charged, Owed
from perene.rules.refusals import Refusal

log = logging.getLogger(__name__)

# (contract, the revision that was priced, next cycle, next run date, recurring centavos of its last cycle)
Move = tuple[bytes, int, int, date | None, int | None]


class Priced(NamedTuple):
    """What one contract owes, where its cursor goes, and what is odd about it."""

    owed: Owed
    move: Move
    anomaly: Anomaly | None
    previous_cents: int | None

    @property
    def contract_id(self) -> bytes:
        return self.move[0]


class Found(NamedTuple):
    """A batch's contracts: those that could be priced, and why the others could not."""

    priced: Sequence[Priced]
    refused: Sequence[parked.Reason]
    has_waiting: bool


def of_batch(batch: Batch, *, lead_days: int, issued_on: date, is_attended: bool = False) -> Found:
    """The contracts of the batch that are due. `is_attended`: also what only a person who is there is asked about."""
    run = batch.run
    contracts = due.load(
        first_key=batch.first_key,
        last_key=batch.last_key,
        through=run.through_on,
        lead_days=lead_days,
        contract_id=run.contract_id,
    )
    waiting = charges.pending_of(
        first_key=batch.first_key, last_key=batch.last_key, through=run.through_on, issued_on=issued_on
    )
    priced: list[Priced] = []
    refused: list[parked.Reason] = []
    reader = LineReader()
    for contract in contracts:
        try:
            priced.append(
                _priced(
                    contract,
                    reader,
                    waiting,
                    through=run.through_on,
                    issued_on=issued_on,
                    is_attended=is_attended,
                )
            )
        except Exception as error:  # one bad contract never stops the run: parked in sight, the rest goes on
            is_ours = not isinstance(error, Refusal)
            log.warning(
                "contract %s is parked: %s",
                contract.contract_id.hex(),
                error,
                exc_info=error if is_ours else None,
            )
            refused.append(parked.reason(UUID(bytes=contract.contract_id), error))
    return Found(priced, refused, bool(waiting.now))


def _priced(
    contract: Due, reader: LineReader, waiting: Waiting, *, through: date, issued_on: date, is_attended: bool
) -> Priced:
    contract_id, terms, method = contract.contract_id, contract.terms, contract.method
    found = charging.due_now(terms, method, contract.is_open_ended, contract.next_cycle, through, issued_on)
    lines = reader.lines(contract.raw_lines)
    charged: list[Charged] = []
    bills: list[int] = []
    for cycle in found.cycles:
        drafts = charging.of_cycle(lines, cycle)
        charged += [Charged(contract_id, draft) for draft in drafts]
        cents = anomalies.recurring_cents(drafts)
        if cents is not None:
            bills.append(cents)
    previous_cents = contract.last_billed_cents
    anomaly = anomalies.of_bill(previous_cents, bills)
    if anomaly is not None and not is_attended and anomalies.begins_anew(lines, found.cycles):
        anomaly = None
    if anomaly is None and is_attended and terms.due_day is None and charged:
        anomaly = anomalies.of_due_rule(terms, method, contract.payment_method)
    if anomaly is None and is_attended and previous_cents is not None:
        anomaly = anomalies.of_due_day(terms, found.cycles)
    next_run_on = found.next_run_on
    if contract_id in waiting.now:
        due_on = charging.ridden_due_on(found, terms, method, issued_on=issued_on)
        for one in waiting.now[contract_id]:
            late = one.draft.kind == charging.Kind.RECURRING and one.draft.due_on <= issued_on
            charged.append(
                one._replace(draft=one.draft._replace(due_on=due_on))
                if late
                else by_hand.ride(one, due_on=due_on)
            )
    if contract_id in waiting.later:
        next_run_on = min(waiting.later[contract_id], next_run_on or date.max)
    whom = Billed(contract.customer_id, contract.unit_id, contract.billing_group_id, contract.payment_method)
    move = (contract_id, contract.revision, found.next_cycle, next_run_on, bills[-1] if bills else None)
    return Priced(Owed(whom, method, charged), move, anomaly, previous_cents)
