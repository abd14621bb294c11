"""What the company was owed when it moved in, settled in every way."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from perene.actions import credits, due_dates, move_in, settle
from perene.apps.receivables.models import Credit, Receivable
from perene.apps.receivables.opening import Row
from tests import factories
from tests.factories import NOW

ON = date(2026, 3, 2)
DUE_ON = date(2026, 1, 30)
PAID = {"method": "pix", "on": ON, "now": NOW}


def live() -> None:
    """Each receivable and credit is known by its number in the old system."""
    caio = factories.customer("Caio")
    names = ("partly", "whole", "reversed", "lost", "overpaid", "overpaid and reversed", "offset", "extended")
    rows = [Row(caio, None, name, DUE_ON, 100_00, "boleto") for name in names]
    move_in.receivables(rows, on=ON, now=NOW)
    move_in.credits([Row(caio, None, "old credit", DUE_ON, 50_00)], on=ON, now=NOW)
    pay("partly", 40_00)
    pay("whole", 103_00)
    settle.reverse(pay("reversed", 30_00), reason="engano", on=ON, now=NOW)
    settle.write_off(receivable("lost"), reason="prescrito", on=ON, now=NOW)
    surplus = pay("overpaid", 120_00)
    settle.reverse(pay("overpaid and reversed", 120_00), reason="engano", on=ON, now=NOW)
    settle.use_credit(receivable("offset"), credit("old credit"), on=ON, now=NOW)
    credits.refund(Credit.objects.get(source_id=surplus).id, amount_cents=5_00, on=ON, now=NOW)
    due_dates.extend(receivable("extended"), due_on=date(2026, 4, 1), reason="acordo", on=ON, now=NOW)


def pay(name: str, cents: int) -> UUID:
    made = settle.receive(receivable(name), paid_on=ON, received_cents=cents, **PAID)  # type: ignore[arg-type]
    assert made is not None
    return made


def receivable(name: str) -> UUID:
    return Receivable.objects.get(external_id=name).id


def credit(name: str) -> UUID:
    return Credit.objects.get(external_id=name).id
