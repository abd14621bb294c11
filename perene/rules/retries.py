"""When to try again what did not get through (webhooks out): soon at first, then ever less often, for about three days."""

from datetime import datetime, timedelta

# Before the second try, the third, …; the pace that the Standard Webhooks specification recommends.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MOST_TRIES = len(WAITS) + 1


def next_try(*, tries: int, at: datetime) -> datetime | None:
    """When to try again after `tries` failed tries, the last of them `at`; None = give up."""
    return at + WAITS[tries - 1] if tries < MOST_TRIES else None
