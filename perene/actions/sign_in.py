"""Somebody enters."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from perene.apps.organizations import people
from perene.kit import tenancy


def person(*, email: str, password: str, now: datetime) -> UUID | None:
    """Who has this e-mail and password; None when nobody does, and it takes as long to say. Call unscoped: who they are is
    known before where they work."""
    known = people.where(email)
    if known is None:
        people.spend_time_of_a_password()
        return None
    person_id, organization_ids = known
    # A person is read inside an organization of theirs; any will do.
    with tenancy.organization(organization_ids[0], person_id=person_id):
        if not people.password_is_right(person_id, password):
            return None
        _note(person_id, now=now)
    return person_id


@transaction.atomic(durable=True)
def _note(person_id: UUID, *, now: datetime) -> None:
    people.note_sign_in(person_id, now=now)
