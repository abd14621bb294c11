"""In which cycles an item is charged, and how many there are (G4, G23–G25)."""

from __future__ import annotations

import pytest

from perene.actions import plans
from perene.apps.catalog.models import Item
from perene.apps.catalog.versions import ItemOfPlan, PlanContent
from perene.rules import periods
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import refused


def months(count: int) -> None:
    """A run on the first of each of the first `count` months."""
    for month in range(count):
        factories.run(periods.add_months(factories.BEGINS_ON, month))


@pytest.mark.capability("G23", "G24", "G25")
def test_each_item_in_its_own_cycles(provider: int) -> None:
    fiber = factories.plan(
        "FIBRA",
        ("Internet", 100_00),
        {"name": "Adesão", "unit_cents": 150_00, "recurrence": "one_time:1"},
        {"name": "Visita", "unit_cents": 80_00, "recurrence": "one_time:3"},
        {"name": "Roteador", "unit_cents": 30_00, "recurrence": "cycles:2:2"},
        {"name": "Promoção", "unit_cents": -20_00, "recurrence": "cycles:1:3"},
    )
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10)
    months(4)
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 230.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 100.00
          Adesão, cycle 1, 2026-01-01 to 2026-02-01: 150.00
          Promoção, cycle 1, 2026-01-01 to 2026-02-01: -20.00
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 110.00 open
          Internet, cycle 2, 2026-02-01 to 2026-03-01: 100.00
          Roteador, cycle 2, 2026-02-01 to 2026-03-01: 30.00
          Promoção, cycle 2, 2026-02-01 to 2026-03-01: -20.00
        invoice 3 of 2026-03-01 due 2026-03-10 by boleto: 190.00 open
          Internet, cycle 3, 2026-03-01 to 2026-04-01: 100.00
          Visita, cycle 3, 2026-03-01 to 2026-04-01: 80.00
          Roteador, cycle 3, 2026-03-01 to 2026-04-01: 30.00
          Promoção, cycle 3, 2026-03-01 to 2026-04-01: -20.00
        invoice 4 of 2026-04-01 due 2026-04-10 by boleto: 100.00 open
          Internet, cycle 4, 2026-04-01 to 2026-05-01: 100.00
        receivable due 2026-01-10: 230.00, open 230.00
        receivable due 2026-02-10: 110.00, open 110.00
        receivable due 2026-03-10: 190.00, open 190.00
        receivable due 2026-04-10: 100.00, open 100.00
        books: receivables 630.00, revenue -630.00
        """
    )


@pytest.mark.capability("G4")
def test_a_plan_of_three_charges_charges_three_times(provider: int) -> None:
    course = factories.plan("CURSO", ("Parcela", 100_00), total_cycles=3)
    ana = factories.customer()
    factories.contract(course, customer_id=ana, due_day=10)
    months(6)
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 100.00 open
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 100.00 open
        invoice 3 of 2026-03-01 due 2026-03-10 by boleto: 100.00 open
        """
    )


@pytest.mark.capability("G24")
def test_cycles_in_which_nothing_is_charged_make_no_invoice(provider: int) -> None:
    once = factories.plan("VISITA", {"name": "Visita", "unit_cents": 80_00, "recurrence": "one_time:2"})
    ana = factories.customer()
    factories.contract(once, customer_id=ana, due_day=10)
    months(4)
    assert statement.of(ana) == text(
        """
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 80.00 open
          Visita, cycle 2, 2026-02-01 to 2026-03-01: 80.00
        receivable due 2026-02-10: 80.00, open 80.00
        books: receivables 80.00, revenue -80.00
        """
    )


@pytest.mark.parametrize(
    "recurrence",
    [
        pytest.param("one_time:13", marks=pytest.mark.capability("G23")),
        pytest.param("cycles:11:3", marks=pytest.mark.capability("G25")),
    ],
)
def test_an_item_beyond_the_count_is_refused(provider: int, database: Database, recurrence: str) -> None:
    factories.plan("FIBRA", ("Internet", 100_00))
    item = ItemOfPlan(item_id=Item.objects.get().id, recurrence=recurrence)
    with refused(database, "cycle_beyond_total", last=13, total=12):
        plans.create(
            "CURSO", PlanContent(name="Curso", payment_methods=["boleto"], total_cycles=12, items=[item])
        )
