"""What day it is for an organization. The real instant comes from the interface; a sandbox lives on its own date."""

from datetime import date, datetime, timedelta

from perene.apps.organizations.models import Organization
from perene.kit import clock
from perene.rules.refusals import Refusal


def today(organization: Organization, *, now: datetime) -> date:
    """The organization's civil date at the real instant `now`."""
    if organization.is_sandbox:
        assert organization.clock_on is not None  # the table's constraint says so
        return organization.clock_on
    return clock.civil_date(now, time_zone=organization.time_zone)


def aim(organization: Organization, *, target_on: date) -> None:
    """Record where the clock is moving to, before it moves; a repeat changes nothing. Raises Refusal for a production
    organization, for a date that is not ahead, or beyond ten years."""
    if not organization.is_sandbox:
        raise Refusal("clock_is_real", "Only a sandbox organization can move its clock.")
    assert organization.clock_on is not None
    if target_on == organization.clock_target_on:
        return
    if target_on <= organization.clock_on:
        raise Refusal(
            "clock_runs_forward",
            "The clock only runs forward: choose a date after {present_on}.",
            present_on=organization.clock_on,
        )
    if target_on > organization.clock_on + timedelta(days=3660):
        raise Refusal("clock_too_far", "Choose a date at most ten years ahead.")
    organization.clock_target_on = target_on
    organization.save(update_fields=["clock_target_on"])


def next_day(organization: Organization) -> bool:
    """The present day is lived: the sandbox's clock shows the next one, or, at its target, forgets that and stays. Returns
    whether it moved."""
    assert organization.clock_on is not None
    is_there = organization.clock_target_on is None or organization.clock_on >= organization.clock_target_on
    if is_there:
        organization.clock_target_on = None
    else:
        organization.clock_on += timedelta(days=1)
    organization.save(update_fields=["clock_on", "clock_target_on"])
    return not is_there
