"""Accounting periods: what is closed takes no entry; the database itself refuses one (`period_is_open`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID

from perene.apps.ledger.models import Closing
from perene.kit import constraints, ids, locks, tenancy
from perene.rules.refusals import Refusal


def closed_through() -> date | None:
    """The last day that takes no entry; None when every day does."""
    return (
        Closing.objects.filter(reopened_at__isnull=True)
        .order_by("-through_on")
        .values_list("through_on", flat=True)
        .first()
    )


def first_open_day(day: date) -> date:
    """The day itself, or the first one behind the closed period that it lies in: where an entry about it goes."""
    closed = closed_through()
    return day if closed is None or day > closed else closed + timedelta(days=1)


def check_open(day: date) -> None:
    """Refusal `period_closed` when the day takes no entry."""
    closed = closed_through()
    if closed is not None and day <= closed:
        raise _refusal(day)


@contextmanager
def noticed(day: date) -> Iterator[None]:
    """What is posted inside, on `day`, is refused with `period_closed` when the period was closed meanwhile."""
    with constraints.refused("period_is_open", _refusal(day)):
        yield


def close(*, through_on: date, now: datetime) -> UUID:
    """No entry through that day from now on. Refusal `period_already_closed`."""
    locks.hold("perene.period")
    closed = closed_through()
    if closed is not None and through_on <= closed:
        raise Refusal(
            "period_already_closed",
            "The books are closed through {closed}: choose a later day.",
            closed=closed,
        )
    made = Closing.objects.create(
        id=ids.new(), through_on=through_on, closed_at=now, closed_by_id=tenancy.person_id()
    )
    return made.id


def reopen(closing_id: UUID, *, reason: str, now: datetime) -> Closing:
    """Take the last closing back. Refusal `closing_unknown`, `closing_reopened`, `later_closing_first`, `reason_missing`."""
    closing = Closing.objects.select_for_update(no_key=True).filter(id=closing_id).first()
    if closing is None:
        raise Refusal("closing_unknown", "There is no such closing.")
    if closing.reopened_at is not None:
        raise Refusal("closing_reopened", "This period is open again already.")
    if closed_through() != closing.through_on:
        raise Refusal("later_closing_first", "A later period is closed: reopen that one first.")
    if not reason.strip():
        raise Refusal("reason_missing", "Say why: the reason is kept.")
    closing.reopened_at, closing.reopened_by_id = now, tenancy.person_id()
    closing.reopening_reason = reason.strip()
    closing.save(update_fields=["reopened_at", "reopened_by_id", "reopening_reason"])
    return closing


def _refusal(day: date) -> Refusal:
    return Refusal(
        "period_closed", "The books are closed on {day}: reopen the period or use a later date.", day=day
    )
