"""One violation of each kind, planted past every wall: as the superuser, with triggers and keys off. A plant returns what
`perene verify` must name, (code, subject) each, and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from perene.kit import ids

Named = set[tuple[str, str]]


class Plant(NamedTuple):
    code: str
    name: str
    plant: Callable[[Soil], Named]


PLANTS: list[Plant] = []


class Soil:
    """A database to damage. `one` answers a single value, `row` a single row."""

    def __init__(self, connection: psycopg.Connection[Any], organization: int) -> None:
        self.connection = connection
        self.organization = organization
        connection.execute("SET session_replication_role = replica")  # keys and ordinary triggers off

    def run(self, query: str, *values: object) -> None:
        done = self.connection.execute(query.encode(), values)
        assert done.rowcount != 0, f"nothing was planted by {query}"

    def row(self, query: str, *values: object) -> tuple[Any, ...]:
        found = self.connection.execute(query.encode(), values).fetchone()
        assert found is not None, query
        return found

    def one(self, query: str, *values: object) -> Any:
        return self.row(query, *values)[0]

    def without(self, table: str, *constraints: str) -> None:
        """Drop the table's triggers that fire even now, and these constraints or unique indexes."""
        self.connection.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'.encode())
        for name in constraints:
            self.connection.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"'.encode())
            self.connection.execute(f'DROP INDEX IF EXISTS "{name}"'.encode())

    def copy(self, table: str, of: UUID, **changed: object) -> UUID:
        """A second row like `of` with these columns and another id, which is returned."""
        values = {"id": ids.new()} | changed
        columns = [
            name
            for (name,) in self.connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
            )
        ]
        chosen = ", ".join("%s" if name in values else f'"{name}"' for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        self.run(
            f'INSERT INTO "{table}" ({names}) SELECT {chosen} FROM "{table}" WHERE id = %s',
            *[values[name] for name in columns if name in values],
            of,
        )
        assert isinstance(values["id"], UUID)
        return values["id"]

    def contract(self, name: str) -> tuple[UUID, str]:
        """The id of a contract of the company, and how it is named as a subject."""
        contract_id, number = self.row(
            "SELECT id, number FROM contracts_contract WHERE external_id = %s", name
        )
        return contract_id, f"contract {number}"

    def charge(self, name: str, condition: str = "true") -> UUID:
        """A charge of that contract of the company."""
        found: UUID = self.one(
            "SELECT ch.id FROM billing_charge ch JOIN contracts_contract c ON c.id = ch.contract_id"
            f" WHERE c.external_id = %s AND {condition} ORDER BY ch.cycle, ch.id LIMIT 1",
            name,
        )
        return found

    def invoice(self, name: str, condition: str = "true") -> tuple[UUID, str]:
        """The first invoice of that contract of the company, and how it is named as a subject."""
        invoice_id, number = self.row(
            "SELECT i.id, i.number FROM billing_invoice i JOIN contracts_contract c ON c.id = i.contract_id"
            f" WHERE c.external_id = %s AND {condition} ORDER BY i.number LIMIT 1",
            name,
        )
        return invoice_id, f"invoice {number}"

    def entry(self, *postings: tuple[str, int], kind: str = "manual", source_kind: str = "manual") -> UUID:
        """An entry over accounts given by their codes."""
        entry_id = ids.new()
        self.run(
            "INSERT INTO ledger_entry (organization_id, id, posted_on, kind, source_kind, source_id)"
            " VALUES (%s, %s, '2026-02-01', %s, %s, %s)",
            self.organization,
            entry_id,
            kind,
            source_kind,
            ids.new(),
        )
        self.post(entry_id, *postings)
        return entry_id

    def post(self, entry_id: UUID, *postings: tuple[str, int]) -> None:
        for number, (code, cents) in enumerate(postings, start=100):
            self.run(
                "INSERT INTO ledger_posting (organization_id, entry_id, number, account_id, posted_on, amount_cents)"
                " SELECT %s, %s, %s, id, coalesce((SELECT posted_on FROM ledger_entry WHERE id = %s), '2026-02-01'), %s"
                "   FROM ledger_account WHERE code = %s",
                self.organization,
                entry_id,
                number,
                entry_id,
                cents,
                code,
            )
            self.run(
                "INSERT INTO ledger_subtotal (organization_id, account_id, posted_on, debit_cents, credit_cents)"
                " SELECT organization_id, account_id, posted_on, greatest(amount_cents, 0), greatest(-amount_cents, 0)"
                "   FROM ledger_posting WHERE entry_id = %s AND number = %s",
                entry_id,
                number,
            )


def plant(code: str) -> Callable[[Callable[[Soil], Named]], Callable[[Soil], Named]]:
    """This function plants a violation with that code."""

    def register(function: Callable[[Soil], Named]) -> Callable[[Soil], Named]:
        PLANTS.append(Plant(code, function.__name__, function))
        return function

    return register
