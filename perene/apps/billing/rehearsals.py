"""What a rehearsal found, contract by contract: stored by the rehearsing chunk, decided on by a person, and compared by the
chunk that bills."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from perene.apps.billing import parked
from perene.apps.billing.models import Decision, Parked, Rehearsed
from perene.apps.billing.owed import Found, Priced
from perene.apps.contracts import due
from perene.apps.contracts.models import Contract
from perene.kit import bulk, tenancy, texts
from perene.rules import rehearsal

_COLUMNS = (
    "run_id", "contract_id", "customer_id", "digest", "lines", "total_cents", "previous_cents", "anomaly", "message",
    "params", "decision",
)  # fmt: skip

# What only a person lets go: a run bills such a contract when it is asked for that one alone.
WAITS_FOR_A_PERSON = (rehearsal.CHANGED, rehearsal.HELD)


class Compared(NamedTuple):
    """A batch of an approved run: what is billed, and what is held with its reason."""

    billed: list[Priced]
    held: list[parked.Reason]


def keep(found: Found, *, run_id: UUID) -> None:
    """Store what the batch would bill, or why it would not. Odd ones are held until a person decides."""
    held_before = held_by_person()
    rows = [_row(run_id, one, held_before) for one in found.priced]
    rows += [
        (
            run_id,
            reason.contract_id,
            customer_id,
            b"",
            0,
            0,
            None,
            reason.code,
            reason.message,
            _json(reason.params),
            Decision.HOLD,
        )
        for reason, customer_id in _with_customers(found.refused)
    ]
    bulk.insert(Rehearsed, _COLUMNS, rows)


def compare(found: Found, *, run_id: UUID) -> Compared:
    """Of a batch about to be billed, what was rehearsed the same and is not held; each row learns what became of it. What was
    not rehearsed is left alone: it became due afterwards."""
    by_contract = {
        contract_id.bytes: (bytes(digest), decision, code, message, params)
        for contract_id, digest, decision, code, message, params in Rehearsed.objects.filter(
            run_id=run_id,
            contract_id__in=[
                *(UUID(bytes=one.contract_id) for one in found.priced),
                *(reason.contract_id for reason in found.refused),
            ],
        ).values_list("contract_id", "digest", "decision", "anomaly", "message", "params")
    }
    compared = Compared([], [])
    changed: list[UUID] = []
    for one in found.priced:
        rehearsed = by_contract.get(one.contract_id)
        if rehearsed is None:
            continue
        digest, decision, code, message, params = rehearsed
        contract_id = UUID(bytes=one.contract_id)
        if decision == Decision.HOLD:
            compared.held.append(
                parked.Reason(contract_id, code, message, params)
                if code
                else parked.Reason(contract_id, rehearsal.HELD, rehearsal.HELD_MESSAGE, {})
            )
        elif digest != digest_of(one):
            changed.append(contract_id)
            compared.held.append(_changed(contract_id))
        else:
            compared.billed.append(one)
    for reason in found.refused:
        if reason.contract_id.bytes in by_contract:
            compared.held.append(reason)
            if by_contract[reason.contract_id.bytes][1] == Decision.BILL:
                changed.append(reason.contract_id)
    _note(run_id, [UUID(bytes=one.contract_id) for one in compared.billed], Decision.BILLED)
    _note(run_id, changed, Decision.CHANGED)
    return compared


def leftover(run_id: UUID, *, through: date) -> list[parked.Reason]:
    """Rehearsed contracts that no batch met: billed by somebody else meanwhile, ended, moved to another group. They changed;
    those that are still due are to be held. Call once, when every batch is done."""
    rows = Rehearsed.objects.filter(run_id=run_id, decision=Decision.BILL)
    missed = [contract_id.bytes for contract_id in rows.values_list("contract_id", flat=True)]
    if not missed:
        return []
    rows.update(decision=Decision.CHANGED)
    return [_changed(UUID(bytes=one)) for one in sorted(due.still_due(missed, through=through))]


def decide(run_id: UUID, contract_ids: Collection[UUID], *, bill: bool) -> int:
    """Bill these contracts with the run, or hold them. One that could not be priced stays held. Returns how many were set."""
    found = Rehearsed.objects.filter(run_id=run_id, contract_id__in=contract_ids, lines__gt=0)
    return found.filter(decision__in=[Decision.BILL, Decision.HOLD]).update(
        decision=Decision.BILL if bill else Decision.HOLD, decided_by_id=tenancy.person_id()
    )


def held_by_person() -> dict[bytes, parked.Reason]:
    """Contracts that wait for a person's word, whatever run comes."""
    rows = Parked.objects.filter(is_open=True, code__in=WAITS_FOR_A_PERSON)
    return {
        contract_id.bytes: parked.Reason(contract_id, code, message, params)
        for contract_id, code, message, params in rows.values_list("contract_id", "code", "message", "params")
    }


def digest_of(one: Priced) -> bytes:
    _contract, _revision, next_cycle, next_run_on, _billed = one.move
    return rehearsal.digest(one.owed, next_cycle=next_cycle, next_run_on=next_run_on)


def _row(run_id: UUID, one: Priced, held_before: dict[bytes, parked.Reason]) -> tuple[object, ...]:
    charged = one.owed.charges
    odd = one.anomaly or held_before.get(one.contract_id)
    return (
        run_id,
        UUID(bytes=one.contract_id),
        UUID(bytes=one.owed.billed.customer_id),
        digest_of(one),
        len(charged),
        sum([charge.draft.amount_cents for charge in charged]),
        one.previous_cents,
        odd.code if odd else "",
        odd.message if odd else "",
        _json(odd.params if odd else {}),
        Decision.HOLD if odd else Decision.BILL,
    )


def _with_customers(refused: Iterable[parked.Reason]) -> list[tuple[parked.Reason, UUID]]:
    reasons = list(refused)
    ids = [reason.contract_id for reason in reasons]
    customers = dict(Contract.objects.filter(id__in=ids).values_list("id", "customer_id")) if ids else {}
    return [(reason, customers[reason.contract_id]) for reason in reasons]


def _json(params: Mapping[str, object]) -> str:
    return json.dumps(texts.stored(params))


def _changed(contract_id: UUID) -> parked.Reason:
    return parked.Reason(contract_id, rehearsal.CHANGED, rehearsal.CHANGED_MESSAGE, {})


def _note(run_id: UUID, contract_ids: Collection[UUID], decision: Decision) -> None:
    if contract_ids:
        Rehearsed.objects.filter(run_id=run_id, contract_id__in=contract_ids).update(decision=decision)
