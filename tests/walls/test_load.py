"""`perene_load_billing` turns the row-by-row key checks off for itself: nothing gets through it that the keys would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from perene.kit import ids
from tests.walls.neighbours import Two

# A contract in force with what an invoice of it points at.
PARENTS = """
SELECT c.id AS contract_id, c.customer_id, c.unit_id, t.billing_group_id, l.id AS line_id, l.account_id,
       (SELECT id FROM billing_run r WHERE r.organization_id = c.organization_id ORDER BY id LIMIT 1) AS run_id,
       (SELECT id FROM ledger_account a WHERE a.organization_id = c.organization_id AND a.role = 'receivables') AS receivables_id,
       (SELECT id FROM billing_charge h WHERE h.organization_id = c.organization_id ORDER BY id LIMIT 1) AS charge_id,
       (SELECT id FROM billing_invoice i WHERE i.organization_id = c.organization_id ORDER BY id LIMIT 1) AS invoice_id,
       (SELECT id FROM ledger_entry e WHERE e.organization_id = c.organization_id ORDER BY id LIMIT 1) AS entry_id
  FROM contracts_contract c
  JOIN contracts_billingterms t ON t.organization_id = c.organization_id AND t.contract_id = c.id
  JOIN contracts_contractline l ON l.organization_id = c.organization_id AND l.contract_id = c.id
 WHERE c.organization_id = %s AND c.status = 'active' AND t.billing_method = 'grouped' ORDER BY c.id, l.id LIMIT 1
"""
WRITTEN = (
    "billing_charge",
    "billing_invoice",
    "billing_invoiceline",
    "billing_deferral",
    "receivables_receivable",
    "ledger_entry",
    "ledger_posting",
    "ledger_subtotal",
    "events_event",
)


def parents(two: Two, organization: int) -> dict[str, UUID]:
    with two.database.everything() as connection:
        cursor = connection.execute(PARENTS, [organization])
        row = cursor.fetchone()
        assert row is not None and cursor.description is not None
        return {column.name: value for column, value in zip(cursor.description, row, strict=True)}


class Load:
    """One invoice of R$ 10 with one line, as the program would load it; a test changes one thing."""

    def __init__(self, ours: dict[str, UUID]) -> None:
        invoice_id, entry_id = ids.new(), ids.new()
        self.run_id = ours["run_id"]
        self.invoice: dict[str, Any] = {
            "id": invoice_id,
            "number": 900_001,
            "customer_id": ours["customer_id"],
            "unit_id": ours["unit_id"],
            "contract_id": ours["contract_id"],
            "billing_group_id": ours["billing_group_id"],
            "due_on": "2026-06-10",
            "payment_method": "boleto",
            "total_cents": 1000,
            "status": "open",
            "instrument_id": ids.new(),
            "entry_id": entry_id,
            "event_id": ids.new(),
        }
        self.line: dict[str, Any] = {
            "invoice_id": invoice_id,
            "number": 1,
            "charge_id": ids.new(),
            "is_new": True,
            "contract_id": ours["contract_id"],
            "line_id": ours["line_id"],
            "kind": "recurring",
            "cycle": 999,
            "part": 0,
            "charge_on": "2026-06-01",
            "due_on": "2026-06-10",
            "period_start": "2026-07-01",
            "period_end": "2026-08-01",
            "amount_cents": 1000,
            "derivation": "{}",
            "account_id": ours["account_id"],
            "description": "Internet",
        }
        self.twins: list[dict[str, Any]] = []
        self.strays: list[dict[str, Any]] = []
        self.postings: list[dict[str, Any]] = [
            {"entry_id": entry_id, "number": 1, "account_id": ours["receivables_id"], "amount_cents": 1000},
            {"entry_id": entry_id, "number": 2, "account_id": ours["account_id"], "amount_cents": -1000},
        ]

    def run(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute("SELECT perene_begin_load()")
        for invoice in (self.invoice, *self.twins):
            _insert(connection, "load_invoice", invoice)
        for line in (self.line, *self.strays):
            _insert(connection, "load_line", line)
        for posting in self.postings:
            _insert(connection, "load_posting", posting)
        connection.execute("SELECT perene_load_billing(%s, '2026-06-01')", [self.run_id])


def refused(parent: str) -> Any:
    """The load says no because of this parent."""
    return pytest.raises(errors.ForeignKeyViolation, match=f"points at no such {parent}")


def _insert(connection: psycopg.Connection[Any], table: str, row: dict[str, Any]) -> None:
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    connection.execute(f"INSERT INTO pg_temp.{table} ({names}) VALUES ({places})", list(row.values()))


@pytest.fixture
def inside(two: Two) -> Iterator[psycopg.Connection[Any]]:
    connection = two.inside_a()
    yield connection
    connection.rollback()
    connection.close()


@pytest.fixture
def load(two: Two) -> Load:
    return Load(parents(two, two.a))


@pytest.fixture
def theirs(two: Two) -> dict[str, UUID]:
    return parents(two, two.b)


@pytest.fixture(autouse=True)
def nothing_is_stored(two: Two) -> Iterator[None]:
    before = [two.content(table) for table in WRITTEN]
    yield
    assert [two.content(table) for table in WRITTEN] == before


def test_a_sound_chunk_is_loaded_with_everything_of_it(inside: psycopg.Connection[Any], load: Load) -> None:
    """So that the refusals below are due to the one thing they change."""
    before = {table: _count(inside, table) for table in WRITTEN}
    load.run(inside)
    assert {table: _count(inside, table) - before[table] for table in WRITTEN} == {
        "billing_charge": 1,
        "billing_invoice": 1,
        "billing_invoiceline": 1,
        "billing_deferral": 1,
        "receivables_receivable": 1,
        "ledger_entry": 1,
        "ledger_posting": 2,
        "ledger_subtotal": 2,
        "events_event": 1,
    }


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("column", "parent"),
    [
        ("customer_id", "contract"),  # no contract with that customer, that unit
        ("unit_id", "contract"),
        ("contract_id", "contract"),
        ("billing_group_id", "billing group"),
    ],
)
def test_an_invoice_points_at_nothing_of_theirs(
    inside: psycopg.Connection[Any], load: Load, theirs: dict[str, UUID], column: str, parent: str
) -> None:
    load.invoice[column] = theirs[column]
    with refused(parent):
        load.run(inside)


@pytest.mark.parametrize("column", ["customer_id", "unit_id"])
def test_an_invoice_of_several_contracts_neither(
    inside: psycopg.Connection[Any], load: Load, theirs: dict[str, UUID], column: str
) -> None:
    load.invoice |= {"contract_id": None, "billing_group_id": None, column: theirs[column]}
    with refused("customer or unit"):
        load.run(inside)


@pytest.mark.parametrize(
    ("column", "parent"),
    [("contract_id", "contract line"), ("line_id", "contract line"), ("account_id", "account")],
)
def test_a_line_points_at_nothing_of_theirs(
    inside: psycopg.Connection[Any], load: Load, theirs: dict[str, UUID], column: str, parent: str
) -> None:
    load.line[column] = theirs[column]
    with refused(parent):
        load.run(inside)


def test_a_line_does_not_consume_a_charge_of_theirs(
    inside: psycopg.Connection[Any], load: Load, theirs: dict[str, UUID]
) -> None:
    load.line |= {"is_new": False, "charge_id": theirs["charge_id"]}
    with refused("charge"):
        load.run(inside)


def test_a_posting_is_made_to_no_account_of_theirs(
    inside: psycopg.Connection[Any], load: Load, theirs: dict[str, UUID]
) -> None:
    load.postings[0]["account_id"] = theirs["receivables_id"]
    with refused("account"):
        load.run(inside)


def test_nothing_is_loaded_into_a_run_of_theirs(
    inside: psycopg.Connection[Any], load: Load, theirs: dict[str, UUID]
) -> None:
    load.run_id = theirs["run_id"]
    with refused("run"):
        load.run(inside)


def test_a_line_or_posting_needs_its_invoice_in_the_chunk(
    inside: psycopg.Connection[Any], load: Load
) -> None:
    load.line["invoice_id"] = ids.new()
    with refused("invoice"), inside.transaction():
        load.run(inside)
    load.line["invoice_id"] = load.invoice["id"]
    load.postings[1]["entry_id"] = ids.new()
    with refused("entry"), inside.transaction():
        load.run(inside)


def test_counting_the_parents_is_not_fooled_by_twins(
    inside: psycopg.Connection[Any], load: Load, theirs: dict[str, UUID]
) -> None:
    """A parent that stands twice in the chunk could make up for one that is missing: the primary keys notice."""
    load.twins = [load.invoice | {"number": 900_002, "entry_id": ids.new()}]
    load.strays = [load.line | {"charge_id": ids.new(), "cycle": 998, "invoice_id": theirs["invoice_id"]}]
    with (
        pytest.raises(errors.UniqueViolation, match=r"receivables_receivable_pkey|billing_invoice_pkey"),
        inside.transaction(),
    ):
        load.run(inside)
    load.twins = [
        load.invoice | {"number": 900_002, "id": ids.new(), "instrument_id": ids.new(), "event_id": ids.new()}
    ]
    load.strays = []
    load.postings += [posting | {"entry_id": theirs["entry_id"]} for posting in load.postings]
    with pytest.raises(errors.UniqueViolation, match="ledger_entry_pkey"), inside.transaction():
        load.run(inside)


def test_the_books_are_proved_also_where_key_checks_are_off(
    inside: psycopg.Connection[Any], load: Load
) -> None:
    load.postings[1]["amount_cents"] = -999
    with (
        pytest.raises(errors.CheckViolation, match=r"debits and credits of entry .* differ"),
        inside.transaction(),
    ):
        load.run(inside)
    load.postings[1]["amount_cents"] = 0
    with pytest.raises(errors.CheckViolation, match="posting_is_not_zero"), inside.transaction():
        load.run(inside)


def test_it_needs_an_organization(two: Two, load: Load) -> None:
    with (
        two.database.app() as outside,
        pytest.raises(errors.InsufficientPrivilege, match="no organization is set"),
    ):
        load.run(outside)


@pytest.mark.parametrize("table", ["load_invoice", "load_line", "load_posting"])
@pytest.mark.parametrize(
    "made",
    ["CREATE TEMP TABLE {} (LIKE billing_invoice)", "CREATE TEMP VIEW {} AS SELECT * FROM billing_invoice"],
    ids=["table", "view"],
)
def test_tables_of_the_application_are_not_taken_for_the_owners(
    inside: psycopg.Connection[Any], made: str, table: str
) -> None:
    """A view or a trigger of the application would run with the owner's rights."""
    inside.execute(made.format(table))
    with pytest.raises(errors.InsufficientPrivilege, match="the tables of the load are not the owner's"):
        inside.execute("SELECT perene_begin_load()")


def test_tables_exchanged_between_the_two_steps_are_noticed(
    inside: psycopg.Connection[Any], load: Load
) -> None:
    inside.execute("SELECT perene_begin_load()")
    inside.execute("DISCARD TEMP")
    for table in ("load_invoice", "load_line", "load_posting"):
        inside.execute(f"CREATE TEMP TABLE {table} (id uuid) ON COMMIT DROP")
    with pytest.raises(errors.InsufficientPrivilege, match="the tables of the load are not the owner's"):
        inside.execute("SELECT perene_load_billing(%s, '2026-06-01')", [load.run_id])


def test_the_owners_tables_take_no_trigger_and_no_change_of_the_application(
    inside: psycopg.Connection[Any],
) -> None:
    inside.execute("SELECT perene_begin_load()")
    for statement in (
        "CREATE TRIGGER mine BEFORE UPDATE ON pg_temp.load_line FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE mine AS ON INSERT TO pg_temp.load_line DO ALSO NOTHING",
        "ALTER TABLE pg_temp.load_line ADD COLUMN mine text",
        "DROP TABLE pg_temp.load_line",
    ):
        with pytest.raises(errors.InsufficientPrivilege), inside.transaction():
            inside.execute(statement)


def test_the_setting_does_not_outlive_the_function(inside: psycopg.Connection[Any], load: Load) -> None:
    load.run(inside)
    assert inside.execute("SHOW session_replication_role").fetchone() == ("origin",)
    with pytest.raises(errors.ForeignKeyViolation):
        inside.execute("UPDATE billing_invoice SET customer_id = uuidv7()")
