"""A worker of the measured run: a process of its own that bills batches as the night's worker does."""

import resource
import time
from multiprocessing.connection import Connection
from uuid import UUID


def work(link: Connection, organization_id: int) -> None:
    """Set Django up, connect, say so; then bill the run that is sent until nothing is left, and report."""
    import django

    django.setup()
    from django.db import connection

    from perene.actions import bill
    from perene.kit import clock, tenancy

    with tenancy.organization(organization_id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        link.send("ready")
        run_id: UUID = link.recv()
        began, cpu_began = time.perf_counter(), time.process_time()
        bill.free_batches(run_id, now=clock.now)
        link.send(
            {
                "seconds": time.perf_counter() - began,
                "cpu_s": time.process_time() - cpu_began,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    connection.close()
