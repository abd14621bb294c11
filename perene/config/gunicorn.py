"""What gunicorn is told beside its options, however it is started: `gunicorn -c python:perene.config.gunicorn …`."""

from typing import Any

from perene.kit import metrics


def child_exit(server: Any, worker: Any) -> None:
    """What a web process counted stays; what it held does not."""
    metrics.forget_process(worker.pid)
