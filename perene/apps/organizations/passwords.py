"""Passwords: hashed here, compared in the database, which never gives a hash away (decision 0004)."""

from base64 import b64decode
from datetime import datetime
from uuid import UUID

from argon2.low_level import Type, hash_secret
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection

from perene.rules.refusals import Refusal

_HASH_BYTES = 32


def encode(password: str) -> str:
    """The hash to keep. Refusal `weak_password`."""
    try:
        validate_password(password)
    except ValidationError:
        raise Refusal(
            "weak_password", "Choose a password of at least 10 characters that is not a common one."
        ) from None
    return make_password(password)


def unusable() -> str:
    """What is kept where there is no password yet."""
    return make_password(None)


def proof(person_id: UUID | None, password: str) -> str | None:
    """What only who knows the password can make: its hash under the person's own salt. None when they have no password (or
    nobody is meant), at the same cost, so that time does not tell which e-mails exist."""
    head = None
    if person_id is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT perene_password_head(%s)", [person_id])
            head = cursor.fetchone()[0]
    if head is None:
        make_password(password)
        return None
    return hash_like(head, password)


def matches(person_id: UUID, proven: str | None) -> bool:
    if proven is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT perene_password_matches(%s, %s)", [person_id, proven])
        return bool(cursor.fetchone()[0])


def change(person_id: UUID, *, proven: str | None, encoded: str) -> bool:
    """Set a new password for who proved the present one; whether it was set."""
    if proven is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT perene_password_change(%s, %s, %s)", [person_id, proven, encoded])
        return bool(cursor.fetchone()[0])


def make_link(person_id: UUID, *, digest: str, until: datetime, drops_second_factor: bool) -> bool:
    """Let whoever has the link of this digest set a new password, once, until then. False for a person who also works
    elsewhere: the link would open that too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT perene_password_link(%s, %s, %s, %s)", [person_id, digest, until, drops_second_factor]
        )
        return bool(cursor.fetchone()[0])


def make_link_as_operator(email: str, *, digest: str, until: datetime, drops_second_factor: bool) -> bool:
    """The same for anybody, over the connection of the database's owner alone. False when nobody has this e-mail."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT perene_password_link_of_operator(%s, %s, %s, %s)",
            [email, digest, until, drops_second_factor],
        )
        return bool(cursor.fetchone()[0])


def owner_of_link(digest: str, *, now: datetime) -> tuple[UUID, int] | None:
    """Whose password a link sets, and an organization of theirs; None when it is used, replaced or too old."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id, organization_id, until FROM perene_password_link_of(%s)", [digest])
        row = cursor.fetchone()
    return (row[0], int(row[1])) if row is not None and row[2] > now else None


def set_by_link(digest: str, *, encoded: str, now: datetime) -> bool:
    """Use the link up; whether it was still good."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT perene_password_by_link(%s, %s, %s)", [digest, encoded, now])
        return bool(cursor.fetchone()[0])


def hash_like(head: str, password: str) -> str:
    """The hash with the parameters and the salt of `head` (argon2$argon2id$v=19$m=…,t=…,p=…$salt), in the same notation."""
    algorithm, variety, version, parameters, salt = head.split("$")
    cost = dict(part.split("=") for part in parameters.split(","))
    if (algorithm, variety) != ("argon2", "argon2id"):
        raise ValueError(f"Not a hash of ours: {algorithm} {variety}")
    hashed = hash_secret(
        password.encode(),
        b64decode(salt + "=" * (-len(salt) % 4)),
        time_cost=int(cost["t"]),
        memory_cost=int(cost["m"]),
        parallelism=int(cost["p"]),
        hash_len=_HASH_BYTES,
        type=Type.ID,
        version=int(version.removeprefix("v=")),
    )
    return f"{algorithm}{hashed.decode()}"
