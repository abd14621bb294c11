"""Telling endpoints what happened. `spread` is one transaction. `due` calls outside, so it is three steps: a transaction that
notes the tries, the calls, a transaction that records what came of them. Whoever dies in between leaves tries that are made
again: a receiver hears of an event at least once, under one webhook-id."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.events import alerts, deliveries, endpoints
from perene.apps.events.deliveries import Claimed
from perene.apps.events.models import DeliveryStatus, Endpoint, Event
from perene.apps.organizations import organizations
from perene.gateways.webhooks import sending, signing
from perene.gateways.webhooks.sending import Answer, Call
from perene.kit import crypto, ids
from perene.rules.refusals import Refusal, Text

# Calls at a time to one endpoint that answers, and to one that does not.
TOGETHER = 10
WHILE_FAILING = 1
GONE = 410

SWITCHED_OFF = Text(
    "The address {url} for webhooks did not answer and was switched off: mend it and switch it on again."
)
GIVEN_UP = Text(
    "Events could not be delivered to {url} and were given up: see its deliveries and send them again."
)


def spread(*, now: Callable[[], datetime]) -> int:
    """Make deliveries of what happened, for every active endpoint. Returns how many were made."""
    made = 0
    for endpoint_id, after in _places():
        place: UUID | None = after
        while place is not None:
            count, place = _spread_chunk(endpoint_id, after=place, now=now())
            made += count
    return made


def due(endpoint_id: UUID, *, now: Callable[[], datetime], on: date) -> bool:
    """Try what is due at one endpoint, some at a time. Whether there may be more to do at once: an endpoint that does not
    answer is left alone until its next turn."""
    noted = _note(endpoint_id, now=now())
    if noted is None:
        return False
    claimed, calls = noted
    answers = sending.send(calls) if calls else [Answer(None, "secret", "", 0)] * len(claimed)
    _record(endpoint_id, claimed, answers, now=now(), on=on)
    return bool(claimed) and all(answer.is_success for answer in answers)


@transaction.atomic(durable=True)
def forget_old(*, now: datetime) -> bool:
    """Delete some of what was delivered long ago; whether there may be more."""
    return deliveries.forget_old(now=now) == deliveries.CHUNK


@transaction.atomic(durable=True)
def _places() -> list[tuple[UUID, UUID]]:
    """Each active endpoint and how far it has heard."""
    return list(Endpoint.objects.filter(is_active=True).order_by("id").values_list("id", "seen_event_id"))


@transaction.atomic(durable=True)
def _spread_chunk(endpoint_id: UUID, *, after: UUID, now: datetime) -> tuple[int, UUID | None]:
    """How many were made, and where to go on; None = there is no more."""
    try:
        endpoint = endpoints.locked(endpoint_id)
    except Refusal:  # removed meanwhile
        return 0, None
    done = deliveries.spread(endpoint, after=after, now=now)
    return done.made, done.last_id if done.looked_at == deliveries.CHUNK else None


@transaction.atomic(durable=True)
def _note(endpoint_id: UUID, *, now: datetime) -> tuple[list[Claimed], list[Call]] | None:
    """The tries that are begun now, and their calls: none of these when our own secret cannot be read. None = nothing to do."""
    endpoint = Endpoint.objects.filter(id=endpoint_id, is_active=True).first()
    if endpoint is None:
        return None
    claimed = deliveries.claim(
        endpoint_id, limit=WHILE_FAILING if endpoint.failing_since else TOGETHER, now=now
    )
    try:
        secrets = endpoints.secrets(endpoint, now=now)
    except crypto.Unreadable:
        return claimed, []
    is_sandbox = organizations.present().is_sandbox
    return claimed, [_call(endpoint, each.event, secrets, is_sandbox=is_sandbox, now=now) for each in claimed]


def _call(
    endpoint: Endpoint, event: Event, secrets: Sequence[str], *, is_sandbox: bool, now: datetime
) -> Call:
    text = body(event)
    headers = signing.headers(str(event.id), text, secrets=secrets, at=now)
    return Call(endpoint.url, text, headers, may_call_loopback=is_sandbox)


def body(event: Event) -> str:
    """What is sent (docs/webhooks.md). The same for every try, so that a repeated event is a repeated text."""
    told = {
        "type": event.kind,
        "timestamp": ids.made_at(event.id).astimezone(UTC).isoformat(timespec="milliseconds"),
        "data": {"id": str(event.subject_id), "occurred_on": event.occurred_on.isoformat(), **event.payload},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@transaction.atomic(durable=True)
def _record(
    endpoint_id: UUID, claimed: Sequence[Claimed], answers: Sequence[Answer], *, now: datetime, on: date
) -> None:
    ends = [
        deliveries.record(
            each.delivery_id,
            number=each.number,
            is_success=answer.is_success,
            status_code=answer.status_code,
            error=answer.error,
            answer=answer.text,
            milliseconds=answer.milliseconds,
            now=now,
        )
        for each, answer in zip(claimed, answers, strict=True)
    ]
    endpoint = Endpoint.objects.filter(id=endpoint_id).first()
    if endpoint is None or not claimed:
        return
    if any(answer.is_success for answer in answers):
        endpoints.note_success(endpoint_id)
        alerts.resolve("webhook_given_up", str(endpoint_id), now=now)
        alerts.resolve("webhook_off", str(endpoint_id), now=now)
    else:
        is_gone = any(answer.status_code == GONE for answer in answers)
        if endpoints.note_failure(endpoint_id, is_gone=is_gone, now=now):
            alerts.raise_(
                "webhook_off",
                key=str(endpoint_id),
                message=SWITCHED_OFF.message,
                params={"url": endpoint.url},
                on=on,
                now=now,
            )
    if DeliveryStatus.GIVEN_UP in ends:
        alerts.raise_(
            "webhook_given_up",
            key=str(endpoint_id),
            message=GIVEN_UP.message,
            params={"url": endpoint.url},
            on=on,
            now=now,
        )
