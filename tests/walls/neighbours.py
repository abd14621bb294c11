"""Two organizations in one database, each with a month of life made through the public doors, so that every tenant table
holds rows of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from perene.actions import change
from perene.apps.customers.models import Customer
from perene.apps.organizations import organizations, people
from perene.kit import tenancy
from tests import factories
from tests.ground import Database
from tests.walls import rows

# Its limits fall: no quantity can be priced by it.
BAD_TIERS = [["10", 100, 0], ["5", 90, 0], [None, 80, 0]]


@dataclass(frozen=True)
class Two:
    """`a` is where we stand, `b` is the neighbour."""

    database: Database
    a: int
    b: int

    def inside_a(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        """The application's role in a transaction inside A."""
        return self.database.app(organization=self.a, autocommit=autocommit)

    def everything(self, query: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """An answer past all walls."""
        with self.database.everything() as connection:
            return connection.execute(query, parameters).fetchall()

    def content(self, table: str) -> str:
        """A digest of all rows of a table, of both organizations."""
        return str(
            self.everything(f"SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{table}\" t")[
                0
            ][0]
        )


def build(database: Database) -> Two:
    a, b = (factories.organization(name) for name in ("Provedor A", "Provedor B"))
    for number, organization in enumerate((a, b)):
        with tenancy.organization(organization):
            _live(number)
    return Two(database, a, b)


def _live(number: int) -> None:
    """A grouped contract, one invoiced ahead and cancelled (deferrals, a credit), one that cannot be billed (parked), a
    person limited to a unit."""
    ana = factories.customer(f"Ana {number}", email=f"ana{number}@example.com", external_id=f"C{number}")
    monthly = factories.plan("FIBRA", ("Internet 500", 99_90), ("Wi-Fi", 15_00), prorate_last=True)
    factories.contract(monthly, customer_id=ana, due_day=10)
    ahead = factories.contract(monthly, customer_id=ana, billing_method="one_per_charge")
    bad = factories.plan(
        "TIERS",
        {"name": "Telefone", "calc_type": "volume", "unit_cents": 0, "quantity": 7, "tiers": BAD_TIERS},
    )
    factories.contract(bad, customer_id=ana)
    late = factories.contract(monthly, customer_id=Customer.objects.get().id, due_day=20)
    people.add(
        email=f"vendas{number}@example.com", name="Vendas", role="sales", units=[organizations.first_unit()]
    )
    factories.live_until(date(2026, 1, 3))
    change.cancel(late, ends_on=date(2026, 1, 11), reason="mudou-se", on=date(2026, 1, 3))
    change.cancel(ahead, ends_on=date(2026, 3, 1), reason="mudou-se", on=date(2026, 1, 3))
    factories.live_until(date(2026, 2, 1))
    rows.plant(number)
