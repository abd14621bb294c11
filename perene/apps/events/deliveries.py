"""Events on their way to endpoints: spread, claimed, tried, recorded.

Ids of events grow with time, but they are committed out of order: a billing chunk makes its events' ids, works for seconds and
commits after others with greater ids. So an endpoint's place (`seen_event_id`) moves only up to where nothing can still appear:
before the beginning of the oldest transaction that is open, and a margin for clocks that differ. What lies beyond is looked at
again and again; `event_delivered_once_each` keeps each to one delivery.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Min

from perene.apps.events import kinds
from perene.apps.events.models import (
    Delivery,
    DeliveryAttempt,
    DeliveryStatus,
    Endpoint,
    Event,
)
from perene.kit import ids, tenancy
from perene.rules import retries
from perene.rules.refusals import Refusal

# Events looked at in one transaction.
CHUNK = 5000
# How far the clocks of the database and of the machines that make ids may differ.
CLOCKS_DIFFER = timedelta(seconds=60)
# So long a claimed delivery is nobody else's. More than a call may take: whoever claimed it is gone by then.
LEASE = timedelta(seconds=60)
KEPT = timedelta(days=90)

_OLDEST_OPEN = """
SELECT min(xact_start) FROM pg_stat_activity
 WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""

_SPREAD = """
WITH looked_at AS (
    SELECT id, kind FROM events_event
     WHERE organization_id = %(organization)s AND id > %(after)s ORDER BY id LIMIT %(chunk)s
), made AS (
    INSERT INTO events_delivery (organization_id, id, endpoint_id, event_id, status, attempts, tries, created_at, next_attempt_at)
    SELECT %(organization)s, gen_random_uuid(), %(endpoint)s, l.id, 'waiting', 0, 0, %(now)s, %(now)s
      FROM looked_at l
     WHERE l.kind = ANY(%(kinds)s)
       AND NOT EXISTS (SELECT FROM events_delivery d WHERE d.organization_id = %(organization)s
                          AND d.endpoint_id = %(endpoint)s AND d.event_id = l.id)
    ON CONFLICT ON CONSTRAINT event_delivered_once_each DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM looked_at), (SELECT max(id::text)::uuid FROM looked_at), (SELECT count(*) FROM made)
"""


class Spread(NamedTuple):
    """`looked_at` events were seen, the last of them `last_id`; `made` deliveries were not there before."""

    looked_at: int
    last_id: UUID | None
    made: int


class Claimed(NamedTuple):
    """A delivery that is ours to try; `number` is this try's."""

    delivery_id: UUID
    number: int
    event: Event


def spread(endpoint: Endpoint, *, after: UUID, now: datetime) -> Spread:
    """Make deliveries of the next events after that id, and move the endpoint's place as far as it is safe."""
    with connection.cursor() as cursor:
        # Asked before the events are read: a transaction that opens later makes greater ids.
        cursor.execute(_OLDEST_OPEN)
        oldest_open = cursor.fetchone()[0]
        cursor.execute(
            _SPREAD,
            {
                "organization": tenancy.organization_id(),
                "endpoint": endpoint.id,
                "after": after,
                "chunk": CHUNK,
                "kinds": list(endpoint.kinds or kinds.KINDS),
                "now": now,
            },
        )
        done = Spread(*cursor.fetchone())
    safe = ids.first_at(min(now, oldest_open or now) - CLOCKS_DIFFER)
    if done.last_id is not None and (place := min(done.last_id, safe)) > endpoint.seen_event_id:
        Endpoint.objects.filter(id=endpoint.id, seen_event_id__lt=place).update(seen_event_id=place)
    return done


def add(endpoint: Endpoint, event_id: UUID, *, now: datetime) -> UUID:
    """One delivery of one event, for this endpoint alone."""
    made = Delivery.objects.create(
        id=ids.new(), endpoint=endpoint, event_id=event_id, created_at=now, next_attempt_at=now
    )
    return UUID(str(made.id))


def claim(endpoint_id: UUID, *, limit: int, now: datetime) -> list[Claimed]:
    """Take up to `limit` deliveries whose time has come, and note that they are being tried: whoever dies before recording
    what came of it leaves a try behind that is made again after LEASE."""
    waiting = (
        Delivery.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(endpoint_id=endpoint_id, status=DeliveryStatus.WAITING, next_attempt_at__lte=now)
        .order_by("next_attempt_at", "id")
    )
    rows = list(waiting[:limit])
    Delivery.objects.filter(id__in=[row.id for row in rows]).update(
        attempts=F("attempts") + 1, tries=F("tries") + 1, next_attempt_at=now + LEASE
    )
    events = {event.id: event for event in Event.objects.filter(id__in=[row.event_id for row in rows])}
    return [Claimed(row.id, row.attempts + 1, events[row.event_id]) for row in rows]


def record(
    delivery_id: UUID,
    *,
    number: int,
    is_success: bool,
    status_code: int | None,
    error: str,
    answer: str,
    milliseconds: int,
    now: datetime,
) -> DeliveryStatus | None:
    """What came of try `number`. A try whose lease ran out says what it saw, and moves the delivery only by a success.
    Returns where the delivery stands now; None when it is gone meanwhile."""
    row: Delivery | None = Delivery.objects.select_for_update(no_key=True).filter(id=delivery_id).first()
    if row is None:
        return None
    DeliveryAttempt.objects.create(
        id=ids.new(),
        delivery=row,
        number=number,
        at=now,
        status_code=status_code,
        error=error,
        answer=answer,
        milliseconds=milliseconds,
    )
    if row.status == DeliveryStatus.WAITING and (is_success or row.attempts == number):
        if is_success:
            row.status, row.delivered_at, row.next_attempt_at = DeliveryStatus.DELIVERED, now, None
        else:
            row.next_attempt_at = retries.next_try(tries=row.tries, at=now)
            if row.next_attempt_at is None:
                row.status = DeliveryStatus.GIVEN_UP
        row.save(update_fields=["status", "delivered_at", "next_attempt_at"])
    return DeliveryStatus(row.status)


def again(delivery_id: UUID, *, now: datetime) -> UUID:
    """Send it again at once, whatever came of it, under the same webhook-id. Returns its endpoint's id.
    Refusal `delivery_not_found`, `endpoint_switched_off`."""
    row: Delivery | None = (
        Delivery.objects.select_for_update(no_key=True, of=("self",))
        .select_related("endpoint")
        .filter(id=delivery_id)
        .first()
    )
    if row is None:
        raise Refusal("delivery_not_found", "There is no such delivery any more.")
    if not row.endpoint.is_active:
        raise Refusal(
            "endpoint_switched_off", "The address of this delivery is switched off: switch it on first."
        )
    row.status, row.tries, row.next_attempt_at, row.delivered_at = DeliveryStatus.WAITING, 0, now, None
    row.save(update_fields=["status", "tries", "next_attempt_at", "delivered_at"])
    return UUID(str(row.endpoint_id))


def forget_old(*, now: datetime, limit: int = CHUNK) -> int:
    """Delete deliveries that ended long ago, with their tries. Returns how many; fewer than `limit` = none is left."""
    old: Sequence[UUID] = list(
        Delivery.objects.exclude(status=DeliveryStatus.WAITING)
        .filter(created_at__lt=now - KEPT)
        .values_list("id", flat=True)[:limit]
    )
    DeliveryAttempt.objects.filter(delivery_id__in=old).delete()
    Delivery.objects.filter(id__in=old).delete()
    return len(old)


def oldest_waiting_at() -> datetime | None:
    """Since when the oldest delivery waits; None = none does."""
    waiting = Delivery.objects.filter(status=DeliveryStatus.WAITING, endpoint__is_active=True)
    found: datetime | None = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    return found
