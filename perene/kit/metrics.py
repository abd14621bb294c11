"""What is counted while it happens, for Prometheus. Several processes of a machine write into one folder
(PROMETHEUS_MULTIPROC_DIR), and any of them answers for all."""

import os
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    generate_latest,
    multiprocess,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import REGISTRY, Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LONG_SECONDS = (0.05, 0.2, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)

# A route is a pattern of urls.py, never an address: the number of labels is bounded by the program.
REQUESTS = Counter("perene_requests", "Requests answered.", ["route", "method", "status"])
REQUEST_SECONDS = Histogram("perene_request_seconds", "How long requests took.", ["route"], buckets=_SECONDS)
JOBS = Counter("perene_jobs", "Jobs that ended in a worker of this machine.", ["task", "outcome"])
JOB_SECONDS = Histogram("perene_job_seconds", "How long jobs took.", ["task"], buckets=_LONG_SECONDS)


def exposition(measured_now: Iterable[Metric] = ()) -> bytes:
    """The whole as text; `measured_now` is what is read from the database this moment."""
    registry = _of_this_machine()
    registry.register(_Given(measured_now))
    text: bytes = generate_latest(registry)
    return text


def serve(host: str, port: int) -> None:
    """Answer with what is counted here, on a thread of its own: for a worker on a machine without a web server. Raises
    OSError when the port is taken."""
    start_http_server(port, host, registry=_of_this_machine())


def _of_this_machine() -> CollectorRegistry:
    if not os.environ.get(FOLDER):
        return _Copy()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def forget_process(pid: int) -> None:
    """A process that ended."""
    if os.environ.get(FOLDER):
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


class _Copy(CollectorRegistry):
    """What this process counts, and what else is registered."""

    def collect(self) -> Iterable[Metric]:
        yield from REGISTRY.collect()
        yield from super().collect()


class _Given(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics
