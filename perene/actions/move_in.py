"""What an organization is owed and owes when it moves in: it enters the books against the opening account, once, and is
never billed by us."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from perene.apps.events import outbox
from perene.apps.receivables import opening
from perene.apps.receivables.opening import Row


@transaction.atomic(durable=True)
def receivables(rows: Sequence[Row], *, on: date, now: datetime) -> int:
    """Open receivables of the old system, all or none. Returns how many are new: one whose external id is there already is
    left as it is. Raises the Refusals of `opening.owe`, each with the `row` (from 1) that is wrong."""
    new = opening.owe(rows, on=on)
    outbox.record_many("receivable.moved_in", new, occurred_on=on)
    return len(new)


@transaction.atomic(durable=True)
def credits(rows: Sequence[Row], *, on: date, now: datetime) -> int:
    """The same for what the organization owes its customers: `due_on` is the day on which the credit was granted (None: `on`),
    `payment_method` is not asked for. Raises the Refusals of `opening.grant`."""
    new = opening.grant(rows, on=on)
    outbox.record_many("credit.moved_in", new, occurred_on=on)
    return len(new)
