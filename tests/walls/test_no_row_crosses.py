"""Inside organization A, as the application: no SQL reads, writes, moves or points at a row of B. Every tenant table and every
key of it is tried; a new table is in here by itself."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.walls import tables
from tests.walls.neighbours import Two
from tests.walls.tables import Key

REFUSED = errors.InsufficientPrivilege

each_table = pytest.mark.parametrize("table", tables.TABLES)


@pytest.fixture
def inside(two: Two) -> Iterator[psycopg.Connection[Any]]:
    """Inside A; nothing of the test is committed."""
    connection = two.inside_a()
    yield connection
    connection.rollback()
    connection.close()


@each_table
def test_both_organizations_have_rows_so_that_the_rest_shows_something(two: Two, table: str) -> None:
    counts = two.everything(f'SELECT organization_id FROM "{table}" GROUP BY 1 ORDER BY 1')
    assert counts == [(two.a,), (two.b,)]


@each_table
def test_only_our_rows_are_read(two: Two, inside: psycopg.Connection[Any], table: str) -> None:
    ours = two.everything(f'SELECT count(*) FROM "{table}" WHERE organization_id = %s', [two.a])
    query = f'SELECT count(*), count(*) FILTER (WHERE organization_id <> %s) FROM "{table}"'
    assert inside.execute(query, [two.a]).fetchall() == [(ours[0][0], 0)]
    with inside.cursor().copy(f'COPY "{table}" (organization_id) TO STDOUT') as copy:
        assert {int(bytes(line)) for line in copy} == {two.a}


@each_table
def test_without_an_organization_nothing_is_read(two: Two, table: str) -> None:
    connection = two.database.app()
    never_set = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    connection.execute("SELECT set_config('perene.organization', '', true)")
    empty = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    connection.close()
    assert (never_set, empty) == ((0,), (0,))


@each_table
def test_their_rows_are_not_changed_or_deleted(two: Two, table: str) -> None:
    before = two.content(table)
    for statement, privilege in (
        (f'UPDATE "{table}" SET organization_id = organization_id WHERE organization_id = %s', "UPDATE"),
        (f'UPDATE "{table}" SET organization_id = {two.a} WHERE organization_id = %s', "UPDATE"),
        (f'DELETE FROM "{table}" WHERE organization_id = %s', "DELETE"),
        (f'SELECT 1 FROM "{table}" WHERE organization_id = %s FOR UPDATE', "UPDATE"),
    ):
        connection = two.inside_a()
        if tables.may(connection, table, privilege):
            assert connection.execute(statement, [two.b]).rowcount == 0
        else:
            with pytest.raises(REFUSED, match="permission denied"):
                connection.execute(statement, [two.b])
        connection.commit()
        connection.close()
    assert two.content(table) == before


@each_table
def test_no_row_is_put_into_their_organization(two: Two, inside: psycopg.Connection[Any], table: str) -> None:
    row = tables.a_row(inside, table) | {"organization_id": two.b}
    expected = "row-level security" if tables.may(inside, table, "INSERT") else "permission denied"
    before = two.content(table)
    with pytest.raises(REFUSED, match=expected):
        tables.insert(inside, table, row)
    inside.commit()
    assert two.content(table) == before


@each_table
def test_no_row_moves_to_their_organization(two: Two, inside: psycopg.Connection[Any], table: str) -> None:
    expected = "row-level security" if tables.may(inside, table, "UPDATE") else "permission denied"
    before = two.content(table)
    with pytest.raises(REFUSED, match=expected):
        inside.execute(f'UPDATE "{table}" SET organization_id = %s', [two.b])
    inside.commit()
    assert two.content(table) == before


@pytest.mark.parametrize("key", tables.KEYS, ids=str)
def test_no_row_points_at_a_row_of_theirs(two: Two, inside: psycopg.Connection[Any], key: Key) -> None:
    theirs = two.everything(
        f'SELECT "{key.target_column}" FROM "{key.target}" WHERE organization_id = %s ORDER BY 1', [two.b]
    )
    before = two.content(key.table)
    may_update, may_insert = (tables.may(inside, key.table, privilege) for privilege in ("UPDATE", "INSERT"))
    row = tables.a_row(inside, key.table)
    if not may_insert:
        with pytest.raises(REFUSED, match="permission denied"):
            tables.insert(inside, key.table, row | {key.column: str(theirs[0][0])})
    by_key = 0
    for (parent,) in theirs if may_insert else ():
        if may_update:
            by_key += _is_refused_by_key(
                inside,
                f'UPDATE "{key.table}" SET "{key.column}" = %s WHERE ctid = (SELECT min(ctid) FROM "{key.table}")',
                parent,
            )
        by_key += _is_refused_by_key(inside, *tables.insertion(key.table, row | {key.column: str(parent)}))
    assert by_key or not may_insert, "the key itself never had to answer"
    inside.commit()
    assert two.content(key.table) == before


def _is_refused_by_key(connection: psycopg.Connection[Any], statement: str, *parameters: Any) -> bool:
    """Fails when the statement is let through. False when a unique constraint spoke first: both organizations lived the same
    month, so that happens, but not with every row of theirs."""
    try:
        with connection.transaction():
            connection.execute(statement, parameters)
    except errors.ForeignKeyViolation:
        return True
    except errors.UniqueViolation:
        return False
    pytest.fail(f"let through: {statement} {parameters}")
