"""Charges that wait outside a run's own cycles: credits of a cancellation, charges given back by a reversal, charges that a
person entered."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Least

from perene.apps.billing.models import Charge, ChargeStatus, InvoiceLine
from perene.kit import bulk, ids
from perene.rules.by_hand import UNPRICED
from perene.rules.charging import Draft, Kind, Line, RowId
from perene.rules.invoicing import Charged
from perene.rules.recurrence import CONTINUOUS


class Waiting(NamedTuple):
    """Charges that wait, by contract (its id as bytes): those for an invoice now, and the day on which the next ones come."""

    now: dict[bytes, list[Charged]]
    later: dict[bytes, date]


def add_waiting(contract_id: UUID, drafts: Sequence[Draft], *, status: str = ChargeStatus.PENDING) -> None:
    """Store charges that the next run will invoice, or that are held. Raises IntegrityError (`cycle_charged_once`) for one
    that exists."""
    Charge.objects.bulk_create(
        Charge(
            id=ids.new(),
            contract_id=contract_id,
            line_id=draft.line.id,
            kind=draft.kind,
            cycle=draft.cycle,
            part=draft.part,
            status=status,
            charge_on=draft.charge_on,
            due_on=draft.due_on,
            period_start=draft.period_start,
            period_end=draft.period_end,
            amount_cents=draft.amount_cents,
            derivation=draft.derivation,
        )
        for draft in drafts
    )


def pending_of(*, first_key: UUID, last_key: UUID, through: date, issued_on: date) -> Waiting:
    """Charges of a slice's contracts that wait for an invoice; those of `through` or earlier are due on `issued_on` at the
    earliest. A waiting charge has its amount already: its line is only named, never priced again."""
    waiting = Waiting({}, {})
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT ch.id, ch.contract_id, ch.line_id, coalesce(l.account_id, ch.account_id),
                   coalesce(l.description, ch.description), ch.kind, ch.cycle, ch.part,
                   ch.charge_on, greatest(ch.due_on, %(issued_on)s), ch.period_start, ch.period_end, ch.amount_cents,
                   ch.derivation
              FROM billing_charge ch
              JOIN contracts_billingterms t ON t.organization_id = ch.organization_id AND t.contract_id = ch.contract_id
              LEFT JOIN contracts_contractline l ON l.organization_id = ch.organization_id AND l.id = ch.line_id
             WHERE ch.status = 'pending' AND t.batch_key BETWEEN %(first)s AND %(last)s
             ORDER BY ch.contract_id, ch.kind, ch.cycle, l.position, ch.part, ch.id
            """,
            {"first": first_key, "last": last_key, "issued_on": issued_on},
        )
        for row in cursor.fetchall():
            charge_id, contract_id, line_id, account_id, description, *draft = row
            charge_on: date = draft[3]
            if charge_on > through:
                waiting.later[contract_id] = min(charge_on, waiting.later.get(contract_id, date.max))
                continue
            line = Line(line_id, account_id, description, UNPRICED, CONTINUOUS)
            waiting.now.setdefault(contract_id, []).append(
                Charged(contract_id, Draft(line, *draft), charge_id)
            )
    return waiting


def next_waiting_on(contract_id: UUID) -> date | None:
    """The first day on which a run has a waiting charge of the contract to invoice."""
    waiting = Charge.objects.filter(contract_id=contract_id, status=ChargeStatus.PENDING)
    found: date | None = waiting.aggregate(first_on=Min("charge_on"))["first_on"]
    return found


def consume(charge_ids: Iterable[RowId]) -> int:
    """Mark waiting charges as invoiced; returns how many were still waiting."""
    wanted = [UUID(bytes=one) if isinstance(one, bytes) else one for one in charge_ids]
    return Charge.objects.filter(id__in=wanted, status=ChargeStatus.PENDING).update(
        status=ChargeStatus.INVOICED
    )


def billed_already(wanted: Iterable[Charged]) -> dict[bytes, int]:
    """Of charges on their way into an invoice, those that the database would refuse: new ones that exist already, waiting
    ones that an invoice has already. Contract (its id as bytes) → the first such cycle."""
    drafts = list(wanted)
    new = [charge.draft for charge in drafts if charge.charge_id is None]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT ch.contract_id, min(ch.cycle) FROM (
                SELECT ch.contract_id, ch.cycle FROM billing_charge ch
                  JOIN unnest(%s::uuid[], %s::text[], %s::int[], %s::int[]) AS n(line_id, kind, cycle, part)
                    ON n.line_id = ch.line_id AND n.kind = ch.kind AND n.cycle = ch.cycle AND n.part = ch.part
                UNION ALL
                SELECT ch.contract_id, ch.cycle FROM billing_charge ch
                  JOIN billing_invoiceline l ON l.charge_id = ch.id AND NOT l.is_reversed
                 WHERE ch.id = ANY(%s)
            ) ch GROUP BY ch.contract_id
            """,
            [
                [_uuid(draft.line.id) for draft in new],
                [draft.kind for draft in new],
                [draft.cycle for draft in new],
                [draft.part for draft in new],
                [_uuid(charge.charge_id) for charge in drafts if charge.charge_id is not None],
            ],
        )
        return {contract_id.bytes: cycle for contract_id, cycle in cursor.fetchall()}


def _uuid(row_id: RowId | None) -> UUID | None:
    return UUID(bytes=row_id) if isinstance(row_id, bytes) else row_id


def cancel_unbegun(contract_id: UUID, *, from_on: date) -> None:
    """Recurring charges that no invoice has, of periods that begin on `from_on` or later, are not owed any more."""
    Charge.objects.filter(
        contract_id=contract_id,
        kind=Kind.RECURRING,
        status__in=[ChargeStatus.PENDING, ChargeStatus.HELD],
        period_start__gte=from_on,
    ).update(status=ChargeStatus.CANCELLED)


def charged_beyond(contract_id: UUID, ends_on: date) -> list[tuple[UUID, int, int, date, str]]:
    """(line, cycle, part, end of its period, status) of recurring charges for days from `ends_on` on: invoiced, or given back
    by a cancelled invoice and waiting for the next."""
    return list(
        Charge.objects.filter(
            contract_id=contract_id,
            kind=Kind.RECURRING,
            status__in=[ChargeStatus.INVOICED, ChargeStatus.PENDING, ChargeStatus.HELD],
            period_end__gt=ends_on,
        )
        .order_by("cycle", "id")
        .values_list("line_id", "cycle", "part", "period_end", "status")
    )


def held_of_run(run_id: UUID) -> list[UUID]:
    """Contracts with charges that the reversal of this run gave back and nobody released yet."""
    lines = InvoiceLine.objects.filter(invoice__run_id=run_id, is_reversed=True)
    found = Charge.objects.filter(status=ChargeStatus.HELD, id__in=lines.values("charge_id"))
    return list(found.values_list("contract_id", flat=True).distinct())


def release(contract_ids: Collection[UUID], *, on: date, now: datetime) -> list[UUID]:
    """The held charges of these contracts wait for the next run again, also those that were invoiced ahead of their day.
    Returns the contracts that had any."""
    held = Charge.objects.filter(
        contract_id__in=contract_ids, status=ChargeStatus.HELD, contract__isnull=False
    )
    found = list(held.values_list("contract_id", flat=True).distinct())
    held.update(status=ChargeStatus.PENDING, charge_on=Least("charge_on", on), released_at=now)
    return found


def held_count() -> int:
    """Contracts with held charges."""
    return Charge.objects.filter(status=ChargeStatus.HELD).values("contract_id").distinct().count()
