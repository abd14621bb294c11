"""The one place that reads the real clock. Interfaces call it and pass the answer down; rules, actions and apps never do."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the place the rule points to


def civil_date(instant: datetime, *, time_zone: str) -> date:
    """The date on the wall of that time zone."""
    return instant.astimezone(ZoneInfo(time_zone)).date()
