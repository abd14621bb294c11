"""The queue's door: work is enqueued by name, so nothing below `interfaces/jobs` imports a task.

Arguments are ids and dates. Losing a message loses nothing: every job only wakes a sweep over rows.
"""

from typing import Any

from django.db import transaction

_app: Any = None
_manager: Any = None


def ready(app: Any) -> None:
    """Called once by procrastinate when Django is ready."""
    global _app, _manager
    from procrastinate.contrib.django.django_connector import DjangoConnector
    from procrastinate.manager import JobManager

    _app = app
    # A worker gives its app a connector of its own, outside our transactions: messages keep going through Django's.
    _manager = JobManager(connector=DjangoConnector())


def enqueue(task: str, *, lock: str | None = None, **arguments: str | int) -> None:
    """Ask for `task`, in the present transaction. With `lock`, a second one that still waits is not added.
    Raises KeyError for a task that does not exist."""
    from procrastinate.exceptions import AlreadyEnqueued
    from procrastinate.tasks import configure_task

    _app.perform_import_paths()
    known = _app.tasks[task]
    try:
        # The refusal of a duplicate is a database error: it needs its own savepoint.
        with transaction.atomic():
            configure_task(
                name=known.name,
                job_manager=_manager,
                queue=known.queue,
                priority=known.priority,
                queueing_lock=lock,
            ).defer(**arguments)
    except AlreadyEnqueued:
        return


def app() -> Any:
    """The procrastinate application (workers and tests)."""
    return _app
