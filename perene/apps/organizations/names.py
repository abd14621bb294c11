"""What people are called where a row must say it for good."""

from collections.abc import Iterable
from uuid import UUID

from perene.apps.organizations.models import ApiKey, Person


def of_person(person_id: UUID | None) -> str:
    """The name of who acts in the present organization, a member or an API key; empty where nobody does (the system)."""
    return "" if person_id is None else of([person_id]).get(person_id, "")


def of(actor_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of those who acted: of members, and of API keys, which stand in the same columns. Two queries at most."""
    asked = {each for each in actor_ids if each is not None}
    found = dict(Person.objects.filter(id__in=asked).values_list("id", "name")) if asked else {}
    if missing := asked - found.keys():
        found |= dict(ApiKey.objects.filter(id__in=missing).values_list("id", "name"))
    return found
