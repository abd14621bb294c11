"""Throwaway database servers and processes for the tests of the platform."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perene.kit.embedded_postgres import Server, system_user

ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A second Python process that has the server of a folder."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("embedded_postgres_child.py")), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    def answer(self) -> tuple[int, str]:
        """The server's process id and its address, as the child sees them."""
        assert self.process.stdout is not None
        pid, dsn = self.process.stdout.readline().split()
        return int(pid), dsn

    def finish(self) -> None:
        if self.process.poll() is None:
            self.process.communicate(timeout=20)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process.wait(20)


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder everyone may enter, as a server's folder is (pytest's own are private)."""
    path = Path(tempfile.mkdtemp(prefix="perene-test-"))
    path.chmod(0o755)
    yield path
    system_user.remove(path)


@pytest.fixture(scope="session")
def fresh_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a server that was started once and stopped; to be copied."""
    server = Server(tmp_path_factory.mktemp("fresh") / "data", durable=False)
    with server:
        pass
    yield server.data_folder.resolve()
    server.destroy()


@pytest.fixture
def folder(place: Path, fresh_data: Path) -> Iterator[Path]:
    """A data folder ready to start; server and data are gone after the test. Copying one saves a second of initdb."""
    path = place / "data"
    shutil.copytree(fresh_data, path)
    yield path
    Server(path).destroy()


@pytest.fixture
def spawn() -> Iterator[Callable[[Path], Child]]:
    children: list[Child] = []

    def start(folder: Path) -> Child:
        children.append(Child(folder))
        return children[-1]

    yield start
    for child in children:
        child.finish()


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it became so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return is_so()
