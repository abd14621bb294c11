"""The same request asked twice, answered once: a caller's `Idempotency-Key` and what it was answered.

Two things guard it. A lock of the session, which the database lets go of when the process dies, tells that the first is still
at work. The row tells what came of it: with an answer, that is given again; without one (and the lock free), whoever was at
work died, and what they did is unknown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from perene.apps.inbox.models import IdempotencyKey
from perene.kit import crypto, ids, locks
from perene.rules.refusals import Refusal

# How long an answer is given again.
KEPT = timedelta(hours=48)
# Old rows go with new ones, a few at a time.
SWEPT = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that was given; both None: nobody knows whether it was done."""

    status_code: int | None
    answer: str | None


@contextmanager
def working(caller_id: UUID, key: str) -> Iterator[bool]:
    """Whether this process alone works on the key; until the block ends, or the process."""
    with locks.held_if_free(f"perene.idempotency.{caller_id}.{key}") as is_alone:
        yield is_alone


def claim(caller_id: UUID, key: str, *, request_digest: str, now: datetime) -> Kept | None:
    """Begin: None when nobody asked this before, else what is known. Call inside `working`. Raises Refusal
    `idempotency_key_reused` for another request under the same key."""
    _forget_old(now=now)
    _, is_new = IdempotencyKey.objects.get_or_create(
        caller_id=caller_id,
        key=key,
        defaults={"id": ids.new(), "request_digest": request_digest, "created_at": now},
    )
    if is_new:
        return None
    row = IdempotencyKey.objects.get(caller_id=caller_id, key=key)
    if row.request_digest != request_digest:
        raise Refusal(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request: use a new one for each thing you ask.",
        )
    if row.status_code is None:
        return Kept(None, None)
    return Kept(row.status_code, crypto.open(row.answer))


def keep(caller_id: UUID, key: str, *, status_code: int, answer: str) -> None:
    """What the caller is answered, now and when they ask again. Sealed: it may hold a secret, and names of people."""
    IdempotencyKey.objects.filter(caller_id=caller_id, key=key).update(
        status_code=status_code, answer=crypto.seal(answer)
    )


def forget(caller_id: UUID, key: str) -> None:
    """Nothing was done: the key is as if it had never been used."""
    IdempotencyKey.objects.filter(caller_id=caller_id, key=key, status_code__isnull=True).delete()


def _forget_old(*, now: datetime) -> None:
    old = IdempotencyKey.objects.filter(created_at__lt=now - KEPT).order_by("created_at")
    if found := list(old.values_list("id", flat=True)[:SWEPT]):
        IdempotencyKey.objects.filter(id__in=found).delete()
