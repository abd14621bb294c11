"""The second factor: a code of six digits that changes every thirty seconds (TOTP, RFC 6238), and recovery codes for who lost
the telephone. Each step and each recovery code counts once."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import pyotp
from django.db import connection

from perene.kit import crypto

ISSUER = "Perene"
STEP_SECONDS = 30
# A telephone's clock may be a step early or late.
_STEPS_ASIDE = (0, -1, 1)
_RECOVERY_CODES = 10
# Without 0/o, 1/l/i: read from paper.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Factor(NamedTuple):
    """`secret` is open here; keep it out of logs."""

    secret: str
    last_step: int
    codes_left: int


def of(person_id: UUID) -> Factor | None:
    """The person's second factor; None when they have none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, last_step, codes_left FROM perene_second_factor(%s)", [person_id])
        row = cursor.fetchone()
    return None if row is None else Factor(crypto.open(row[0]), int(row[1]), int(row[2]))


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, *, email: str) -> str:
    """What the QR says: otpauth://…"""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The step that the code belongs to; None when it belongs to none of now."""
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit()):
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    for aside in _STEPS_ASIDE:
        if secrets.compare_digest(pyotp.TOTP(secret).generate_otp(present + aside), typed):
            return present + aside
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes like k7m2p-9xwqe (49 bits each), shown once."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2))
        for _ in range(_RECOVERY_CODES)
    ]


def turn_on(
    person_id: UUID, *, proven: str, secret: str, used_step: int, recovery_codes: Sequence[str]
) -> bool:
    """Keep it for who proved their password; the step that showed it works is used up. Whether it was kept."""
    digests = [_digest_of_code(person_id, code) for code in recovery_codes]
    return _set(person_id, proven, crypto.seal(secret), used_step, digests)


def turn_off(person_id: UUID, *, proven: str) -> bool:
    return _set(person_id, proven, None, 0, [])


def use(person_id: UUID, code: str, *, now: datetime) -> bool:
    """Whether the code is right, and was not used before: a code of the telephone or a recovery code."""
    factor = of(person_id)
    if factor is None:
        return False
    step = step_of(factor.secret, code, now=now)
    with connection.cursor() as cursor:
        if step is not None:
            cursor.execute("SELECT perene_second_factor_step(%s, %s)", [person_id, step])
        else:
            cursor.execute(
                "SELECT perene_recovery_use(%s, %s)", [person_id, _digest_of_code(person_id, code)]
            )
        return bool(cursor.fetchone()[0])


def _set(person_id: UUID, proven: str, sealed: str | None, step: int, digests: list[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT perene_second_factor_set(%s, %s, %s, %s, %s)", [person_id, proven, sealed, step, digests]
        )
        return bool(cursor.fetchone()[0])


def _digest_of_code(person_id: UUID, code: str) -> str:
    """A recovery code has fewer bits than a key, so its digest is keyed: the table alone lets nobody guess it."""
    return crypto.keyed_digest(f"recovery:{person_id}:{code.strip().lower()}")
