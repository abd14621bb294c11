"""The real portfolio of a provider: 7,043 subscribers, 29,202 lines, R$ 456.116,60 a month."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.db.models import Sum
from psycopg import sql

from perene.apps.billing.models import Invoice, InvoiceLine
from perene.apps.catalog.models import Item
from perene.apps.contracts.models import BillingTerms, Contract, ContractLine
from perene.apps.customers.models import Contact, Customer
from perene.kit import tenancy
from perene.reports import verification
from tests import factories
from tests.ground import Database
from tests.interfaces.cli.conftest import ROOT, Said

PORTFOLIO = Path(os.environ.get("PERENE_SHARED") or ROOT.parent / "shared") / "data" / "telco"
PLANS = {"FIBRA": "FIBER", "DSL": "DSL", "TELEFONE": "PHONE"}
FILES = {
    "items": ("items.csv", 10),
    "customers": ("customers.csv", 7043),
    "contracts": ("contracts.csv", 7043),
    "contract-items": ("contract_items.csv", 29202),
}


@pytest.fixture
def portfolio() -> Path:
    if not PORTFOLIO.is_dir():
        reason = f"the portfolio is not at {PORTFOLIO}: set PERENE_SHARED"
        if os.environ.get("PERENE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return PORTFOLIO


def test_the_real_portfolio(portfolio: Path, perene: Callable[..., Said], database: Database) -> None:
    number = factories.organization(sandbox_on=date(2026, 11, 23))

    def bring(what: str, *options: str) -> str:
        file, _rows = FILES[what]
        if what == "contracts":
            options = ("--cut-over", "2026-12-01", "--terms", "renewing", "--billing", "grouped", *options)
        said = perene("import", what, str(portfolio / file), "--organization", str(number), *options)
        assert (said.status, said.err) == (0, "")
        return said.out.replace(str(portfolio / file), what)

    for what, (_file, rows) in FILES.items():
        if what == "customers":
            _make_plans(perene, number)
        if what == "contract-items":  # the largest; small files rehearse all four
            before = _rows_of_tables(database)
            assert bring(what, "--dry-run").startswith(f"{what}: {rows} novos, 0 alterados, 0 sem mudança.")
            assert _rows_of_tables(database) == before
        assert bring(what) == f"{what}: {rows} novos, 0 alterados, 0 sem mudança.\n"
    before = _rows_of_tables(database)
    for what, (_file, rows) in FILES.items():
        assert bring(what) == f"{what}: 0 novos, 0 alterados, {rows} sem mudança.\n"
    assert _rows_of_tables(database) == before

    with tenancy.organization(number):
        counts = [table.objects.count() for table in (Item, Customer, Contract, BillingTerms, ContractLine)]
        assert counts == [10, 7043, 7043, 7043, 29202]
        assert Contact.objects.count() == 2 * 7043
        assert set(Contract.objects.values_list("status", flat=True)) == {"active"}
        assert Contract.objects.filter(term_kind="renewing").count() == 3168
        assert not Contract.objects.filter(term_ends_on__lte=date(2026, 12, 1)).exists()
        for on in (date(2026, 12, 1), date(2026, 12, 1), date(2027, 1, 1)):
            factories.run(on)
        for on in (date(2026, 12, 1), date(2027, 1, 1)):
            issued = Invoice.objects.filter(issued_on=on)
            assert (issued.count(), issued.aggregate(total=Sum("total_cents"))["total"]) == (7043, 45_611_660)
        assert InvoiceLine.objects.count() == 2 * 29202
        assert [str(violation) for violation in verification.verify()] == []


def test_fixed_terms_that_are_over_are_not_billed(
    portfolio: Path, perene: Callable[..., Said], database: Database
) -> None:
    number = factories.organization(sandbox_on=date(2026, 11, 23))
    for what, (file, _rows) in FILES.items():
        if what == "customers":
            _make_plans(perene, number)
        options = ("--cut-over", "2026-12-01", "--terms", "fixed") if what == "contracts" else ()
        perene("import", what, str(portfolio / file), "--organization", str(number), *options)
    with tenancy.organization(number):
        assert Contract.objects.filter(status="ended", ends_on__lte=date(2026, 12, 1)).count() == 2950
        factories.run(date(2026, 12, 1))
        assert Invoice.objects.count() == 7043 - 2950
        assert [str(violation) for violation in verification.verify()] == []


def _make_plans(perene: Callable[..., Said], number: int) -> None:
    for code, item in PLANS.items():
        said = perene(
            "plan", "create", "--organization", str(number), "--code", code, "--name", code.title(),
            "--interval", "month", "--charge-day", "1", "--methods", "pix,boleto,pix_automatico,card",
            "--item", item, "--activate",
        )  # fmt: skip
        assert said.status == 0


def _rows_of_tables(database: Database) -> dict[str, int]:
    """How many rows each table has, the audit trail among them: here whole dumps would take longer than the import."""
    with database.everything() as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname NOT LIKE 'procrastinate%%'"
        ).fetchall()
        counts = {}
        for (table,) in tables:
            count = connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            ).fetchone()
            assert count is not None
            counts[table] = count[0]
        return counts
