"""Reading and writing at volume: psycopg's own binary cursor in the transaction of the ORM, COPY into temporary tables, then
one statement from there (a table with policies takes no COPY).

On the billing run's path an id is never more than its 16 bytes, which is also what PostgreSQL's binary format carries: ten UUID
objects per invoice cost more than pricing it. `uuid.UUID(bytes=…)` turns one back where a person or the ORM needs it.
"""

import gc
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import Cursor, pq
from psycopg.types.string import ByteaBinaryLoader, BytesBinaryDumper

from perene.kit import tenancy

_collection = threading.Lock()
_without_collection = 0


@contextmanager
def without_cycle_collection() -> Iterator[None]:
    """A chunk makes a million short-lived tuples, none of them in a cycle: reference counts free them, and Python's cycle
    collector walking them in vain took a third of the billing run's time. It is on again when no thread is in here."""
    global _without_collection
    with _collection:
        _without_collection += 1
        gc.disable()
    try:
        yield
    finally:
        with _collection:
            _without_collection -= 1
            if not _without_collection:
                gc.enable()


@contextmanager
def cursor() -> Iterator[Any]:
    """A binary cursor of the present transaction; uuid columns are read as bytes. Raises ScopeError outside one."""
    tenancy.organization_id()
    if not connection.in_atomic_block:
        raise tenancy.ScopeError("Bulk work needs a transaction: it is where the organization was announced.")
    # Not Django's own cursor class: that one binds parameters on our side, and then results are text.
    with connection.wrap_database_errors, Cursor(connection.connection) as raw:
        raw.format = pq.Format.BINARY
        raw.adapters.register_loader("uuid", ByteaBinaryLoader)
        # COPY finds dumpers by the column's type; the one for bytes must be found before the DB-API's slower Binary.
        raw.adapters.register_dumper(bytes, BytesBinaryDumper)
        yield raw


@contextmanager
def by_look_up(raw: Any) -> Iterator[None]:
    """Statements of this block join by index look-ups: a chunk's few thousand rows against tables of any size. Left to
    itself the planner reads the whole table of contracts for every chunk, and throughput falls as the company grows."""
    names = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")
    raw.execute("SELECT " + ", ".join(f"set_config('{name}', 'off', true)" for name in names))
    yield
    raw.execute("SELECT " + ", ".join(f"set_config('{name}', 'on', true)" for name in names))


def copy_in(raw: Any, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> None:
    """COPY rows into a temporary table. `columns`: name → type, in the order of the rows' values; ids are bytes."""
    # An id goes over as it is: bytes for PostgreSQL's binary uuid, which the driver would call bytea.
    types = ["bytea" if kind == "uuid" else kind for kind in columns.values()]
    with raw.copy(f"COPY pg_temp.{table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        write_row = copy.write_row
        for row in rows:
            write_row(row)


def insert(model: Any, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """New rows of a tenant table, with everything of it that has no default in the database: `columns` are the names of its
    columns, without organization_id; JSON values are text. Returns how many."""
    table, names = _loaded(model, columns, rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_quote(model._meta.db_table)} (organization_id, {names}) SELECT %s, {names} FROM {table}",
            [tenancy.organization_id()],
        )
        return int(cursor.rowcount)


def update(model: Any, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """New values for rows of a tenant table. The first of `columns` is its key, the others are set. Returns how many rows
    were there to be set."""
    table, _ = _loaded(model, columns, rows)
    key, *changed = map(_quote, columns)
    assignments = ", ".join(f"{name} = given.{name}" for name in changed)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_quote(model._meta.db_table)} kept SET {assignments} FROM {table} given"
            f" WHERE kept.organization_id = %s AND kept.{key} = given.{key}",
            [tenancy.organization_id()],
        )
        return int(cursor.rowcount)


def _loaded(model: Any, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> tuple[str, str]:
    """The temporary table with these rows, and its columns, both ready for SQL."""
    table, names = _quote(f"bulk_{model._meta.db_table}"), ", ".join(map(_quote, columns))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        # Not LIKE: it would take over NOT NULL of columns that we do not fill.
        cursor.execute(
            f"CREATE TEMP TABLE {table} ON COMMIT DROP AS"
            f" SELECT {names} FROM {_quote(model._meta.db_table)} WITH NO DATA"
        )
        with cursor.copy(f"COPY pg_temp.{table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    return f"pg_temp.{table}", names


def _quote(name: str) -> str:
    return connection.ops.quote_name(name)


def json_text(value: object) -> str | None:
    """A JSON value as `insert` and `update` take it."""
    return None if value is None else json.dumps(value)
