"""A customer's statement: every line, the running balance, and the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from perene.actions import credits, move_in, settle
from perene.apps.ledger.models import Posting
from perene.apps.organizations import organizations
from perene.apps.receivables.models import Credit, Receivable
from perene.apps.receivables.opening import Row
from perene.kit import ids, tenancy
from perene.reports import statement, verification
from tests import factories
from tests.factories import NOW
from tests.ground import Database


@pytest.fixture
def provider(database: Database) -> Iterator[int]:
    number = factories.organization()
    with tenancy.organization(number):
        yield number
        assert [str(violation) for violation in verification.verify()] == []


def told(
    customer_id: UUID, from_on: date = date(2026, 1, 1), through_on: date = date(2026, 12, 31)
) -> list[str]:
    found = statement.of_customer(customer_id, from_on=from_on, through_on=through_on)
    lines = [
        f"{line.on} {line.kind} {line.change_cents} = {line.balance_cents}"
        + (f" received {line.received_cents}" if line.received_cents else "")
        + (f" for {line.number}" if line.number else "")
        for line in found.lines
    ]
    return [f"opening {found.opening_cents}", *lines, f"closing {found.closing_cents}"]


def in_the_books() -> int:
    found = Posting.objects.filter(account__role__in=["receivables", "customer_credits"])
    return int(found.aggregate(cents=Sum("amount_cents"))["cents"])


def test_the_life_of_a_customer(provider: int) -> None:
    ana = factories.customer()
    move_in.receivables(
        [Row(ana, None, "OLD-1", date(2025, 12, 10), 80_00, "boleto", "Saldo anterior")],
        on=date(2026, 1, 1),
        now=NOW,
    )
    move_in.credits([Row(ana, None, "OLD-2", date(2025, 12, 1), 5_00)], on=date(2026, 1, 1), now=NOW)
    factories.contract(factories.plan("FIBRA", ("Internet", 100_00)), customer_id=ana, due_day=12)
    factories.run(date(2026, 1, 1))
    old, new = Receivable.objects.order_by("due_on")
    on = date(2026, 3, 1)
    given = {"method": "pix", "on": on, "now": NOW}
    paid = settle.receive(new.id, paid_on=date(2026, 1, 13), received_cents=100_00, **given)  # type: ignore[arg-type]
    assert paid is not None
    settle.reverse(paid, reason="de outro cliente", on=on, now=NOW)
    settle.receive(new.id, paid_on=date(2026, 2, 11), received_cents=110_00, **given)  # type: ignore[arg-type]
    credits.refund(Credit.objects.get(open_cents__gt=0).id, amount_cents=1_00, on=on, now=NOW)
    settle.write_off(old.id, reason="prescrito", on=on, now=NOW)
    assert told(ana) == [
        "opening 0",
        "2026-01-01 opening_receivable 8000 = 8000",
        "2026-01-01 opening_credit -500 = 7500",
        "2026-01-01 invoice 10000 = 17500 for 1",
        # The old credit, used by the first invoice.
        "2026-01-01 credit 0 = 17500 for 1",
        "2026-01-13 payment -9807 = 7693 received 10000 for 1",
        "2026-02-11 payment -10715 = -3022 received 11000 for 1",
        "2026-03-01 reversal 9807 = 6785 received -10000 for 1",
        "2026-03-01 refund 100 = 6885",
        "2026-03-01 write_off -8000 = -1115",
        "closing -1115",
    ]
    assert in_the_books() == -11_15
    assert told(ana, from_on=date(2026, 2, 1), through_on=date(2026, 2, 28)) == [
        "opening 7693",
        "2026-02-11 payment -10715 = -3022 received 11000 for 1",
        "closing -3022",
    ]


def test_only_some_units(provider: int) -> None:
    ana = factories.customer()
    factories.contract(factories.plan("FIBRA", ("Internet", 100_00)), customer_id=ana)
    factories.run(date(2026, 1, 1))
    period = {"from_on": date(2026, 1, 1), "through_on": date(2026, 1, 31)}
    own = frozenset({organizations.first_unit().id})
    assert statement.of_customer(ana, unit_ids=own, **period).closing_cents == 100_00
    assert statement.of_customer(ana, unit_ids=frozenset({ids.new()}), **period).lines == ()


def test_any_history_is_one_query(provider: int) -> None:
    ana = factories.customer()
    factories.contract(factories.plan("FIBRA", ("Internet", 100_00)), customer_id=ana)
    for months in range(3):
        factories.run(date(2026, 1 + months, 1))
        with CaptureQueriesContext(connection) as asked:
            found = statement.of_customer(ana, from_on=date(2026, 1, 1), through_on=date(2036, 1, 1))
        assert len(found.lines) == months + 1
        assert [
            one["sql"] for one in asked if "SELECT" in one["sql"] and "set_config" not in one["sql"]
        ] == []
