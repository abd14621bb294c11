"""Many at once: payments of one receivable, one request from many threads, a closing beside a posting, credits of two runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import pytest
from django.db import connection, transaction

from perene.actions import closing, move_in, settle
from perene.apps.ledger.models import Entry
from perene.apps.receivables import credits
from perene.apps.receivables.models import Credit, Receivable, Settlement
from perene.apps.receivables.opening import Row
from perene.kit import ids, tenancy
from perene.reports import verification
from perene.rules.refusals import Refusal
from tests import factories
from tests.factories import NOW
from tests.ground import Database

ON = date(2026, 1, 20)


@pytest.fixture
def provider(database: Database) -> Iterator[int]:
    number = factories.organization()
    with tenancy.organization(number):
        yield number
        assert [str(violation) for violation in verification.verify()] == []


def owe(*cents: int, customer_id: UUID | None = None) -> list[UUID]:
    """Receivables that are due on the day they are paid."""
    whose = customer_id or factories.customer()
    rows = [Row(whose, None, str(ids.new()), ON, one) for one in cents]
    move_in.receivables(rows, on=ON, now=NOW)
    names = [row.external_id for row in rows]
    found = dict(Receivable.objects.filter(external_id__in=names).values_list("external_id", "id"))
    return [found[name] for name in names]


def at_once(provider: int, count: int, act: Callable[[int], object]) -> list[object]:
    """What each of `count` threads got, a refusal's code where it was refused."""
    together = threading.Barrier(count)

    def one(number: int) -> object:
        try:
            with tenancy.organization(provider):
                together.wait()
                return act(number)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def receive(receivable_id: UUID, cents: int, *, key: str | None = None) -> UUID | None:
    return settle.receive(
        receivable_id, paid_on=ON, received_cents=cents, method="pix", request_key=key, on=ON, now=NOW
    )


def test_four_payments_of_one_receivable(provider: int) -> None:
    (owed,) = owe(100_00)
    found = at_once(provider, 4, lambda number: receive(owed, 40_00))
    assert found.count("receivable_not_open") == 1
    assert sum(Settlement.objects.values_list("principal_cents", flat=True)) == 100_00
    assert Credit.objects.get().open_cents == 20_00


def test_one_request_from_many_threads(provider: int) -> None:
    (owed,) = owe(100_00)
    found = at_once(provider, 8, lambda number: receive(owed, 40_00, key="one"))
    assert found.count(None) == 7
    assert Receivable.objects.get().open_cents == 60_00


def test_one_request_for_two_receivables(provider: int) -> None:
    owed = owe(100_00, 100_00)
    found = at_once(provider, 2, lambda number: receive(owed[number], 40_00, key="one"))
    assert found.count("request_key_used") == 1
    assert Settlement.objects.count() == 1


def test_one_credit_for_many_receivables(provider: int) -> None:
    whose = factories.customer()
    owed = owe(*[30_00] * 4, customer_id=whose)
    move_in.credits([Row(whose, None, "C", ON, 100_00)], on=ON, now=NOW)
    credit_id = Credit.objects.get().id
    at_once(provider, 4, lambda number: settle.use_credit(owed[number], credit_id, on=ON, now=NOW))
    assert Credit.objects.get().open_cents == 0
    assert sum(Receivable.objects.values_list("open_cents", flat=True)) == 20_00


def test_credits_of_one_customer_for_two_chunks(provider: int) -> None:
    whose = factories.customer()
    owed = owe(*[30_00] * 4, customer_id=whose)
    for name in "AB":
        move_in.credits([Row(whose, None, name, ON, 50_00)], on=ON, now=NOW)

    def use(number: int) -> int:
        with transaction.atomic():
            return credits.use_for_new([(whose, owed[number])], on=ON, now=NOW)

    at_once(provider, 4, use)
    assert list(Credit.objects.values_list("open_cents", flat=True)) == [0, 0]
    assert sum(Receivable.objects.values_list("open_cents", flat=True)) == 20_00


def test_reversed_by_two(provider: int) -> None:
    (owed,) = owe(100_00)
    made = receive(owed, 40_00)
    assert made is not None
    found = at_once(provider, 2, lambda number: settle.reverse(made, reason="engano", on=ON, now=NOW))
    assert sorted(map(str, found)) == ["None", "settlement_reversed"]
    assert Receivable.objects.get().open_cents == 100_00


def test_a_closing_waits_for_what_is_being_posted(provider: int) -> None:
    """It cannot slip in between an entry and its commit: either the entry is first, or it is refused."""
    owed = owe(*[10_00] * 6)
    posted = threading.Event()
    may_commit = threading.Event()

    def late() -> None:
        with tenancy.organization(provider), transaction.atomic():
            Entry.objects.create(
                id=ids.new(), posted_on=ON, kind="manual", source_kind="manual", source_id=ids.new()
            )
            posted.set()
            may_commit.wait(30)
            transaction.set_rollback(True)
        connection.close()

    def close() -> UUID:
        with tenancy.organization(provider):
            closed: UUID = closing.close(through_on=ON, on=date(2026, 1, 21), now=NOW)
        connection.close()
        return closed

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(late)
        posted.wait(30)
        closes = pool.submit(close)
        while not _waits_for_a_lock():
            assert not closes.done()
        may_commit.set()
        writing.result()
        closes.result()
    with pytest.raises(Refusal, match="closed"):
        settle.write_off(owed[0], reason="perda", on=ON, now=NOW)


def _waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return bool(cursor.fetchone()[0])
