"""The server was away for days: what broke off goes on with the date of the day it is then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from perene.actions import bill, change, daily, sell
from perene.apps.billing import runs
from perene.apps.billing.models import Parked
from perene.apps.contracts.models import ContractLine
from perene.apps.organizations import days
from perene.kit import tenancy
from perene.reports import verification
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text

FIRST = datetime(2025, 12, 1, 12, 0, tzinfo=UTC)
EIGHTH = datetime(2025, 12, 8, 12, 0, tzinfo=UTC)


@pytest.fixture
def company(database: Database) -> Iterator[int]:
    """A production organization: its day is the real one."""
    number = factories.organization(sandbox_on=None)
    with tenancy.organization(number):
        yield number
        assert [str(violation) for violation in verification.verify()] == []


def sold(*, due_day: int = 5, **sale: object) -> object:
    plan = factories.plan("FIBRA", ("Internet", 100_00), prorate_last=True)
    return sell.contract(
        sell.Sale(
            customer_id=factories.customer(),
            plan_version_id=plan,
            payment_method="boleto",
            due_day=due_day,
            **({"started_on": FIRST.date()} | sale),  # type: ignore[arg-type]
        ),
        on=FIRST.date(),
        now=FIRST,
    )


@pytest.mark.capability("X1")
def test_a_run_that_is_resumed_late_issues_on_the_day_it_is_then(company: int) -> None:
    sold()
    run_id = bill.start(through=FIRST.date(), reason="night", now=FIRST)
    assert bill.whole_run(through=FIRST.date(), reason="night", now=lambda: EIGHTH) == run_id
    assert runs.progress(run_id).invoices == 1
    assert statement.of().replace(" for Ana Souza", "").replace(" of Ana Souza", "") == text(
        """
        invoice 1 of 2025-12-08 due 2026-01-05 by boleto: 100.00 open
          Internet, cycle 1, 2025-12-01 to 2026-01-01: 100.00
        receivable due 2026-01-05: 100.00, open 100.00
        books: receivables 100.00, revenue -100.00
        """
    )
    assert statement.journal() == "2025-12-08 invoice: receivables 100.00, revenue -100.00"


def test_it_charges_only_what_was_due_on_its_own_day(company: int) -> None:
    sold(started_on=date(2025, 12, 1))
    run_id = bill.start(through=date(2025, 11, 30), reason="night", now=FIRST)
    bill.whole_run(through=date(2025, 11, 30), reason="night", now=lambda: EIGHTH)
    assert runs.progress(run_id).invoices == 0
    assert statement.invoices() == ""


def test_a_credit_that_waited_is_due_on_the_day_it_is_then(company: int) -> None:
    contract_id = sold()
    bill.whole_run(through=FIRST.date(), reason="night", now=lambda: FIRST)
    change.cancel(contract_id, ends_on=date(2025, 12, 2), reason="mudou-se", on=date(2025, 12, 2))  # type: ignore[arg-type]
    bill.start(through=date(2025, 12, 2), reason="night", now=FIRST)
    bill.whole_run(through=date(2025, 12, 2), reason="night", now=lambda: EIGHTH)
    assert statement.headers().splitlines() == [
        "invoice 1 for Ana Souza of 2025-12-01 due 2025-12-05 by boleto: 100.00 open",
        "invoice 2 for Ana Souza of 2025-12-08 due 2025-12-08 by boleto: -96.77 credit",
    ]


def test_a_contract_is_parked_on_the_day_it_is_then(company: int) -> None:
    contract_id = sold()
    with transaction.atomic():
        ContractLine.objects.filter(contract_id=contract_id).update(recurrence="sometimes")
    bill.start(through=FIRST.date(), reason="night", now=FIRST)
    bill.whole_run(through=FIRST.date(), reason="night", now=lambda: EIGHTH)
    assert [(row.first_on, row.last_on) for row in Parked.objects.all()] == [(EIGHTH.date(), EIGHTH.date())]


@pytest.mark.capability("I13")
def test_revenue_is_recognized_on_the_day_it_is_then(company: int) -> None:
    """The day of 1 January broke off before its billing; it is finished on 8 January."""
    sold(billing_method="one_per_charge", term_kind="fixed", term_months=3)
    with daily.moving():
        daily.day(FIRST.date(), now=lambda: FIRST)
    new_year, later = date(2026, 1, 1), datetime(2026, 1, 8, 12, 0, tzinfo=UTC)
    with transaction.atomic():
        days.begin(on=new_year, step="terms", now=FIRST)
    with daily.moving():
        for on in daily.left_to_do(later.date()):
            daily.day(on, now=lambda: later)
    assert statement.journal() == text(
        """
        2025-12-01 invoice: receivables 100.00, revenue -100.00
        2025-12-01 invoice: receivables 100.00, deferred_revenue -100.00
        2025-12-01 invoice: receivables 100.00, deferred_revenue -100.00
        2026-01-08 recognition: deferred_revenue 100.00, revenue -100.00
        """
    )
