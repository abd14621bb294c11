"""Two worker hosts and one PostgreSQL, tried: `python3 -m bench.two_hosts` as root on Linux.

Each host is a network namespace with an address of its own; they reach the database over TCP, with scram passwords, and see
nothing else. A run of 20,000 contracts is billed by a worker on each; in the middle of it one host loses its cable and its
power. The other one finishes, and `perene verify` must find nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg

from perene.kit import roles
from perene.kit.embedded_postgres import Server, bootstrap, cluster, find_binaries, system_user

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "perene"
CONTRACTS = 20_000
BATCH = 500
STARTED_ON = date(2026, 1, 1)
BRIDGE, NETWORK, SERVER = "perene-br", "10.77.31.0/24", "10.77.31.1"
HOSTS = {"perene-a": "10.77.31.11", "perene-b": "10.77.31.12"}
# A host that vanishes says no goodbye: the server must ask for it, or what it had in hand stays locked for two hours.
KEEPALIVES = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    # Keepalives are not sent while something sent is unanswered: that is what this one bounds.
    "tcp_user_timeout": "10000",
}


def main() -> int:
    """0 when every contract was billed once and verify is clean; 77 where there can be no namespaces."""
    if os.geteuid() != 0 or shutil.which("ip") is None or _fails("ip", "netns", "list"):
        print("two hosts: not tried, this needs root and `ip netns`", file=sys.stderr)
        return 77
    passwords = {name: secrets.token_hex(16) for name in roles.APPLICATION_ROLES}
    with ExitStack() as stack:
        folder = Path(mkdtemp(prefix="perene-two-hosts-"))
        stack.callback(system_user.remove, folder)
        folder.chmod(0o755)
        _environment(passwords)
        _prepare(folder, passwords)
        stack.enter_context(_network())
        stack.enter_context(_postgres(folder))
        seen = _bill_on_both(stack)
    print(json.dumps(seen, indent=2))
    return 0 if seen["is_right"] else 1


def _bill_on_both(stack: ExitStack) -> dict[str, Any]:
    import django

    django.setup()
    from perene.actions import bill
    from perene.apps.billing import runs
    from perene.apps.billing.models import Invoice
    from perene.kit import clock, queue, tenancy

    workers = {name: stack.enter_context(_worker(name)) for name in HOSTS}
    with tenancy.organization(1):
        run_id = bill.start(through=STARTED_ON, reason="command", now=clock.now(), batch_size=BATCH)
        for _ in workers:
            queue.enqueue("work_run", organization_id=1, run_id=str(run_id))
        began = time.monotonic()
        _until(lambda: _connected() == set(HOSTS.values()) and runs.progress(run_id).batches_done >= 8)
        at_death = runs.progress(run_id)
        _run("ip", "link", "set", "perene-b-out", "down")
        workers["perene-b"].send_signal(signal.SIGKILL)
        died = time.monotonic()
        _until(lambda: runs.is_done(run_id))
        done = runs.progress(run_id)
        invoices = Invoice.objects.count()
    verified = subprocess.run(
        [sys.executable, "-m", "perene", "verify"], cwd=ROOT, capture_output=True, text=True
    )
    return {
        "contracts": CONTRACTS,
        "hosts": HOSTS,
        "batches": done.batches,
        "batches_done_when_one_host_died": at_death.batches_done,
        "seconds_with_two": round(died - began, 1),
        "seconds_from_the_death_to_the_end": round(time.monotonic() - died, 1),
        "invoices": invoices,
        "verify": (verified.stdout + verified.stderr).strip(),
        "is_right": invoices == CONTRACTS and verified.returncode == 0,
    }


def _prepare(folder: Path, passwords: dict[str, str]) -> None:
    """A cluster with roles, tables and the portfolio; stopped afterwards."""
    from bench import portfolio

    with Server(folder / "data") as server:
        bootstrap(server, DATABASE)
        local = os.environ | {
            "DATABASE_URL": server.dsn(DATABASE, role=roles.APP),
            "DATABASE_OWNER_URL": server.dsn(DATABASE, role=roles.OWNER),
        }
        subprocess.run([sys.executable, "-m", "perene", "migrate"], cwd=ROOT, env=local, check=True)
        admin = server.dsn(DATABASE, role=roles.ADMIN)
        portfolio.build(admin, contracts=CONTRACTS, started_on=STARTED_ON)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(
                "UPDATE organizations_organization SET is_sandbox = true, clock_on = '2026-01-01'"
            )
            for statement in roles.cluster_sql(passwords=passwords):
                connection.execute(statement.encode())
            connection.execute("VACUUM ANALYZE")


def _environment(passwords: dict[str, str]) -> None:
    """Addresses over TCP, for this process and those it starts."""
    for variable, role in {"DATABASE_URL": roles.APP, "DATABASE_OWNER_URL": roles.OWNER}.items():
        os.environ[variable] = f"postgresql://{role}:{passwords[role]}@{SERVER}:5432/{DATABASE}"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "perene.config.settings",
        "PERENE_SECRET_KEY": secrets.token_urlsafe(48),
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def _postgres(folder: Path) -> Iterator[None]:
    """The same cluster, on the network: no socket for the program, no password that is not asked for."""
    data = (folder / "data").resolve()
    user, programs = cluster.prepare(folder / "data", binaries=find_binaries(), durable=True)
    rules = folder / "pg_hba.conf"
    rules.write_text(f"host {DATABASE} all {NETWORK} scram-sha-256\n")
    rules.chmod(0o644)
    settings = {
        "listen_addresses": SERVER,
        "port": "5432",
        "unix_socket_directories": "",
        "hba_file": str(rules),
        **KEEPALIVES,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "postgres.log").open("w") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *options],
            cwd="/",
            stdout=log,
            stderr=log,
            **user.popen_arguments(),
        )
    try:
        _until(lambda: _answers(), seconds=30)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


@contextmanager
def _network() -> Iterator[None]:
    """A bridge with the database's address, and a namespace per host."""
    with ExitStack() as stack:
        _run("ip", "link", "add", BRIDGE, "type", "bridge")
        stack.callback(_fails, "ip", "link", "del", BRIDGE)
        _run("ip", "addr", "add", f"{SERVER}/24", "dev", BRIDGE)
        _run("ip", "link", "set", BRIDGE, "up")
        for name, address in HOSTS.items():
            _run("ip", "netns", "add", name)
            stack.callback(_fails, "ip", "netns", "del", name)
            _run("ip", "link", "add", f"{name}-out", "type", "veth", "peer", "name", "eth0", "netns", name)
            _run("ip", "link", "set", f"{name}-out", "master", BRIDGE, "up")
            _run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            _run("ip", "-n", name, "link", "set", "eth0", "up")
            _run("ip", "-n", name, "link", "set", "lo", "up")
        yield


@contextmanager
def _worker(host: str) -> Iterator[subprocess.Popen[bytes]]:
    """`perene worker` on a host."""
    command = ["ip", "netns", "exec", host, sys.executable, "-m", "perene", "worker"]
    worker = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        yield worker
    finally:
        worker.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(20)
        worker.kill()


def _connected() -> set[str]:
    """From where the program is connected."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT DISTINCT host(client_addr) FROM pg_stat_activity WHERE usename = current_user"
        ).fetchall()
    return {row[0] for row in rows} & set(HOSTS.values())


def _answers() -> bool:
    try:
        psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _until(condition: Any, *, seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come to that in time")
        time.sleep(0.1)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _fails(*command: str) -> bool:
    return subprocess.run(command, capture_output=True).returncode != 0


if __name__ == "__main__":
    raise SystemExit(main())
