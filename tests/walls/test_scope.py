"""`kit.tenancy`: a query needs a scope, a scope stands outside transactions, and nothing of it stays on a connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, connections, transaction

from perene.apps.customers.models import Customer
from perene.apps.organizations.models import Unit
from perene.kit import bulk, tenancy
from perene.kit.tenancy import ScopeError
from tests.walls.neighbours import Two


@pytest.fixture
def pooled(two: Two) -> Iterator[None]:
    """Django's own pool with one single connection: whoever comes next gets the same one."""
    settings = connections.settings["default"]
    before = settings["OPTIONS"]
    connections["default"].close()
    del connections["default"]
    settings["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 1}}
    yield
    connections.close_all()
    connections["default"].close_pool()
    del connections["default"]
    settings["OPTIONS"] = before


def names() -> list[str]:
    return list(Customer.objects.values_list("name", flat=True))


def backend() -> int:
    """The server process behind the connection, asked past every wrapper of ours."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def left_behind() -> tuple[str | None, str | None, int]:
    """Organization and person that the connection still carries, and the rows it shows, asked past every wrapper of ours."""
    connection.ensure_connection()
    row = connection.connection.execute(
        "SELECT nullif(current_setting('perene.organization', true), ''),"
        " nullif(current_setting('perene.person', true), ''), (SELECT count(*) FROM customers_customer)"
    ).fetchone()
    return (row[0], row[1], row[2])


def test_each_organization_reads_its_own(two: Two) -> None:
    with tenancy.organization(two.a):
        assert names() == ["Ana 0"]
    with tenancy.organization(two.b):
        assert names() == ["Ana 1"]
    with tenancy.unscoped("a test of the wall"):
        assert names() == []


def test_a_query_outside_a_scope_is_an_error_and_never_an_empty_list(two: Two) -> None:
    for query in (
        lambda: names(),
        lambda: connection.cursor().execute("SELECT 1"),
        lambda: Customer(name="x").save(),
    ):
        with pytest.raises(ScopeError, match=r"tenancy.organization\(id\)"):
            query()
    with transaction.atomic(), pytest.raises(ScopeError):
        names()


def test_a_new_row_needs_an_organization(two: Two) -> None:
    with tenancy.unscoped("a test of the wall"), pytest.raises(ScopeError, match="needs an organization"):
        Unit(name="Filial", code="F")


def test_the_organization_cannot_change_inside_a_transaction(two: Two) -> None:
    with tenancy.organization(two.a), transaction.atomic():
        assert names() == ["Ana 0"]
        with pytest.raises(ScopeError, match="announced at BEGIN"), tenancy.organization(two.b):
            pass
        with pytest.raises(ScopeError, match="announced at BEGIN"), tenancy.unscoped("a test of the wall"):
            pass
        with tenancy.organization(two.a):
            assert names() == ["Ana 0"]
        assert names() == ["Ana 0"]


def test_a_scope_entered_inside_a_transaction_without_one_is_refused(two: Two) -> None:
    with (
        transaction.atomic(),
        pytest.raises(ScopeError, match="announced at BEGIN"),
        tenancy.organization(two.a),
    ):
        pass


def test_a_scope_ends_where_its_block_ends_also_by_an_error(two: Two) -> None:
    with pytest.raises(ZeroDivisionError), tenancy.organization(two.a):
        raise ZeroDivisionError
    with pytest.raises(ScopeError):
        names()


def test_another_thread_starts_without_a_scope(two: Two) -> None:
    seen: list[object] = []

    def look() -> None:
        try:
            seen.append(names())
        except ScopeError as error:
            seen.append(error)
        finally:
            connections.close_all()

    with tenancy.organization(two.a):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert len(seen) == 1 and isinstance(seen[0], ScopeError)


def test_the_bulk_cursor_too_needs_a_scope_and_a_transaction(two: Two) -> None:
    with pytest.raises(ScopeError), bulk.cursor():
        pass
    with tenancy.organization(two.a), pytest.raises(ScopeError), bulk.cursor():
        pass


def test_nothing_stays_on_a_pooled_connection(two: Two, pooled: None) -> None:
    person_id = next(iter(two.everything("SELECT person_id FROM organizations_membership")))[0]
    with tenancy.organization(two.a, person_id=person_id):
        first = backend()
        with transaction.atomic():
            assert names() == ["Ana 0"]
        assert left_behind() == (None, None, 0)
        assert names() == ["Ana 0"]
        assert left_behind() == (None, None, 0)
    connection.close()
    with tenancy.organization(two.b):
        assert names() == ["Ana 1"]
        assert backend() == first
    assert left_behind() == (None, None, 0)


def test_nothing_stays_after_an_error_inside_the_transaction(two: Two, pooled: None) -> None:
    with tenancy.organization(two.a):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute("SELECT 1 / 0")
        assert left_behind() == (None, None, 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic(), transaction.atomic():
            assert names() == ["Ana 0"]
            raise ZeroDivisionError
    assert left_behind() == (None, None, 0)
