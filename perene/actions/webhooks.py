"""An organization's addresses for webhooks, as people and programs change them. Each function is one transaction."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.events import deliveries, endpoints, outbox
from perene.apps.events import kinds as event_kinds
from perene.gateways.webhooks import signing
from perene.kit import queue, tenancy
from perene.rules.refusals import Refusal


@transaction.atomic(durable=True)
def add(url: str, *, kinds: Sequence[str] = (), description: str = "", now: datetime) -> tuple[UUID, str]:
    """A new address; `kinds` empty = every event. Returns its id and its secret, which is told this once. Refusals of
    `endpoints.add`."""
    secret = signing.new_secret()
    made = endpoints.add(url, kinds=kinds, description=description, secret=secret, now=now)
    return UUID(str(made.id)), secret


@transaction.atomic(durable=True)
def change(
    endpoint_id: UUID,
    *,
    url: str | None = None,
    kinds: Sequence[str] | None = None,
    description: str | None = None,
    is_active: bool | None = None,
) -> None:
    """Change what is given (None = leave it); `is_active` switches it off and on. Refusals of `endpoints.change`."""
    endpoints.change(endpoint_id, url=url, kinds=kinds, description=description, is_active=is_active)


@transaction.atomic(durable=True)
def rotate(endpoint_id: UUID, *, now: datetime) -> str:
    """A new secret, told this once; the one before signs beside it for `endpoints.OVERLAP`. Refusal `endpoint_not_found`."""
    secret = signing.new_secret()
    endpoints.rotate(endpoint_id, secret=secret, now=now)
    return secret


@transaction.atomic(durable=True)
def remove(endpoint_id: UUID) -> None:
    """Forget the address with its deliveries. Refusal `endpoint_not_found`."""
    endpoints.remove(endpoint_id)


@transaction.atomic(durable=True)
def resend(delivery_id: UUID, *, now: datetime) -> None:
    """Send a delivery again at once, under the same webhook-id. Refusals of `deliveries.again`."""
    _wake(deliveries.again(delivery_id, now=now))


@transaction.atomic(durable=True)
def ping(endpoint_id: UUID, *, now: datetime, on: date) -> UUID:
    """Send this address alone an event that means nothing, to see whether it answers. Returns the delivery's id. Refusal
    `endpoint_not_found`, `endpoint_switched_off`."""
    endpoint = endpoints.locked(endpoint_id)
    if not endpoint.is_active:
        raise Refusal(
            "endpoint_switched_off", "The address of this delivery is switched off: switch it on first."
        )
    event_id = outbox.record(event_kinds.PING, subject_id=endpoint_id, occurred_on=on)
    made = deliveries.add(endpoint, event_id, now=now)
    _wake(endpoint_id)
    return made


def _wake(endpoint_id: UUID) -> None:
    queue.enqueue(
        "deliver",
        lock=f"deliver:{endpoint_id}",
        organization_id=tenancy.organization_id(),
        endpoint_id=str(endpoint_id),
    )
