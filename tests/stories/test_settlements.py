"""A receivable is paid late, in parts, too much, by a credit; payments are taken back; what cannot be is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from perene.actions import credits as credit_acts
from perene.actions import due_dates, holidays, settle, settlement_policies
from perene.apps.events.models import Event
from perene.apps.ledger.models import Account
from perene.apps.receivables.models import Credit, DueDateChange, Receivable, Settlement
from perene.kit import ids, texts
from perene.rules import settlement
from tests import factories
from tests.factories import NOW
from tests.ground import Database
from tests.stories import statement
from tests.stories.unchanged import refused

OWED = "books: receivables 100.00, revenue -100.00"


@pytest.fixture
def owed(provider: int) -> UUID:
    """100.00, issued on 1 January and due on Saturday the 10th: in time until Monday the 12th."""
    factories.contract(factories.plan("FIBRA", ("Internet", 100_00)), due_day=10)
    factories.run(date(2026, 1, 1))
    return Receivable.objects.get().id


def pay(receivable_id: UUID, cents: int, paid_on: date, **more: object) -> UUID:
    given: dict[str, object] = {"method": "pix", "on": date(2026, 6, 1), "now": NOW}
    made = settle.receive(receivable_id, received_cents=cents, paid_on=paid_on, **(given | more))  # type: ignore[arg-type]
    assert made is not None
    return made


def undo(settlement_id: UUID) -> None:
    settle.reverse(settlement_id, reason="lançado por engano", on=date(2026, 6, 1), now=NOW)


def open_of(receivable_id: UUID) -> tuple[int, str]:
    return Receivable.objects.values_list("open_cents", "status").get(id=receivable_id)


def test_paid_late(owed: UUID) -> None:
    """2 % of 100.00, and 30 days from the 10th at 1 % a month."""
    found = settle.preview(owed, paid_on=date(2026, 2, 9), received_cents=None)
    assert (found.late_days, found.fine_cents, found.interest_cents, found.total_cents) == (
        30,
        2_00,
        1_00,
        103_00,
    )
    assert (found.due_on, found.effective_due_on) == (date(2026, 1, 10), date(2026, 1, 12))
    pay(owed, 103_00, date(2026, 2, 9))
    assert statement.books() == "books: cash 103.00, revenue -100.00, fines -2.00, interest -1.00"
    assert open_of(owed) == (0, "settled")
    assert Event.objects.get(kind="receivable.settled").payload["received_cents"] == 103_00


def test_paid_on_the_next_banking_day(owed: UUID) -> None:
    pay(owed, 100_00, date(2026, 1, 12))
    assert statement.books() == "books: cash 100.00, revenue -100.00"


def test_a_holiday_of_the_city_moves_it_on(owed: UUID) -> None:
    holiday = holidays.add(day=date(2026, 1, 12), name="Aniversário da cidade")
    assert settle.preview(owed, paid_on=date(2026, 1, 13), received_cents=None).total_cents == 100_00
    holidays.remove(holiday)
    assert settle.preview(owed, paid_on=date(2026, 1, 13), received_cents=None).total_cents == 102_10


def test_paid_in_parts_and_taken_back(owed: UUID) -> None:
    first = pay(owed, 63_00, date(2026, 2, 9))
    assert open_of(owed) == (40_00, "open")
    second = pay(owed, 40_27, date(2026, 3, 1), account_id=Account.objects.get(role="cash").id)
    # 40.00 for 20 days are 0.27.
    assert open_of(owed) == (0, "settled")
    assert statement.books() == "books: cash 103.27, revenue -100.00, fines -2.00, interest -1.27"
    undo(second)
    assert open_of(owed) == (40_00, "open")
    undo(first)
    assert open_of(owed) == (100_00, "open")
    assert statement.books() == OWED
    assert list(Event.objects.filter(kind="settlement.reversed").values_list("subject_id", flat=True)) == [
        second,
        first,
    ]


def test_only_the_latest_is_reversed(owed: UUID, database: Database) -> None:
    first = pay(owed, 50_00, date(2026, 2, 9))
    second = pay(owed, 10_00, date(2026, 3, 1))
    with refused(database, "later_settlement_first", settlement_id=str(second)):
        undo(first)
    undo(second)
    with refused(database, "settlement_reversed"):
        undo(second)
    with refused(database, "reason_missing"):
        settle.reverse(first, reason="  ", on=date(2026, 6, 1), now=NOW)
    with refused(database, "settlement_unknown"):
        undo(ids.new())


def test_a_surplus_is_a_credit_and_leaves_with_its_payment(owed: UUID, database: Database) -> None:
    paid = pay(owed, 130_00, date(2026, 1, 12))
    assert statement.books() == "books: cash 130.00, customer_credits -30.00, revenue -100.00"
    credit = Credit.objects.get()
    assert (credit.source_kind, credit.source_id, credit.open_cents) == ("settlement", paid, 30_00)
    credit_acts.refund(credit.id, amount_cents=10_00, on=date(2026, 6, 1), now=NOW, reference="PIX 1")
    assert statement.books() == "books: cash 120.00, customer_credits -20.00, revenue -100.00"
    with refused(database, "credit_too_small", open_cents=20_00):
        credit_acts.refund(credit.id, amount_cents=20_01, on=date(2026, 6, 1), now=NOW)
    with refused(database, "surplus_was_used"):
        undo(paid)


def test_a_surplus_is_cancelled_with_its_payment(owed: UUID) -> None:
    undo(pay(owed, 130_00, date(2026, 1, 12)))
    credit = Credit.objects.get()
    assert (credit.open_cents, credit.is_cancelled) == (0, True)
    assert statement.books() == OWED


def test_written_off_and_taken_back(owed: UUID, database: Database) -> None:
    pay(owed, 60_00, date(2026, 1, 12))
    lost = settle.write_off(owed, reason="cliente faleceu", on=date(2026, 6, 1), now=NOW)
    assert open_of(owed) == (0, "written_off")
    assert statement.books() == "books: cash 60.00, revenue -100.00, losses 40.00"
    with refused(database, "receivable_not_open"):
        pay(owed, 40_00, date(2026, 6, 1))
    undo(lost)
    assert open_of(owed) == (40_00, "open")


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("payment_in_the_future", {"paid_on": date(2026, 6, 2)}),
        ("payment_before_issue", {"paid_on": date(2025, 12, 31)}),
        ("nothing_received", {"received_cents": 0}),
        ("nothing_received", {"received_cents": -1}),
        ("amount_out_of_range", {"received_cents": 10**16}),
        ("payment_method_unknown", {"method": "cheque sem fundo"}),
        ("account_not_for_money", {"account_id": ids.new()}),
    ],
)
def test_what_no_payment_is(owed: UUID, database: Database, code: str, changed: dict[str, object]) -> None:
    with refused(database, code):
        settle.receive(
            owed,
            **{  # type: ignore[arg-type]
                "paid_on": date(2026, 2, 9),
                "received_cents": 100_00,
                "method": "pix",
                "on": date(2026, 6, 1),
                "now": NOW,
            }
            | changed,
        )


def test_payments_are_entered_in_order(owed: UUID, database: Database) -> None:
    pay(owed, 50_00, date(2026, 2, 9))
    with refused(database, "payment_before_another", paid_on=date(2026, 2, 9)):
        pay(owed, 10_00, date(2026, 2, 8))


def test_unknown_or_settled(owed: UUID, database: Database) -> None:
    with refused(database, "receivable_unknown"):
        pay(ids.new(), 1, date(2026, 2, 9))
    pay(owed, 100_00, date(2026, 1, 12))
    with refused(database, "receivable_not_open"):
        pay(owed, 1, date(2026, 2, 9))
    with refused(database, "receivable_not_open"):
        settle.preview(owed, paid_on=date(2026, 2, 9), received_cents=None)


def test_asked_twice(owed: UUID) -> None:
    pay(owed, 60_00, date(2026, 1, 12), request_key="a")
    again = {"paid_on": date(2026, 1, 12), "received_cents": 60_00, "method": "pix", "request_key": "a"}
    assert settle.receive(owed, **again, on=date(2026, 6, 1), now=NOW) is None  # type: ignore[arg-type]
    assert open_of(owed) == (40_00, "open")


def test_late_charges_are_waived(owed: UUID) -> None:
    paid = pay(owed, 60_00, date(2026, 2, 9), waive_late_charges=True)
    assert Settlement.objects.get(id=paid).waived_cents == 3_00
    found = settle.preview(owed, paid_on=date(2026, 2, 24), received_cents=None)
    assert (found.fine_cents, found.interest_cents) == (0, 20)


def test_extended(owed: UUID, database: Database) -> None:
    """From the 9th of February on nothing is late any more, and then counts from the new day."""
    assert settle.preview(owed, paid_on=date(2026, 2, 9), received_cents=None).total_cents == 103_00
    act = {"reason": "acordo por telefone", "on": date(2026, 2, 9), "now": NOW}
    due_dates.extend(owed, due_on=date(2026, 2, 20), **act)  # type: ignore[arg-type]
    assert settle.preview(owed, paid_on=date(2026, 2, 20), received_cents=None).total_cents == 100_00
    assert settle.preview(owed, paid_on=date(2026, 3, 22), received_cents=None).total_cents == 103_00
    assert DueDateChange.objects.get().reason == "acordo por telefone"
    for code, changed in (
        ("due_date_passed", {"due_on": date(2026, 2, 8)}),
        ("due_date_the_same", {"due_on": date(2026, 2, 20)}),
        ("date_out_of_range", {"due_on": date(9999, 12, 31)}),
        ("reason_missing", {"due_on": date(2026, 3, 1), "reason": " "}),
    ):
        with refused(database, code):
            due_dates.extend(owed, **(act | changed))  # type: ignore[arg-type]


@pytest.mark.capability("I20")
def test_discount_for_paying_on_time(owed: UUID) -> None:
    settlement_policies.set(
        valid_from=date(2026, 1, 1),
        fine_percent=Decimal(2),
        interest_percent=Decimal(1),
        on_time_discount_percent=Decimal("5"),
        on=date(2026, 1, 2),
    )
    part = settle.preview(owed, paid_on=date(2026, 1, 12), received_cents=94_99)
    assert (part.loses_discount, part.still_open_cents) == (True, 5_01)
    pay(owed, 95_00, date(2026, 1, 12))
    assert open_of(owed) == (0, "settled")
    assert statement.books() == "books: cash 95.00, revenue -100.00, discounts 5.00"


def test_terms_hold_from_their_day_on(owed: UUID, database: Database) -> None:
    gentle = {"interest_percent": Decimal("0.5"), "on_time_discount_percent": Decimal(0)}
    settlement_policies.set(
        valid_from=date(2026, 1, 11), fine_percent=Decimal(1), on=date(2026, 1, 2), **gentle
    )
    assert settle.preview(owed, paid_on=date(2026, 2, 9), received_cents=None).total_cents == 103_00
    settlement_policies.set(
        valid_from=date(2026, 1, 10), fine_percent=Decimal(1), on=date(2026, 1, 2), **gentle
    )
    assert settle.preview(owed, paid_on=date(2026, 2, 9), received_cents=None).total_cents == 101_50
    pay(owed, 1_00, date(2026, 2, 9))
    with refused(database, "policy_in_the_past"):
        settlement_policies.set(
            valid_from=date(2026, 1, 10), fine_percent=Decimal(0), on=date(2026, 1, 11), **gentle
        )
    with refused(database, "fine_too_high"):
        settlement_policies.set(
            valid_from=date(2026, 7, 1), fine_percent=Decimal(10), on=date(2026, 6, 1), **gentle
        )


@pytest.mark.capability("X6")
def test_a_payment_explains_itself(owed: UUID) -> None:
    paid = Settlement.objects.get(id=pay(owed, 50_00, date(2026, 2, 9)))
    assert settlement.evaluate(paid.derivation).principal_cents == paid.principal_cents == 47_00
    found = settle.preview(owed, paid_on=date(2026, 2, 11), received_cents=None)
    told = [(texts.render(step.text), step.running_cents) for step in found.steps]
    assert told == [
        ("Valor com vencimento em 10/01/2026", 100_00),
        ("Baixado em 09/02/2026", 53_00),
        ("Juros de 1% ao mês sobre R$\u00a0100,00: 30 dias de 30, de 10/01/2026 a 09/02/2026", 54_00),
        (
            "Juros de 1% ao mês sobre R$\u00a053,00: 2 dias de 30, de 09/02/2026 a 11/02/2026",
            54_00 + Fraction(53_00 * 2, 3000),
        ),
        ("Juros já pagos", 53_00 + Fraction(53_00 * 2, 3000)),
        ("Arredondado para centavos inteiros, a partir de R$\u00a053,035333…", 53_04),
        ("A pagar em 11/02/2026", 53_04),
    ]
