"""Puts the frame around a page: what the menu shows to this person, with the figures that matter today."""

from __future__ import annotations

from django.utils.translation import gettext

from perene.apps.billing import charges, parked
from perene.apps.events import alerts
from perene.apps.organizations import organizations
from perene.apps.organizations.models import Unit
from perene.apps.receivables.models import Receivable, ReceivableStatus
from perene.interfaces.backoffice import frame, menu, signed_in, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.frame import Clock, Frame, Person, Place

# Beyond this nobody counts on a menu.
HIGHEST_COUNT = 10_000


def build(request: MemberRequest) -> Frame:
    """Everything around the page. Costs three queries, whatever the data."""
    member, organization = request.member, request.organization
    units = units_of(request)
    return Frame(
        theme=frame.theme(request),
        sections=frame.sections(current=request.section, counts=_counts(request), hidden=hidden(request)),
        organization=organization.name,
        unit=next((unit.name for unit in units if unit.id == request.unit_id), gettext("All units")),
        organizations=tuple(
            Place(str(number), name, number == organization.id) for number, name in signed_in.places(request)
        ),
        units=(
            Place("", gettext("All units"), request.unit_id is None),
            *(Place(str(unit.id), unit.name, unit.id == request.unit_id) for unit in units),
        ),
        person=Person(member.name, member.email, str(words.ROLES[member.role])),
        clock=clock_of(request),
    )


def units_of(request: MemberRequest) -> list[Unit]:
    """The units this person may see, by name."""
    allowed = request.member.unit_ids
    return [unit for unit in organizations.units() if allowed is None or unit.id in allowed]


def clock_of(request: MemberRequest) -> Clock | None:
    """The sandbox's clock; None for an organization that lives in real time."""
    organization = request.organization
    if not organization.is_sandbox or organization.clock_on is None:
        return None
    return Clock(organization.clock_on, request.member.may("clock.move"), organization.clock_target_on)


def hidden(request: MemberRequest) -> list[str]:
    """Sections that this person does not see."""
    closed = [section for section, permission in menu.NEEDS.items() if not request.member.may(permission)]
    return closed if request.organization.is_sandbox else [*closed, "clock"]


def _counts(request: MemberRequest) -> dict[str, int]:
    overdue = Receivable.objects.in_units(request.unit_ids).filter(
        status=ReceivableStatus.OPEN, due_on__lt=request.today
    )
    return {
        "overdue": overdue[:HIGHEST_COUNT].count(),
        "parked": parked.open_count() if request.member.may("runs.read") else 0,
        "held": charges.held_count() if request.member.may("runs.read") else 0,
        "alerts": alerts.open_count() if request.member.may("runs.read") else 0,
    }
