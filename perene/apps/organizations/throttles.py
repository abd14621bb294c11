"""Failures of signing in, counted before the answer is known: a thousand tries at once are a thousand failures."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import connection

from perene.apps.organizations.models import Throttle
from perene.kit import crypto
from perene.rules import throttling
from perene.rules.refusals import Refusal

_ATTEMPT = """
INSERT INTO organizations_throttle AS t (digest, failures, failed_at, free_at) VALUES (%(digest)s, 0, %(now)s, %(now)s)
ON CONFLICT (digest) DO UPDATE SET failures = CASE WHEN t.failed_at < %(forgotten)s THEN 0 ELSE t.failures END
RETURNING failures, free_at
"""


def attempt(what: str, value: str, *, free: int, now: datetime) -> None:
    """Count one more try for this e-mail, address or person (`what`) as if it had failed. Holds its row until the
    transaction ends. Refusal `too_many_attempts` while it must wait: then nothing is counted."""
    digest = _digest(what, value)
    with connection.cursor() as cursor:
        cursor.execute(
            _ATTEMPT, {"digest": digest, "now": now, "forgotten": now - throttling.FORGOTTEN_AFTER}
        )
        failures, free_at = cursor.fetchone()
    if free_at > now:
        raise Refusal(
            "too_many_attempts",
            "Too many attempts. Wait {minutes} min and try again.",
            minutes=throttling.minutes(free_at - now),
        )
    failures += 1
    Throttle.objects.filter(digest=digest).update(
        failures=failures, failed_at=now, free_at=now + throttling.wait(failures, free=free)
    )


def forgive(what: str, value: str) -> None:
    """It was the right person: earlier failures are forgotten."""
    Throttle.objects.filter(digest=_digest(what, value)).delete()


def give_back(what: str, value: str, *, now: datetime) -> None:
    """This one try did not fail; others from there may have."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE organizations_throttle SET failures = greatest(failures - 1, 0), free_at = %s WHERE digest = %s",
            [now, _digest(what, value)],
        )


def forget_old(*, now: datetime) -> int:
    """Rows that say nothing any more go; how many."""
    count, _ = Throttle.objects.filter(
        failed_at__lt=now - throttling.FORGOTTEN_AFTER - timedelta(hours=1)
    ).delete()
    return count


def neighbourhood(address: str) -> str:
    """The address as it is counted: of IPv6 the /64, which one subscriber has for themself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped.compressed if found.ipv4_mapped else f"{found.exploded[:19]}::/64"
    return found.compressed


def _digest(what: str, value: str) -> str:
    """Keyed, so that the table does not tell who tried to sign in."""
    return crypto.keyed_digest(f"throttle:{what}:{value}")
