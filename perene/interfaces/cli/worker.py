"""One worker process: takes jobs from the queue until it is asked to stop."""

import os
from argparse import Namespace

from perene.kit import fitness, metrics, queue, watched

# So long a job may go on by itself after we were asked to stop; then it is told, and lets go at its next step. What is
# left of it waits for the next worker.
PATIENCE_SECONDS = 1.0
CONCURRENT_JOBS = 2


def run(arguments: Namespace) -> int:
    """`perene worker`: Ctrl-C or SIGTERM ends it after the step in hand. Killing it loses nothing."""
    if arguments.metrics:
        _measure(*arguments.metrics)
    app = queue.app()
    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(
            name=f"worker-{os.getpid()}",
            concurrency=CONCURRENT_JOBS,
            shutdown_graceful_timeout=PATIENCE_SECONDS,
            worker_middleware=[watched.job],
        )
    return 0


def _measure(host: str, port: int) -> None:
    try:
        metrics.serve(host, port)
    except OSError as error:
        raise fitness.Unfit(
            f"Port {port} of {host} cannot be used ({error.strerror}): choose another with --metrics.",
            reason="port",
        ) from None
