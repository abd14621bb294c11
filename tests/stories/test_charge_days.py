"""When a contract is charged, for which period, and when that is due (G3, G5–G8, G36)."""

from __future__ import annotations

from datetime import date

import pytest

from perene.actions import plans
from perene.apps.catalog.versions import PlanContent
from perene.kit import tenancy
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import refused


@pytest.mark.capability("G5", "G36", "I18")
def test_due_days_that_february_is_too_short_for_return_in_march(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    for due_day in (5, 29, 30, 31):
        factories.contract(fiber, customer_id=ana, due_day=due_day)
    factories.live_until(date(2026, 3, 31))
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-05 by boleto: 100.00 open
        invoice 2 of 2026-01-01 due 2026-01-29 by boleto: 100.00 open
        invoice 3 of 2026-01-01 due 2026-01-30 by boleto: 100.00 open
        invoice 4 of 2026-01-01 due 2026-01-31 by boleto: 100.00 open
        invoice 5 of 2026-02-01 due 2026-02-05 by boleto: 100.00 open
        invoice 6 of 2026-02-01 due 2026-02-28 by boleto: 300.00 open
        invoice 9 of 2026-03-01 due 2026-03-05 by boleto: 100.00 open
        invoice 10 of 2026-03-01 due 2026-03-29 by boleto: 100.00 open
        invoice 11 of 2026-03-01 due 2026-03-30 by boleto: 100.00 open
        invoice 12 of 2026-03-01 due 2026-03-31 by boleto: 100.00 open
        """
    )
    assert statement.books() == "books: receivables 1200.00, revenue -1200.00"


@pytest.mark.capability("G5", "G36")
def test_without_a_due_day_it_is_due_days_after_the_charge(provider: int) -> None:
    card = factories.plan("CARTAO", ("Internet", 100_00), due_after_days=0)
    slip = factories.plan("BOLETO", ("Internet", 50_00), due_after_days=30)
    ana = factories.customer()
    factories.contract(card, customer_id=ana, payment_method="card")
    factories.contract(slip, customer_id=ana)
    factories.live_until(date(2026, 2, 1))
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-01 by card: 100.00 open
        invoice 2 of 2026-01-01 due 2026-01-31 by boleto: 50.00 open
        invoice 3 of 2026-02-01 due 2026-02-01 by card: 100.00 open
        invoice 4 of 2026-02-01 due 2026-03-03 by boleto: 50.00 open
        """
    )


@pytest.mark.capability("G36")
def test_the_due_day_leaves_the_days_of_notice(database: Database) -> None:
    """Ten days of notice: due day 5 is too near for a charge of the 1st, due day 11 is not."""
    with tenancy.organization(factories.organization(lead_days=10)):
        fiber = factories.plan("FIBRA", ("Internet", 100_00))
        ana = factories.customer()
        for due_day in (5, 10, 11):
            factories.contract(fiber, customer_id=ana, due_day=due_day)
        factories.live_until(date(2026, 1, 31))
        assert statement.headers(ana) == text(
            """
            invoice 1 of 2026-01-01 due 2026-02-05 by boleto: 100.00 open
            invoice 2 of 2026-01-01 due 2026-02-10 by boleto: 100.00 open
            invoice 3 of 2026-01-01 due 2026-01-11 by boleto: 100.00 open
            """
        )


@pytest.mark.capability("G5")
def test_who_signs_after_the_charge_day_waits_for_the_next_one(provider: int) -> None:
    """Started on 10 January, charged on the 5th: the days until 5 February are free, as the plan says nothing else."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00), charge_day=5)
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, started_on=date(2026, 1, 10), on=date(2026, 1, 10), due_day=20)
    factories.live_until(date(2026, 3, 4))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-02-05 due 2026-02-20 by boleto: 93.00 open
          Internet, cycle 1, 2026-02-05 to 2026-03-05: 93.00
        receivable due 2026-02-20: 93.00, open 93.00
        books: receivables 93.00, revenue -93.00
        """
    )


@pytest.mark.capability("G5")
def test_the_days_before_the_first_charge_day_are_charged_where_the_plan_says_so(provider: int) -> None:
    """10 January to 5 February are 26 of the 31 days from 5 January: 93.00 × 26 / 31 = 78.00. The fee is never a share."""
    fiber = factories.plan(
        "FIBRA",
        ("Internet", 93_00),
        {"name": "Adesão", "unit_cents": 150_00, "recurrence": "one_time:1"},
        charge_day=5,
        prorate_first=True,
    )
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, started_on=date(2026, 1, 10), on=date(2026, 1, 10), due_day=20)
    factories.live_until(date(2026, 3, 5))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-02-05 due 2026-02-20 by boleto: 321.00 open
          Internet, cycle 1, 2026-02-05 to 2026-03-05: 93.00
          Internet, cycle 1 stub, 2026-01-10 to 2026-02-05: 78.00
          Adesão, cycle 1, 2026-02-05 to 2026-03-05: 150.00
        invoice 2 of 2026-03-05 due 2026-03-20 by boleto: 93.00 open
          Internet, cycle 2, 2026-03-05 to 2026-04-05: 93.00
        receivable due 2026-02-20: 321.00, open 321.00
        receivable due 2026-03-20: 93.00, open 93.00
        books: receivables 414.00, revenue -414.00
        """
    )


@pytest.mark.capability("G6", "I13")
def test_charged_before_the_period_it_is_revenue_when_the_period_begins(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00), charge_day_kind="before", charge_day=10)
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana)
    factories.live_until(date(2026, 1, 31))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-08 by boleto: 100.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 100.00
        invoice 2 of 2026-01-22 due 2026-01-29 by boleto: 100.00 open
          Internet, cycle 2, 2026-02-01 to 2026-03-01: 100.00
        receivable due 2026-01-08: 100.00, open 100.00
        receivable due 2026-01-29: 100.00, open 100.00
        books: receivables 200.00, deferred_revenue -100.00, revenue -100.00
        """
    )
    factories.live_until(date(2026, 2, 18))
    assert statement.journal() == text(
        """
        2026-01-01 invoice: receivables 100.00, revenue -100.00
        2026-01-22 invoice: receivables 100.00, deferred_revenue -100.00
        2026-02-01 recognition: deferred_revenue 100.00, revenue -100.00
        """
    )
    factories.live_until(date(2026, 3, 1))
    assert statement.books() == "books: receivables 300.00, revenue -300.00"


@pytest.mark.capability("G7")
def test_charged_after_the_period_has_ended(provider: int) -> None:
    """Post-paid, five days after the end; with zero days on the end itself. A period that began on the 31st ends on the
    last day of February and the next on 31 March: it does not drift."""
    late = factories.plan("DEPOIS", ("Consumo", 100_00), charge_day_kind="end", charge_day=5)
    at_once = factories.plan("NO-FIM", ("Consumo", 50_00), charge_day_kind="end", charge_day=0)
    ana, bia = factories.customer(), factories.customer("Bia Lima")
    factories.contract(late, customer_id=ana)
    factories.contract(at_once, customer_id=bia, started_on=date(2026, 1, 31))
    factories.live_until(date(2026, 3, 31))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-02-06 due 2026-02-13 by boleto: 100.00 open
          Consumo, cycle 1, 2026-01-01 to 2026-02-01: 100.00
        invoice 3 of 2026-03-06 due 2026-03-13 by boleto: 100.00 open
          Consumo, cycle 2, 2026-02-01 to 2026-03-01: 100.00
        """
    )
    assert statement.invoices(bia) == text(
        """
        invoice 2 of 2026-02-28 due 2026-03-07 by boleto: 50.00 open
          Consumo, cycle 1, 2026-01-31 to 2026-02-28: 50.00
        invoice 4 of 2026-03-31 due 2026-04-07 by boleto: 50.00 open
          Consumo, cycle 2, 2026-02-28 to 2026-03-31: 50.00
        """
    )
    assert statement.books() == "books: receivables 300.00, revenue -300.00"


@pytest.mark.capability("G3", "G5")
def test_a_charge_day_31_is_the_last_day_of_shorter_months(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00), charge_day=31)
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana)
    factories.live_until(date(2026, 4, 30))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-01-31 due 2026-02-07 by boleto: 100.00 open
          Internet, cycle 1, 2026-01-31 to 2026-02-28: 100.00
        invoice 2 of 2026-02-28 due 2026-03-07 by boleto: 100.00 open
          Internet, cycle 2, 2026-02-28 to 2026-03-31: 100.00
        invoice 3 of 2026-03-31 due 2026-04-07 by boleto: 100.00 open
          Internet, cycle 3, 2026-03-31 to 2026-04-30: 100.00
        invoice 4 of 2026-04-30 due 2026-05-07 by boleto: 100.00 open
          Internet, cycle 4, 2026-04-30 to 2026-05-31: 100.00
        """
    )


@pytest.mark.capability("G3", "G5")
def test_a_weekly_plan_is_charged_on_its_weekday(provider: int) -> None:
    """1 January 2026 is a Thursday: four of the seven days before the first Monday."""
    class_ = factories.plan(
        "AULA", ("Aula", 70_00), interval_unit="week", charge_day=1, due_after_days=2, prorate_first=True
    )
    fortnight = factories.plan(
        "LIMPEZA", ("Limpeza", 80_00), interval_unit="week", interval_count=2, charge_day=4
    )
    ana, bia = factories.customer(), factories.customer("Bia Lima")
    factories.contract(class_, customer_id=ana)
    factories.contract(fortnight, customer_id=bia)
    factories.live_until(date(2026, 1, 18))
    assert statement.invoices(ana) == text(
        """
        invoice 2 of 2026-01-05 due 2026-01-07 by boleto: 110.00 open
          Aula, cycle 1, 2026-01-05 to 2026-01-12: 70.00
          Aula, cycle 1 stub, 2026-01-01 to 2026-01-05: 40.00
        invoice 3 of 2026-01-12 due 2026-01-14 by boleto: 70.00 open
          Aula, cycle 2, 2026-01-12 to 2026-01-19: 70.00
        """
    )
    assert statement.invoices(bia) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-08 by boleto: 80.00 open
          Limpeza, cycle 1, 2026-01-01 to 2026-01-15: 80.00
        invoice 4 of 2026-01-15 due 2026-01-22 by boleto: 80.00 open
          Limpeza, cycle 2, 2026-01-15 to 2026-01-29: 80.00
        """
    )


@pytest.mark.capability("G3")
@pytest.mark.parametrize(
    ("unit", "count", "second", "third"),
    [
        ("month", 2, date(2026, 3, 15), date(2026, 5, 15)),
        ("quarter", 1, date(2026, 4, 15), date(2026, 7, 15)),
        ("half_year", 1, date(2026, 7, 15), date(2027, 1, 15)),
        ("year", 1, date(2027, 1, 15), date(2028, 1, 15)),
        ("year", 2, date(2028, 1, 15), date(2030, 1, 15)),
    ],
)
def test_longer_periods(provider: int, unit: str, count: int, second: date, third: date) -> None:
    """A run on the eve finds nothing, on the day one charge."""
    fiber = factories.plan(
        "FIBRA", ("Internet", 100_00), interval_unit=unit, interval_count=count, charge_day=15
    )
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, started_on=date(2026, 1, 10), due_day=20)
    for on in (date(2026, 1, 14), date(2026, 1, 15), second.replace(day=14), second, third.replace(day=14)):
        factories.run(on)
    assert statement.invoices(ana) == text(
        f"""
        invoice 1 of 2026-01-15 due 2026-01-20 by boleto: 100.00 open
          Internet, cycle 1, 2026-01-15 to {second}: 100.00
        invoice 2 of {second} due {second.replace(day=20)} by boleto: 100.00 open
          Internet, cycle 2, {second} to {third}: 100.00
        """
    )


@pytest.mark.capability("G8")
@pytest.mark.parametrize(
    ("kind", "days", "code"),
    [
        ("before", None, "charge_day_days_missing"),
        ("end", 91, "charge_day_out_of_range"),
        ("fixed", 32, "charge_day_out_of_range"),
    ],
)
def test_a_charge_day_that_cannot_be_is_refused(
    provider: int, database: Database, kind: str, days: int | None, code: str
) -> None:
    with refused(database, code):
        plans.create(
            "FIBRA",
            PlanContent(name="Fibra", payment_methods=["boleto"], charge_day_kind=kind, charge_day=days),
        )


@pytest.mark.capability("G5", "G36")
@pytest.mark.parametrize("due_day", [0, 32])
def test_a_due_day_that_no_month_has_is_refused(provider: int, database: Database, due_day: int) -> None:
    fiber, ana = factories.plan("FIBRA", ("Internet", 100_00)), factories.customer()
    with refused(database, "due_day_out_of_range", day=due_day):
        factories.contract(fiber, customer_id=ana, due_day=due_day)
