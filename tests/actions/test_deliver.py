"""From what happened to the receiver: spread once, tried, repeated, given up, switched off; and killed in the middle."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from perene.actions import deliver, webhooks
from perene.apps.events import deliveries, endpoints, outbox
from perene.apps.events.models import Alert, Delivery, DeliveryAttempt, Endpoint, Event
from perene.kit import clock, ids, tenancy
from tests import factories, receiver
from tests.ground import Database
from tests.receiver import Receiver

ON = factories.BEGINS_ON


@dataclass
class World:
    """A sandbox organization with one endpoint at a receiver of ours. `at` is the time it is there; it moves when told."""

    database: Database
    organization_id: int
    there: Receiver
    endpoint_id: UUID
    secret: str
    at: datetime

    def now(self) -> datetime:
        return self.at

    def happened(self, kind: str = "contract.confirmed", **payload: object) -> UUID:
        with transaction.atomic():
            return outbox.record(kind, subject_id=ids.new(), occurred_on=ON, **payload)

    def spread(self) -> int:
        return deliver.spread(now=self.now)

    def turn(self) -> bool:
        return deliver.due(self.endpoint_id, now=self.now, on=ON)

    def later(self, **wait: float) -> None:
        self.at += timedelta(**wait)

    @property
    def endpoint(self) -> Endpoint:
        found: Endpoint = Endpoint.objects.get(id=self.endpoint_id)
        return found

    @property
    def states(self) -> list[str]:
        return list(Delivery.objects.order_by("event_id").values_list("status", flat=True))


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with receiver.listening() as there:
        number = factories.organization()
        with tenancy.organization(number):
            at = clock.now()
            endpoint_id, secret = webhooks.add(there.url(), kinds=[], description="", now=at)
            yield World(database, number, there, endpoint_id, secret, at)


def at_path(world: World, path: str) -> None:
    webhooks.change(world.endpoint_id, url=world.there.url(path))


# ------------------------------------------------------------- through


def test_what_happened_arrives_signed_and_once(world: World) -> None:
    event_id = world.happened("invoice.issued", total_cents=114_90)
    assert (world.spread(), world.spread()) == (1, 0)
    assert world.turn() is True
    assert world.turn() is False
    (got,) = world.there.got
    message = got.verified(world.secret)
    event = Event.objects.get(id=event_id)
    assert got.id == str(event_id)
    assert message == {
        "type": "invoice.issued",
        "timestamp": ids.made_at(event_id).isoformat(timespec="milliseconds"),
        "data": {"id": str(event.subject_id), "occurred_on": "2026-01-01", "total_cents": 114_90},
    }
    row = Delivery.objects.get()
    assert (row.status, row.attempts, row.next_attempt_at, row.delivered_at) == (
        "delivered",
        1,
        None,
        world.at,
    )
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.number, attempt.status_code, attempt.error, attempt.at) == (1, 200, "", world.at)
    assert attempt.answer == "thanks \ufffd a lot"


def test_what_the_nights_bill_is_told_invoice_by_invoice(world: World) -> None:
    factories.contract(factories.plan("FIBRA", ("Internet", 80_00)), due_day=10)
    factories.live_until(date(2026, 2, 1))
    world.at = clock.now()
    world.spread()
    while world.turn():
        pass
    told = [got.verified(world.secret) for got in world.there.got]
    assert sorted(message["type"] for message in told) == ["contract.confirmed", *["invoice.issued"] * 2]
    assert {message["data"]["total_cents"] for message in told if message["type"] == "invoice.issued"} == {
        80_00
    }


def test_only_the_kinds_that_were_asked_for_and_no_ping_of_another(world: World) -> None:
    webhooks.change(world.endpoint_id, kinds=["invoice.issued"])
    other_id, _ = webhooks.add(world.there.url("/201"), kinds=[], description="", now=world.at)
    webhooks.ping(other_id, now=world.at, on=ON)
    world.happened("contract.confirmed")
    world.happened("invoice.issued")
    world.happened("secret.thing")
    assert world.spread() == 3
    by_kind = sorted(Delivery.objects.values_list("endpoint_id", "event__kind"), key=str)
    assert by_kind == sorted(
        [
            (world.endpoint_id, "invoice.issued"),
            (other_id, "invoice.issued"),
            (other_id, "contract.confirmed"),
            (other_id, "ping"),
        ],
        key=str,
    )


def test_both_secrets_sign_after_a_rotation(world: World) -> None:
    secret = webhooks.rotate(world.endpoint_id, now=world.at)
    world.happened()
    world.spread(), world.turn()
    (got,) = world.there.got
    assert got.verified(secret) == got.verified(world.secret)


# ------------------------------------------------------------- out of order


def test_an_event_committed_late_is_not_passed_over(world: World) -> None:
    """Its id is smaller than those that were told already; its transaction was open all the while."""
    early = ids.new()
    with world.database.app(organization=world.organization_id) as slow:
        slow.execute(
            "INSERT INTO events_event (organization_id, id, kind, subject_id, occurred_on, payload)"
            " VALUES (%s, %s, 'contract.confirmed', %s, '2026-01-01', '{}')",
            [world.organization_id, early, early],
        )
        late = world.happened()
        world.later(hours=1)  # however long it takes
        assert world.spread() == 1
        assert world.endpoint.seen_event_id < early
        slow.commit()
    assert world.spread() == 1
    assert set(Delivery.objects.values_list("event_id", flat=True)) == {early, late}
    # Nothing is open now: the place moves on, and what lies before it is not looked at again.
    assert world.endpoint.seen_event_id == late
    assert world.spread() == 0


def test_two_sweeps_at_once_spread_each_event_once(world: World) -> None:
    for _ in range(30):
        world.happened()
    together(4, world, lambda: deliver.spread(now=world.now))
    assert Delivery.objects.count() == 30


def test_many_events_are_spread_in_chunks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "CHUNK", 4)
    for _ in range(11):
        world.happened()
    assert world.spread() == 11


# ------------------------------------------------------------- not through


def test_a_failure_is_tried_again_at_the_agreed_pace_and_then_given_up(world: World) -> None:
    at_path(world, "/500")
    world.happened()
    world.spread()
    waits = []
    for _ in range(10):
        assert world.turn() is False
        row = Delivery.objects.get()
        if row.next_attempt_at is None:
            break
        waits.append(row.next_attempt_at - world.at)
        assert (
            world.turn() is False and Delivery.objects.get().attempts == row.attempts
        )  # not before its time
        world.at = row.next_attempt_at
    assert [round(wait.total_seconds()) for wait in waits] == [
        5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400,
    ]  # fmt: skip
    assert (row.status, row.attempts) == ("given_up", 10)
    assert list(DeliveryAttempt.objects.order_by("number").values_list("number", "status_code")) == [
        (number, 500) for number in range(1, 11)
    ]
    assert len({got.id for got in world.there.got}) == 1
    assert len({got.body for got in world.there.got}) == 1
    alert = Alert.objects.get()
    assert (alert.kind, alert.key, alert.params) == (
        "webhook_given_up", str(world.endpoint_id), {"url": world.there.url("/500")},
    )  # fmt: skip
    assert world.turn() is False
    assert len(world.there.got) == 10

    at_path(world, "/")
    webhooks.resend(row.id, now=world.at)
    assert world.turn() is True
    row.refresh_from_db()
    assert (row.status, row.attempts, row.tries) == ("delivered", 11, 1)
    assert Alert.objects.get().resolved_at == world.at


def test_a_failing_endpoint_is_asked_one_by_one_until_it_answers(world: World) -> None:
    at_path(world, "/503")
    for _ in range(25):
        world.happened()
    world.spread()
    assert world.turn() is False
    assert len(world.there.got) == 10  # nobody knew yet
    assert world.endpoint.failing_since == world.at
    assert world.turn() is False
    assert len(world.there.got) == 11
    at_path(world, "/")
    world.later(hours=1)
    while world.turn():
        pass
    assert world.states == ["delivered"] * 25
    assert world.endpoint.failing_since is None


def test_an_endpoint_that_fails_for_days_is_switched_off(world: World) -> None:
    at_path(world, "/500")
    world.happened()
    world.spread(), world.turn()
    world.later(days=4, hours=23)
    world.turn()
    assert world.endpoint.is_active is True
    world.later(hours=2)
    world.turn()
    assert world.endpoint.is_active is False
    assert Alert.objects.get().kind == "webhook_off"
    assert endpoints.with_something_due(now=world.at + timedelta(days=30)) == []

    # While it is off nothing is lost: it hears of it when it is on again.
    missed = world.happened()
    assert world.spread() == 0
    webhooks.change(world.endpoint_id, url=world.there.url("/"), is_active=True)
    world.spread()
    world.later(days=1)
    while world.turn():
        pass
    assert str(missed) in {got.id for got in world.there.got}
    assert world.states == ["delivered"] * 2


def test_gone_for_good_is_believed_at_once(world: World) -> None:
    at_path(world, "/410")
    world.happened()
    world.spread(), world.turn()
    assert world.endpoint.is_active is False
    assert Alert.objects.get().kind == "webhook_off"


def test_a_redirect_is_a_failure(world: World) -> None:
    at_path(world, "/redirect")
    world.happened()
    world.spread(), world.turn()
    assert [got.path for got in world.there.got] == ["/redirect"]
    assert (DeliveryAttempt.objects.get().status_code, world.states) == (302, ["waiting"])


def test_a_secret_that_cannot_be_read_is_a_failure_in_sight(world: World, settings: object) -> None:
    world.happened()
    world.spread()
    settings.ENCRYPTION_KEYS = ["another key altogether, of many letters"]  # type: ignore[attr-defined]
    assert world.turn() is False
    assert world.there.got == []
    assert (DeliveryAttempt.objects.get().error, world.states) == ("secret", ["waiting"])


# ------------------------------------------------------------- at least once


def test_killed_between_the_call_and_its_record(world: World) -> None:
    event_id = world.happened()
    world.spread()
    child = in_a_process(world, world.turn)
    world.there.before_answer = lambda: os.kill(child.pid or 0, signal.SIGKILL)
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    world.there.before_answer = None
    row = Delivery.objects.get()
    assert (row.status, row.attempts) == ("waiting", 1)
    assert DeliveryAttempt.objects.count() == 0
    assert world.turn() is False  # it may still be under way
    world.later(seconds=60)
    assert world.turn() is True
    assert [got.id for got in world.there.got] == [str(event_id)] * 2
    assert world.there.got[0].body == world.there.got[1].body
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("delivered", 2)
    assert [attempt.number for attempt in DeliveryAttempt.objects.all()] == [2]


def test_an_answer_after_the_lease_counts_when_it_is_good(world: World) -> None:
    world.happened()
    world.spread()
    with transaction.atomic():
        (first,) = deliveries.claim(world.endpoint_id, limit=5, now=world.at)
    world.later(seconds=61)
    with transaction.atomic():
        (second,) = deliveries.claim(world.endpoint_id, limit=5, now=world.at)
    assert (first.number, second.number) == (1, 2)

    def came(number: int, status: int) -> str:
        with transaction.atomic():
            return str(
                deliveries.record(
                    first.delivery_id,
                    number=number,
                    is_success=status == 200,
                    status_code=status,
                    error="",
                    answer="",
                    milliseconds=1,
                    now=world.at,
                )
            )

    due_at = Delivery.objects.get().next_attempt_at
    assert came(1, 500) == "waiting"
    assert Delivery.objects.get().next_attempt_at == due_at  # the second one's lease holds
    assert came(2, 200) == "delivered"
    assert DeliveryAttempt.objects.count() == 2


def test_four_at_once_try_each_delivery_once(world: World) -> None:
    for _ in range(60):
        world.happened()
    world.spread()

    def work() -> None:
        while world.turn():
            pass

    together(4, world, work)
    assert len(world.there.got) == len({got.id for got in world.there.got}) == 60
    assert world.states == ["delivered"] * 60


def test_what_was_delivered_long_ago_is_forgotten(world: World) -> None:
    for path in ("/", "/500"):
        at_path(world, path)
        world.happened()
        world.spread(), world.turn()
    world.later(days=89)
    deliver.forget_old(now=world.at)
    assert Delivery.objects.count() == 2
    world.later(days=2)
    assert deliver.forget_old(now=world.at) is False
    assert world.states == ["waiting"]
    assert DeliveryAttempt.objects.count() == 1


def test_the_body_is_the_same_text_every_time(world: World) -> None:
    event = Event.objects.get(id=world.happened("invoice.issued", total_cents=1, name="José"))
    assert deliver.body(event) == deliver.body(event)
    assert "José" in deliver.body(event)
    assert json.loads(deliver.body(event))["data"]["name"] == "José"


def together(count: int, world: World, work: Callable[[], object]) -> None:
    """The same in several threads, each in the organization's scope."""
    failures: list[BaseException] = []

    def one() -> None:
        try:
            with tenancy.organization(world.organization_id):
                work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def in_a_process(world: World, work: Callable[[], object]) -> multiprocessing.process.BaseProcess:
    """A forked process that will do it on a connection of its own."""
    connection.close()

    def one() -> None:
        with tenancy.organization(world.organization_id):
            work()

    return multiprocessing.get_context("fork").Process(target=one)
