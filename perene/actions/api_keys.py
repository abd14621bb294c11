"""A program's way in: made, used, revoked. Each function is one transaction."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.organizations import api_keys
from perene.apps.organizations.api_keys import Made


@transaction.atomic(durable=True)
def create(
    *,
    name: str,
    scopes: Collection[str],
    unit_ids: Collection[UUID] | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> Made:
    """A new key for the present organization, limited to `unit_ids` unless that is None. Raises the Refusals of
    `api_keys.create`."""
    return api_keys.create(name=name, scopes=scopes, unit_ids=unit_ids, expires_at=expires_at, now=now)


@transaction.atomic(durable=True)
def revoke(key_id: UUID, *, now: datetime) -> None:
    """Refusal `key_revoked_already`."""
    api_keys.revoke(key_id, now=now)


@transaction.atomic(durable=True)
def note_use(key_id: UUID, *, on: date) -> None:
    """The key was used on that day."""
    api_keys.note_use(key_id, on=on)
