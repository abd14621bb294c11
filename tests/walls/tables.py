"""The tenant tables as the tests of the walls see them: what each may be asked, and where its keys lead."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import psycopg

from perene.kit import ids, unwalled
from tests.architecture import walls


@dataclass(frozen=True)
class Key:
    """A column that names a row of another tenant table."""

    table: str
    column: str
    target: str
    target_column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


TABLES = sorted(
    model._meta.db_table
    for model in walls.our_models()
    if model._meta.db_table not in {**unwalled.OTHER_WALLS, **unwalled.TABLES}
)
KEYS = [
    Key(
        model._meta.db_table, field.column, field.remote_field.model._meta.db_table, field.target_field.column
    )
    for model in walls.our_models()
    for field in model._meta.local_fields
    # A person belongs to no single organization: `tests/walls/test_people.py`.
    if field.remote_field and field.remote_field.model._meta.db_table not in unwalled.OTHER_WALLS
]


def may(connection: psycopg.Connection[Any], table: str, privilege: str) -> bool:
    """Whether the application's role was given this right over the whole table."""
    row = connection.execute(
        "SELECT has_table_privilege('perene_app', %s, %s)", [table, privilege]
    ).fetchone()
    assert row is not None
    return bool(row[0])


def a_row(connection: psycopg.Connection[Any], table: str) -> dict[str, Any]:
    """A row that the connection sees, as JSON, with an identity of its own: a copy that no unique constraint refuses."""
    row = connection.execute(f'SELECT to_jsonb(t) FROM "{table}" t LIMIT 1').fetchone()
    assert row is not None, f"{table} shows no row"
    copy = dict(row[0])
    if isinstance(copy.get("id"), str):
        copy["id"] = str(ids.new())
    for counted in ("number", "position"):
        if counted in copy:
            copy[counted] += 1000
    if "is_reversed" in copy:  # such a line does not consume its charge
        copy["is_reversed"] = True
    return copy


def insertion(table: str, row: dict[str, Any]) -> tuple[str, str]:
    """The INSERT of a row given as JSON, and its parameter."""
    return (
        f'INSERT INTO "{table}" SELECT * FROM jsonb_populate_record(NULL::"{table}", %s::jsonb)',
        json.dumps(row),
    )


def insert(connection: psycopg.Connection[Any], table: str, row: dict[str, Any]) -> None:
    statement, parameter = insertion(table, row)
    connection.execute(statement, [parameter])
