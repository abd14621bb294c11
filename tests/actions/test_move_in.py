"""Moving in: open receivables and credits enter the books once, all or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest

from perene.actions import move_in
from perene.apps.organizations import organizations
from perene.apps.receivables.models import Credit, Receivable
from perene.apps.receivables.opening import Row
from perene.kit import ids, tenancy
from perene.reports import verification
from tests import factories
from tests.factories import NOW
from tests.ground import Database
from tests.stories import statement
from tests.stories.unchanged import refused

ON = date(2026, 1, 1)


@pytest.fixture
def provider(database: Database) -> Iterator[int]:
    number = factories.organization()
    with tenancy.organization(number):
        yield number
        assert [str(violation) for violation in verification.verify()] == []


@pytest.fixture
def ana(provider: int) -> UUID:
    return factories.customer()


def owed(ana: UUID, external_id: str = "T-1", **changed: object) -> Row:
    return Row(ana, None, external_id, date(2025, 12, 5), 80_00, "boleto", "Mensalidade")._replace(**changed)  # type: ignore[arg-type]


def test_once(ana: UUID) -> None:
    rows = [owed(ana), owed(ana, "T-2", amount_cents=20_00)]
    assert move_in.receivables(rows, on=ON, now=NOW) == 2
    assert move_in.receivables([*rows, owed(ana, "T-3")], on=ON, now=NOW) == 1
    assert move_in.credits([owed(ana, "C-1")], on=ON, now=NOW) == 1
    assert move_in.credits([owed(ana, "C-1")], on=ON, now=NOW) == 0
    assert statement.books() == "books: receivables 180.00, customer_credits -80.00, opening -100.00"
    one = Receivable.objects.get(external_id="T-1")
    assert (one.origin, one.due_on, one.description) == ("opening", date(2025, 12, 5), "Mensalidade")
    assert one.unit_id == organizations.first_unit().id
    assert Credit.objects.get().granted_on == date(2025, 12, 5)


def test_nothing_of_it_is_billed(ana: UUID) -> None:
    move_in.receivables([owed(ana)], on=ON, now=NOW)
    factories.live_until(date(2026, 3, 1))
    assert Receivable.objects.count() == 1


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("unknown_customer", {"customer_id": ids.new()}),
        ("unknown_unit", {"unit_id": ids.new()}),
        ("external_id_missing", {"external_id": " "}),
        ("external_id_twice", {"external_id": "T-1"}),
        ("amount_not_above_zero", {"amount_cents": 0}),
        ("due_date_missing", {"due_on": None}),
        ("payment_method_unknown", {"payment_method": "cheque"}),
    ],
)
def test_one_bad_row_and_nothing_enters(
    ana: UUID, database: Database, code: str, changed: dict[str, object]
) -> None:
    second = owed(ana, "T-2")._replace(**changed)  # type: ignore[arg-type]
    with refused(database, code, row=2):
        move_in.receivables([owed(ana), second], on=ON, now=NOW)
