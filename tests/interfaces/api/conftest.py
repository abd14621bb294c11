"""The world that the pages are walked over, with more life in it; and the program as it is served."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ground import Database
from tests.interfaces.api import life
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def reading(module_database: Database) -> World:
    """For tests that change nothing."""
    return life.lived(world.build())


@pytest.fixture
def living(database: Database) -> World:
    """For a test that acts: its own world."""
    return world.build()


class Server:
    """The program behind gunicorn: two processes of eight threads."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """A request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", f"/api/v1{path}", body, {"Content-Type": "application/json"} | headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@pytest.fixture
def server(database: Database, tmp_path: Path) -> Iterator[Server]:
    """It takes requests at once: they wait in the socket until it is ready."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        command = [sys.executable, "-m", "gunicorn", "perene.config.wsgi:application"]
        command += ["--bind", f"fd://{listening.fileno()}", "--workers", "2", "--threads", "8"]
        with (tmp_path / "server.log").open("w") as log:
            process = subprocess.Popen(
                [*command, "--worker-class", "gthread", "--no-control-socket"],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                pass_fds=[listening.fileno()],
                stderr=log,
            )
        try:
            yield Server(listening.getsockname()[1])
        finally:
            process.terminate()
            process.wait(30)
            print((tmp_path / "server.log").read_text())
