"""An invoice is cancelled by a person: what is owed, the books and the charges afterwards; when it is refused; once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import transaction

from perene.actions import bill, invoice, settle
from perene.apps.billing.models import Charge, ChargeStatus, Deferral, Invoice
from perene.apps.contracts import changes
from perene.apps.events.models import Event
from perene.apps.organizations.models import Person
from perene.apps.receivables.models import Credit, Receivable
from perene.kit import clock, tenancy
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import refused

JANUARY_2 = date(2026, 1, 2)


def cancel(
    found: Invoice, *, give_back: bool = False, on: date = JANUARY_2, reason: str = "Valor errado"
) -> None:
    invoice.cancel(found.id, reason=reason, give_back=give_back, on=on, now=clock.now())


def billed(**sale: object) -> UUID:
    """A contract of 93.00 a month, billed up to January; the customer's id."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00))
    ana = factories.customer()
    factories.contract(fiber, customer_id=ana, due_day=10, **sale)
    factories.run(date(2026, 1, 1))
    return ana


@transaction.atomic
def release() -> None:
    """A person lets what was given back go into the next run."""
    for charge in Charge.objects.filter(status=ChargeStatus.HELD):
        Charge.objects.filter(id=charge.id).update(status=ChargeStatus.PENDING)
        _contract, terms = changes.locked(charge.contract_id)
        changes.wake(terms, on=charge.charge_on)


def test_for_good(provider: int) -> None:
    """Nothing is owed any more, and the cycle is not charged again."""
    ana = billed()
    cancel(Invoice.objects.get())
    factories.run(date(2026, 2, 1))
    assert statement.of(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 93.00 cancelled
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        invoice 2 of 2026-02-01 due 2026-02-10 by boleto: 93.00 open
          Internet, cycle 2, 2026-02-01 to 2026-03-01: 93.00
        receivable due 2026-01-10: 93.00, cancelled
        receivable due 2026-02-10: 93.00, open 93.00
        books: receivables 93.00, revenue -93.00
        """
    )


def test_who_why_and_when_are_kept(provider: int) -> None:
    billed()
    person = Person.objects.get()
    with tenancy.organization(provider, person_id=person.id):
        cancel(Invoice.objects.get(), reason="  Cliente em\n duplicidade ")
    found = Invoice.objects.get()
    assert (found.cancelled_on, found.cancelled_by_id) == (JANUARY_2, person.id)
    assert found.cancel_reason == "Cliente em duplicidade"
    told = Event.objects.get(kind="invoice.cancelled")
    assert (told.subject_id, told.occurred_on, told.payload) == (found.id, JANUARY_2, {"total_cents": 93_00})


def test_given_back_it_is_billed_again_once_released(provider: int) -> None:
    ana = billed()
    cancel(Invoice.objects.get(), give_back=True)
    factories.run(date(2026, 1, 3))
    assert Charge.objects.get().status == ChargeStatus.HELD
    release()
    factories.run(date(2026, 1, 4))
    assert statement.invoices(ana) == text(
        """
        invoice 1 of 2026-01-01 due 2026-01-10 by boleto: 93.00 cancelled
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        invoice 2 of 2026-01-04 due 2026-01-10 by boleto: 93.00 open
          Internet, cycle 1, 2026-01-01 to 2026-02-01: 93.00
        """
    )


@pytest.mark.parametrize("give_back", [False, True])
def test_revenue_of_a_period_not_begun(provider: int, give_back: bool) -> None:
    """It waited, or was recognized since: either way nothing of it stays in the books, and it can wait again."""
    billed(billing_method="one_per_charge", term_kind="fixed", term_months=3)
    factories.live_until(date(2026, 2, 1))
    recognized, waiting = Invoice.objects.order_by("number")[1:3]
    for one in (recognized, waiting):
        cancel(one, give_back=give_back, on=date(2026, 2, 2))
    assert statement.books() == "books: receivables 93.00, revenue -93.00"
    if give_back:
        release()
        factories.run(date(2026, 2, 2))
        factories.run(date(2026, 3, 1))
        assert statement.books() == "books: receivables 279.00, revenue -279.00"


def test_what_was_deferred_before_waits_again(provider: int) -> None:
    plan = factories.plan("FIBRA", ("Internet", 93_00), charge_day_kind="before", charge_day=5)
    factories.contract(plan)
    factories.run(date(2026, 1, 1))
    factories.run(date(2026, 1, 27))
    cancel(Invoice.objects.latest("number"), give_back=True, on=date(2026, 1, 28))
    assert statement.books() == "books: receivables 93.00, revenue -93.00"
    release()
    factories.run(date(2026, 1, 29))
    assert statement.books() == "books: receivables 186.00, deferred_revenue -93.00, revenue -93.00"
    assert list(Deferral.objects.order_by("status").values_list("status", flat=True)) == [
        "cancelled",
        "waiting",
    ]
    factories.live_until(date(2026, 2, 1))
    assert Deferral.objects.filter(status="recognized").count() == 1


def test_a_zero_invoice_and_one_that_became_credit(provider: int) -> None:
    plan = factories.plan("BRINDE", {"name": "Brinde", "unit_cents": 50_00, "discount_cents": 50_00})
    factories.contract(plan)
    factories.contract(factories.plan("ESTORNO", ("Acerto", -20_00)))
    factories.run(date(2026, 1, 1))
    for one in Invoice.objects.all():
        cancel(one)
    credit = Credit.objects.get()
    assert (credit.is_cancelled, credit.open_cents) == (True, 0)
    assert statement.books() == "books: empty"


def test_a_credit_that_was_used_keeps_its_invoice(provider: int, database: Database) -> None:
    ana = factories.customer()
    factories.contract(factories.plan("ESTORNO", ("Acerto", -20_00)), customer_id=ana)
    factories.run(date(2026, 1, 1))
    invoice.by_hand(
        ana,
        lines=[("Cabo", 5_00, None)],
        due_on=JANUARY_2,
        payment_method="pix",
        on=JANUARY_2,
        now=clock.now(),
    )
    with refused(database, "credit_was_used"):
        cancel(Invoice.objects.get(number=1))
    # The other one gives it back.
    cancel(Invoice.objects.get(number=2))
    assert Credit.objects.get().open_cents == 20_00
    cancel(Invoice.objects.get(number=1))
    assert statement.books() == "books: empty"


@pytest.mark.parametrize("written_off", [False, True])
def test_while_money_stands_on_it(provider: int, database: Database, written_off: bool) -> None:
    billed()
    receivable = Receivable.objects.get().id
    if written_off:
        made = settle.write_off(receivable, reason="Sumiu", on=JANUARY_2, now=clock.now())
    else:
        found = settle.receive(
            receivable, paid_on=JANUARY_2, received_cents=1_00, method="pix", on=JANUARY_2, now=clock.now()
        )
        assert found is not None
        made = found
    code = "invoice_written_off" if written_off else "invoice_has_payment"
    with refused(database, code, number=1, paid_on=JANUARY_2, settlement_id=str(made)):
        cancel(Invoice.objects.get())
    settle.reverse(made, reason="Engano", on=JANUARY_2, now=clock.now())
    cancel(Invoice.objects.get())
    assert statement.books() == "books: empty"


def test_twice_is_refused(provider: int, database: Database) -> None:
    billed()
    cancel(Invoice.objects.get())
    with refused(database, "invoice_cancelled_already", number=1):
        cancel(Invoice.objects.get())


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 501])
def test_without_a_reason_it_is_refused(provider: int, database: Database, reason: str) -> None:
    billed()
    with refused(database, "reason_too_long" if reason.startswith("x") else "reason_missing"):
        cancel(Invoice.objects.get(), reason=reason)


def test_what_no_contract_asked_for_cannot_be_given_back(provider: int, database: Database) -> None:
    ana = factories.customer()
    invoice.by_hand(
        ana,
        lines=[("Cabo", 10_00, None)],
        due_on=JANUARY_2,
        payment_method="pix",
        on=JANUARY_2,
        now=clock.now(),
    )
    with refused(database, "nothing_to_give_back"):
        cancel(Invoice.objects.get(), give_back=True)
    cancel(Invoice.objects.get())
    assert Charge.objects.get().status == ChargeStatus.CANCELLED
    assert Receivable.objects.get().status == "cancelled"


def test_an_entered_charge_is_given_back_with_its_contract(provider: int) -> None:
    billed()
    contract = Charge.objects.get().contract_id
    invoice.charge_once(
        contract, description="Visita", amount_cents=10_00, account_id=None, charge_on=JANUARY_2, on=JANUARY_2,
        now=clock.now(),
    )  # fmt: skip
    factories.run(JANUARY_2)
    cancel(Invoice.objects.get(number=2), give_back=True)
    release()
    factories.run(date(2026, 2, 1))
    assert list(Invoice.objects.order_by("number").values_list("status", "total_cents")) == [
        ("open", 93_00),
        ("cancelled", 10_00),
        ("open", 103_00),
    ]
    assert bill.next_chunk(Invoice.objects.latest("number").run_id, now=clock.now()) is None
