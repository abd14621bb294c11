"""`perene up` on a machine that has only Python: it starts as one thing, and nothing of it is left when it ends."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perene.kit.embedded_postgres import system_user
from tests.interfaces.cli.conftest import said_by, start

PATIENCE_SECONDS = 60.0
WITHOUT = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "PERENE_SECRET_KEY")

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder whose database was made by a first command."""
    path = Path(tempfile.mkdtemp(prefix="perene-up-"))
    path.chmod(0o755)
    first = said_by(start("organizations", without=WITHOUT, PERENE_DATA=str(path)))
    assert (first.status, first.out, first.err) == (0, "", "preparing the database (once) …\n")
    yield path
    system_user.remove(path)


@pytest.fixture
def up(folder: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], int]]]:
    """Start `perene up` on a free port and wait until it says that it answers."""
    started: list[subprocess.Popen[str]] = []

    def begin() -> tuple[subprocess.Popen[str], int]:
        port = free_port()
        process = start("up", "--port", str(port), without=WITHOUT, PERENE_DATA=str(folder))
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == f"Perene atende em http://localhost:{port}/ (Ctrl-C encerra).\n"
        return process, port

    yield begin
    for process in started:
        process.kill()
        process.communicate()
    wait_until(lambda: at_work(folder) == {})


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def at_work(folder: Path) -> dict[int, str]:
    """The living processes that were told of this data folder, by process id."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if f"PERENE_DATA={folder}".encode() in (place / "environ").read_bytes().split(b"\0"):
                command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if command:  # a zombie has none
                    found[int(place.name)] = command
        except OSError:
            continue
    return found


def workers(folder: Path) -> list[int]:
    return [pid for pid, command in at_work(folder).items() if re.search(r"-m perene worker", command)]


def sign_in_page(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/entrar", headers={"Host": "localhost"})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_stops_cleanly(
    folder: Path, up: Callable[[], tuple[subprocess.Popen[str], int]], how: signal.Signals
) -> None:
    process, port = up()
    assert sign_in_page(port) == 200
    assert len(workers(folder)) == 1
    # Another command meanwhile uses the same server, and leaves it running.
    assert said_by(start("organizations", without=WITHOUT, PERENE_DATA=str(folder))) == (0, "", "")
    assert sign_in_page(port) == 200
    process.send_signal(how)
    said = said_by(process)
    assert (said.status, said.out, said.err) == (0, "", "")
    assert at_work(folder) == {}
    assert not (folder / "postgres" / "postmaster.pid").exists()  # the database was shut down, not cut off


def test_nothing_outlives_it_when_it_is_killed(
    folder: Path, up: Callable[[], tuple[subprocess.Popen[str], int]]
) -> None:
    process, _port = up()
    assert len(at_work(folder)) > 4
    process.kill()
    process.communicate()
    wait_until(lambda: at_work(folder) == {})


def test_a_worker_that_dies_is_replaced(
    folder: Path, up: Callable[[], tuple[subprocess.Popen[str], int]]
) -> None:
    process, port = up()
    (worker,) = workers(folder)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: workers(folder) not in ([], [worker]))
    assert sign_in_page(port) == 200
    process.send_signal(signal.SIGINT)
    said = said_by(process)
    assert (said.status, said.err) == (0, "O processo de trabalho parou (-9): está sendo iniciado de novo.\n")


def test_a_database_that_dies_is_started_again(
    folder: Path, up: Callable[[], tuple[subprocess.Popen[str], int]]
) -> None:
    process, port = up()
    lock_file = folder / "postgres" / "postmaster.pid"
    server = int(lock_file.read_text().split()[0])
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: lock_file.exists() and int(lock_file.read_text().split()[0]) != server)
    wait_until(lambda: sign_in_page(port) == 200)
    wait_until(lambda: said_by(start("organizations", without=WITHOUT, PERENE_DATA=str(folder))).status == 0)
    process.send_signal(signal.SIGINT)
    said = said_by(process)
    assert said.status == 0
    assert "O banco de dados parou: está sendo iniciado de novo.\n" in said.err
    assert at_work(folder) == {}


def test_a_port_that_is_taken_is_said(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = said_by(start("up", "--port", str(port), without=WITHOUT, PERENE_DATA=str(folder)))
    assert said == (
        2,
        "",
        f"Port {port} of 127.0.0.1 cannot be used (Address already in use): choose another with --port or --host.\n",
    )
    assert at_work(folder) == {}


def test_a_fresh_demo_replaces_the_old_one_and_nothing_else(folder: Path) -> None:
    def perene(*arguments: str) -> tuple[int, str, str]:
        return said_by(start(*arguments, without=WITHOUT, PERENE_DATA=str(folder)), given="uma-senha-boa-1\n")

    small = ("demo", "--no-serve", "--customers", "3", "--months", "1")
    assert perene(*small)[0] == 0
    assert perene("clock", "--organization", "1", "--days", "3")[1] == "O relógio mostra 04/01/2026.\n"
    assert perene(*small, "--fresh")[0] == 0
    assert perene("organizations")[1] == "     1  01/01/2026  testes     Provedor Aurora\n"

    owner = (
        "--email",
        "dona@example.com",
        "--name",
        "Dona",
        "--password-from-stdin",
        "--sandbox-on",
        "2026-01-01",
    )
    assert perene("createowner", "--organization", "Provedor Real", *owner)[0] == 0
    status, out, err = perene(*small, "--fresh")
    assert (status, out) == (2, "")
    assert err == (
        "No banco de dados há mais do que a demonstração (Provedor Real), e isso se perderia: use outra pasta em PERENE_DATA.\n"
    )
    assert perene("organizations")[1] == (
        "     1  01/01/2026  testes     Provedor Aurora\n     2  01/01/2026  testes     Provedor Real\n"
    )
