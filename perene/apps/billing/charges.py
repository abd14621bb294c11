"""Charges that wait outside a run's own cycles: credits of a cancellation, charges given back by a reversal."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db import connection

from perene.apps.billing.models import Charge, ChargeStatus
from perene.kit import bulk, ids
from perene.rules.charging import Draft, Kind, Line, RowId
from perene.rules.invoicing import Charged
from perene.rules.price_lines import CalcType, LinePrice
from perene.rules.recurrence import CONTINUOUS

# A waiting charge has its amount already: its line is only named, never priced again.
UNPRICED = LinePrice(CalcType.PRICE)


def add_pending(contract_id: UUID, drafts: Sequence[Draft]) -> None:
    """Store charges that the next run will invoice. Raises IntegrityError (`cycle_charged_once`) for one that exists."""
    Charge.objects.bulk_create(
        Charge(
            id=ids.new(),
            contract_id=contract_id,
            line_id=draft.line.id,
            kind=draft.kind,
            cycle=draft.cycle,
            part=draft.part,
            status=ChargeStatus.PENDING,
            charge_on=draft.charge_on,
            due_on=draft.due_on,
            period_start=draft.period_start,
            period_end=draft.period_end,
            amount_cents=draft.amount_cents,
            derivation=draft.derivation,
        )
        for draft in drafts
    )


def pending_of(*, first_key: UUID, last_key: UUID, through: date) -> dict[bytes, list[Charged]]:
    """Charges of a slice's contracts that wait for an invoice, due on `through` at the earliest. Ids as bytes."""
    found: dict[bytes, list[Charged]] = {}
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT ch.id, ch.contract_id, ch.line_id, l.account_id, l.description, ch.kind, ch.cycle, ch.part,
                   ch.charge_on, greatest(ch.due_on, %(through)s), ch.period_start, ch.period_end, ch.amount_cents,
                   ch.derivation
              FROM billing_charge ch
              JOIN contracts_billingterms t ON t.organization_id = ch.organization_id AND t.contract_id = ch.contract_id
              JOIN contracts_contractline l ON l.organization_id = ch.organization_id AND l.id = ch.line_id
             WHERE ch.status = 'pending' AND ch.charge_on <= %(through)s
               AND t.batch_key BETWEEN %(first)s AND %(last)s
             ORDER BY ch.contract_id, ch.kind, ch.cycle, l.position, ch.part
            """,
            {"first": first_key, "last": last_key, "through": through},
        )
        for row in cursor.fetchall():
            line = Line(row[2], row[3], row[4], UNPRICED, CONTINUOUS)
            found.setdefault(row[1], []).append(Charged(row[1], Draft(line, *row[5:]), row[0]))
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


def _uuid(row_id: RowId) -> UUID:
    return UUID(bytes=row_id) if isinstance(row_id, bytes) else row_id


def charged_beyond(contract_id: UUID, ends_on: date) -> list[tuple[UUID, int, int, date]]:
    """(line, cycle, part, end of its period) of recurring charges that are invoiced for days from `ends_on` on."""
    return list(
        Charge.objects.filter(
            contract_id=contract_id,
            kind=Kind.RECURRING,
            status=ChargeStatus.INVOICED,
            period_end__gt=ends_on,
        )
        .order_by("cycle", "id")
        .values_list("line_id", "cycle", "part", "period_end")
    )
