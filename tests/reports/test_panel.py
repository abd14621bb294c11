"""The figures of the panel, counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest

from perene.actions import change, enroll, move_in, settle
from perene.apps.organizations import organizations
from perene.apps.receivables import opening
from perene.apps.receivables.models import Receivable
from perene.kit import clock, tenancy
from perene.reports import panel
from perene.reports.panel import Age, MonthOfBilling
from tests import factories
from tests.ground import Database


@pytest.fixture
def inside(database: Database) -> Iterator[None]:
    with tenancy.organization(factories.organization()):
        yield


def units(code: str) -> frozenset[UUID]:
    unit = organizations.unit_by_code(code)
    assert unit is not None
    return frozenset({UUID(str(unit.id))})


@pytest.mark.capability("I15")
def test_recurring_revenue_is_counted_by_the_month(inside: None) -> None:
    def sell(*items: object, **columns: object) -> UUID:
        sold = {key: columns.pop(key) for key in ("billing_method", "due_day") if key in columns}
        return factories.contract(factories.plan(f"P{len(str(items))}{columns}", *items, **columns), **sold)

    sell(("Mensal", 100_00))
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 100_00
    sell(("Anual", 1200_00), interval_unit="year")
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 200_00
    sell(("Semanal", 10_00), interval_unit="week")  # 10,00 × 52 ÷ 12 = 43,33…
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 243_33
    sell(
        ("Trimestral", 100_00), interval_unit="quarter"
    )  # 33,33…: 76,66… together with the week, rounded once
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 276_67
    # Neither a one-off, nor a courtesy, nor what is over.
    sell(("Mensal", 5_00), {"name": "Adesão", "unit_cents": 300_00, "recurrence": "one_time:1"})
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 281_67
    sell(("Cortesia", 70_00), billing_method="none")
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 281_67
    ended = sell(("Que acaba", 40_00), due_day=9)
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 321_67
    change.cancel(ended, ends_on=date(2026, 2, 1), reason="", on=factories.BEGINS_ON)
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 281_67
    assert panel.active_contracts(unit_ids=None) == 6


def test_a_line_that_cannot_be_priced_brings_nothing(inside: None) -> None:
    bad = {
        "name": "Nuvem",
        "unit_cents": 0,
        "calc_type": "graduated",
        "tiers": [["10", 1, 0], ["5", 1, 0], [None, 1, 0]],
    }
    factories.contract(factories.plan("TORTO", ("Bom", 30_00), bad))
    assert panel.mrr_cents(unit_ids=None, now=factories.NOW) == 30_00


def test_what_is_owed_by_age_and_what_was_billed_by_month(inside: None) -> None:
    enroll.unit(name="Sul", code="SUL")
    plan = factories.plan("FIBRA", ("Internet", 100_00))
    south = factories.customer(unit=organizations.unit_by_code("SUL"))
    factories.contract(plan, due_day=10)
    factories.contract(plan, due_day=20, customer_id=south)
    factories.live_until(date(2026, 4, 1))  # January to April: 8 invoices of 100,00

    ages = panel.open_by_age(today=date(2026, 4, 15), unit_ids=None)
    assert ages == [
        Age(None, 0, 100_00, 1),  # due on 20 April
        Age(1, 15, 100_00, 1),  # 10 April: 5 days
        Age(16, 30, 100_00, 1),  # 20 March: 26 days
        Age(31, 90, 400_00, 4),  # 10 March (36), 20 February, 10 February, 20 January (85)
        Age(91, None, 100_00, 1),  # 10 January: 95 days
    ]
    assert panel.total(ages) == 800_00
    only_south = panel.open_by_age(today=date(2026, 4, 15), unit_ids=units("SUL"))
    assert [age.amount_cents for age in only_south] == [100_00, 0, 100_00, 200_00, 0]

    months = panel.billed_by_month(until=date(2026, 4, 15), months=6, unit_ids=None)
    assert months[0] == MonthOfBilling(date(2025, 11, 1), 0)
    assert [month.billed_cents for month in months] == [0, 0, 200_00, 200_00, 200_00, 200_00]
    by_unit = panel.billed_by_month(until=date(2026, 4, 15), months=6, unit_ids=units("SUL"))
    assert [month.billed_cents for month in by_unit] == [0, 0, 100_00, 100_00, 100_00, 100_00]
    # What comes later is not this period's.
    assert panel.billed_by_month(until=date(2026, 3, 31), months=1, unit_ids=None)[0].billed_cents == 200_00


def test_a_payment_taken_back_and_a_debt_brought_along_are_not_billed(inside: None) -> None:
    factories.contract(factories.plan("FIBRA", ("Internet", 100_00)), due_day=10)
    factories.live_until(date(2026, 1, 2))
    receivable = Receivable.objects.get()
    on = {"on": date(2026, 1, 2), "now": clock.now()}
    paid = settle.receive(receivable.id, paid_on=date(2026, 1, 2), received_cents=100_00, method="pix", **on)
    assert paid is not None
    settle.reverse(paid, reason="Engano", **on)
    old = opening.Row(receivable.customer_id, None, "ANTIGO-1", date(2026, 1, 20), 55_00)
    assert move_in.receivables([old], **on) == 1
    (month,) = panel.billed_by_month(until=date(2026, 1, 31), months=1, unit_ids=None)
    assert month == MonthOfBilling(date(2026, 1, 1), 100_00)


@pytest.mark.parametrize(
    ("days_late", "band"), [(0, 0), (1, 1), (15, 1), (16, 2), (30, 2), (31, 3), (90, 3), (91, 4)]
)
def test_ages_meet_without_gap_or_overlap(inside: None, days_late: int, band: int) -> None:
    factories.contract(factories.plan("FIBRA", ("Internet", 7_00)), due_day=10)
    factories.run(date(2026, 1, 1))
    today = date.fromordinal(date(2026, 1, 10).toordinal() + days_late)
    ages = panel.open_by_age(today=today, unit_ids=None)
    assert [age.amount_cents for age in ages] == [7_00 if at == band else 0 for at in range(5)]


def test_terms_that_end(inside: None) -> None:
    plan = factories.plan("FIBRA", ("Internet", 7_00))
    factories.contract(plan, term_kind="renewing", term_months=12)  # until 1 January 2027
    factories.contract(plan)
    assert panel.terms_ending(from_on=date(2027, 1, 1), to_on=date(2027, 1, 1), unit_ids=None) == 1
    assert panel.terms_ending(from_on=date(2026, 1, 1), to_on=date(2026, 12, 31), unit_ids=None) == 0
