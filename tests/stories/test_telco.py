"""The real portfolio lives through a winter: 7,043 subscribers, 29,202 lines, R$ 456.116,60 a month, one of them poisoned."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.db.models import Sum

from perene.actions import bill, import_portfolio, plans
from perene.apps.billing.models import Invoice, InvoiceLine, Parked
from perene.apps.catalog.models import Item
from perene.apps.catalog.versions import ItemOfPlan, PlanContent
from perene.apps.contracts.models import BillingTerms, ContractLine
from perene.interfaces.cli.imports import formats
from perene.kit import clock, tenancy
from perene.kit.problems import Problems
from perene.reports import verification
from tests import factories
from tests.ground import Database

SHARED = Path(os.environ.get("PERENE_SHARED") or Path(__file__).parents[2].parent / "shared")
TELCO = SHARED / "data" / "telco"
PLANS = {"FIBRA": "FIBER", "DSL": "DSL", "TELEFONE": "PHONE"}
IMPORTED_ON, CUT_OVER_ON = date(2026, 11, 23), date(2026, 12, 1)
MONTH = (7_043, 29_202, 456_116_60)
IMPOSSIBLE_TIERS = '[["10", 100, 0], ["5", 90, 0], [null, 80, 0]]'


@pytest.fixture
def provider(database: Database) -> Iterator[int]:
    if not TELCO.is_dir():
        reason = f"the portfolio is not at {TELCO}: set PERENE_SHARED"
        if os.environ.get("PERENE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    number = factories.organization(sandbox_on=IMPORTED_ON)
    with tenancy.organization(number):
        _import()
        yield number


@pytest.mark.capability("X1")
def test_the_real_portfolio_is_billed_exactly_once(provider: int, database: Database) -> None:
    december, january, february, march = (
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
        date(2027, 3, 1),
    )
    # One contract that cannot be priced is parked alone.
    with database.admin() as connection:
        poisoned, cents = _poison(connection)
    factories.run(december)
    assert issued(december)[0] == 7_042
    assert list(Parked.objects.values_list("contract_id", "code", "is_open")) == [
        (poisoned, "tiers_not_increasing", True)
    ]
    assert not Invoice.objects.filter(contract_id=poisoned).exists()
    assert clean()
    # Mended and tried again, it is billed as if nothing had been.
    with database.admin() as connection:
        _mend(connection, poisoned)
    bill.whole_run(through=december, reason="again", now=clock.now, contract_id=poisoned)
    assert Invoice.objects.get(contract_id=poisoned).total_cents == cents
    assert not Parked.objects.filter(is_open=True).exists()
    assert issued(december) == MONTH
    assert clean()
    # The next months bill everyone, once, however often they are asked for.
    for on in (december, january, january, february, december, february):
        factories.run(on)
        assert issued(on) == MONTH
    assert clean()
    assert Invoice.objects.count() == 3 * 7_043
    # Due days that February lacks fall on its last day, and return to their own.
    days = sorted(set(BillingTerms.objects.values_list("due_day", flat=True)))
    assert {29, 30, 31} < set(days)
    assert due_days(january) == {day: day for day in days}
    assert due_days(february) == {day: min(day, 28) for day in days}
    factories.run(march)
    assert issued(march) == MONTH
    assert due_days(march) == {day: day for day in days}
    assert clean()


def issued(on: date) -> tuple[int, int, int]:
    """Invoices, lines and centavos of that day."""
    invoices = Invoice.objects.filter(issued_on=on)
    lines = InvoiceLine.objects.filter(invoice__issued_on=on)
    return invoices.count(), lines.count(), invoices.aggregate(total=Sum("total_cents"))["total"]


def due_days(on: date) -> dict[int, int]:
    """Agreed due day → the day in that month on which every such invoice is due."""
    agreed = dict(BillingTerms.objects.values_list("contract_id", "due_day"))
    found: dict[int, Counter[date]] = {}
    for contract_id, due_on in Invoice.objects.filter(issued_on=on).values_list("contract_id", "due_on"):
        found.setdefault(agreed[contract_id], Counter())[due_on] += 1
    assert all(len(days) == 1 for days in found.values()), found
    assert {(day.year, day.month) for days in found.values() for day in days} == {(on.year, on.month)}
    return {due_day: next(iter(days)).day for due_day, days in found.items()}


def clean() -> bool:
    return verification.verify() == []


def _import() -> None:
    for what, store in {
        "items": import_portfolio.items,
        "customers": import_portfolio.customers,
    }.items():
        problems = Problems()
        store(list(formats.rows(what, TELCO / f"{what}.csv", problems)), problems)
    for code, item in PLANS.items():
        _make_plan(code, Item.objects.get(code=item).id)
    problems = Problems()
    import_portfolio.contracts(
        list(formats.rows("contracts", TELCO / "contracts.csv", problems)),
        problems,
        on=CUT_OVER_ON,
        cut_over_on=CUT_OVER_ON,
        term_kind="renewing",
    )
    problems = Problems()
    import_portfolio.contract_items(
        list(formats.rows("contract-items", TELCO / "contract_items.csv", problems)),
        problems,
        on=IMPORTED_ON,
        now=clock.now(),
    )


def _make_plan(code: str, item_id: UUID) -> None:
    content = PlanContent(
        name=code.title(),
        payment_methods=["pix", "boleto", "pix_automatico", "card"],
        interval_unit="month",
        charge_day_kind="fixed",
        charge_day=1,
        items=[ItemOfPlan(item_id=item_id)],
    )
    plans.create(code, content, is_active=True)


def _poison(connection: psycopg.Connection) -> tuple[UUID, int]:
    """An impossible tier table in a line of some contract in the middle; the contract and what a month of it costs."""
    poisoned = BillingTerms.objects.order_by("batch_key")[3_500].contract_id
    lines = ContractLine.objects.filter(contract_id=poisoned)
    cents = sum(line.unit_cents + line.surcharge_cents - line.discount_cents for line in lines)
    assert {line.calc_type for line in lines} == {"price"}
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        "UPDATE contracts_contractline SET calc_type = 'volume', tiers = %s WHERE id = %s",
        [IMPOSSIBLE_TIERS, lines[0].id],
    )
    return poisoned, cents


def _mend(connection: psycopg.Connection, contract_id: UUID) -> None:
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        "UPDATE contracts_contractline SET calc_type = 'price', tiers = NULL WHERE contract_id = %s",
        [contract_id],
    )
