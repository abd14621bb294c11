"""The embedded database server when something is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from perene.kit.embedded_postgres import Server, postmaster
from tests.kit.conftest import Child, wait_until


def admin(server: Server) -> str:
    return server.dsn("postgres", role="perene_admin")


@pytest.mark.parametrize("by", ["the same object", "another object, beside the zombie"])
def test_killed_postgres_starts_again_with_every_commit(folder: Path, by: str) -> None:
    server = Server(folder)
    server.start()
    with psycopg.connect(admin(server)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    killed = server.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: not postmaster.is_alive(killed, folder), seconds=10)
    if by != "the same object":
        assert Path(f"/proc/{killed}/stat").read_text().split(")")[1].split()[0] == "Z"
    else:
        assert not server.is_running
    again = server if by == "the same object" else Server(folder)
    again.start()
    try:
        assert again.pid not in (None, killed)
        with psycopg.connect(admin(again)) as connection:
            assert connection.execute("SELECT value FROM kept").fetchall() == [(42,)]
    finally:
        again.stop()
    assert not server.is_running
    server.stop()


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died"
)
def test_when_python_is_killed_the_server_shuts_down_cleanly(
    folder: Path, spawn: Callable[[Path], Child]
) -> None:
    child = spawn(folder)
    pid, dsn = child.answer()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    child.process.kill()
    assert wait_until(lambda: not postmaster.is_alive(pid, folder), seconds=20)
    log = folder.with_name("data.log")
    assert log.read_text().count("database system is shut down") == 1
    with Server(folder, durable=False) as server:
        with psycopg.connect(admin(server)) as connection:
            assert connection.execute("SELECT value FROM kept").fetchall() == [(42,)]
        assert "not properly shut down" not in log.read_text()


def test_a_start_waits_for_the_shutdown_of_a_killed_process(
    folder: Path, spawn: Callable[[Path], Child]
) -> None:
    child = spawn(folder)
    pid, _ = child.answer()
    child.process.kill()  # its server is perhaps still writing when we come
    with Server(folder, durable=False) as server:
        assert server.pid != pid
        with psycopg.connect(admin(server)) as connection:
            assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_a_lock_file_that_names_an_unrelated_process_is_no_obstacle(folder: Path) -> None:
    server = Server(folder, durable=False)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "postmaster.pid").write_text(
            f"{stranger.pid}\n{folder}\n1700000000\n5432\n/tmp\n\n1 1\nready\n"
        )
        assert postmaster.living(folder) is None
        with server:
            assert server.pid not in (None, stranger.pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_forked_child_does_not_stop_its_parents_server(folder: Path) -> None:
    with Server(folder, durable=False) as server:
        forked = os.fork()
        if forked == 0:
            server.stop()
            os._exit(0 if server.is_running else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
        assert server.is_running
        with psycopg.connect(admin(server)) as connection:
            assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_a_killed_initdb_leaves_nothing_that_looks_finished(place: Path) -> None:
    folder = place / "data"
    half = place / "data.making"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with Server(folder, durable=False) as server, psycopg.connect(admin(server)) as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
