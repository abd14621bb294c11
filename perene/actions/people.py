"""Who works here: invited, accepted, given another role, sent away; and their way back in when a password is lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from perene.apps.organizations import invitations, organizations, passwords, people, sessions
from perene.apps.organizations.models import Unit
from perene.kit import crypto, tenancy
from perene.rules.refusals import Refusal

LINK_LASTS = timedelta(hours=24)


class Offer(NamedTuple):
    """Where an open invitation leads."""

    email: str
    role: str
    organization: str


@transaction.atomic(durable=True)
def invite(*, email: str, role: str, unit_ids: Sequence[UUID] | None, now: datetime) -> str:
    """Offer a membership; returns the token of the link, which is not kept. One link per e-mail: an earlier one that waits is
    revoked. Refusals `bad_email`, `unknown_role`, `already_member`, `unknown_unit`, `unit_missing`."""
    email, token = people.checked_email(email), invitations.new_token()
    if people.is_member(email):
        raise Refusal("already_member", "{email} is already a member of this organization.", email=email)
    invitations.offer(
        email=email,
        role=people.checked_role(role),
        units=_units(unit_ids),
        token=token,
        by=tenancy.person_id(),
        now=now,
    )
    return token


@transaction.atomic(durable=True)
def revoke(invitation_id: UUID, *, now: datetime) -> None:
    """Refusal `invitation_gone`."""
    invitations.revoke(invitation_id, now=now)


def offered(token: str, *, now: datetime) -> Offer | None:
    """What a link offers; None when it is good for nothing (any more). Call unscoped."""
    found = invitations.where(token)
    if found is None:
        return None
    with tenancy.organization(found[1]):
        invitation = invitations.open_one(found[0], now=now)
        if invitation is None:
            return None
        return Offer(invitation.email, invitation.role, organizations.present().name)


def accept(token: str, *, name: str, password: str, now: datetime) -> None:
    """The person takes the offer: with the password they have in Perene, or, new to it, with one they choose now. Call
    unscoped. Refusals `invitation_gone`, `name_missing`, and those of `people.add`."""
    found = invitations.where(token)
    if found is None:
        raise invitations.gone()
    with tenancy.organization(found[1]), transaction.atomic(durable=True):
        invitation = invitations.open_one(found[0], now=now)
        if invitation is None:
            raise invitations.gone()
        invitations.use(invitation.id, now=now)
        people.add(
            email=invitation.email,
            name=people.checked_name(name),
            role=invitation.role,
            password=password,
            units=invitations.units_of(invitation),
        )


@transaction.atomic(durable=True)
def change(membership_id: UUID, *, role: str, unit_ids: Sequence[UUID] | None) -> None:
    """Another role, other units (None = all). Refusals `unknown_role`, `unknown_member`, `unknown_unit`, `unit_missing`,
    `last_owner`."""
    people.set_role(membership_id, role=role, units=_units(unit_ids))


@transaction.atomic(durable=True)
def deactivate(membership_id: UUID) -> None:
    """They may not enter any more; where they are in now, their next page says so. Refusals `unknown_member`, `last_owner`."""
    people.set_active(membership_id, is_active=False)


@transaction.atomic(durable=True)
def reactivate(membership_id: UUID) -> None:
    """Refusal `unknown_member`."""
    people.set_active(membership_id, is_active=True)


@transaction.atomic(durable=True)
def password_link(membership_id: UUID, *, drops_second_factor: bool, now: datetime) -> str:
    """A link by which this person sets a new password, once, within a day; returns its token, which is not kept. Refusals
    `unknown_member`, `works_elsewhere`."""
    token = invitations.new_token()
    made = passwords.make_link(
        people.person_of(membership_id),
        digest=crypto.digest(token),
        until=now + LINK_LASTS,
        drops_second_factor=drops_second_factor,
    )
    if not made:
        raise Refusal(
            "works_elsewhere",
            "This person also works in another organization, which the link would open too: "
            "whoever runs the server makes it with `perene passwordlink`.",
        )
    return token


def password_link_as_operator(email: str, *, drops_second_factor: bool, now: datetime) -> str:
    """The same for anybody, by who has the database owner's connection. Refusal `unknown_email`."""
    token = invitations.new_token()
    with tenancy.unscoped("whoever runs the server opens the way for a person, not for an organization"):
        made = passwords.make_link_as_operator(
            people.normal_email(email),
            digest=crypto.digest(token),
            until=now + LINK_LASTS,
            drops_second_factor=drops_second_factor,
        )
    if not made:
        raise Refusal("unknown_email", "Nobody has the e-mail {email}.", email=email)
    return token


def may_set_password(token: str, *, now: datetime) -> bool:
    """Whether a link still sets a password. Call unscoped."""
    return passwords.owner_of_link(crypto.digest(token), now=now) is not None


def set_password(token: str, *, password: str, now: datetime) -> None:
    """Use the link; every session of the person ends. Call unscoped. Refusals `weak_password`, `link_gone`."""
    digest, encoded = crypto.digest(token), passwords.encode(password)
    found = passwords.owner_of_link(digest, now=now)
    if found is None:
        raise link_gone()
    person_id, organization_id = found
    with tenancy.organization(organization_id, person_id=person_id), transaction.atomic(durable=True):
        if not passwords.set_by_link(digest, encoded=encoded, now=now):
            raise link_gone()
        sessions.end_all(person_id)


def link_gone() -> Refusal:
    return Refusal("link_gone", "This link was used, replaced, or is older than a day: ask for a new one.")


@transaction.atomic(durable=True)
def change_password(person_id: UUID, *, proven: str, password: str, this_key: str | None) -> None:
    """Another password for who proved the present one (`sign_in.is_themself`); their other sessions end. Refusal
    `weak_password`."""
    if not passwords.change(person_id, proven=proven, encoded=passwords.encode(password)):
        raise link_gone()
    sessions.end_all(person_id, but_key=this_key)


@transaction.atomic(durable=True)
def rename(person_id: UUID, *, name: str) -> None:
    """Refusal `name_missing`."""
    people.rename(person_id, name=name)


@transaction.atomic(durable=True)
def end_session(person_id: UUID, name: str) -> bool:
    """Sign one session of the person out; whether there was one."""
    return sessions.end(person_id, name)


@transaction.atomic(durable=True)
def end_other_sessions(person_id: UUID, *, this_key: str | None) -> int:
    """Sign the person out everywhere else; how many sessions ended."""
    return sessions.end_all(person_id, but_key=this_key)


def _units(unit_ids: Sequence[UUID] | None) -> list[Unit] | None:
    """None = all units. Refusals `unknown_unit`, `unit_missing`."""
    if unit_ids is None:
        return None
    if not unit_ids:
        raise Refusal("unit_missing", "Choose at least one unit, or all of them.")
    known = {unit.id: unit for unit in organizations.units()}
    if not set(unit_ids) <= known.keys():
        raise Refusal("unknown_unit", "This unit is not in your organization: reload the page.")
    return [known[unit_id] for unit_id in unit_ids]
