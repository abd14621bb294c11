"""Invitations: an organization offers a membership, the person themself accepts."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from perene.apps.organizations.models import Invitation, InvitationUnit, Role, Unit
from perene.kit import crypto
from perene.rules.refusals import Refusal

LASTS = timedelta(hours=72)


def new_token() -> str:
    """What a link carries: 256 random bits."""
    return secrets.token_urlsafe(32)


def offer(
    *, email: str, role: str, units: Iterable[Unit] | None, token: str, by: UUID | None, now: datetime
) -> Invitation:
    """An invitation for `LASTS`; earlier ones to this e-mail that still wait are revoked."""
    Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
    units = None if units is None else list(units)
    made = Invitation.objects.create(
        email=email,
        role=Role(role),
        all_units=units is None,
        digest=crypto.digest(token),
        invited_by_id=by,
        invited_at=now,
        expires_at=now + LASTS,
    )
    for unit in units or ():
        InvitationUnit.objects.create(invitation=made, unit=unit)
    return made


def where(token: str) -> tuple[UUID, int] | None:
    """The invitation that a link speaks of, and its organization. Asked unscoped, ids only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT invitation_id, organization_id FROM perene_invitation(%s)", [crypto.digest(token)]
        )
        row = cursor.fetchone()
    return (row[0], int(row[1])) if row is not None else None


def open_one(invitation_id: UUID, *, now: datetime) -> Invitation | None:
    """The invitation while it can be accepted."""
    return waiting(now=now).filter(id=invitation_id).first()


def waiting(*, now: datetime):  # type: ignore[no-untyped-def]
    """Invitations that can still be accepted, newest first."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now).order_by("-id")


def units_of(invitation: Invitation) -> list[Unit] | None:
    """The units it is limited to; None = all."""
    if invitation.all_units:
        return None
    return [row.unit for row in InvitationUnit.objects.filter(invitation=invitation).select_related("unit")]


def revoke(invitation_id: UUID, *, now: datetime) -> None:
    """Its link opens nothing any more. Refusal `invitation_gone`."""
    if not waiting(now=now).filter(id=invitation_id).update(revoked_at=now):
        raise gone()


def use(invitation_id: UUID, *, now: datetime) -> None:
    """It is accepted now, once. Refusal `invitation_gone`."""
    if not waiting(now=now).filter(id=invitation_id).update(accepted_at=now):
        raise gone()


def gone() -> Refusal:
    return Refusal(
        "invitation_gone",
        "This invitation was used, revoked, or is older than three days: ask for a new one.",
    )
