"""What was asked with an `Idempotency-Key`: claimed before it is done, its answer kept afterwards. Each function is one
transaction; what is asked for lies between two of them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from perene.apps.inbox import idempotency
from perene.apps.inbox.idempotency import Kept


@transaction.atomic(durable=True)
def begin(caller_id: UUID, key: str, *, request_digest: str, now: datetime) -> Kept | None:
    """As `idempotency.claim`."""
    return idempotency.claim(caller_id, key, request_digest=request_digest, now=now)


@transaction.atomic(durable=True)
def finish(caller_id: UUID, key: str, *, status_code: int, answer: str) -> None:
    """It was done: this is the answer, from now on."""
    idempotency.keep(caller_id, key, status_code=status_code, answer=answer)


@transaction.atomic(durable=True)
def take_back(caller_id: UUID, key: str) -> None:
    """It was refused and nothing was done: the key is free."""
    idempotency.forget(caller_id, key)
