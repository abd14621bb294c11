"""Recording what happened, in the transaction in which it happened."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from perene.apps.events.models import Event
from perene.kit import bulk, ids


def record(kind: str, *, subject_id: UUID, occurred_on: date, **payload: object) -> UUID:
    """Append one event. `payload` is JSON: ids as text, amounts in centavos. Returns its id."""
    made = ids.new()
    Event.objects.create(id=made, kind=kind, subject_id=subject_id, occurred_on=occurred_on, payload=payload)
    return made


def record_many(kind: str, subject_ids: Sequence[UUID], *, occurred_on: date) -> None:
    """Append the same event for many subjects."""
    bulk.insert(
        Event,
        ("id", "kind", "subject_id", "occurred_on", "payload"),
        ((ids.new(), kind, subject_id, occurred_on, "{}") for subject_id in subject_ids),
    )
