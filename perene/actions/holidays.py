"""Holidays of the organization's own city: what is due on them may be paid on the next banking day."""

from datetime import date
from uuid import UUID

from django.db import transaction

from perene.apps.policies import holidays


@transaction.atomic(durable=True)
def add(*, day: date, name: str) -> UUID:
    """Returns the holiday's id. Refusal `holiday_name_missing`, `holiday_exists`."""
    return holidays.add(day=day, name=name)


@transaction.atomic(durable=True)
def remove(holiday_id: UUID) -> None:
    """Refusal `holiday_unknown`."""
    holidays.remove(holiday_id)
