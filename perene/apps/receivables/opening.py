"""Open receivables and credits of the system that an organization comes from."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from perene.apps.customers.models import Customer
from perene.apps.ledger import chart, journal
from perene.apps.organizations.models import Unit
from perene.apps.receivables.models import Credit, Receivable, ReceivableStatus
from perene.kit import bulk, ids
from perene.rules import money, terms
from perene.rules.plans import PaymentMethod
from perene.rules.refusals import Refusal

ORIGIN = "opening"


class Row(NamedTuple):
    """One of them. `external_id` is the old system's, by which it enters once; `unit_id` None is the customer's own."""

    customer_id: UUID
    unit_id: UUID | None
    external_id: str
    due_on: date | None
    amount_cents: int
    payment_method: str = PaymentMethod.BOLETO
    description: str = ""


def owe(rows: Sequence[Row], *, on: date) -> list[UUID]:
    """Receivables with their entries, posted on `on`. Returns the ids of the new ones. Refusal `unknown_customer`,
    `unknown_unit`, `external_id_missing`, `external_id_twice`, `amount_not_above_zero`, `amount_out_of_range`,
    `due_date_missing`, `date_out_of_range`, `payment_method_unknown`, `period_closed`."""
    fresh = _fresh(rows, Receivable)
    for number, row in fresh:
        if row.due_on is None:
            raise Refusal("due_date_missing", "Row {row}: the due date is missing.", row=number)
        if row.payment_method not in list(PaymentMethod):
            raise Refusal(
                "payment_method_unknown",
                "Row {row}: “{method}” is not a payment method.",
                row=number,
                method=row.payment_method[:30],
            )
    new = [ids.new() for _ in fresh]
    entry_ids = _post(
        new, fresh, kind="opening_receivable", source_kind="receivable", role="receivables", sign=1, on=on
    )
    bulk.insert(
        Receivable,
        (
            "id",
            "customer_id",
            "unit_id",
            "origin",
            "external_id",
            "description",
            "source_kind",
            "source_id",
            "payment_method",
            "due_on",
            "amount_cents",
            "open_cents",
            "status",
        ),
        (
            (
                row_id,
                row.customer_id,
                row.unit_id,
                ORIGIN,
                row.external_id,
                row.description,
                ORIGIN,
                entry_id,
                row.payment_method,
                row.due_on,
                row.amount_cents,
                row.amount_cents,
                ReceivableStatus.OPEN.value,
            )
            for row_id, entry_id, (_, row) in zip(new, entry_ids, fresh, strict=True)
        ),
    )
    return new


def grant(rows: Sequence[Row], *, on: date) -> list[UUID]:
    """Credits with their entries, posted on `on`. Returns the ids of the new ones. Refusals as `owe`."""
    fresh = _fresh(rows, Credit)
    new = [ids.new() for _ in fresh]
    entry_ids = _post(
        new, fresh, kind="opening_credit", source_kind="credit", role="customer_credits", sign=-1, on=on
    )
    bulk.insert(
        Credit,
        (
            "id",
            "customer_id",
            "unit_id",
            "external_id",
            "description",
            "source_kind",
            "source_id",
            "granted_on",
            "amount_cents",
            "open_cents",
        ),
        (
            (
                row_id,
                row.customer_id,
                row.unit_id,
                row.external_id,
                row.description,
                ORIGIN,
                entry_id,
                row.due_on or on,
                row.amount_cents,
                row.amount_cents,
            )
            for row_id, entry_id, (_, row) in zip(new, entry_ids, fresh, strict=True)
        ),
    )
    return new


def _fresh(rows: Sequence[Row], model: type[Receivable] | type[Credit]) -> list[tuple[int, Row]]:
    """The rows that are not there yet, with their numbers and units."""
    units = dict(
        Customer.objects.filter(id__in={row.customer_id for row in rows}).values_list("id", "unit_id")
    )
    known_units = set(Unit.objects.values_list("id", flat=True))
    there = set(
        model.objects.filter(external_id__in=[row.external_id for row in rows]).values_list(
            "external_id", flat=True
        )
    )
    seen: set[str] = set()
    found = []
    for number, row in enumerate(rows, start=1):
        _check(row, number)
        if row.customer_id not in units:
            raise Refusal("unknown_customer", "Row {row}: there is no such customer.", row=number)
        unit_id = row.unit_id or units[row.customer_id]
        if unit_id not in known_units:
            raise Refusal("unknown_unit", "Row {row}: there is no such unit.", row=number)
        if row.external_id in seen:
            raise Refusal(
                "external_id_twice",
                "Row {row}: the number {external_id} stands twice in the file.",
                row=number,
                external_id=row.external_id[:80],
            )
        seen.add(row.external_id)
        if row.external_id not in there:
            found.append((number, row._replace(unit_id=unit_id)))
    return found


def _check(row: Row, number: int) -> None:
    if not row.external_id.strip():
        raise Refusal(
            "external_id_missing",
            "Row {row}: give the number it has in the old system, so that it enters once.",
            row=number,
        )
    if money.check(row.amount_cents) <= 0:
        raise Refusal("amount_not_above_zero", "Row {row}: the amount must be above zero.", row=number)
    if row.due_on is not None:
        terms.check_day(row.due_on)


def _post(
    new: list[UUID],
    fresh: list[tuple[int, Row]],
    *,
    kind: str,
    source_kind: str,
    role: str,
    sign: int,
    on: date,
) -> list[UUID]:
    """The entry of each, which becomes its source."""
    roles = chart.by_role()
    return journal.post_many(
        posted_on=on,
        kind=kind,
        source_kind=source_kind,
        drafts=[
            journal.Draft(
                row_id,
                [(roles[role], sign * row.amount_cents), (roles["opening"], -sign * row.amount_cents)],
            )
            for row_id, (_, row) in zip(new, fresh, strict=True)
        ],
    )
