"""`bench billing`: the real billing run, timed against the limit of the same machine in the same minute."""

import argparse
import json
import multiprocessing
import os
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import psycopg

from bench import limit, meters, portfolio
from perene.kit.embedded_postgres import Server, bootstrap

STARTED_ON = date(2026, 1, 1)
DATABASE = "bench"
ORGANIZATION = 1


def register(commands: Any) -> None:
    parser = commands.add_parser("billing", help="the billing run against the limit of COPY")
    parser.add_argument("--contracts", type=int, default=20_000)
    parser.add_argument("--workers", default="1,2", help="numbers of workers to measure, with commas")
    parser.add_argument("--history", type=int, default=0, help="months billed before the measured ones")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines to read")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build, bill, check, replay. Exit status 1 when the check finds anything."""
    with TemporaryDirectory(prefix="perene-bench-") as folder:
        server = Server(Path(folder) / "data")
        server.start()
        try:
            result = _measured(server, args)
        finally:
            server.destroy()
    print(json.dumps(result, indent=None if args.json else 2, ensure_ascii=False))
    return 0 if result["is_exact"] else 1


def _measured(server: Server, args: argparse.Namespace) -> dict[str, Any]:
    bootstrap(server, DATABASE)
    admin = server.dsn(DATABASE, role="perene_admin")
    os.environ["DJANGO_SETTINGS_MODULE"] = "perene.config.settings"
    os.environ.setdefault("PERENE_SECRET_KEY", "bench-bench-bench-bench-bench-bench-bench")
    _migrate(server)
    os.environ["DATABASE_URL"] = server.dsn(DATABASE, role="perene_app")
    portfolio.build(admin, contracts=args.contracts, started_on=STARTED_ON)
    month = 0
    for _ in range(args.history):
        _bill(server, month, workers=2)
        month += 1
    measured = []
    for workers in [int(text) for text in args.workers.split(",")]:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        measured.append(_bill(server, month, workers=workers))
        month += 1
    checked = time.perf_counter()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("ANALYZE")
        found = {
            "server": meters.settings(connection),
            "load_average": os.getloadavg()[0],
            "problems": _problems(connection, admin, months=month),
        }
    violations = _verify()
    replayed = [
        limit.replay(admin, run_id=entry["run_id"], postmaster_pid=_pid(server)) for entry in measured
    ]
    for entry, copied in zip(measured, replayed, strict=True):
        invoices = entry["invoices"]
        entry["limit_per_s"] = round(invoices / copied.seconds)
        entry["ratio"] = round(copied.seconds / entry["seconds"], 3)
        entry["limit_wal_per_invoice"] = round(copied.reading.wal_bytes / invoices)
        entry["rows_per_invoice"] = round(copied.rows / invoices, 2)
        entry["limit_cpu_us_per_invoice"] = round(copied.reading.cpu_s * 1e6 / invoices, 1)
        entry["run_id"] = str(entry["run_id"])
    return {
        "contracts": args.contracts,
        "history_months": args.history,
        "runs": measured,
        "check_seconds": round(time.perf_counter() - checked, 1),
        "violations": violations,
        "is_exact": not found["problems"] and not violations,
        **found,
    }


def _pid(server: Server) -> int:
    assert server.pid is not None
    return server.pid


def _migrate(server: Server) -> None:
    """In a process of its own, as the owner: this one must connect as the application."""
    environment = {"DATABASE_URL": server.dsn(DATABASE, role="perene_owner")}
    process = multiprocessing.get_context("spawn").Process(target=_migrate_here, args=(environment,))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("migrate failed")


def _migrate_here(environment: dict[str, str]) -> None:
    os.environ.update(environment)
    import django

    django.setup()
    from django.core.management import call_command

    from perene.kit import tenancy

    with tenancy.unscoped("migrate"):
        call_command("migrate", verbosity=0)


def _bill(server: Server, month: int, *, workers: int) -> dict[str, Any]:
    """One month's run by `workers` processes that are ready and connected when the clock starts."""
    from bench.worker import work

    context = multiprocessing.get_context("spawn")
    links, processes = [], []
    for _ in range(workers):
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, ORGANIZATION))
        process.start()
        links.append(ours)
        processes.append(process)
    for link in links:
        assert link.recv() == "ready"
    through = date(STARTED_ON.year + month // 12, 1 + month % 12, 1)
    with psycopg.connect(server.dsn(DATABASE, role="perene_admin"), autocommit=True) as connection:
        before = meters.read(connection, postmaster_pid=_pid(server))
        began = time.perf_counter()
        run_id = _start(through)
        for link in links:
            link.send(run_id)
        reports = [link.recv() for link in links]
        seconds = time.perf_counter() - began
        reading = meters.read(connection, postmaster_pid=_pid(server)).since(before)
        row = connection.execute(
            "SELECT count(*), sum(total_cents) FROM billing_invoice WHERE run_id = %s", [run_id]
        ).fetchone()
        assert row is not None
    for process in processes:
        process.join()
    invoices = int(row[0])
    _finish(run_id)
    client_cpu = sum(report["cpu_s"] for report in reports)
    return {
        "run_id": run_id,
        "workers": workers,
        "invoices": invoices,
        "seconds": round(seconds, 3),
        "per_s": round(invoices / seconds),
        "client_cpu_us_per_invoice": round(client_cpu * 1e6 / invoices, 1),
        "server_cpu_us_per_invoice": round(reading.cpu_s * 1e6 / invoices, 1),
        "wal_per_invoice": round(reading.wal_bytes / invoices),
        "peak_mb_per_worker": round(max(report["peak_mb"] for report in reports)),
    }


def _start(through: date) -> UUID:
    import django

    django.setup()
    from perene.actions import bill
    from perene.kit import clock, tenancy

    with tenancy.organization(ORGANIZATION):
        return bill.start(through=through, reason="bench", now=clock.now())


def _finish(run_id: UUID) -> None:
    from perene.actions import bill
    from perene.kit import clock, tenancy

    with tenancy.organization(ORGANIZATION):
        assert bill.finish(run_id, now=clock.now())


def _verify() -> list[str]:
    """The product's own proof, the code of `perene verify`."""
    from perene.kit import tenancy
    from perene.reports import verification

    with tenancy.organization(ORGANIZATION):
        return [str(violation) for violation in verification.verify()][:20]


def _problems(connection: psycopg.Connection, admin: str, *, months: int) -> list[str]:
    """An independent calculation in SQL: counts and sums in closed form, every line against its contract."""
    contracts, lines, cents = portfolio.expected(admin)
    wanted = {
        "SELECT count(*) FROM billing_invoice": contracts * months,
        "SELECT count(*) FROM billing_invoiceline": lines * months,
        "SELECT count(*) FROM billing_charge": lines * months,
        "SELECT count(*) FROM receivables_receivable": contracts * months,
        "SELECT count(*) FROM events_event": contracts * months,
        "SELECT sum(total_cents) FROM billing_invoice": cents * months,
        "SELECT sum(amount_cents) FROM billing_invoiceline": cents * months,
        "SELECT sum(open_cents) FROM receivables_receivable": cents * months,
        "SELECT sum(amount_cents) FROM ledger_posting": 0,
        "SELECT sum(amount_cents) FROM ledger_posting WHERE amount_cents > 0": cents * months,
        """SELECT count(*) FROM billing_charge ch JOIN contracts_contractline l
           ON l.organization_id = ch.organization_id AND l.id = ch.line_id
           WHERE ch.amount_cents <> greatest(0, l.unit_cents + l.surcharge_cents - l.discount_cents)""": 0,
        """SELECT count(*) FROM (SELECT entry_id FROM ledger_posting GROUP BY entry_id HAVING sum(amount_cents) <> 0) t""": 0,
        "SELECT count(*) FROM pg_class WHERE relname LIKE 'billing%' AND relpersistence <> 'p'": 0,
    }
    problems = []
    for query, value in wanted.items():
        row = connection.execute(query.encode()).fetchone()
        if row is None or int(row[0]) != value:
            problems.append(f"{query}: {row and row[0]}, expected {value}")
    return problems
