"""Terms: open-ended, fixed, renewing."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from perene.apps.contracts import renewal
from perene.apps.contracts.models import Contract
from perene.apps.events.models import Alert
from perene.apps.organizations.models import DailyStep
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import refused


def standing(contract_id: object) -> tuple[object, ...]:
    contract = Contract.objects.get(id=contract_id)
    return contract.status, contract.term_number, contract.term_ends_on, contract.ends_on


def test_a_fixed_term_ends(provider: int) -> None:
    """From 15 January for two months, charged on the 1st: February and March whole, as the plan prorates nothing."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    ana = factories.customer()
    contract = factories.contract(
        fiber,
        customer_id=ana,
        started_on=date(2026, 1, 15),
        due_day=10,
        term_kind="fixed",
        term_months=2,
    )
    factories.live_until(date(2026, 3, 14))
    assert standing(contract) == ("active", 1, date(2026, 3, 15), date(2026, 3, 15))
    factories.live_until(date(2026, 4, 1))
    assert standing(contract) == ("ended", 1, date(2026, 3, 15), date(2026, 3, 15))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-02-01 due 2026-02-10 by boleto: 93.00 open
          Internet, cycle 1, 2026-02-01 to 2026-03-01: 93.00
        invoice 2 of 2026-03-01 due 2026-03-10 by boleto: 93.00 open
          Internet, cycle 2, 2026-03-01 to 2026-04-01: 93.00
        """
    )


def test_a_fixed_term_is_charged_for_its_days_where_the_plan_prorates(provider: int) -> None:
    """17 of the 31 days from 15 January, all February, 14 of the 31 days of March: 51.00, 93.00, 42.00."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00), prorate_first=True, prorate_last=True)
    ana = factories.customer()
    factories.contract(
        fiber,
        customer_id=ana,
        started_on=date(2026, 1, 15),
        due_day=10,
        term_kind="fixed",
        term_months=2,
    )
    for month in (1, 2, 3, 4):
        factories.run(date(2026, month, 1))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-02-01 due 2026-02-10 by boleto: 144.00 open
          Internet, cycle 1, 2026-02-01 to 2026-03-01: 93.00
          Internet, cycle 1 stub, 2026-01-15 to 2026-02-01: 51.00
        invoice 2 of 2026-03-01 due 2026-03-10 by boleto: 42.00 open
          Internet, cycle 2, 2026-03-01 to 2026-03-15: 42.00
        """
    )


def test_a_post_paid_term_is_charged_after_it_ended(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 93_00), charge_day_kind="end", charge_day=3)
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10, term_kind="fixed", term_months=1)
    factories.live_until(date(2026, 2, 3))
    assert standing(contract)[0] == "ended"
    assert statement.of(ana) == "books: empty"
    factories.live_until(date(2026, 3, 10))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-02-04 due 2026-02-10 by boleto: 93.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        """
    )


def test_a_renewing_term_rolls_over_at_the_same_price(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10, term_kind="renewing", term_months=1)
    assert standing(contract) == ("active", 1, date(2026, 2, 1), None)
    factories.live_until(date(2026, 3, 2))
    assert standing(contract) == ("active", 3, date(2026, 4, 1), None)
    assert statement.headers(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 100.00 open
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 100.00 open
        invoice 3 of 2026-03-01 due 2026-03-10 by boleto: 100.00 open
        """
    )


def test_a_term_that_cannot_begin_anew_waits_in_sight_and_the_night_goes_on(provider: int) -> None:
    """Somebody wrote past us that one renews every no months. The others renew, all are billed."""
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    good, bad, other = (
        factories.contract(fiber, due_day=10, term_kind="renewing", term_months=1) for _ in range(3)
    )
    with transaction.atomic():
        Contract.objects.filter(id=bad).update(term_months=None)
    factories.live_until(date(2026, 2, 2))
    assert [standing(contract)[1:3] for contract in (good, bad, other)] == [
        (2, date(2026, 3, 1)),
        (1, date(2026, 2, 1)),
        (2, date(2026, 3, 1)),
    ]
    assert len(statement.headers().splitlines()) == 6
    [alert] = Alert.objects.all()
    assert (alert.kind, alert.key, alert.resolved_at) == ("term_not_renewed", str(bad), None)
    assert DailyStep.objects.get(on=date(2026, 2, 1), step="terms").result == {
        "renewed": 2,
        "ended": 0,
        "not_renewed": 1,
    }
    with transaction.atomic():
        Contract.objects.filter(id=bad).update(term_months=1)
    factories.live_until(date(2026, 2, 3))
    assert standing(bad)[1:3] == (2, date(2026, 3, 1))
    assert Alert.objects.get().resolved_at is not None


def test_terms_renew_chunk_by_chunk(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    contracts = [
        factories.contract(fiber, due_day=10, term_kind="renewing", term_months=months)
        for months in (1, 1, 2, 1)
    ]
    on = date(2026, 2, 1)
    with transaction.atomic():
        first = renewal.renew_terms(on=on, size=2)
        assert (first.renewed, first.last_id) == (2, contracts[1])
        assert renewal.renew_terms(on=on, after=first.last_id, size=2) == (1, [], None)
        assert renewal.renew_terms(on=on) == (0, [], None)
    assert [standing(contract)[1] for contract in contracts] == [2, 2, 1, 2]


@pytest.mark.parametrize(
    ("kind", "months", "code"),
    [
        ("open", 12, "open_term_has_no_months"),
        ("fixed", None, "term_months_out_of_range"),
        ("fixed", 0, "term_months_out_of_range"),
        ("renewing", 601, "term_months_out_of_range"),
        ("eternal", 12, "term_kind_unknown"),
    ],
)
def test_a_term_that_cannot_be_is_refused(
    provider: int, database: Database, kind: str, months: int | None, code: str
) -> None:
    fiber, ana = factories.plan("FIBRA", ("Internet", 100_00)), factories.customer()
    with refused(database, code):
        factories.contract(fiber, customer_id=ana, term_kind=kind, term_months=months)


@pytest.mark.parametrize(
    ("sale", "code"),
    [
        ({"billing_method": "by_pigeon"}, "billing_method_unknown"),
        ({"payment_method": "cheque"}, "payment_method_not_in_plan"),
        ({"started_on": date(1026, 1, 1)}, "date_out_of_range"),
    ],
)
@pytest.mark.capability("G2")
def test_a_sale_that_cannot_be_is_refused(
    provider: int, database: Database, sale: dict[str, object], code: str
) -> None:
    fiber, ana = factories.plan("FIBRA", ("Internet", 100_00)), factories.customer()
    with refused(database, code):
        factories.contract(fiber, customer_id=ana, **sale)
