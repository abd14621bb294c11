"""How the work stands, for whoever keeps the machines: the queue, and each organization's nights, parked contracts and
webhooks. Read from the rows, so any process of any machine can answer for all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Min, Q
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker

from perene.apps.billing import parked
from perene.apps.billing.models import Batch, Run, RunStatus
from perene.apps.events.models import Alert, Delivery, DeliveryStatus
from perene.apps.organizations import days, organizations
from perene.kit import tenancy

# More organizations than this are not told one by one: the text must not grow without end.
MOST_ORGANIZATIONS = 200


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs that wait now, since when the oldest does, and those that failed and are in sight still; workers that live."""

    waiting: int
    doing: int
    failed: int
    oldest_waiting_at: datetime | None
    workers: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One organization. `contracts_per_second` is of its latest finished run of some size; None = there was none."""

    organization_id: int
    is_sandbox: bool
    last_billed_on: date | None
    parked: int
    webhooks_waiting: int
    alerts_open: int
    contracts_per_second: float | None


def queue(*, now: datetime) -> Queue:
    """How the queue stands. Asked outside of any organization."""
    ready = Q(status="todo") & (Q(scheduled_at__isnull=True) | Q(scheduled_at__lte=now))
    counts = ProcrastinateJob.objects.aggregate(
        waiting=Count("id", filter=ready),
        doing=Count("id", filter=Q(status="doing")),
        failed=Count("id", filter=Q(status="failed")),
    )
    waiting = ProcrastinateJob.objects.filter(ready).order_by().values("id")
    oldest = ProcrastinateEvent.objects.filter(type="deferred", job_id__in=waiting).aggregate(at=Min("at"))
    workers: int = ProcrastinateWorker.objects.count()
    return Queue(**counts, oldest_waiting_at=oldest["at"], workers=workers)


def standings() -> Iterator[Standing]:
    """The first MOST_ORGANIZATIONS that are at work. Asked outside of any organization."""
    for organization_id in organizations.ids_at_work()[:MOST_ORGANIZATIONS]:
        with tenancy.organization(organization_id), transaction.atomic():
            yield _standing(organization_id)


def _standing(organization_id: int) -> Standing:
    return Standing(
        organization_id=organization_id,
        is_sandbox=organizations.present().is_sandbox,
        last_billed_on=days.last_finished_on("bill"),
        parked=parked.open_count(),
        webhooks_waiting=Delivery.objects.filter(
            status=DeliveryStatus.WAITING, endpoint__is_active=True
        ).count(),
        alerts_open=Alert.objects.filter(resolved_at__isnull=True).count(),
        contracts_per_second=_pace(),
    )


def _pace() -> float | None:
    run = (
        Run.objects.filter(status=RunStatus.DONE, finished_at__isnull=False, contract__isnull=True)
        .order_by("-number")
        .first()
    )
    if run is None:
        return None
    contracts = sum(Batch.objects.filter(run=run).values_list("contracts", flat=True))
    seconds = (run.finished_at - run.started_at).total_seconds()
    return contracts / seconds if contracts and seconds > 0 else None
