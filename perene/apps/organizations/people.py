"""People: who may enter, where, as what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection

from perene.apps.organizations import permissions
from perene.apps.organizations.models import Membership, MembershipUnit, Person, Role, Unit
from perene.kit import ids
from perene.rules.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Member:
    """A person as seen from the present organization. `unit_ids` None = all units."""

    person_id: UUID
    name: str
    email: str
    role: str
    unit_ids: frozenset[UUID] | None
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def normal_email(email: str) -> str:
    return email.strip().lower()


def where(email: str) -> tuple[UUID, list[int]] | None:
    """Who has this e-mail and the organizations they may enter; None when nobody. Asked unscoped, ids only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id, organization_id FROM perene_sign_in(%s)", [normal_email(email)])
        rows = cursor.fetchall()
    return (rows[0][0], [int(row[1]) for row in rows]) if rows else None


def organizations_of(person_id: UUID) -> list[int]:
    """The organizations a person may enter. Asked unscoped, ids only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM perene_organizations_of(%s)", [person_id])
        return [int(row[0]) for row in cursor.fetchall()]


def password_is_right(person_id: UUID, password: str) -> bool:
    person = Person.objects.filter(id=person_id, is_active=True).first()
    return person is not None and person.check_password(password)


def note_sign_in(person_id: UUID, *, now: datetime) -> None:
    Person.objects.filter(id=person_id).update(last_login=now)


def spend_time_of_a_password() -> None:
    """An unknown e-mail costs what a wrong password costs, so that time does not tell which e-mails exist."""
    Person().set_password("nobody has this password")


def member(person_id: UUID) -> Member | None:
    """The person in the present organization; None when they are not (or no longer) in it."""
    found = Membership.objects.select_related("person").filter(person_id=person_id, is_active=True).first()
    if found is None or not found.person.is_active:
        return None
    units = None
    if not found.all_units:
        units = frozenset(MembershipUnit.objects.filter(membership=found).values_list("unit_id", flat=True))
    return Member(
        person_id=person_id,
        name=found.person.name,
        email=found.person.email,
        role=found.role,
        unit_ids=units,
        permissions=permissions.of(found.role, all_units=found.all_units),
    )


def add(
    *, email: str, name: str, role: str, password: str | None = None, units: Iterable[Unit] | None = None
) -> Membership:
    """Make a person a member. One who is already in another organization keeps their password.
    Raises Refusal for a bad e-mail, role or password, and for a second membership."""
    email = normal_email(email)
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal("bad_email", "The e-mail {email} is not valid.", email=email) from None
    if role not in Role.values:
        raise Refusal("unknown_role", "Choose one of the roles offered; {role} is none of them.", role=role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT perene_person_id(%s)", [email])
        known = cursor.fetchone()[0]
    if known is None:
        if password is not None:
            try:
                validate_password(password)
            except ValidationError:
                raise Refusal(
                    "weak_password", "Choose a password of at least 10 characters that is not a common one."
                ) from None
        person = Person(id=ids.new(), email=email, name=name)
        person.set_password(password) if password else person.set_unusable_password()
        person.save(force_insert=True)
        known = person.id
    elif Membership.objects.filter(person_id=known).exists():
        raise Refusal("already_member", "{email} is already a member of this organization.", email=email)
    units = None if units is None else list(units)
    membership = Membership.objects.create(person_id=known, role=role, all_units=units is None)
    for unit in units or ():
        MembershipUnit.objects.create(membership=membership, unit=unit)
    return membership
