"""Exactly once when it is the database server that dies in the middle of a run."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psycopg
import pytest

from perene.kit.embedded_postgres import Server, postmaster
from tests.fire.conftest import Fire, ended

LOST_CONNECTION = 1
PATIENCE_SECONDS = 120.0


@pytest.mark.capability("X1")
def test_the_server_is_killed_again_and_again(fire: Fire, fire_server: Server) -> None:
    """kill -9 of the postmaster, a new one over the same folder, the same day asked for again."""
    seen = []
    for wanted in (1, 4, 7, 10):
        process = fire.process()
        _await_batches(fire, wanted)
        killed = fire_server.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        assert ended(process) == LOST_CONNECTION
        _await(lambda killed=killed: not postmaster.is_alive(killed, fire_server.data_folder))
        fire_server.start()
        seen.append(fire.progress())
        assert seen[-1][0] >= wanted  # what was committed is there: full durability
    assert seen == sorted(seen)
    assert fire.exit_code() == 0
    fire.check_the_same_books()


@pytest.mark.capability("X1")
def test_a_backend_is_killed_again_and_again(fire: Fire) -> None:
    """kill -9 of the run's own backend: the server throws every session out, ours too, and recovers by itself."""
    killed = 0
    process = fire.process()
    for wanted in (1, 3, 6):
        while _committed(fire) < wanted:
            if not process.is_alive():  # thrown out, or come too early for the recovery: asked for again
                process = fire.process()
            time.sleep(0.002)
        os.kill(_backend(fire), signal.SIGKILL)
        killed += ended(process) == LOST_CONNECTION
    assert killed == 3
    _await(lambda: fire.exit_code() == 0)
    fire.check_the_same_books()


def _await_batches(fire: Fire, wanted: int) -> None:
    _await(lambda: fire.progress()[0] >= wanted)


def _committed(fire: Fire) -> int:
    """Batches; -1 while the server recovers."""
    try:
        return fire.progress()[0]
    except psycopg.OperationalError:
        return -1


def _backend(fire: Fire) -> int:
    with fire.database.admin() as connection:
        row = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'perene_app'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.002)
