"""What nobody would notice by themselves is raised as an alert: a night that did not bill, contracts that wait for a person."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from perene.apps.billing import parked
from perene.apps.events import alerts
from perene.apps.organizations import clock, days, organizations
from perene.apps.organizations.models import Organization
from perene.kit import tenancy

NO_BILLING, PARKED = "billing_did_not_happen", "contracts_parked"

# By this hour of its own time zone an organization's day must be billed.
BILLED_BY_HOUR = 8


@transaction.atomic(durable=True)
def watch(*, now: datetime) -> None:
    """Raise an alert when an organization's billing did not happen; it is over by itself once it did."""
    present = organizations.present()
    if is_billing_late(present, now=now):
        alerts.raise_(
            NO_BILLING,
            key="bill",
            message="The billing of the day did not happen until 8 o'clock: see whether a worker is running, or bill now.",
            params={},
            on=clock.today(present, now=now),
            now=now,
        )
    else:
        alerts.resolve(NO_BILLING, "bill", now=now)


def is_billing_late(present: Organization, *, now: datetime) -> bool:
    """Whether a production organization's day is not billed though it should be: at 8 in the morning, or since yesterday."""
    if present.is_sandbox:
        return False
    today = clock.today(present, now=now)
    last_on = days.last_finished_on("bill")
    if last_on is None:  # its first day has just begun
        return bool(days.begun_before(today))
    is_morning = now.astimezone(ZoneInfo(present.time_zone)).hour < BILLED_BY_HOUR
    return last_on < today - timedelta(days=1 if is_morning else 0)


@transaction.atomic(durable=True)
def tell_parked(*, on: date, now: datetime) -> None:
    """After a night: an alert while contracts wait for a person; it is over by itself when none does."""
    count = parked.open_count()
    if not count:
        alerts.resolve(PARKED, "parked", now=now)
        return
    alerts.raise_(
        PARKED,
        key="parked",
        message="Contracts that were not billed and wait for a person: {count}. See each one's reason and bill it or mend it.",
        params={"count": count},
        on=on,
        now=now,
    )
    alerts.say_again(PARKED, key="parked", params={"count": count})


@transaction.atomic(durable=True)
def resolve(alert_id: UUID, *, now: datetime) -> bool:
    """A person saw to it. False when it was over already."""
    return alerts.see_to(alert_id, person_id=tenancy.person_id(), now=now)
