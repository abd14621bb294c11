"""Charges and invoices that a person enters: what rides where, what is refused, what said twice is done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from perene.actions import change, invoice
from perene.apps.billing.models import Charge, ChargeStatus, Invoice, InvoiceLine
from perene.apps.ledger.models import Account, Posting
from perene.apps.receivables.models import Receivable
from perene.kit import clock, ids, tenancy
from perene.reports import explained
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import refused

JANUARY_2 = date(2026, 1, 2)


def charge(contract_id: UUID, cents: int = 80_00, **said: Any) -> UUID | None:
    given = {
        "description": "Visita técnica",
        "account_id": None,
        "charge_on": JANUARY_2,
        "on": JANUARY_2,
    } | said
    return invoice.charge_once(contract_id, amount_cents=cents, now=clock.now(), **given)


def issue(customer_id: UUID, *lines: tuple[str, int, UUID | None], **said: Any) -> UUID | None:
    given = {"due_on": date(2026, 1, 20), "payment_method": "boleto", "on": JANUARY_2} | said
    lines = lines or (("Instalação", 250_00, None),)
    return invoice.by_hand(customer_id, lines=lines, now=clock.now(), **given)


def cancel(
    invoice_id: UUID, *, give_back: bool = False, on: date = JANUARY_2, reason: str = "Valor errado"
) -> None:
    invoice.cancel(invoice_id, reason=reason, give_back=give_back, on=on, now=clock.now())


def account(code: str) -> UUID:
    return Account.objects.get(code=code).id


@pytest.fixture
def sold(provider: int) -> tuple[UUID, UUID]:
    """A customer, and a contract of 93.00 that is billed up to January."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    ana = factories.customer()
    contract = factories.contract(fiber, customer_id=ana, due_day=10)
    factories.run(date(2026, 1, 1))
    return ana, contract


def test_a_charge_rides_on_the_next_invoice(sold: tuple[UUID, UUID]) -> None:
    ana, contract = sold
    charge(contract, charge_on=date(2026, 2, 1))
    charge(contract, -13_00, description="Desconto combinado", charge_on=date(2026, 1, 25))
    factories.run(date(2026, 2, 1))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 93.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 160.00 open
          Internet, cycle 2, 2026-02-01 to 2026-03-01: 93.00
          Visita técnica, by_hand of cycle 0, 2026-02-01 to 2026-02-02: 80.00
          Desconto combinado, by_hand of cycle 0, 2026-01-25 to 2026-01-26: -13.00
        receivable due 2026-01-10: 93.00, open 93.00
        receivable due 2026-02-10: 160.00, open 160.00
        books: receivables 253.00, revenue -253.00
        """
    )


def test_when_nothing_recurring_is_due_it_has_an_invoice_of_its_own(sold: tuple[UUID, UUID]) -> None:
    """And the one of a later day is not forgotten: the cursor stops there too."""
    _ana, contract = sold
    charge(contract, 10_00, charge_on=date(2026, 1, 5))
    charge(contract, 20_00, charge_on=date(2026, 1, 20))
    factories.run(date(2026, 1, 5))
    factories.run(date(2026, 1, 19))
    factories.run(date(2026, 1, 20))
    factories.run(date(2026, 2, 1))
    found = Invoice.objects.order_by("number").values_list("issued_on", "due_on", "total_cents")
    assert list(found) == [
        (date(2026, 1, 1), date(2026, 1, 10), 93_00),
        (date(2026, 1, 5), date(2026, 1, 10), 10_00),
        (date(2026, 1, 20), date(2026, 2, 10), 20_00),
        (date(2026, 2, 1), date(2026, 2, 10), 93_00),
    ]


def test_it_survives_a_change_of_plan_and_the_end_of_the_contract(sold: tuple[UUID, UUID]) -> None:
    _ana, contract = sold
    charge(contract, 10_00, charge_on=date(2026, 1, 5))
    bigger = factories.plan("FIBRA-1000", ("Internet 1000", 120_00))
    change.plan(contract, plan_version_id=bigger, on=JANUARY_2)
    factories.run(date(2026, 1, 5))
    charge(contract, 60_00, description="Roteador não devolvido", charge_on=date(2026, 3, 3))
    change.cancel(contract, ends_on=date(2026, 2, 1), reason="Mudança", on=date(2026, 1, 10))
    factories.run(date(2026, 3, 3))
    assert list(Invoice.objects.order_by("number").values_list("total_cents", flat=True)) == [
        93_00,
        10_00,
        60_00,
    ]


def test_a_courtesy_pays_what_is_entered_and_nothing_else(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    contract = factories.contract(fiber, billing_method="none")
    charge(contract, 10_00, charge_on=date(2026, 3, 5))
    factories.run(date(2026, 3, 5))
    factories.run(date(2026, 4, 1))
    assert list(Invoice.objects.values_list("total_cents", flat=True)) == [10_00]


def test_where_each_charge_is_an_invoice_it_is_one_too(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    contract = factories.contract(
        fiber, billing_method="one_per_charge", term_kind="fixed", term_months=2, due_day=10
    )
    factories.run(date(2026, 1, 1))
    charge(contract, 10_00)
    factories.run(JANUARY_2)
    found = Invoice.objects.order_by("number").values_list("due_on", "total_cents")
    assert list(found) == [(date(2026, 1, 10), 93_00), (date(2026, 2, 10), 93_00), (date(2026, 1, 10), 10_00)]


@pytest.mark.capability("X6")
def test_it_says_who_entered_it(sold: tuple[UUID, UUID]) -> None:
    from perene.apps.organizations.models import Person
    from perene.kit import texts

    person = Person.objects.get()
    number = tenancy.organization_id()
    with tenancy.organization(number, person_id=person.id):
        charge(sold[1], 80_00, account_id=account("3.1.1.02"))
    factories.run(date(2026, 2, 1))
    last = Invoice.objects.latest("number")
    line = explained.of_invoice(last.id)[-1]
    assert (line.description, line.account_code, line.is_proved) == ("Visita técnica", "3.1.1.02", True)
    assert texts.render(line.steps[0].text) == "Lançado à mão por Dona do Provedor em 02/01/2026"
    assert Posting.objects.get(entry_id=last.entry_id, account_id=account("3.1.1.02")).amount_cents == -80_00


def test_a_waiting_charge_is_cancelled_and_an_invoiced_one_is_not(
    sold: tuple[UUID, UUID], database: Database
) -> None:
    _ana, contract = sold
    first, second = charge(contract, charge_on=date(2026, 2, 1)), charge(contract, 5_00)
    assert first and second
    invoice.cancel_charge(first, on=JANUARY_2, now=clock.now())
    factories.run(JANUARY_2)
    assert Charge.objects.get(id=first).status == ChargeStatus.CANCELLED
    assert Invoice.objects.latest("number").total_cents == 5_00
    for gone in (first, second, Charge.objects.get(kind="recurring").id, ids.new()):
        with refused(database, "charge_not_waiting"):
            invoice.cancel_charge(gone, on=JANUARY_2, now=clock.now())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("amount_zero", {"cents": 0}),
        ("amount_out_of_range", {"cents": 10**16}),
        ("description_missing", {"description": "  \n "}),
        ("description_missing", {"description": "Visita\x00"}),
        ("description_too_long", {"description": "x" * 201}),
        ("charge_in_the_past", {"charge_on": date(2026, 1, 1)}),
        ("charge_too_far", {"charge_on": date(2036, 1, 1)}),
        ("account_not_for_lines", {"account_id": UUID(int=7)}),
    ],
)
def test_a_charge_that_cannot_be(
    sold: tuple[UUID, UUID], database: Database, code: str, said: dict[str, Any]
) -> None:
    with refused(database, code):
        charge(sold[1], **said)


def test_what_perene_posts_to_by_itself_takes_no_line(sold: tuple[UUID, UUID], database: Database) -> None:
    for role in ("receivables", "customer_credits", "deferred_revenue", "cash"):
        with refused(database, "account_not_for_lines"):
            charge(sold[1], account_id=Account.objects.get(role=role).id)


def test_said_twice_it_is_charged_once(sold: tuple[UUID, UUID]) -> None:
    assert charge(sold[1], request_key="k") is not None
    assert charge(sold[1], request_key="k") is None
    assert Charge.objects.filter(kind="by_hand").count() == 1


def test_an_invoice_without_a_contract(provider: int) -> None:
    ana = factories.customer()
    setup = account("3.1.1.02")
    issue(ana, ("Instalação", 250_00, setup), ("Cabo", 30_50, None), ("Desconto", -50_00, setup))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-02 due 2026-01-20 by boleto: 230.50 open
          Instalação, by_hand of cycle 0, 2026-01-02 to 2026-01-03: 250.00
          Cabo, by_hand of cycle 0, 2026-01-02 to 2026-01-03: 30.50
          Desconto, by_hand of cycle 0, 2026-01-02 to 2026-01-03: -50.00
        receivable due 2026-01-20: 230.50, open 230.50
        books: receivables 230.50, revenue -30.50, 3.1.1.02 -200.00
        """
    )


@pytest.mark.parametrize(
    ("code", "lines", "said"),
    [
        ("invoice_has_no_lines", [], {}),
        ("invoice_has_too_many_lines", [("x", 1, None)] * 101, {}),
        ("invoice_not_positive", [("a", 10_00, None), ("b", -10_00, None)], {}),
        ("amount_zero", [("a", 10_00, None), ("b", 0, None)], {}),
        ("due_in_the_past", [("a", 1, None)], {"due_on": date(2026, 1, 1)}),
        ("due_too_far", [("a", 1, None)], {"due_on": date(2030, 1, 1)}),
        ("payment_method_unknown", [("a", 1, None)], {"payment_method": "shells"}),
        ("unknown_unit", [("a", 1, None)], {"unit_id": UUID(int=7)}),
    ],
)
def test_an_invoice_that_cannot_be(
    provider: int, database: Database, code: str, lines: list[Any], said: dict[str, Any]
) -> None:
    ana = factories.customer()
    given = {"due_on": date(2026, 1, 20), "payment_method": "boleto", "on": JANUARY_2} | said
    with refused(database, code):
        invoice.by_hand(ana, lines=lines, now=clock.now(), **given)


def test_an_invoice_for_nobody(provider: int, database: Database) -> None:
    with refused(database, "customer_unknown"):
        issue(ids.new())


def test_asked_by_many_at_once_it_is_issued_once(provider: int) -> None:
    ana = factories.customer()

    def ask(_: int) -> UUID | None:
        try:
            with tenancy.organization(provider):
                return issue(ana, request_key="same")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = [found for found in pool.map(ask, range(16)) if found is not None]
    assert len(answers) == 1
    assert Invoice.objects.get().id == answers[0]
    assert Receivable.objects.count() == InvoiceLine.objects.count() == 1
