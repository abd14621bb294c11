"""A real browser on a real site: gunicorn and a worker as `perene up` starts them, on the test's own database."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from perene.kit import tenancy
from tests import factories
from tests.ground import Database

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
# As root, and with no talk to the internet.
FLAGS = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
OWNER = "dona@navega.example.com"
START_SECONDS = 20


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser; where it is missing the test says so, and fails where it must not be missing."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        _missing("playwright")
    found = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if found is None:
        _missing("chromium")
    return str(found)


def _missing(name: str) -> None:
    why = f"needs {name}: python3 dev.py test --system installs it"
    pytest.fail(why) if os.environ.get("PERENE_CI") == "1" else pytest.skip(why)


@pytest.fixture(scope="module")
def site(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site with a provider on 31 December 2025, a day before its first charges."""
    _furnish()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    logs = tmp_path_factory.mktemp("site")
    web = _start(logs / "web.log", "gunicorn", "perene.config.wsgi:application", "--bind", f"127.0.0.1:{port}",
                 "--worker-class", "gthread", "--threads", "4", "--no-control-socket")  # fmt: skip
    worker = _start(logs / "worker.log", "perene", "worker")
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert web.poll() is None and time.monotonic() < deadline, (logs / "web.log").read_text()
            time.sleep(0.05)
        yield f"http://localhost:{port}"
    finally:
        for process in (worker, web):
            process.terminate()
        for process in (worker, web):
            process.wait(20)
        for log in sorted(logs.iterdir()):
            print(f"--- {log.name}\n{log.read_text()}")


def _furnish() -> None:
    """Customers whose names and prices look like life, one of whom cannot be billed."""
    organization_id = factories.organization(
        "Provedor Navega", owner_email=OWNER, sandbox_on=date(2025, 12, 20)
    )
    with tenancy.organization(organization_id):
        fiber = factories.plan(
            "FIBRA-500",
            {
                "name": "Internet Fibra 500",
                "unit_cents": 99_90,
                "adjustment_kind": "percent",
                "discount_percent": 10,
            },
            {"name": "Ponto Wi-Fi", "unit_cents": 15_00, "calc_type": "per_unit", "quantity": 2},
            {"name": "Adesão", "unit_cents": 120_00, "recurrence": "one_time:1"},
            prorate_first=True,
        )
        yearly = factories.plan("DOMINIO", ("Domínio próprio", 59_00), interval_unit="year")
        broken = factories.plan(
            "NUVEM", {"name": "Nuvem", "unit_cents": 0, "calc_type": "graduated", "quantity": 7,
                      "tiers": [["10", 100, 0], ["5", 90, 0], [None, 80, 0]]},
        )  # fmt: skip
        names = "Ana Beatriz Nogueira,Carlos Pimentel,Colégio Monte Alegre,Débora Fagundes,Edson Vieira,Gilberto Yamamoto"
        for number, name in enumerate(names.split(",")):
            customer = factories.customer(name, email=f"cliente{number}@example.com", city="Campinas", state="SP",
                                          street="Rua das Flores", street_number=str(100 + number))  # fmt: skip
            plan = yearly if number == 2 else broken if number == 5 else fiber
            factories.contract(
                plan, customer_id=customer, on=date(2025, 12, 20), due_day=5 + 5 * (number % 4)
            )
        factories.live_until(date(2025, 12, 31))


def _start(log: Path, *command: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
