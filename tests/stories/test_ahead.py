"""An invoice for each charge, made ahead of time (I13): the whole term, or a rolling year."""

from __future__ import annotations

from datetime import date

import pytest

from perene.apps.billing.models import Deferral, Invoice
from tests import factories
from tests.stories import statement
from tests.stories.statement import text


@pytest.mark.capability("I13")
def test_a_fixed_term_is_invoiced_whole_and_becomes_revenue_month_by_month(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00), ("Wi-Fi", 20_00))
    ana = factories.customer()
    factories.contract(
        fiber, customer_id=ana, due_day=10, billing_method="one_per_charge", term_kind="fixed", term_months=3
    )
    factories.live_until(date(2026, 1, 2))
    invoiced = text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 120.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 100.00
          Wi-Fi, cycle 1, 2026-01-01 to 2026-02-01: 20.00
        invoice 2 of 2026-01-01 due 2026-02-10 by boleto: 120.00 open
          Internet, cycle 2, 2026-02-01 to 2026-03-01: 100.00
          Wi-Fi, cycle 2, 2026-02-01 to 2026-03-01: 20.00
        invoice 3 of 2026-01-01 due 2026-03-10 by boleto: 120.00 open
          Internet, cycle 3, 2026-03-01 to 2026-04-01: 100.00
          Wi-Fi, cycle 3, 2026-03-01 to 2026-04-01: 20.00
        receivable due 2026-01-10: 120.00, open 120.00
        receivable due 2026-02-10: 120.00, open 120.00
        receivable due 2026-03-10: 120.00, open 120.00
        """
    )
    assert (
        statement.of(ana)
        == f"{invoiced}\nbooks: receivables 360.00, deferred_revenue -240.00, revenue -120.00"
    )
    factories.live_until(date(2026, 4, 2))
    assert statement.of(ana) == f"{invoiced}\nbooks: receivables 360.00, revenue -360.00"
    assert statement.journal() == text(
        """
        2026-01-01 invoice: receivables 120.00, revenue -120.00
        2026-01-01 invoice: receivables 120.00, deferred_revenue -120.00
        2026-01-01 invoice: receivables 120.00, deferred_revenue -120.00
        2026-02-01 recognition: deferred_revenue 120.00, revenue -120.00
        2026-03-01 recognition: deferred_revenue 120.00, revenue -120.00
        """
    )


@pytest.mark.capability("I13")
def test_an_open_ended_contract_has_a_rolling_year_before_it(provider: int) -> None:
    """On 1 January the charges up to and with 1 January a year later; each month one more."""
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10, billing_method="one_per_charge")
    factories.live_until(date(2026, 1, 31))
    assert statement.headers(ana).splitlines() == [
        *(
            f"invoice {month} of 2026-01-01 due 2026-{month:02d}-10 by boleto: 100.00 open"
            for month in range(1, 13)
        ),
        "invoice 13 of 2026-01-01 due 2027-01-10 by boleto: 100.00 open",
    ]
    assert statement.books() == "books: receivables 1300.00, deferred_revenue -1200.00, revenue -100.00"
    factories.live_until(date(2026, 2, 2))
    assert statement.headers(ana).splitlines()[13:] == [
        "invoice 14 of 2026-02-01 due 2027-02-10 by boleto: 100.00 open"
    ]
    assert statement.books() == "books: receivables 1400.00, deferred_revenue -1200.00, revenue -200.00"


@pytest.mark.capability("I13", "I18")
def test_invoices_of_one_per_charge_never_mix(provider: int) -> None:
    """Two such contracts and a grouped one of one customer, all due on the same day."""
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    once = {"billing_method": "one_per_charge", "term_kind": "fixed", "term_months": 1}
    factories.contract(fiber, customer_id=ana, due_day=10, **once)
    factories.contract(fiber, customer_id=ana, due_day=10, **once)
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(date(2026, 1, 1))
    assert [invoice.total_cents for invoice in Invoice.objects.all()] == [100_00, 100_00, 100_00]
    assert len({invoice.contract_id for invoice in Invoice.objects.all()}) == 3


@pytest.mark.capability("I13")
def test_revenue_that_was_recognized_is_not_recognized_again(provider: int) -> None:
    """Nor when items cancel each other out and nothing is posted."""
    fiber = factories.plan("FIBRA", ("Internet", 100_00), ("Bônus", -100_00))
    ana = factories.customer()
    factories.contract(
        fiber, customer_id=ana, due_day=10, billing_method="one_per_charge", term_kind="fixed", term_months=2
    )
    factories.live_until(date(2026, 2, 3))
    assert list(Deferral.objects.order_by("amount_cents").values_list("amount_cents", "status")) == [
        (-100_00, "recognized"),
        (100_00, "recognized"),
    ]
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 0.00 zero
        invoice 2 of 2026-01-01 due 2026-02-10 by boleto: 0.00 zero
        """
    )
    assert statement.journal() == ""
