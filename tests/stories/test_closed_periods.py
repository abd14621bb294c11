"""A closed period takes no entry: said in words by the acts, and by the database itself."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import transaction

from perene.actions import closing, move_in, settle
from perene.apps.ledger import chart, journal
from perene.apps.ledger.models import Closing, Entry
from perene.apps.receivables.models import Receivable
from perene.apps.receivables.opening import Row
from perene.kit import ids
from tests import factories
from tests.factories import NOW
from tests.ground import Database
from tests.stories.unchanged import refused

JANUARY = date(2026, 1, 31)
ON = date(2026, 2, 10)


@pytest.fixture
def closed(provider: int) -> UUID:
    """January is closed, with a receivable of it; the closing's id."""
    factories.contract(factories.plan("FIBRA", ("Internet", 100_00)), due_day=12)
    factories.live_until(date(2026, 1, 2))
    return closing.close(through_on=JANUARY, on=ON, now=NOW)


def test_closed_and_reopened(closed: UUID, database: Database) -> None:
    with refused(database, "period_already_closed", closed=JANUARY):
        closing.close(through_on=JANUARY, on=ON, now=NOW)
    with refused(database, "period_not_over"):
        closing.close(through_on=ON, on=ON, now=NOW)
    later = closing.close(through_on=date(2026, 2, 9), on=ON, now=NOW)
    with refused(database, "later_closing_first"):
        closing.reopen(closed, reason="faltou um pagamento", now=NOW)
    with refused(database, "reason_missing"):
        closing.reopen(later, reason=" ", now=NOW)
    closing.reopen(later, reason="faltou um pagamento", now=NOW)
    with refused(database, "closing_reopened"):
        closing.reopen(later, reason="faltou um pagamento", now=NOW)
    closing.reopen(closed, reason="faltou um pagamento", now=NOW)
    assert list(Closing.objects.values_list("reopening_reason", flat=True)) == ["faltou um pagamento"] * 2
    closing.close(through_on=JANUARY, on=ON, now=NOW)


def test_nothing_is_posted_into_it(closed: UUID, database: Database) -> None:
    roles = chart.by_role()
    sides = [(roles["cash"], 1), (roles["revenue"], -1)]
    entry_id = Entry.objects.values_list("id", flat=True)[0]
    posted = {"kind": "manual", "source_kind": "manual"}
    with refused(database, "period_closed", day=JANUARY), transaction.atomic():
        journal.post(posted_on=JANUARY, source_id=ids.new(), postings=sides, **posted)
    with refused(database, "period_closed", day=JANUARY), transaction.atomic():
        journal.post_many(posted_on=JANUARY, drafts=[journal.Draft(ids.new(), sides)], **posted)
    with refused(database, "period_closed", day=JANUARY), transaction.atomic():
        journal.reverse(entry_id, posted_on=JANUARY, kind="manual")
    with refused(database, "period_closed", day=JANUARY), transaction.atomic():
        journal.reverse_many([entry_id], posted_on=JANUARY, kind="manual")
    with refused(database, "period_closed", day=JANUARY):
        move_in.receivables([Row(factories_customer(), None, "1", ON, 1_00)], on=JANUARY, now=NOW)
    with refused(database, "period_closed", day=JANUARY):
        settle.write_off(Receivable.objects.get().id, reason="perda", on=JANUARY, now=NOW)


def factories_customer() -> UUID:
    return Receivable.objects.get().customer_id


def test_a_payment_of_then_is_posted_on_the_first_open_day(closed: UUID) -> None:
    """It was made in January and costs no late charges; the books hear of it in February."""
    settle.receive(
        Receivable.objects.get().id,
        paid_on=date(2026, 1, 12),
        received_cents=100_00,
        method="pix",
        on=ON,
        now=NOW,
    )
    assert list(Entry.objects.filter(kind="payment").values_list("posted_on", flat=True)) == [
        date(2026, 2, 1)
    ]
