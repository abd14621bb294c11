"""Open credits are used by the next invoice, oldest first, and come back when it falls away."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction

from perene.actions import enroll, move_in, settle, settlement_policies
from perene.apps.organizations import organizations
from perene.apps.receivables import credits
from perene.apps.receivables.models import Credit, Receivable, Settlement
from perene.apps.receivables.opening import Row
from perene.kit import ids
from tests import factories
from tests.factories import NOW
from tests.ground import Database
from tests.stories import statement
from tests.stories.unchanged import refused

FIRST = date(2026, 1, 1)


def grant(customer_id: UUID, cents: int, *, granted_on: date = FIRST, unit_id: UUID | None = None) -> UUID:
    """A credit of the old system."""
    name = str(ids.new())
    move_in.credits([Row(customer_id, unit_id, name, granted_on, cents)], on=FIRST, now=NOW)
    return Credit.objects.get(external_id=name).id


def internet(customer_id: UUID, cents: int = 100_00, **sale: object) -> UUID:
    return factories.contract(
        factories.plan(f"P{ids.new()}", ("Internet", cents)), customer_id=customer_id, due_day=12, **sale
    )


def open_credits() -> list[int]:
    return list(Credit.objects.order_by("granted_on", "id").values_list("open_cents", flat=True))


def test_the_oldest_first(provider: int) -> None:
    ana, bea = factories.customer(), factories.customer("Bea")
    younger = grant(ana, 50_00)
    older = grant(ana, 70_00, granted_on=date(2025, 5, 1))
    grant(bea, 1_00)
    internet(ana)
    factories.run(FIRST)
    assert list(Settlement.objects.order_by("id").values_list("credit_id", "principal_cents", "paid_on")) == [
        (older, 70_00, FIRST),
        (younger, 30_00, FIRST),
    ]
    assert open_credits() == [0, 20_00, 1_00]
    assert Receivable.objects.get().status == "settled"
    assert statement.books() == "books: customer_credits -21.00, opening 121.00, revenue -100.00"


def test_what_is_due_first(provider: int) -> None:
    """Two invoices of one run: the credit covers the one that is due first, and a part of the other."""
    ana = factories.customer()
    grant(ana, 130_00)
    internet(ana)
    factories.contract(factories.plan("TV", ("TV", 60_00)), customer_id=ana, due_day=10)
    factories.run(FIRST)
    assert list(
        Receivable.objects.order_by("due_on").values_list("amount_cents", "open_cents", "status")
    ) == [
        (60_00, 0, "settled"),
        (100_00, 30_00, "open"),
    ]


def test_only_of_the_same_unit(provider: int) -> None:
    ana = factories.customer()
    enroll.unit(name="Filial", code="FILIAL")
    other = organizations.unit_by_code("FILIAL")
    assert other is not None
    grant(ana, 50_00, unit_id=other.id)
    internet(ana)
    factories.run(FIRST)
    assert open_credits() == [50_00]


def test_on_time_discount(provider: int) -> None:
    """The credit pays on time: 95.00 of it settle the whole."""
    settlement_policies.set(
        valid_from=FIRST,
        fine_percent=Decimal(2),
        interest_percent=Decimal(1),
        on_time_discount_percent=Decimal(5),
        on=FIRST,
    )
    ana = factories.customer()
    grant(ana, 100_00)
    internet(ana)
    factories.run(FIRST)
    assert open_credits() == [5_00]
    assert (
        statement.books() == "books: customer_credits -5.00, opening 100.00, revenue -100.00, discounts 5.00"
    )


def test_a_surplus_is_used_by_the_next_invoice(provider: int) -> None:
    ana = factories.customer()
    internet(ana)
    factories.run(FIRST)
    settle.receive(
        Receivable.objects.get().id,
        paid_on=date(2026, 1, 12),
        received_cents=150_00,
        method="boleto",
        on=date(2026, 1, 12),
        now=NOW,
    )
    factories.live_until(date(2026, 2, 1))
    assert list(Receivable.objects.order_by("due_on").values_list("open_cents", flat=True)) == [0, 50_00]
    assert open_credits() == [0]


def test_given_back(provider: int) -> None:
    ana = factories.customer()
    grant(ana, 70_00)
    internet(ana)
    factories.run(FIRST)
    owed = Receivable.objects.get()
    with transaction.atomic():
        assert credits.give_back([owed.id], reason="fatura cancelada", on=FIRST, now=NOW) == 1
        assert credits.give_back([owed.id], reason="fatura cancelada", on=FIRST, now=NOW) == 0
    owed.refresh_from_db()
    assert (owed.open_cents, owed.status, open_credits()) == (100_00, "open", [70_00])
    assert statement.books() == (
        "books: receivables 100.00, customer_credits -70.00, opening 70.00, revenue -100.00"
    )


def test_what_a_payment_stands_on_is_not_given_back(provider: int) -> None:
    ana = factories.customer()
    grant(ana, 70_00)
    internet(ana)
    factories.run(FIRST)
    owed = Receivable.objects.get()
    settle.receive(owed.id, paid_on=FIRST, received_cents=10_00, method="pix", on=FIRST, now=NOW)
    with transaction.atomic():
        assert credits.give_back([owed.id], reason="x", on=FIRST, now=NOW) == 0
    assert open_credits() == [0]


def test_by_hand_as_of_the_day_on_which_both_were_due(provider: int, database: Database) -> None:
    """Late by a month; the credit of 22 January is set off as of that day: 10 days late, and not 30 (Civil Code art. 368)."""
    ana = factories.customer()
    internet(ana)
    factories.run(FIRST)
    owed = Receivable.objects.get().id
    credit = grant(ana, 60_00, granted_on=date(2026, 1, 22))
    other = grant(factories.customer("Bea"), 1_00)
    act = {"on": date(2026, 2, 11), "now": NOW}
    with refused(database, "credit_of_another"):
        settle.use_credit(owed, other, **act)  # type: ignore[arg-type]
    with refused(database, "credit_too_small", open_cents=60_00):
        settle.use_credit(owed, credit, amount_cents=60_01, **act)  # type: ignore[arg-type]
    with refused(database, "credit_unknown"):
        settle.use_credit(owed, ids.new(), **act)  # type: ignore[arg-type]
    used = settle.use_credit(owed, credit, amount_cents=42_33, **act)  # type: ignore[arg-type]
    made = Settlement.objects.get(id=used)
    assert (made.paid_on, made.interest_cents, made.fine_cents, made.principal_cents) == (
        date(2026, 1, 22),
        33,
        2_00,
        40_00,
    )
    assert Credit.objects.get(id=credit).open_cents == 17_67
    settle.reverse(used, reason="engano", on=date(2026, 2, 11), now=NOW)
    assert Credit.objects.get(id=credit).open_cents == 60_00
    settle.use_credit(owed, credit, **act)  # type: ignore[arg-type]
    with refused(database, "credit_empty"):
        settle.use_credit(owed, credit, **act)  # type: ignore[arg-type]


def test_no_credit_costs_one_look(provider: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    internet(factories.customer())
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        assert credits.use_for_new([(ids.new(), ids.new())], on=FIRST, now=NOW) == 0
    assert len(asked) == 1


@pytest.mark.parametrize("cents", [1, 99_99, 100_00])
def test_exact_to_the_centavo(provider: int, cents: int) -> None:
    ana = factories.customer()
    grant(ana, cents)
    internet(ana)
    factories.run(FIRST)
    assert Receivable.objects.get().open_cents == 100_00 - cents
    assert open_credits() == [0]
