"""What becomes one invoice, and what never does (I14–I18)."""

from __future__ import annotations

from datetime import date

import pytest

from perene.actions import enroll, groups
from perene.apps.billing.models import Invoice
from perene.apps.catalog.models import Item
from perene.apps.contracts.models import BillingGroup
from perene.apps.ledger.models import Account
from perene.kit import ids
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import refused

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


@pytest.mark.capability("I14", "I16", "I18")
def test_two_contracts_of_one_group_share_an_invoice(provider: int) -> None:
    """On confirmation nothing is invoiced: that is the run's."""
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    phone = factories.plan("FONE", ("Telefone", 40_00))
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.contract(phone, customer_id=ana, due_day=10)
    assert statement.of(ana) == "books: empty"
    assert [(group.name, group.is_default) for group in BillingGroup.objects.all()] == [("Principal", True)]
    factories.run(JANUARY)
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 140.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 100.00
          Telefone, cycle 1, 2026-01-01 to 2026-02-01: 40.00
        receivable due 2026-01-10: 140.00, open 140.00
        books: receivables 140.00, revenue -140.00
        """
    )


@pytest.mark.capability("I17", "I18")
def test_another_group_method_unit_or_due_day_is_another_invoice(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    branch = enroll.unit(name="Filial Sul", code="SUL")
    shop = groups.add(ana, name="Loja")
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.contract(fiber, customer_id=ana, due_day=10, billing_group_id=shop)
    factories.contract(fiber, customer_id=ana, due_day=10, payment_method="pix")
    factories.contract(fiber, customer_id=ana, due_day=10, unit_id=branch)
    factories.contract(fiber, customer_id=ana, due_day=20)
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(JANUARY)
    found = sorted(line.partition(" of ")[2] for line in statement.headers(ana).splitlines())
    assert found == [
        "2026-01-01 due 2026-01-10 by boleto: 100.00 open",
        "2026-01-01 due 2026-01-10 by boleto: 100.00 open",
        "2026-01-01 due 2026-01-10 by boleto: 200.00 open",
        "2026-01-01 due 2026-01-10 by pix: 100.00 open",
        "2026-01-01 due 2026-01-20 by boleto: 100.00 open",
    ]
    assert statement.books() == "books: receivables 600.00, revenue -600.00"


@pytest.mark.capability("I16")
def test_the_group_of_another_customer_is_refused(provider: int, database: Database) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana, bia = factories.customer(), factories.customer("Bia Lima")
    hers = groups.add(bia, name="Loja")
    for method in ("grouped", "one_per_charge"):
        with refused(database, "group_of_another_customer"):
            factories.contract(fiber, customer_id=ana, billing_group_id=hers, billing_method=method)


@pytest.mark.capability("I15", "I16")
def test_a_contract_without_billing_is_never_charged(provider: int, database: Database) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, billing_method="none")
    factories.run(JANUARY)
    factories.run(FEBRUARY)
    assert statement.of(ana) == "books: empty"
    shop = groups.add(ana, name="Loja")
    with refused(database, "group_without_billing"):
        factories.contract(fiber, customer_id=ana, billing_method="none", billing_group_id=shop)


@pytest.mark.capability("G21")
def test_an_invoice_of_nothing_is_settled_at_once(provider: int) -> None:
    """A discount of the whole price: an invoice, so that it can be seen, and nothing owed or posted."""
    fiber = factories.plan(
        "CORTESIA",
        {"name": "Internet", "unit_cents": 100_00, "adjustment_kind": "percent", "discount_percent": 100},
    )
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(JANUARY)
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 0.00 zero
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 0.00
        books: empty
        """
    )
    assert statement.journal() == ""


def test_an_invoice_below_zero_becomes_the_customers_credit(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00), ("Indenização", -130_00))
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(JANUARY)
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: -30.00 credit
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 100.00
          Indenização, cycle 1, 2026-01-01 to 2026-02-01: -130.00
        credit of 2026-01-01: 30.00, open 30.00
        books: customer_credits -30.00, revenue 30.00
        """
    )


def test_a_zero_invoice_of_two_accounts_moves_between_them(provider: int) -> None:
    discounts = Account.objects.create(id=ids.new(), code="3.9", name="Descontos", kind="revenue")
    fiber = factories.plan("FIBRA", ("Internet", 100_00), ("Bônus", -100_00))
    Item.objects.filter(name="Bônus").update(account=discounts)
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(JANUARY)
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 0.00 zero
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 100.00
          Bônus, cycle 1, 2026-01-01 to 2026-02-01: -100.00
        books: revenue -100.00, 3.9 100.00
        """
    )


@pytest.mark.capability("I17")
def test_a_group_that_is_renamed_keeps_its_invoices(provider: int, database: Database) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ana = factories.customer()
    shop = groups.add(ana, name="Loja")
    factories.contract(fiber, customer_id=ana, due_day=10, billing_group_id=shop)
    factories.run(JANUARY)
    groups.rename(shop, name=" Loja do centro ")
    factories.run(FEBRUARY)
    assert list(Invoice.objects.values_list("billing_group__name", "total_cents")) == [
        ("Loja do centro", 100_00),
        ("Loja do centro", 100_00),
    ]
    with refused(database, "group_name_missing"):
        groups.add(ana, name=" ")
    with refused(database, "group_name_missing"):
        groups.rename(shop, name="")
