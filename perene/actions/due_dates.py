"""A receivable is due on another day than was agreed."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.events import outbox
from perene.apps.receivables import due_dates, receivables


@transaction.atomic(durable=True)
def extend(receivable_id: UUID, *, due_on: date, reason: str, on: date, now: datetime) -> None:
    """Late charges count from the new day, and nothing that was owed for being late until now is owed any more. Refusal
    `receivable_unknown` and those of `due_dates.change`."""
    receivable = receivables.locked(receivable_id)
    from_on = receivable.due_on
    due_dates.change(receivable, due_on=due_on, reason=reason, on=on, now=now)
    outbox.record(
        "receivable.due_date_changed",
        subject_id=receivable_id,
        occurred_on=on,
        from_on=from_on.isoformat(),
        due_on=due_on.isoformat(),
    )
