"""Around every job of a worker: its lines tell whose they are, it is measured, and its end is said."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from procrastinate import JobContext
from procrastinate.exceptions import JobAborted

from perene.kit import logs, metrics

log = logging.getLogger("perene.job")


async def job(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Any) -> Any:
    """A worker's middleware."""
    task, began = context.job.task_name, time.perf_counter()
    facts: dict[str, object] = {"job": context.job.id, "task": task}
    if "organization_id" in context.job.task_kwargs:
        facts["organization"] = context.job.task_kwargs["organization_id"]
    outcome = "failed"
    with logs.about(**facts):
        try:
            result = await call_next()
            outcome = "done"
            return result
        except JobAborted:
            outcome = "let_go"
            raise
        finally:
            seconds = time.perf_counter() - began
            metrics.JOBS.labels(task, outcome).inc()
            metrics.JOB_SECONDS.labels(task).observe(seconds)
            level = logging.ERROR if outcome == "failed" else logging.INFO
            log.log(level, "job ended", extra={"outcome": outcome, "ms": round(seconds * 1000)})
