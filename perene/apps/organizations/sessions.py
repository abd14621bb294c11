"""Where a person is signed in. Asked unscoped or inside: the table has no wall, its rows say whose they are."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from perene.apps.organizations.models import Session
from perene.apps.organizations.session_store import stored_key

# “Seen” is told by the minute; writing it at each request would cost a write per page.
_SEEN_EVERY = timedelta(minutes=5)


class SignedInBrowser(NamedTuple):
    """`name` is what the session is called on the page: it opens nothing."""

    name: str
    began_at: datetime
    seen_at: datetime
    address: str
    browser: str
    is_this: bool


def of(person_id: UUID, *, this_key: str, now: datetime) -> list[SignedInBrowser]:
    """The person's sessions, the one used last first."""
    this = stored_key(this_key)
    rows = Session.objects.filter(person_id=person_id, expire_date__gt=now).order_by(
        "-seen_at", "session_key"
    )
    return [
        SignedInBrowser(
            row.session_key,
            row.began_at or now,
            row.seen_at or row.began_at or now,
            row.address,
            row.browser,
            row.session_key == this,
        )
        for row in rows
    ]


def end(person_id: UUID, name: str) -> bool:
    """Sign this session of the person out; whether there was one."""
    count, _ = Session.objects.filter(person_id=person_id, session_key=name).delete()
    return bool(count)


def end_all(person_id: UUID, *, but_key: str | None = None) -> int:
    """Sign the person out everywhere, or everywhere else; how many sessions ended."""
    found = Session.objects.filter(person_id=person_id)
    if but_key is not None:
        found = found.exclude(session_key=stored_key(but_key))
    count, _ = found.delete()
    return count


def note_seen(row: Session | None, *, now: datetime) -> None:
    """The session was used just now."""
    if row is not None and row.person_id and (row.seen_at is None or now - row.seen_at >= _SEEN_EVERY):
        Session.objects.filter(session_key=row.session_key).update(seen_at=now)


def forget_expired(*, now: datetime) -> int:
    """Sessions that ended by themselves go; how many."""
    count, _ = Session.objects.filter(expire_date__lt=now).delete()
    return count
