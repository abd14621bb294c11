"""Closing an accounting period, and opening it again."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.ledger import closings
from perene.rules.refusals import Refusal


@transaction.atomic(durable=True)
def close(*, through_on: date, on: date, now: datetime) -> UUID:
    """No entry is posted through that day from now on. Returns the closing's id. Refusal `period_not_over`,
    `period_already_closed`."""
    if through_on >= on:
        raise Refusal(
            "period_not_over", "Only days that are over can be closed: choose a day before {on}.", on=on
        )
    return closings.close(through_on=through_on, now=now)


@transaction.atomic(durable=True)
def reopen(closing_id: UUID, *, reason: str, now: datetime) -> None:
    """Take the latest closing back; the reason is kept. Raises the Refusals of `closings.reopen`."""
    closings.reopen(closing_id, reason=reason, now=now)
