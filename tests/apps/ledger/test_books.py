"""The books: the database itself refuses what is not balanced, and what is posted stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, transaction
from psycopg import errors

from perene.apps.ledger import chart, journal
from perene.apps.ledger.models import Account, Entry, Posting, Subtotal
from perene.kit import ids, tenancy
from tests import factories, ground
from tests.ground import Database

ON = date(2026, 1, 15)


@pytest.fixture
def organization(database: Database) -> Iterator[int]:
    founded = factories.organization()
    with tenancy.organization(founded):
        yield founded


def account(code: str) -> UUID:
    return chart.active(code).id


RECEIVABLES, REVENUE, SETUP = "1.1.2.01", "3.1.1.01", "3.1.1.02"


def post(*postings: tuple[str, int]) -> UUID:
    with transaction.atomic():
        return journal.post(
            posted_on=ON,
            kind="manual",
            source_kind="test",
            source_id=ids.new(),
            postings=[(account(code), cents) for code, cents in postings],
        )


def books() -> tuple[int, int, int]:
    return Entry.objects.count(), Posting.objects.count(), Subtotal.objects.count()


def trial_balance() -> dict[str, tuple[int, int]]:
    """Debit and credit of each account, from the subtotals."""
    sums: dict[str, tuple[int, int]] = {}
    for row in Subtotal.objects.select_related("account"):
        debit, credit = sums.get(row.account.code, (0, 0))
        sums[row.account.code] = (debit + row.debit_cents, credit + row.credit_cents)
    return sums


# ------------------------------------------------------------- balance


def test_an_entry_of_three_sides_is_posted_and_summed(organization: int) -> None:
    entry_id = post((RECEIVABLES, 11_490), (REVENUE, -9_990), (SETUP, -1_500))
    assert list(
        Posting.objects.filter(entry_id=entry_id).order_by("number").values_list("number", "amount_cents")
    ) == [
        (1, 11_490),
        (2, -9_990),
        (3, -1_500),
    ]
    assert trial_balance() == {RECEIVABLES: (11_490, 0), REVENUE: (0, 9_990), SETUP: (0, 1_500)}


@pytest.mark.parametrize(
    "postings",
    [
        [(RECEIVABLES, 11_490), (REVENUE, -11_489)],
        [(RECEIVABLES, 11_490)],
        [(RECEIVABLES, 1), (REVENUE, 1)],
    ],
    ids=["a centavo apart", "one side alone", "two debits"],
)
def test_an_entry_that_does_not_balance_is_refused(
    organization: int, postings: list[tuple[str, int]]
) -> None:
    with pytest.raises(IntegrityError, match=r"debits and credits of entry .* differ") as refused:
        post(*postings)
    assert refused.value.__cause__.diag.constraint_name == "entry_is_balanced"  # type: ignore[union-attr]
    assert books() == (0, 0, 0)


def test_two_unbalanced_entries_do_not_make_up_for_each_other(organization: int) -> None:
    with pytest.raises(IntegrityError, match="debits and credits"), transaction.atomic():
        entries = [
            Entry.objects.create(posted_on=ON, kind="manual", source_kind="test", source_id=ids.new())
            for _ in range(2)
        ]
        Posting.objects.bulk_create(
            Posting(entry=entry, number=1, account_id=account(REVENUE), posted_on=ON, amount_cents=cents)
            for entry, cents in zip(entries, (500, -500), strict=True)
        )
    assert books() == (0, 0, 0)


def test_nothing_is_added_to_an_entry_afterwards(organization: int) -> None:
    entry_id = post((RECEIVABLES, 100), (REVENUE, -100))
    before = books()
    with pytest.raises(IntegrityError, match="debits and credits"):
        Posting.objects.create(
            entry_id=entry_id, number=3, account_id=account(SETUP), posted_on=ON, amount_cents=-1
        )
    assert books() == before


def test_a_posting_of_zero_is_refused(organization: int) -> None:
    with pytest.raises(IntegrityError, match="posting_is_not_zero"):
        post((RECEIVABLES, 100), (REVENUE, -100), (SETUP, 0))
    assert books() == (0, 0, 0)


def test_the_balance_is_proved_also_with_triggers_off(database: Database, organization: int) -> None:
    """`session_replication_role = replica`, as the load of a chunk has it: the balance trigger is ENABLE ALWAYS."""
    entry_id = post((RECEIVABLES, 100), (REVENUE, -100))
    before = books()
    values = {"o": organization, "e": entry_id, "a": account(REVENUE)}
    with database.owner() as owner, owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL session_replication_role = replica")
        ground.enter(owner, organization)
        with pytest.raises(errors.CheckViolation, match="debits and credits"):
            owner.execute(
                "INSERT INTO ledger_posting (organization_id, entry_id, number, account_id, posted_on, amount_cents)"
                " VALUES (%(o)s, %(e)s, 3, %(a)s, '2026-01-15', -1)",
                values,
            )
    assert books() == before


# ------------------------------------------------------------- for good

CHANGES = {
    "posting changed": "UPDATE ledger_posting SET amount_cents = amount_cents * 2",
    "posting deleted": "DELETE FROM ledger_posting",
    "postings emptied": "TRUNCATE ledger_posting",
    "entry changed": "UPDATE ledger_entry SET posted_on = posted_on + 1",
    "entry deleted": "DELETE FROM ledger_entry",
    "entries emptied": "TRUNCATE ledger_entry CASCADE",
    "subtotal changed": "UPDATE ledger_subtotal SET debit_cents = 0",
    "subtotal deleted": "DELETE FROM ledger_subtotal",
    "subtotals emptied": "TRUNCATE ledger_subtotal",
}


def content(database: Database) -> list[list[tuple[Any, ...]]]:
    with database.everything() as connection:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
            for table in ("ledger_entry", "ledger_posting", "ledger_subtotal")
        ]


@pytest.mark.parametrize(
    "role", ["owner", "owner with triggers off", "superuser", "superuser with triggers off"]
)
def test_posted_is_posted_for_everybody(database: Database, organization: int, role: str) -> None:
    post((RECEIVABLES, 100), (REVENUE, -100))
    before = content(database)
    for change in CHANGES.values():
        connection = database.owner() if role.startswith("owner") else database.admin()
        with connection, connection.transaction(force_rollback=True):
            if role.endswith("off"):
                connection.execute("SET LOCAL session_replication_role = replica")
            ground.enter(connection, organization)
            with pytest.raises(errors.IntegrityConstraintViolation, match="its rows are only ever appended"):
                connection.execute(change)
    assert content(database) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_application_has_not_even_the_right(database: Database, organization: int, change: str) -> None:
    post((RECEIVABLES, 100), (REVENUE, -100))
    before = content(database)
    with database.app(organization=organization) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(change)
    assert content(database) == before


def test_an_entry_is_undone_by_its_mirror_image(organization: int) -> None:
    entry_id = post((RECEIVABLES, 11_490), (REVENUE, -9_990), (SETUP, -1_500))
    with transaction.atomic():
        mirror_id = journal.reverse(entry_id, posted_on=date(2026, 2, 1), kind="undone")
    undone = Entry.objects.get(id=mirror_id)
    assert (undone.posted_on, undone.kind) == (date(2026, 2, 1), "undone")
    assert undone.source_id == Entry.objects.get(id=entry_id).source_id
    assert list(
        Posting.objects.filter(entry_id=mirror_id).order_by("number").values_list("amount_cents", flat=True)
    ) == [
        -11_490,
        9_990,
        1_500,
    ]
    assert trial_balance() == {
        RECEIVABLES: (11_490, 11_490),
        REVENUE: (9_990, 9_990),
        SETUP: (1_500, 1_500),
    }


# ------------------------------------------------------------- sums


def test_subtotals_equal_postings_after_months_of_billing(database: Database, organization: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet 500", 9_990), ("Wi-Fi", 1_500))
    for day in (5, 20):
        factories.contract(fiber, due_day=day)
    factories.contract(fiber, billing_method="one_per_charge", term_kind="fixed", term_months=3)
    for month in (1, 2, 3):
        factories.run(date(2026, month, 1))
    with database.everything() as connection:
        postings = _sums(
            connection, "sum(greatest(amount_cents, 0)), sum(greatest(-amount_cents, 0))", "ledger_posting"
        )
        subtotals = _sums(connection, "sum(debit_cents), sum(credit_cents)", "ledger_subtotal")
    assert postings == subtotals
    # Three contracts, three months, R$ 114,90 each; two months of the one invoiced ahead have not begun when they are posted.
    assert trial_balance() == {
        RECEIVABLES: (9 * 11_490, 0),
        "2.1.5.01": (0, 2 * 11_490),
        REVENUE: (0, 7 * 11_490),
    }
    assert database.unbalanced() == []


def _sums(connection: psycopg.Connection[Any], sums: str, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"SELECT organization_id, account_id, posted_on, {sums} FROM {table} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).fetchall()


def test_two_accounts_never_share_a_role_or_code(organization: int) -> None:
    for columns in ({"code": "9", "role": "revenue"}, {"code": REVENUE, "role": ""}):
        with pytest.raises(IntegrityError, match=r"account_role_once|account_code_once"):
            Account.objects.create(name="Outra receita", kind="revenue", **columns)
    assert Account.objects.count() == len(chart.STARTER)
