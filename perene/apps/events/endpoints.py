"""Where an organization hears of its events: addresses and their secrets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from perene.apps.events import kinds as event_kinds
from perene.apps.events.models import Delivery, DeliveryAttempt, DeliveryStatus, Endpoint
from perene.apps.organizations import organizations
from perene.kit import constraints, crypto, ids
from perene.rules import addresses
from perene.rules.refusals import Refusal

MOST = 20
LONGEST_DESCRIPTION = 200
# So long a replaced secret signs beside the new one: time to put the new one into the receiver.
OVERLAP = timedelta(hours=24)
# An endpoint that answered nothing good for so long is switched off.
PATIENCE = timedelta(days=5)


def add(url: str, *, kinds: Sequence[str], description: str, secret: str, now: datetime) -> Endpoint:
    """A new endpoint; it hears of what happens from now on. Refusals of `addresses.check`; `unknown_event_kind`,
    `endpoint_url_taken`, `too_many_endpoints`, `description_too_long`."""
    endpoint = Endpoint(
        id=ids.new(),
        url=_checked_url(url),
        description=_checked_description(description),
        kinds=_checked_kinds(kinds),
        secret=crypto.seal(secret),
        created_at=now,
        seen_event_id=ids.first_at(now),
    )
    if Endpoint.objects.count() >= MOST:
        raise Refusal(
            "too_many_endpoints",
            "An organization has at most {most} addresses for webhooks: remove one first.",
            most=MOST,
        )
    with constraints.refused("endpoint_url_once", _taken(endpoint.url)):
        endpoint.save(force_insert=True)
    return endpoint


def change(
    endpoint_id: UUID,
    *,
    url: str | None = None,
    kinds: Sequence[str] | None = None,
    description: str | None = None,
    is_active: bool | None = None,
) -> Endpoint:
    """Change what is given. Switched on again, it hears of everything since it was switched off. Refusals of `add`,
    `endpoint_not_found`."""
    endpoint = locked(endpoint_id)
    if url is not None:
        endpoint.url = _checked_url(url)
    if kinds is not None:
        endpoint.kinds = _checked_kinds(kinds)
    if description is not None:
        endpoint.description = _checked_description(description)
    if is_active is not None and is_active != endpoint.is_active:
        endpoint.is_active, endpoint.failing_since = is_active, None
    with constraints.refused("endpoint_url_once", _taken(endpoint.url)):
        endpoint.save()
    return endpoint


def rotate(endpoint_id: UUID, *, secret: str, now: datetime) -> None:
    """A new secret; the present one goes on signing beside it for OVERLAP. Refusal `endpoint_not_found`."""
    endpoint = locked(endpoint_id)
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, now + OVERLAP
    endpoint.secret = crypto.seal(secret)
    endpoint.save()


def remove(endpoint_id: UUID) -> None:
    """Forget it and what was delivered to it. Refusal `endpoint_not_found`."""
    endpoint = locked(endpoint_id)
    DeliveryAttempt.objects.filter(delivery__endpoint=endpoint).delete()
    Delivery.objects.filter(endpoint=endpoint).delete()
    Endpoint.objects.filter(id=endpoint_id).delete()


def secrets(endpoint: Endpoint, *, now: datetime) -> list[str]:
    """What signs now, the present one first. Raises crypto.Unreadable."""
    found = [crypto.open(endpoint.secret)]
    if endpoint.previous_until is not None and now < endpoint.previous_until:
        found.append(crypto.open(endpoint.previous_secret))
    return found


def note_success(endpoint_id: UUID) -> None:
    Endpoint.objects.filter(id=endpoint_id, failing_since__isnull=False).update(failing_since=None)


def note_failure(endpoint_id: UUID, *, is_gone: bool, now: datetime) -> bool:
    """Remember since when it fails; whether it is switched off by this: it failed for PATIENCE, or said (410) that it is
    gone for good."""
    endpoint = locked(endpoint_id)
    since = endpoint.failing_since or now
    is_off = endpoint.is_active and (is_gone or now - since >= PATIENCE)
    endpoint.failing_since = since
    endpoint.is_active = endpoint.is_active and not is_off
    endpoint.save(update_fields=["failing_since", "is_active"] if is_off else ["failing_since"])
    return is_off


def locked(endpoint_id: UUID) -> Endpoint:
    """The endpoint, held until the transaction ends. Refusal `endpoint_not_found`."""
    found: Endpoint | None = Endpoint.objects.select_for_update(no_key=True).filter(id=endpoint_id).first()
    if found is None:
        raise Refusal("endpoint_not_found", "There is no such address for webhooks any more.")
    return found


def with_something_due(*, now: datetime) -> list[UUID]:
    """Ids of active endpoints that have a delivery whose time has come."""
    due = Delivery.objects.filter(
        status=DeliveryStatus.WAITING, next_attempt_at__lte=now, endpoint__is_active=True
    )
    return sorted(due.order_by().values_list("endpoint_id", flat=True).distinct())


def _checked_url(url: str) -> str:
    url = url.strip()
    addresses.check(url, is_sandbox=organizations.present().is_sandbox)
    return url


def _checked_kinds(kinds: Sequence[str]) -> list[str]:
    for kind in kinds:
        if kind not in event_kinds.KINDS:
            raise Refusal("unknown_event_kind", "There is no event “{kind}”.", kind=kind[:50])
    return sorted(set(kinds))


def _checked_description(description: str) -> str:
    description = description.strip()
    if len(description) > LONGEST_DESCRIPTION or "\x00" in description:
        raise Refusal(
            "description_too_long",
            "The description is too long: use at most {most} characters.",
            most=LONGEST_DESCRIPTION,
        )
    return description


def _taken(url: str) -> Refusal:
    return Refusal(
        "endpoint_url_taken",
        "“{url}” hears of the events already: change the one that is there.",
        url=url[:100],
    )
