"""People: who may enter, where, as what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection

from perene.apps.organizations import organizations, passwords, permissions
from perene.apps.organizations.models import Membership, MembershipUnit, Person, Role, Unit
from perene.kit import constraints, ids
from perene.rules.refusals import Refusal

LONGEST_NAME = 200


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


def checked_email(email: str) -> str:
    """As it is stored. Refusal `bad_email`."""
    email = normal_email(email)
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal("bad_email", "The e-mail {email} is not valid.", email=email) from None
    return email


def checked_role(role: str) -> Role:
    """Refusal `unknown_role`."""
    if role not in Role.values:
        raise Refusal("unknown_role", "Choose one of the roles offered.")
    return Role(role)


def checked_name(name: str) -> str:
    """As it is stored. Refusal `name_missing`."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Refusal("name_missing", "Type a name.")
    return name


def is_member(email: str) -> bool:
    """Whether somebody in the present organization (or once in it) has this e-mail."""
    return Membership.objects.filter(person__email=email).exists()


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


def known_by(email: str) -> UUID | None:
    """Who has this e-mail in the whole installation: an id only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT perene_person_id(%s)", [normal_email(email)])
        found: UUID | None = cursor.fetchone()[0]
    return found


def note_sign_in(person_id: UUID, *, now: datetime) -> None:
    Person.objects.filter(id=person_id).update(last_login=now)


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
) -> UUID:
    """Make a person a member of the present organization; returns the membership's id. One who is known already joins only
    with the password they have. Without a password nobody can sign in as them until a link sets one. Refusals `bad_email`,
    `unknown_role`, `weak_password`, `already_member`, `not_their_password`."""
    email, role = checked_email(email), checked_role(role)
    limited = None if units is None else list(units)
    known, membership_id = known_by(email), ids.new()
    already = Refusal("already_member", "{email} is already a member of this organization.", email=email)
    theirs = Refusal(
        "not_their_password", "If you already use Perene with this e-mail, type the password you have there."
    )
    with (
        constraints.refused("person_is_member_once", already),
        constraints.refused("organizations_person_email_key", theirs),
        connection.cursor() as cursor,
    ):
        if known is None:
            encoded = passwords.unusable() if password is None else passwords.encode(password)
            cursor.execute(
                "SELECT perene_join_new(%s, %s, %s, %s, %s, %s, %s)",
                [ids.new(), membership_id, email, name, encoded, role.value, limited is None],
            )
        else:
            if Membership.objects.filter(person_id=known).exists():
                raise already
            proven = passwords.proof(known, password or "")
            cursor.execute(
                "SELECT perene_join_known(%s, %s, %s, %s, %s)",
                [known, membership_id, proven, role.value, limited is None],
            )
            if not cursor.fetchone()[0]:
                raise theirs
    for unit in limited or ():
        MembershipUnit.objects.create(membership_id=membership_id, unit=unit)
    return membership_id


def membership(membership_id: UUID) -> Membership:
    """Refusal `unknown_member`."""
    row = Membership.objects.select_related("person").filter(id=membership_id).first()
    if row is None:
        raise Refusal("unknown_member", "This person is not in your organization: reload the page.")
    return row


def person_of(membership_id: UUID) -> UUID:
    """Refusal `unknown_member`."""
    found: UUID = membership(membership_id).person_id
    return found


def set_role(membership_id: UUID, *, role: str, units: Iterable[Unit] | None) -> None:
    """Another role, other units (None = all). Refusals `unknown_role`, `unknown_member`, `last_owner`."""
    row = _held(membership_id)
    row.role, limited = checked_role(role), None if units is None else list(units)
    row.all_units = limited is None
    row.save(update_fields=["role", "all_units"])
    wanted = {unit.id for unit in limited or ()}
    present = set(MembershipUnit.objects.filter(membership=row).values_list("unit_id", flat=True))
    MembershipUnit.objects.filter(membership=row, unit_id__in=present - wanted).delete()
    for unit_id in wanted - present:
        MembershipUnit.objects.create(membership=row, unit_id=unit_id)
    _keep_an_owner()


def set_active(membership_id: UUID, *, is_active: bool) -> UUID:
    """Let somebody in again, or no longer; returns who. Refusals `unknown_member`, `last_owner`."""
    row = _held(membership_id)
    row.is_active = is_active
    row.save(update_fields=["is_active"])
    _keep_an_owner()
    return row.person_id


def rename(person_id: UUID, *, name: str) -> None:
    """As all of their organizations see them from now on. Refusal `name_missing`."""
    Person.objects.filter(id=person_id).update(name=checked_name(name))


def _held(membership_id: UUID) -> Membership:
    """The membership, with the organization held: of two owners who leave at once, the second one sees the first go."""
    organizations.present(lock=True)
    return membership(membership_id)


def _keep_an_owner() -> None:
    """After a change. Refusal `last_owner`."""
    if not Membership.objects.filter(role=Role.OWNER, is_active=True, all_units=True).exists():
        raise Refusal(
            "last_owner", "An organization needs an owner of all its units: make somebody else one first."
        )
