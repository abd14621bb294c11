"""The limit: the rows a run has just written, replayed by COPY on one connection into tables made like ours, with their
keys and indexes, without foreign keys and policies."""

import tempfile
import time
from dataclasses import dataclass
from uuid import UUID

import psycopg

from bench import meters

# table → which of its rows the run wrote
ROWS = {
    "billing_charge": "SELECT t.* FROM billing_charge t JOIN billing_invoiceline l ON l.organization_id = t.organization_id"
    " AND l.charge_id = t.id JOIN billing_invoice i ON i.organization_id = l.organization_id AND i.id = l.invoice_id"
    " WHERE i.run_id = '{run}'",
    "billing_invoice": "SELECT t.* FROM billing_invoice t WHERE t.run_id = '{run}'",
    "billing_invoiceline": "SELECT t.* FROM billing_invoiceline t JOIN billing_invoice i"
    " ON i.organization_id = t.organization_id AND i.id = t.invoice_id WHERE i.run_id = '{run}'",
    "receivables_receivable": "SELECT t.* FROM receivables_receivable t JOIN billing_invoice i"
    " ON i.organization_id = t.organization_id AND i.receivable_id = t.id WHERE i.run_id = '{run}'",
    "ledger_entry": "SELECT t.* FROM ledger_entry t JOIN billing_invoice i"
    " ON i.organization_id = t.organization_id AND i.entry_id = t.id WHERE i.run_id = '{run}'",
    "ledger_posting": "SELECT t.* FROM ledger_posting t JOIN billing_invoice i"
    " ON i.organization_id = t.organization_id AND i.entry_id = t.entry_id WHERE i.run_id = '{run}'",
    "events_event": "SELECT t.* FROM events_event t JOIN billing_invoice i"
    " ON i.organization_id = t.organization_id AND i.id = t.subject_id WHERE i.run_id = '{run}'",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """The replay: seconds of COPY, rows, and what it cost the server."""

    seconds: float
    rows: int
    reading: meters.Reading


def replay(admin_dsn: str, *, run_id: UUID, postmaster_pid: int) -> Limit:
    """COPY the run's rows out, then in again; only the way in is timed."""
    with (
        tempfile.TemporaryDirectory(prefix="perene-bench-") as folder,
        psycopg.connect(admin_dsn) as connection,
    ):
        connection.execute("DROP SCHEMA IF EXISTS bench_limit CASCADE; CREATE SCHEMA bench_limit")
        for table, rows in ROWS.items():
            connection.execute(
                f"CREATE TABLE bench_limit.{table} (LIKE public.{table} INCLUDING ALL)".encode()
            )
            query = f"COPY ({rows.format(run=run_id)} ORDER BY t.ctid) TO STDOUT (FORMAT BINARY)"
            with open(f"{folder}/{table}", "wb") as file, connection.cursor().copy(query.encode()) as copy:
                for block in copy:
                    file.write(block)
        connection.commit()
        before = meters.read(connection, postmaster_pid=postmaster_pid)
        connection.commit()
        count = 0
        began = time.perf_counter()
        for table in ROWS:
            cursor = connection.cursor()
            into = f"COPY bench_limit.{table} FROM STDIN (FORMAT BINARY)"
            with open(f"{folder}/{table}", "rb") as file, cursor.copy(into.encode()) as copy:
                while block := file.read(1 << 18):
                    copy.write(block)
            count += cursor.rowcount
            connection.commit()
        seconds = time.perf_counter() - began
        reading = meters.read(connection, postmaster_pid=postmaster_pid).since(before)
        connection.execute("DROP SCHEMA bench_limit CASCADE")
        connection.commit()
    return Limit(seconds, count, reading)
