"""One worker process: takes jobs from the queue until it is asked to stop."""

import os
from argparse import Namespace

from perene.kit import queue

# So long a job may go on by itself after we were asked to stop; then it is told, and lets go at its next step. What is
# left of it waits for the next worker.
PATIENCE_SECONDS = 1.0
CONCURRENT_JOBS = 2


def run(arguments: Namespace) -> int:
    """`perene worker`: Ctrl-C or SIGTERM ends it after the step in hand. Killing it loses nothing."""
    app = queue.app()
    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(
            name=f"worker-{os.getpid()}",
            concurrency=CONCURRENT_JOBS,
            shutdown_graceful_timeout=PATIENCE_SECONDS,
        )
    return 0
