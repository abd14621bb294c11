"""What a person must look at, until it is resolved."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from perene.apps.events.models import Alert
from perene.kit import ids, texts


def raise_(
    kind: str, *, key: str, message: str, params: Mapping[str, object], on: date, now: datetime
) -> None:
    """An alert, unless the same one (kind, key) is open. `message` is a msgid with places for `params`."""
    Alert.objects.bulk_create(
        [
            Alert(
                id=ids.new(),
                kind=kind,
                key=key,
                message=message,
                params=texts.stored(params),
                raised_on=on,
                raised_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def resolve_others(kind: str, keys: Collection[str], *, now: datetime) -> int:
    """Every open alert of that kind but those with these keys is over by itself. Returns how many were."""
    others = Alert.objects.filter(kind=kind, resolved_at__isnull=True).exclude(key__in=keys)
    return others.update(resolved_at=now)


def resolve(kind: str, key: str, *, now: datetime, person_id: UUID | None = None) -> bool:
    """It is over, by itself or (with `person_id`) because somebody saw to it. Returns whether one was open."""
    open_ones = Alert.objects.filter(kind=kind, key=key, resolved_at__isnull=True)
    return bool(open_ones.update(resolved_at=now, resolved_by_id=person_id))


def say_again(kind: str, *, key: str, params: Mapping[str, object]) -> None:
    """What an open alert says now, where its figures change."""
    Alert.objects.filter(kind=kind, key=key, resolved_at__isnull=True).update(params=dict(params))


def see_to(alert_id: UUID, *, person_id: UUID | None, now: datetime) -> bool:
    """Somebody saw to it. Returns whether it was open."""
    found = Alert.objects.filter(id=alert_id, resolved_at__isnull=True)
    return bool(found.update(resolved_at=now, resolved_by_id=person_id))


def open_count() -> int:
    return Alert.objects.filter(resolved_at__isnull=True).count()
