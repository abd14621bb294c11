"""What runs for months (web server, worker) may start in the very moment in which the database restarts: it waits."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ground import Database
from tests.interfaces.cli.conftest import ROOT

LONGER_THAN_A_START_SECONDS = 3.0
PATIENCE_SECONDS = 60.0
SOCKETS = (
    """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'perene_app'"""
)

WEB = "import perene.config.wsgi; print('fit')"
WORKER = "import sys; from perene.interfaces.cli.main import main; sys.exit(main(['worker']))"


@pytest.fixture
def program(database: Database, tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start Python code whose database is reached through `tmp_path/sockets`, a folder that is not there yet."""
    url = database.dsn().replace(f"host={database.server.socket_folder}", f"host={tmp_path / 'sockets'}")
    assert str(tmp_path) in url
    begun: list[subprocess.Popen[str]] = []

    def begin(code: str) -> subprocess.Popen[str]:
        begun.append(
            subprocess.Popen(
                [sys.executable, "-c", code],
                cwd=ROOT,
                env=os.environ | {"DATABASE_URL": url},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return begun[-1]

    yield begin
    for each in begun:
        each.kill()
        each.communicate()


def test_a_web_process_waits_for_the_database(
    database: Database, tmp_path: Path, program: Callable[[str], subprocess.Popen[str]]
) -> None:
    web = program(WEB)
    with pytest.raises(subprocess.TimeoutExpired):
        web.wait(LONGER_THAN_A_START_SECONDS)
    (tmp_path / "sockets").symlink_to(database.server.socket_folder)
    out, _err = web.communicate(timeout=PATIENCE_SECONDS)
    assert (web.returncode, out) == (0, "fit\n")


def test_a_worker_waits_for_the_database(
    database: Database, tmp_path: Path, program: Callable[[str], subprocess.Popen[str]]
) -> None:
    worker = program(WORKER)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(LONGER_THAN_A_START_SECONDS)
    with database.admin() as admin:
        before = admin.execute(SOCKETS).fetchall()[0][0]
        (tmp_path / "sockets").symlink_to(database.server.socket_folder)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while admin.execute(SOCKETS).fetchall()[0][0] == before:
            assert worker.poll() is None
            assert time.monotonic() < deadline, "the worker never came"
            time.sleep(0.05)
    worker.terminate()
    out, err = worker.communicate(timeout=PATIENCE_SECONDS)
    assert (out, err) == ("", "")
