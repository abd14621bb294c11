"""The command line as people use it: in this process where that is enough, as a process of its own where it matters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from perene.interfaces.cli import main
from tests import factories
from tests.ground import Database

if TYPE_CHECKING:
    from tests.interfaces.cli.importer import Importer

ROOT = Path(__file__).resolve().parents[3]


class Said(NamedTuple):
    """What a command answered."""

    status: int
    out: str
    err: str


@pytest.fixture
def perene(database: Database, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Said]]:
    """Run a command in this process, on the test's database."""
    handler = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        status = main.main(list(arguments))
        return Said(status, *capsys.readouterr())

    yield run
    signal.signal(signal.SIGTERM, handler)


def start(*arguments: str, without: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[str]:
    """A `perene` process. Its environment is ours with some more, and without some."""
    mixed: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "perene", *arguments],
        cwd=ROOT,
        env={name: value for name, value in mixed.items() if name not in without},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said_by(process: subprocess.Popen[str], *, given: str = "") -> Said:
    """Wait for the process, telling it `given` on its standard input."""
    out, err = process.communicate(given, timeout=120)
    return Said(process.returncode, out, err)


@pytest.fixture
def importer(perene: Callable[..., Said], database: Database, tmp_path: Path) -> Importer:
    from tests.interfaces.cli.importer import Importer  # it names `Said`

    return Importer(factories.organization(), perene, tmp_path, database)
