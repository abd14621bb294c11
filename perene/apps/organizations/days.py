"""The steps of an organization's days. A finished step is never done again; an unfinished one is done again from its start."""

from datetime import date, datetime
from typing import Any

from perene.apps.organizations.models import DailyStep
from perene.kit import ids


def begin(*, on: date, step: str, now: datetime) -> bool:
    """True when the step is (still) to be done: records its beginning. False when it was finished before."""
    row = DailyStep.objects.filter(on=on, step=step).first()
    if row is None:  # one mover at a time: nobody else makes it meanwhile
        row = DailyStep.objects.create(id=ids.new(), on=on, step=step, started_at=now)
    return row.finished_at is None


def finish(*, on: date, step: str, now: datetime, result: dict[str, Any]) -> None:
    DailyStep.objects.filter(on=on, step=step).update(finished_at=now, result=result)


def last_finished_on(step: str) -> date | None:
    """The latest day on which the step was finished."""
    row = DailyStep.objects.filter(step=step, finished_at__isnull=False).order_by("-on").first()
    return None if row is None else row.on


def begun_before(on: date) -> list[date]:
    """Earlier days that have a step which was begun and not finished, oldest first."""
    return list(
        DailyStep.objects.filter(on__lt=on, finished_at__isnull=True)
        .order_by("on")
        .values_list("on", flat=True)
        .distinct()
    )


def finished_steps(on: date) -> set[str]:
    """The steps of that day that are done."""
    return set(DailyStep.objects.filter(on=on, finished_at__isnull=False).values_list("step", flat=True))


def is_passed_over(on: date) -> bool:
    """Whether a later day was begun and this one never was."""
    begun_on = DailyStep.objects.filter(on__gte=on).values_list("on", flat=True)
    return on not in (begun := set(begun_on.distinct())) and bool(begun)
