"""The holidays of the organization's own city; the national ones are known (`rules.banking_days`)."""

from datetime import date
from uuid import UUID

from perene.apps.policies.models import Holiday
from perene.kit import constraints, ids
from perene.rules import banking_days
from perene.rules.refusals import Refusal


def of_the_city() -> frozenset[date]:
    return frozenset(Holiday.objects.values_list("on", flat=True))


def roll(day: date) -> date:
    """The day itself, or the next on which the banks of the city work."""
    around = Holiday.objects.filter(on__gte=day).order_by("on").values_list("on", flat=True)[:30]
    return banking_days.roll(day, city_holidays=frozenset(around))


def add(*, day: date, name: str) -> UUID:
    """Refusal `holiday_name_missing`, `holiday_exists`."""
    if not name.strip():
        raise Refusal("holiday_name_missing", "Give the holiday a name.")
    taken = Refusal("holiday_exists", "{day} is a holiday already.", day=day)
    with constraints.refused("holiday_once", taken):
        made = Holiday.objects.create(id=ids.new(), on=day, name=name.strip())
    return made.id


def remove(holiday_id: UUID) -> None:
    """Refusal `holiday_unknown`."""
    removed, _ = Holiday.objects.filter(id=holiday_id).delete()
    if not removed:
        raise Refusal("holiday_unknown", "There is no such holiday.")
