"""The state of the work as Prometheus reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from datetime import time as clock_time

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from perene.apps.organizations import organizations
from perene.kit import clock, tenancy
from perene.reports import operating

# Several scrapers cost what one does.
FRESH_SECONDS = 5.0

_kept: tuple[float, list[Metric]] | None = None


def state_of_work() -> list[Metric]:
    """Gauges from the database, at most FRESH_SECONDS old."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] >= FRESH_SECONDS:
        with tenancy.unscoped("the state of the work, for its operator"):
            _kept = time.monotonic(), [*_queue(), *_organizations()]
    return _kept[1]


def _queue() -> Iterator[Metric]:
    now = clock.now()
    found = operating.queue(now=now)
    waited = (now - found.oldest_waiting_at).total_seconds() if found.oldest_waiting_at else 0.0
    yield _gauge("perene_queue_waiting", "Jobs that could begin now.", found.waiting)
    yield _gauge("perene_queue_doing", "Jobs in hand.", found.doing)
    yield _gauge("perene_queue_failed", "Jobs that failed in the last 90 days.", found.failed)
    yield _gauge(
        "perene_queue_oldest_waiting_seconds", "How long the oldest of them waits.", max(waited, 0.0)
    )
    yield _gauge("perene_workers", "Workers that said lately that they live.", found.workers)


def _organizations() -> Iterator[Metric]:
    yield _gauge("perene_organizations", "Organizations at work.", len(organizations.ids_at_work()))
    rows = list(operating.standings())
    of_each = ["organization"]
    finished = GaugeMetricFamily(
        "perene_last_billed_day_timestamp_seconds",
        "The last day whose billing is finished, as the instant at which it began in UTC.",
        labels=of_each,
    )
    pace = GaugeMetricFamily(
        "perene_run_contracts_per_second", "Speed of the latest finished billing run.", labels=of_each
    )
    parked = GaugeMetricFamily(
        "perene_parked_contracts", "Contracts that could not be billed.", labels=of_each
    )
    webhooks = GaugeMetricFamily("perene_webhooks_waiting", "Deliveries under way.", labels=of_each)
    alerts = GaugeMetricFamily("perene_alerts_open", "Alerts that nobody resolved yet.", labels=of_each)
    for row in rows:
        label = [str(row.organization_id)]
        # A sandbox lives when somebody moves its clock: its days are nothing to be alarmed about.
        if row.last_billed_on is not None and not row.is_sandbox:
            began = datetime.combine(row.last_billed_on, clock_time(), UTC)
            finished.add_metric(label, began.timestamp())
        if row.contracts_per_second is not None:
            pace.add_metric(label, row.contracts_per_second)
        parked.add_metric(label, row.parked)
        webhooks.add_metric(label, row.webhooks_waiting)
        alerts.add_metric(label, row.alerts_open)
    yield from (finished, pace, parked, webhooks, alerts)


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=value)
