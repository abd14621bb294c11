"""API keys: how a program enters, and what it may do there. Only a digest is kept; the key itself is shown once."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from perene.apps.organizations import organizations, permissions
from perene.apps.organizations.models import ApiKey, ApiKeyUnit, Unit
from perene.kit import crypto, ids, tenancy
from perene.rules.refusals import Refusal

RANDOM_BYTES = 32
# `pk_live_` and as much of the random part as tells keys apart.
PREFIX_LENGTH = 14
LONGEST_NAME = 80
# A program neither lets people in nor makes other keys: one that leaked could not be taken back by revoking it.
# The dashboard and the keys themselves are for people.
GRANTABLE = permissions.of("owner", all_units=True) - {
    "people.write",
    "keys.write",
    "keys.read",
    "panel.read",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A key at work. `unit_ids` None = all units."""

    key_id: UUID
    name: str
    prefix: str
    scopes: frozenset[str]
    unit_ids: frozenset[UUID] | None

    def may(self, permission: str) -> bool:
        return permission in self.scopes


@dataclass(frozen=True, slots=True)
class Made:
    """A new key. `secret` is the key itself: nobody can read it again."""

    key_id: UUID
    secret: str


def where(secret: str) -> tuple[UUID, int] | None:
    """Whose key this is (key, organization); None for an unknown or revoked one. Asked unscoped, ids only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key_id, organization_id FROM perene_api_key(%s)", [crypto.digest(secret)])
        row = cursor.fetchone()
    return None if row is None else (row[0], int(row[1]))


def caller(key_id: UUID, *, now: datetime) -> tuple[Caller, date | None] | None:
    """The key in the present organization and the day of its last use; None when it expired or was revoked."""
    key = ApiKey.objects.filter(id=key_id, revoked_at__isnull=True).first()
    if key is None or (key.expires_at is not None and key.expires_at <= now):
        return None
    units = None
    if not key.all_units:
        units = frozenset(ApiKeyUnit.objects.filter(api_key=key).values_list("unit_id", flat=True))
    scopes = frozenset(key.scopes) & GRANTABLE
    if units is not None:
        scopes -= permissions.WHOLE_ORGANIZATION
    return Caller(key.id, key.name, key.prefix, scopes, units), key.last_used_on


def note_use(key_id: UUID, *, on: date) -> None:
    """Once a day is enough to know whether a key is still in use."""
    ApiKey.objects.filter(id=key_id).exclude(last_used_on=on).update(last_used_on=on)


def create(
    *,
    name: str,
    scopes: Collection[str],
    unit_ids: Collection[UUID] | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> Made:
    """A new key; `unit_ids` None = all units. Raises Refusal `key_name_missing`, `key_name_too_long`, `key_scopes_missing`,
    `key_scope_unknown`, `key_units_missing`, `key_units_unknown`, `key_expired_already`."""
    name = name.strip()
    if not name:
        raise Refusal("key_name_missing", "Give the key a name that says which program uses it.")
    if len(name) > LONGEST_NAME:
        raise Refusal(
            "key_name_too_long", "Give the key a name of at most {high} letters.", high=LONGEST_NAME
        )
    if not scopes:
        raise Refusal("key_scopes_missing", "Choose at least one thing that the key may do.")
    for scope in sorted(scopes):
        if scope not in GRANTABLE:
            raise Refusal("key_scope_unknown", "A key cannot be given “{scope}”.", scope=scope)
    units = None if unit_ids is None else list(Unit.objects.filter(id__in=unit_ids).order_by("id"))
    if unit_ids is not None and units == []:
        raise Refusal("key_units_missing", "Choose the units of the key, or give it all of them.")
    if units is not None and len(units) != len(set(unit_ids or ())):
        raise Refusal("key_units_unknown", "One of the units does not exist: choose those of the list.")
    if expires_at is not None and expires_at <= now:
        raise Refusal("key_expired_already", "Choose a day after today for the end of the key.")
    kind = "test" if organizations.present().is_sandbox else "live"
    secret = f"pk_{kind}_{secrets.token_urlsafe(RANDOM_BYTES)}"
    key = ApiKey.objects.create(
        id=ids.new(),
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=crypto.digest(secret),
        scopes=sorted(scopes),
        all_units=units is None,
        created_at=now,
        created_by_id=tenancy.person_id(),
        expires_at=expires_at,
    )
    for unit in units or ():
        ApiKeyUnit.objects.create(id=ids.new(), api_key=key, unit=unit)
    return Made(key.id, secret)


def revoke(key_id: UUID, *, now: datetime) -> None:
    """It opens nothing from now on. Refusal `key_revoked_already`."""
    if not ApiKey.objects.filter(id=key_id, revoked_at__isnull=True).update(revoked_at=now):
        raise Refusal("key_revoked_already", "This key was revoked before.")
