"""Reading for reports: one consistent picture, and SQL that may only read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from psycopg import IsolationLevel

from perene.kit import bulk


@contextmanager
def snapshot() -> Iterator[None]:
    """A read-only transaction that sees one moment of the database, however long it takes. Must be the outermost one."""
    connection.ensure_connection()
    raw = connection.connection
    # Before BEGIN: the organization is announced by its first statement, and the level cannot change after that.
    raw.isolation_level, raw.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with transaction.atomic(durable=True):
            yield
    finally:
        raw.isolation_level = raw.read_only = None


def rows(sql: str, params: Mapping[str, object] | Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """The answer of one SELECT, inside a transaction; ids are bytes (`kit.bulk`)."""
    with bulk.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def expect_whole_sets() -> None:
    """For the present transaction: its queries go over whole tables. Where nothing is known about a table yet (or a LIMIT
    hides it), the planner would go through one of them once for every row of another."""
    rows("SELECT set_config('enable_nestloop', 'off', true)")


@contextmanager
def whole_sets() -> Iterator[None]:
    """`expect_whole_sets` for the queries inside, in the present transaction or in one of its own."""
    with transaction.atomic():
        expect_whole_sets()
        yield
        rows("SELECT set_config('enable_nestloop', 'on', true)")
