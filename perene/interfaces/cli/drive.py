"""Several processes on one billing run. Each claims free batches; whoever dies loses only the chunk it was in, which the
database gives back and another one takes."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from uuid import UUID

from django.db import connection

from perene.actions import bill
from perene.apps.billing import runs
from perene.kit import clock, tenancy

LOOK_SECONDS = 0.2


def finish(
    organization_id: int, run_id: UUID, *, workers: int, each_look: Callable[[runs.Progress], None]
) -> list[str]:
    """Bill until nothing of the run is left and it is closed; call within the organization's scope. `each_look` hears how
    far it is. Returns why each process that ended early did."""
    dead = _together(organization_id, run_id, workers=workers, each_look=each_look) if workers > 1 else []
    # Alone, or what a dead process left, or what another command is still busy with.
    while True:
        bill.free_batches(run_id, now=clock.now, each_chunk=lambda: each_look(runs.progress(run_id)))
        each_look(runs.progress(run_id))
        if bill.finish(run_id, now=clock.now()) or runs.is_done(run_id):  # done: the other one closed it
            return dead
        time.sleep(LOOK_SECONDS)


def _together(
    organization_id: int, run_id: UUID, *, workers: int, each_look: Callable[[runs.Progress], None]
) -> list[str]:
    connection.close()  # neither a connection nor a pool's threads survive a fork
    connection.close_pool()
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=_work, args=(organization_id, run_id), name=f"{number}")
        for number in range(1, workers + 1)
    ]
    for process in processes:
        process.start()
    try:
        while alive := [process.sentinel for process in processes if process.is_alive()]:
            each_look(runs.progress(run_id))
            wait(alive, timeout=LOOK_SECONDS)
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for process in processes:
            process.join()
    return [_why(process) for process in processes if process.exitcode]


def _work(organization_id: int, run_id: UUID) -> None:
    """One process: chunk after chunk, until none is free."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Ctrl-C reaches the whole group; the parent decides and tells us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()

    def while_it_lives() -> None:
        if os.getppid() != parent:
            raise SystemExit

    with tenancy.organization(organization_id):
        bill.free_batches(run_id, now=clock.now, each_chunk=while_it_lives)
    connection.close()


def _why(process: BaseProcess) -> str:
    code = process.exitcode or 0
    return f"{process.name}: {signal.Signals(-code).name if code < 0 else code}"
