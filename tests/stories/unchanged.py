"""On refusal nothing changed: every row of every table, as text, before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import sql

from perene.rules.refusals import Refusal
from tests.ground import Database


def dump(database: Database) -> dict[str, tuple[int, str]]:
    """Table → (rows, digest of all of them), of every organization."""
    found = {}
    with database.everything() as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname NOT LIKE 'procrastinate%%' ORDER BY relname"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(
                sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
            ).fetchall()
            said = hashlib.sha256("\n".join(row[0] for row in rows).encode()).hexdigest()
            found[table] = (len(rows), said)
    return found


@contextmanager
def refused(database: Database, code: str, /, **params: object) -> Iterator[None]:
    """Whatever happens inside is refused with that code (and at least those parameters), and no row is another."""
    before = dump(database)
    with pytest.raises(Refusal) as refusal:
        yield
    assert refusal.value.code == code
    assert {name: refusal.value.params.get(name) for name in params} == params
    assert dump(database) == before
