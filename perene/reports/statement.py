"""A customer's statement: what was billed, paid, credited and taken back, with the balance after each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from perene.kit import reading


class Line(NamedTuple):
    """One entry of the books about the customer, on its day. `kind`: invoice, opening_receivable, opening_credit,
    invoice_cancelled, payment, credit, write_off, refund, reversal (of the settlement `subject_id`). `change_cents` is what
    the balance grows by. `number` is the invoice's where there is one, `due_on` of what it is about."""

    on: date
    kind: str
    subject_id: UUID
    receivable_id: UUID | None
    number: int | None
    due_on: date | None
    change_cents: int
    received_cents: int
    fine_cents: int
    interest_cents: int
    discount_cents: int
    surplus_cents: int
    text: str
    balance_cents: int

    @property
    def late_cents(self) -> int:
        return self.fine_cents + self.interest_cents


@dataclass(frozen=True, slots=True)
class Statement:
    """From `from_on` up to and with `through_on`. A balance is what the customer owes (principal that is open) less the
    credits that are open; below zero the organization owes the customer."""

    customer_id: UUID
    from_on: date
    through_on: date
    opening_cents: int
    lines: tuple[Line, ...]

    @property
    def closing_cents(self) -> int:
        return self.lines[-1].balance_cents if self.lines else self.opening_cents


# One row per entry that changes what the customer owes or is owed. Within a day they stand in the order of their ids, which is
# that of time.
_ROWS = """
WITH settled AS (
    SELECT s.*, r.unit_id, r.due_on, r.source_kind, r.source_id,
           CASE s.kind WHEN 'credit' THEN s.fine_cents + s.interest_cents - s.discount_cents
                       ELSE -s.principal_cents - s.surplus_cents END AS change_cents
      FROM receivables_settlement s JOIN receivables_receivable r ON r.id = s.receivable_id
     WHERE s.customer_id = %(customer)s)
SELECT i.issued_on, i.id, 'invoice', i.id, i.receivable_id, i.number, i.due_on, i.total_cents, 0, 0, 0, 0, 0, '', i.unit_id
  FROM billing_invoice i WHERE i.customer_id = %(customer)s AND i.total_cents <> 0
UNION ALL
SELECT e.posted_on, e.id, 'invoice_cancelled', i.id, i.receivable_id, i.number, i.due_on, -i.total_cents, 0, 0, 0, 0, 0,
       i.cancel_reason, i.unit_id
  FROM billing_invoice i JOIN ledger_entry e ON e.kind = 'invoice_cancelled' AND e.source_id = i.id
 WHERE i.customer_id = %(customer)s AND i.status = 'cancelled' AND i.total_cents <> 0
UNION ALL
SELECT e.posted_on, e.id, s.kind, s.id, s.receivable_id, i.number, s.due_on, s.change_cents, s.received_cents,
       s.fine_cents, s.interest_cents, s.discount_cents, s.surplus_cents,
       CASE s.kind WHEN 'write_off' THEN s.note ELSE s.reference END, s.unit_id
  FROM settled s JOIN ledger_entry e ON e.id = s.entry_id
  LEFT JOIN billing_invoice i ON s.source_kind = 'invoice' AND i.id = s.source_id
UNION ALL
SELECT e.posted_on, e.id, 'reversal', s.id, s.receivable_id, i.number, s.due_on, -s.change_cents, -s.received_cents,
       -s.fine_cents, -s.interest_cents, -s.discount_cents, -s.surplus_cents, s.reversal_reason, s.unit_id
  FROM settled s JOIN ledger_entry e ON e.id = s.reversal_entry_id
  LEFT JOIN billing_invoice i ON s.source_kind = 'invoice' AND i.id = s.source_id
UNION ALL
SELECT d.refunded_on, d.id, 'refund', d.id, NULL, NULL, NULL, d.amount_cents, 0, 0, 0, 0, 0, d.reference, c.unit_id
  FROM receivables_credit c JOIN receivables_creditrefund d ON d.credit_id = c.id WHERE c.customer_id = %(customer)s
UNION ALL
SELECT e.posted_on, e.id, 'opening_receivable', r.id, r.id, NULL, r.due_on, r.amount_cents, 0, 0, 0, 0, 0,
       coalesce(nullif(r.description, ''), r.external_id, ''), r.unit_id
  FROM receivables_receivable r JOIN ledger_entry e ON e.id = r.source_id
 WHERE r.customer_id = %(customer)s AND r.origin = 'opening'
UNION ALL
SELECT e.posted_on, e.id, 'opening_credit', c.id, NULL, NULL, NULL, -c.amount_cents, 0, 0, 0, 0, 0,
       coalesce(nullif(c.description, ''), c.external_id, ''), c.unit_id
  FROM receivables_credit c JOIN ledger_entry e ON e.id = c.source_id
 WHERE c.customer_id = %(customer)s AND c.source_kind = 'opening'
"""


def of_customer(
    customer_id: UUID, *, from_on: date, through_on: date, unit_ids: frozenset[UUID] | None = None
) -> Statement:
    """The statement of one customer; with `unit_ids` only of what belongs to these units. One query."""
    balance = 0
    lines = []
    opening = 0
    for row in sorted(_rows(customer_id, unit_ids), key=lambda row: row[:2]):
        on, _, kind, subject_id, *rest = row
        if on > through_on:
            break
        balance += rest[3]
        if on < from_on:
            opening = balance
            continue
        lines.append(Line(on, kind, UUID(bytes=subject_id), *rest, balance))
    return Statement(customer_id, from_on, through_on, opening, tuple(lines))


def _rows(customer_id: UUID, unit_ids: frozenset[UUID] | None) -> Iterator[tuple[Any, ...]]:
    """(day, id of the entry, kind, subject, then the fields of a line from `receivable_id` to `text`)."""
    with transaction.atomic():
        found = reading.rows(_ROWS, {"customer": customer_id})
    for *row, unit_id in found:
        if unit_ids is None or UUID(bytes=unit_id) in unit_ids:
            receivable_id = row[4]
            row[4] = None if receivable_id is None else UUID(bytes=receivable_id)
            yield tuple(row)
