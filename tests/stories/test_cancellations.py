"""A contract ends: what was charged beyond the end is cancelled or given back, what was used stays charged."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from perene.actions import change, settle
from perene.apps.billing.models import Parked
from perene.apps.contracts.models import Contract, ContractLine
from perene.apps.receivables.models import Receivable
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import refused


def cancel(contract_id: UUID, ends_on: date, *, on: date | None = None) -> None:
    change.cancel(contract_id, ends_on=ends_on, reason="Mudança de endereço", on=on or ends_on)


def paid(due_on: date) -> None:
    """The receivable due that day was paid on it."""
    owed = Receivable.objects.get(due_on=due_on)
    settle.receive(
        owed.id,
        paid_on=due_on,
        received_cents=owed.open_cents,
        method="cash",
        on=due_on,
        now=factories.NOW,
    )


def test_before_the_next_charge_nothing_is_given_back(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 93_00), prorate_last=True)
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(date(2026, 1, 1))
    cancel(contract, date(2026, 2, 1), on=date(2026, 1, 20))
    factories.run(date(2026, 2, 1))
    factories.run(date(2026, 3, 1))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 93.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        receivable due 2026-01-10: 93.00, open 93.00
        books: receivables 93.00, revenue -93.00
        """
    )


def test_in_the_middle_of_a_period_the_plan_keeps_it_whole(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(date(2026, 1, 1))
    cancel(contract, date(2026, 1, 11))
    factories.run(date(2026, 1, 11))
    factories.run(date(2026, 2, 1))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 93.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        receivable due 2026-01-10: 93.00, open 93.00
        books: receivables 93.00, revenue -93.00
        """
    )


def test_in_the_middle_of_a_period_the_plan_gives_its_days_back(provider: int) -> None:
    """21 of the 31 days: 63.00. The setup fee of the month is not given back."""
    fiber = factories.plan(
        "FIBRA",
        ("Internet", 93_00),
        {"name": "Adesão", "unit_cents": 150_00, "recurrence": "one_time:1"},
        prorate_last=True,
    )
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10)
    factories.live_until(date(2026, 1, 5))
    cancel(contract, date(2026, 1, 11), on=date(2026, 1, 5))
    factories.live_until(date(2026, 1, 10))
    assert statement.books() == "books: receivables 243.00, revenue -243.00"
    factories.live_until(date(2026, 2, 2))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 243.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
          Adesão, cycle 1, 2026-01-01 to 2026-02-01: 150.00
        invoice 2 of 2026-01-11 due 2026-01-11 by boleto: -63.00 credit
          Internet, credit of cycle 1, 2026-01-11 to 2026-02-01: -63.00
        receivable due 2026-01-10: 243.00, open 243.00
        credit of 2026-01-11: 63.00, open 63.00
        books: receivables 243.00, customer_credits -63.00, revenue -180.00
        """
    )


@pytest.mark.capability("I18")
def test_what_is_given_back_lessens_an_invoice_of_the_group_due_that_day(provider: int) -> None:
    """A credit is due on the day of the run, as is a card: one invoice of 100.00 − 42.00 (14 of the 31 days)."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00), prorate_last=True, due_after_days=0)
    phone = factories.plan("FONE", ("Telefone", 100_00), charge_day=18, due_after_days=0)
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, payment_method="card")
    factories.contract(phone, customer_id=ana, payment_method="card")
    factories.run(date(2026, 1, 1))
    cancel(contract, date(2026, 1, 18), on=date(2026, 1, 17))
    factories.run(date(2026, 1, 18))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-01 by card: 93.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        invoice 2 of 2026-01-18 due 2026-01-18 by card: 58.00 open
          Internet, credit of cycle 1, 2026-01-18 to 2026-02-01: -42.00
          Telefone, cycle 1, 2026-01-18 to 2026-02-18: 100.00
        """
    )
    assert statement.books() == "books: receivables 151.00, revenue -151.00"


def test_post_paid_it_is_charged_for_the_days_used(provider: int) -> None:
    fiber = factories.plan(
        "FIBRA", ("Internet", 93_00), charge_day_kind="end", charge_day=2, prorate_last=True
    )
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10)
    cancel(contract, date(2026, 1, 11))
    factories.run(date(2026, 2, 2))
    assert statement.books() == "books: empty"
    factories.run(date(2026, 2, 3))
    factories.run(date(2026, 3, 3))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-02-03 due 2026-02-10 by boleto: 30.00 open
          Internet, cycle 1, 2026-01-01 to 2026-01-11: 30.00
        """
    )


@pytest.mark.capability("I13")
def test_invoices_made_ahead_are_cancelled_and_their_entries_reversed(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    ana = factories.customer()
    contract = factories.contract(
        fiber, customer_id=ana, due_day=10, billing_method="one_per_charge", term_kind="fixed", term_months=4
    )
    factories.live_until(date(2026, 1, 20))
    paid(date(2026, 4, 10))
    cancel(contract, date(2026, 2, 1), on=date(2026, 1, 20))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 93.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        invoice 2 of 2026-01-01 due 2026-02-10 by boleto: 93.00 cancelled
          Internet, cycle 2, 2026-02-01 to 2026-03-01: 93.00
        invoice 3 of 2026-01-01 due 2026-03-10 by boleto: 93.00 cancelled
          Internet, cycle 3, 2026-03-01 to 2026-04-01: 93.00
        invoice 4 of 2026-01-01 due 2026-04-10 by boleto: 93.00 open
          Internet, cycle 4, 2026-04-01 to 2026-05-01: 93.00
        receivable due 2026-01-10: 93.00, open 93.00
        receivable due 2026-02-10: 93.00, cancelled
        receivable due 2026-03-10: 93.00, cancelled
        receivable due 2026-04-10: 93.00, open 0.00
        books: cash 93.00, receivables 93.00, deferred_revenue -93.00, revenue -93.00
        """
    )
    # What was paid for a month that never comes is the customer's, on the day of the end.
    factories.live_until(date(2026, 4, 2))
    assert statement.invoices(ana).splitlines()[8:] == [
        "invoice 5 of 2026-02-01 due 2026-02-01 by boleto: -93.00 credit",
        "  Internet, credit of cycle 4, 2026-04-01 to 2026-05-01: -93.00",
    ]
    assert (
        statement.books() == "books: cash 93.00, receivables 93.00, customer_credits -93.00, revenue -93.00"
    )
    assert statement.journal() == text(
        """
        2026-01-01 invoice: receivables 93.00, revenue -93.00
        2026-01-01 invoice: receivables 93.00, deferred_revenue -93.00
        2026-01-01 invoice: receivables 93.00, deferred_revenue -93.00
        2026-01-01 invoice: receivables 93.00, deferred_revenue -93.00
        2026-01-20 invoice_cancelled: receivables -93.00, deferred_revenue 93.00
        2026-01-20 invoice_cancelled: receivables -93.00, deferred_revenue 93.00
        2026-02-01 invoice: deferred_revenue 93.00, customer_credits -93.00
        2026-04-01 recognition: deferred_revenue 93.00, revenue -93.00
        2026-04-01 recognition: deferred_revenue -93.00, revenue 93.00
        2026-04-10 payment: cash 93.00, receivables -93.00
        """
    )


@pytest.mark.capability("I13")
def test_ahead_of_time_and_in_the_middle_of_a_period(provider: int) -> None:
    """Open-ended, a year ahead, ended on 8 February: 21 of February's 28 days come back, everything later is cancelled."""
    fiber = factories.plan("FIBRA", ("Internet", 84_00), prorate_last=True)
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10, billing_method="one_per_charge")
    factories.live_until(date(2026, 1, 20))
    cancel(contract, date(2026, 2, 8), on=date(2026, 1, 20))
    factories.live_until(date(2026, 3, 2))
    found = statement.headers(ana).splitlines()
    assert [line.rpartition(" ")[2] for line in found] == ["open", "open", *["cancelled"] * 11, "credit"]
    assert found[-1].endswith("of 2026-02-08 due 2026-02-08 by boleto: -63.00 credit")
    assert statement.books() == "books: receivables 168.00, customer_credits -63.00, revenue -105.00"


def test_the_end_of_a_fixed_term_comes_nearer(provider: int) -> None:
    """The term had cut February at the 15th (14 of 28 days, 42.00); ended on the 8th, 7 days come back: 21.00."""
    fiber = factories.plan("FIBRA", ("Internet", 84_00), prorate_last=True)
    ana = factories.customer()
    contract = factories.contract(
        fiber, customer_id=ana, due_day=10, started_on=date(2026, 1, 15), term_kind="fixed", term_months=1
    )
    factories.run(date(2026, 2, 1))
    cancel(contract, date(2026, 2, 8))
    factories.run(date(2026, 2, 8))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-02-01 due 2026-02-10 by boleto: 42.00 open
          Internet, cycle 1, 2026-02-01 to 2026-02-15: 42.00
        invoice 2 of 2026-02-08 due 2026-02-08 by boleto: -21.00 credit
          Internet, credit of cycle 1, 2026-02-08 to 2026-02-15: -21.00
        receivable due 2026-02-10: 42.00, open 42.00
        credit of 2026-02-08: 21.00, open 21.00
        books: receivables 42.00, customer_credits -21.00, revenue -21.00
        """
    )


def test_within_the_stub_before_the_first_period(provider: int) -> None:
    """Asked late, on 5 February, for 20 January: of the stub (15 to 31 January, 17 of 31 days, 51.00) 12 days come back,
    36.00; February whole, 93.00."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00), prorate_first=True, prorate_last=True)
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10, started_on=date(2026, 1, 15))
    factories.run(date(2026, 2, 1))
    cancel(contract, date(2026, 1, 20), on=date(2026, 2, 5))
    factories.run(date(2026, 2, 5))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-02-01 due 2026-02-10 by boleto: 144.00 open
          Internet, cycle 1, 2026-02-01 to 2026-03-01: 93.00
          Internet, cycle 1 stub, 2026-01-15 to 2026-02-01: 51.00
        invoice 2 of 2026-02-05 due 2026-02-05 by boleto: -129.00 credit
          Internet, credit of cycle 1, 2026-02-01 to 2026-03-01: -93.00
          Internet, credit of cycle 1 stub, 2026-01-20 to 2026-02-01: -36.00
        receivable due 2026-02-10: 144.00, open 144.00
        credit of 2026-02-05: 129.00, open 129.00
        books: receivables 144.00, customer_credits -129.00, revenue -15.00
        """
    )


@pytest.mark.capability("G6")
def test_asked_for_after_the_invoice_became_revenue(provider: int) -> None:
    """February was invoiced on 22 January and recognized on the 1st; on the 10th the contract is ended as of the 1st: the
    invoice falls away, and so does the revenue."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00), charge_day_kind="before", charge_day=10)
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=28)
    factories.live_until(date(2026, 2, 10))
    cancel(contract, date(2026, 2, 1), on=date(2026, 2, 10))
    factories.live_until(date(2026, 2, 20))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-28 by boleto: 93.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        invoice 2 of 2026-01-22 due 2026-01-28 by boleto: 93.00 cancelled
          Internet, cycle 2, 2026-02-01 to 2026-03-01: 93.00
        receivable due 2026-01-28: 93.00, open 93.00
        receivable due 2026-01-28: 93.00, cancelled
        books: receivables 93.00, revenue -93.00
        """
    )


@pytest.mark.capability("I13")
def test_ahead_invoices_of_nothing_fall_away_too(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 93_00), ("Bônus", -93_00))
    ana = factories.customer()
    contract = factories.contract(
        fiber, customer_id=ana, due_day=10, billing_method="one_per_charge", term_kind="fixed", term_months=3
    )
    factories.live_until(date(2026, 1, 20))
    cancel(contract, date(2026, 2, 1), on=date(2026, 1, 20))
    factories.live_until(date(2026, 2, 2))
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 0.00 zero
        invoice 2 of 2026-01-01 due 2026-02-10 by boleto: 0.00 cancelled
        invoice 3 of 2026-01-01 due 2026-03-10 by boleto: 0.00 cancelled
        """
    )
    assert statement.books() == "books: empty"


def test_a_shared_invoice_of_nothing_stays(provider: int) -> None:
    """Charged ahead with another contract of the group; nothing was charged for the month that never comes, so nothing is
    given back."""
    free = factories.plan("CORTESIA", ("Internet", 0), charge_day_kind="before", charge_day=10)
    fiber = factories.plan("FIBRA", ("Internet", 93_00), charge_day_kind="before", charge_day=10)
    ana = factories.customer()
    contract = factories.contract(free, customer_id=ana, due_day=10)
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.live_until(date(2026, 1, 25))
    cancel(contract, date(2026, 2, 1), on=date(2026, 1, 25))
    factories.live_until(date(2026, 2, 2))
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 93.00 open
        invoice 3 of 2026-01-22 due 2026-02-10 by boleto: 93.00 open
        """
    )


def test_one_whose_line_is_broken_can_still_end(provider: int, database: Database) -> None:
    """It was parked and nothing is left to bill: it leaves the list of the parked."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10)
    ContractLine.objects.filter(contract_id=contract).update(calc_type="graduated", tiers=[["x", 1, 0]])
    factories.run(date(2026, 1, 1))
    assert Parked.objects.get().is_open
    cancel(contract, date(2026, 1, 1), on=date(2026, 1, 2))
    factories.run(date(2026, 1, 2))
    assert not Parked.objects.get().is_open
    assert statement.of(ana) == "books: empty"


def test_what_cannot_end_is_refused(provider: int, database: Database) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    fixed = factories.contract(fiber, term_kind="fixed", term_months=1)
    over = factories.contract(fiber)
    cancel(over, date(2026, 1, 10))
    factories.run(date(2026, 1, 1))
    with refused(database, "contract_ends_earlier", ends_on=date(2026, 2, 1)):
        cancel(fixed, date(2026, 2, 1))
    with refused(database, "ends_before_start"):
        cancel(fixed, date(2025, 12, 31))
    with refused(database, "contract_not_active", number=Contract.objects.get(id=over).number):
        cancel(over, date(2026, 1, 5))
