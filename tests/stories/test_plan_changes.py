"""A contract changes to another plan; a plan changes or goes away under its contracts (G29, G30, G33)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from perene.actions import change, plans
from perene.apps.catalog import plans as catalog
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts.models import BillingTerms, Contract
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import refused

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))


def plan_of(version_id: UUID) -> UUID:
    found: UUID = PlanVersion.objects.get(id=version_id).plan_id
    return found


def edited(version_id: UUID, *, unit_cents: int) -> UUID:
    """The plan's next version, its one item at another price."""
    plan_id = plan_of(version_id)
    content = catalog.content(catalog.Plan.objects.get(id=plan_id))
    item = replace(content.items[0], unit_cents=unit_cents)
    return plans.edit(plan_id, replace(content, items=(item,))).version_id


def test_from_the_next_cycle_that_is_not_billed(provider: int) -> None:
    """The new plan's fee counts from the change: its first cycle is the contract's second."""
    slow = factories.plan("LENTO", ("Internet 300", 80_00))
    fast = factories.plan(
        "RAPIDO",
        ("Internet 500", 100_00),
        {"name": "Troca", "unit_cents": 50_00, "recurrence": "one_time:1"},
    )
    ana = factories.customer()
    contract = factories.contract(slow, customer_id=ana, due_day=10)
    factories.run(JANUARY)
    change.plan(contract, plan_version_id=fast, on=date(2026, 1, 15))
    factories.run(FEBRUARY)
    factories.run(MARCH)
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 80.00 open
          Internet 300, cycle 1, 2026-01-01 to 2026-02-01: 80.00
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 150.00 open
          Internet 500, cycle 2, 2026-02-01 to 2026-03-01: 100.00
          Troca, cycle 2, 2026-02-01 to 2026-03-01: 50.00
        invoice 3 of 2026-03-01 due 2026-03-10 by boleto: 100.00 open
          Internet 500, cycle 3, 2026-03-01 to 2026-04-01: 100.00
        """
    )


def test_a_later_change_gives_way_to_a_nearer_one(provider: int) -> None:
    """Another plan was to come with cycle 4; then one comes with cycle 3 already. Each cycle has one plan."""
    slow, fast, best = (
        factories.plan(code, (f"Internet {code}", cents))
        for code, cents in (("A", 80_00), ("B", 100_00), ("C", 112_00))
    )
    ana = factories.customer()
    contract = factories.contract(slow, customer_id=ana, due_day=10)
    factories.run(JANUARY)
    change.plan(contract, plan_version_id=fast, from_cycle=4, on=JANUARY)
    change.plan(contract, plan_version_id=best, from_cycle=3, on=JANUARY)
    for month in range(2, 6):
        factories.run(date(2026, month, 1))
    lines = [line.strip() for line in statement.invoices(ana).splitlines() if line.startswith(" ")]
    assert lines == [
        "Internet A, cycle 1, 2026-01-01 to 2026-02-01: 80.00",
        "Internet A, cycle 2, 2026-02-01 to 2026-03-01: 80.00",
        "Internet C, cycle 3, 2026-03-01 to 2026-04-01: 112.00",
        "Internet C, cycle 4, 2026-04-01 to 2026-05-01: 112.00",
        "Internet C, cycle 5, 2026-05-01 to 2026-06-01: 112.00",
    ]


def test_a_plan_without_a_count_goes_on_where_the_old_one_was_through(provider: int) -> None:
    short = factories.plan("CURTO", ("Internet", 80_00), total_cycles=1)
    endless = factories.plan("SEMPRE", ("Internet", 100_00))
    ana = factories.customer()
    contract = factories.contract(short, customer_id=ana, due_day=10)
    factories.run(JANUARY)
    assert BillingTerms.objects.get(contract_id=contract).next_run_on is None
    change.plan(contract, plan_version_id=endless, on=date(2026, 1, 15))
    factories.run(FEBRUARY)
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 80.00 open
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 100.00 open
        """
    )


@pytest.mark.capability("I13")
def test_what_is_invoiced_ahead_stays(provider: int, database: Database) -> None:
    """A year ahead is invoiced: the change begins with the fourteenth month, and a whole fixed term leaves none to change."""
    slow, fast = factories.plan("A", ("Internet A", 80_00)), factories.plan("B", ("Internet B", 100_00))
    ana = factories.customer()
    contract = factories.contract(slow, customer_id=ana, due_day=10, billing_method="one_per_charge")
    factories.run(JANUARY)
    change.plan(contract, plan_version_id=fast, on=JANUARY)
    factories.run(FEBRUARY)
    assert statement.invoices(ana).splitlines()[-2:] == [
        "invoice 14 of 2026-02-01 due 2027-02-10 by boleto: 100.00 open",
        "  Internet B, cycle 14, 2027-02-01 to 2027-03-01: 100.00",
    ]
    whole = factories.contract(
        slow, customer_id=ana, billing_method="one_per_charge", term_kind="fixed", term_months=2
    )
    factories.run(FEBRUARY)
    with refused(database, "cycle_never_comes", cycle=3):
        change.plan(whole, plan_version_id=fast, on=FEBRUARY)


def test_what_cannot_be_changed_is_refused(provider: int, database: Database) -> None:
    slow = factories.plan("LENTO", ("Internet", 80_00))
    contract = factories.contract(slow, started_on=date(2025, 12, 15), due_day=10)
    over = factories.contract(slow)
    factories.run(JANUARY)
    change.cancel(over, ends_on=FEBRUARY, reason="Preço", on=JANUARY)
    fast = factories.plan("RAPIDO", ("Internet", 100_00))
    on_demand = factories.plan("CARTAO", ("Internet", 100_00), payment_methods=["card"])
    with refused(database, "cycle_already_billed", cycle=1, next=2):
        change.plan(contract, plan_version_id=fast, from_cycle=1, on=JANUARY)
    with refused(database, "contract_not_active"):
        change.plan(over, plan_version_id=fast, on=JANUARY)
    with refused(database, "payment_method_not_in_plan"):
        change.plan(contract, plan_version_id=on_demand, on=JANUARY)
    for code, version in (
        ("TRIMESTRE", {"interval_unit": "quarter"}),
        ("DIA-5", {"charge_day": 5}),
        ("ANTES", {"charge_day_kind": "before"}),
        # The first month is billed: a stub before it cannot come any more.
        ("PRO-RATA", {"prorate_first": True}),
    ):
        other = factories.plan(code, ("Internet", 100_00), **version)
        with refused(database, "plan_of_another_rhythm"):
            change.plan(contract, plan_version_id=other, on=JANUARY)
    course = factories.plan("CURSO", ("Internet", 100_00), total_cycles=1)
    with refused(database, "cycle_never_comes", cycle=2):
        change.plan(contract, plan_version_id=course, on=JANUARY)


@pytest.mark.capability("G29")
def test_a_plan_that_is_not_on_sale_takes_no_contract(provider: int, database: Database) -> None:
    slow, fast = factories.plan("LENTO", ("Internet", 80_00)), factories.plan("RAPIDO", ("Internet", 100_00))
    ana = factories.customer()
    contract = factories.contract(slow, customer_id=ana)
    plans.deactivate(plan_of(fast))
    with refused(database, "plan_not_on_sale"):
        factories.contract(fast, customer_id=ana)
    with refused(database, "plan_not_on_sale"):
        change.plan(contract, plan_version_id=fast, on=JANUARY)
    # Who has it keeps it.
    plans.deactivate(plan_of(slow))
    factories.run(JANUARY)
    assert statement.books() == "books: receivables 80.00, revenue -80.00"


@pytest.mark.capability("G30")
def test_contracts_keep_the_version_they_were_sold_with(provider: int, database: Database) -> None:
    first = factories.plan("FIBRA", ("Internet", 80_00))
    ana, bia = factories.customer(), factories.customer("Bia Lima")
    old = factories.contract(first, customer_id=ana, due_day=10)
    second = edited(first, unit_cents=90_00)
    with refused(database, "plan_version_superseded"):
        factories.contract(first, customer_id=bia, due_day=10)
    factories.contract(second, customer_id=bia, due_day=10)
    factories.run(JANUARY)
    assert statement.headers() == text(
        """
        invoice 1 for Ana Souza of 2026-01-01 due 2026-01-10 by boleto: 80.00 open
        invoice 2 for Bia Lima of 2026-01-01 due 2026-01-10 by boleto: 90.00 open
        """
    )
    # Moving one to the new version is an act of its own.
    change.plan(old, plan_version_id=second, on=JANUARY)
    factories.run(FEBRUARY)
    assert statement.headers(ana).splitlines()[1] == (
        "invoice 3 of 2026-02-01 due 2026-02-10 by boleto: 90.00 open"
    )


@pytest.mark.capability("G33")
def test_contracts_of_a_deleted_plan_go_on(provider: int, database: Database) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 80_00))
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10)
    plans.delete(plan_of(fiber))
    factories.run(JANUARY)
    factories.run(FEBRUARY)
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 80.00 open
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 80.00 open
        """
    )
    assert Contract.objects.get().plan_version_id == fiber
    with refused(database, "plan_not_on_sale"):
        factories.contract(fiber, customer_id=ana)
