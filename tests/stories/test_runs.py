"""The billing run as people meet it: asked twice, early, late, behind gates, with a contract that cannot be billed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import transaction

from perene.actions import bill
from perene.apps.billing import runs
from perene.apps.billing.models import Parked, Run
from perene.apps.contracts.models import BillingTerms, ContractLine
from tests import factories
from tests.stories import statement
from tests.stories.statement import text

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
BROKEN = [["x", 1, 0]]


@transaction.atomic
def set_terms(contract_id: UUID, **columns: object) -> None:
    assert BillingTerms.objects.filter(contract_id=contract_id).update(**columns) == 1


@transaction.atomic
def set_tiers(contract_id: UUID, table: list[list[object]]) -> None:
    """Tiers that were stored by another hand."""
    lines = ContractLine.objects.filter(contract_id=contract_id)
    assert lines.update(calc_type="graduated", quantity=10, tiers=table) == 1


def parked() -> list[tuple[str, int, date, date, bool]]:
    return list(Parked.objects.order_by("id").values_list("code", "tries", "first_on", "last_on", "is_open"))


@pytest.mark.capability("X1")
def test_asked_twice_it_bills_once(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    factories.contract(fiber, due_day=10)
    first = factories.run(JANUARY)
    said = statement.of()
    second = factories.run(JANUARY)
    assert statement.of() == said
    assert runs.progress(first).invoices == 1 and runs.progress(second).invoices == 0
    # A run that is under way is joined.
    third = bill.start(through=FEBRUARY, reason="button", now=factories.NOW)
    assert bill.start(through=FEBRUARY, reason="night", now=factories.NOW) == third
    assert factories.run(FEBRUARY) == third
    assert Run.objects.filter(status="done").count() == 3


def test_for_a_day_gone_by_it_finds_nothing(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    factories.contract(fiber, due_day=10)
    factories.run(FEBRUARY)
    said = statement.of()
    factories.run(JANUARY)
    assert statement.of() == said


def test_what_was_missed_is_billed_at_once_and_never_due_in_the_past(provider: int) -> None:
    """Nobody ran January and February: on 3 March all three months in one invoice, due on the next due day."""
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=2)
    factories.run(date(2026, 3, 3))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-03-03 due 2026-04-02 by boleto: 300.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 100.00
          Internet, cycle 2, 2026-02-01 to 2026-03-01: 100.00
          Internet, cycle 3, 2026-03-01 to 2026-04-01: 100.00
        """
    )


def test_for_a_day_ahead_the_revenue_of_its_periods_is_not_deferred(provider: int) -> None:
    """A run for 1 February is dated 1 February, whenever it is asked for; the night of that day finds nothing left."""
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(FEBRUARY)
    said = statement.of(ana)
    assert said.startswith("invoice 1 of 2026-02-01 due 2026-02-10 by boleto: 200.00 open")
    factories.live_until(FEBRUARY)
    assert statement.of(ana) == said


@pytest.mark.parametrize(
    "gate", [{"approved_on": None}, {"activated_on": None}, {"review_before_billing": True}]
)
def test_behind_a_closed_gate_nothing_is_billed(provider: int, gate: dict[str, object]) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10)
    set_terms(contract, **gate)
    factories.run(JANUARY)
    assert statement.of(ana) == "books: empty"
    # Opened in January, it is billed then.
    opened = {
        "approved_on": date(2026, 1, 5),
        "activated_on": date(2026, 1, 5),
        "review_before_billing": False,
    }
    set_terms(contract, **opened)
    factories.run(date(2026, 1, 4))
    if "review_before_billing" not in gate:
        assert statement.of(ana) == "books: empty"
    factories.run(date(2026, 1, 5))
    assert statement.books() == "books: receivables 100.00, revenue -100.00"


def test_one_that_cannot_be_billed_is_parked_and_tried_again(provider: int) -> None:
    """It is alone in that: its group's other contract is billed. Mended on the 12th, it is due on the next 10th, not on the
    past one."""
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    bad = factories.contract(fiber, customer_id=ana, due_day=10)
    factories.contract(fiber, customer_id=ana, due_day=10)
    set_tiers(bad, BROKEN)
    factories.live_until(date(2026, 1, 3))
    assert parked() == [("tiers_malformed", 3, JANUARY, date(2026, 1, 3), True)]
    assert statement.headers(ana) == "invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 100.00 open"
    set_tiers(bad, [[None, 9_00, 0]])
    bill.whole_run(through=date(2026, 1, 12), reason="again", now=lambda: factories.NOW, contract_id=bad)
    assert parked() == [("tiers_malformed", 3, JANUARY, date(2026, 1, 3), False)]
    assert (
        statement.headers(ana).splitlines()[1].endswith("of 2026-01-12 due 2026-02-10 by boleto: 90.00 open")
    )


def test_trying_one_again_leaves_the_other_parked(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    bad, worse = (factories.contract(fiber, customer_id=ana, due_day=10) for _ in range(2))
    set_tiers(bad, BROKEN)
    set_tiers(worse, BROKEN)
    factories.run(JANUARY)
    set_tiers(bad, [[None, 9_00, 0]])
    bill.whole_run(through=date(2026, 1, 2), reason="again", now=lambda: factories.NOW, contract_id=bad)
    found = {row.contract_id: row.is_open for row in Parked.objects.all()}
    assert found == {bad: False, worse: True}
    # A run that finds nothing for it to do does not release it either.
    factories.contract(fiber, customer_id=ana, due_day=10, on=date(2025, 12, 1))
    assert runs.progress(factories.run(date(2025, 12, 31))).invoices == 1
    assert Parked.objects.get(contract_id=worse).is_open
