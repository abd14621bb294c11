"""The same POST asked twice is done once."""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from perene.apps.catalog.models import Item
from perene.apps.customers.models import Customer
from perene.apps.inbox import idempotency
from perene.apps.inbox.models import IdempotencyKey
from perene.apps.receivables.models import Receivable, Settlement
from perene.interfaces.api import once
from perene.kit import clock, tenancy
from tests import factories
from tests.ground import Database
from tests.interfaces.api import caller
from tests.interfaces.api.conftest import Server

CLIENTS = 20


def ana(name: str = "Ana Souza") -> dict[str, Any]:
    return {"name": name, "document": factories.CPF}


def test_again_with_the_same_body_is_answered_the_same(database: Database) -> None:
    number = factories.organization()
    program = caller.key(number)
    first = program.ask("POST", "/customers", ana(), key="ana-1")
    again = program.ask("POST", "/customers", ana(), key="ana-1")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    with tenancy.organization(number):
        assert Customer.objects.count() == 1
        # What is kept can be read by nobody who has the table alone.
        assert "Ana" not in IdempotencyKey.objects.get().answer


def test_with_another_body_or_address_it_is_refused(database: Database) -> None:
    number = factories.organization()
    program = caller.key(number)
    program.do("/customers", ana(), key="ana-1")
    for path, body in (("/customers", ana("Bia Lima")), ("/items", ana())):
        said = program.ask("POST", path, body, key="ana-1")
        if path == "/customers":
            assert (said.status, said.code) == (409, "idempotency_key_reused")
        else:  # the fields are looked at first
            assert said.status == 422
    with tenancy.organization(number):
        assert Customer.objects.count() == 1


def test_two_programs_may_use_the_same_word(database: Database) -> None:
    number = factories.organization()
    made = {caller.key(number).do("/customers", ana(), key="ana-1")["id"] for _ in range(2)}
    assert len(made) == 2


def test_what_was_refused_leaves_the_key_free(database: Database) -> None:
    program = caller.key(factories.organization())
    wrong = {"name": "Ana Souza", "document": "111.111.111-11"}
    refused = program.ask("POST", "/customers", wrong, key="ana-1")
    assert (refused.status, refused.code) == (422, "invalid_document")
    assert program.ask("POST", "/customers", ana(), key="ana-1").status == 201


def test_a_key_that_cannot_be_is_refused(database: Database) -> None:
    program = caller.key(factories.organization())
    for key in ("", "x" * 201, "chave\tcom tab"):
        assert program.ask("POST", "/customers", ana(), key=key).code == "idempotency_key_malformed"


def test_while_the_first_is_at_work_the_second_waits_outside(database: Database) -> None:
    number = factories.organization()
    program = caller.key(number)
    with tenancy.organization(number):
        from perene.apps.organizations.models import ApiKey

        key_id = ApiKey.objects.get().id
    held, done = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with tenancy.organization(number), idempotency.working(key_id, "ana-1") as is_alone:
                assert is_alone
                held.set()
                done.wait(30)
        finally:
            connection.close()

    first = threading.Thread(target=work)
    first.start()
    held.wait(30)
    said = program.ask("POST", "/customers", ana(), key="ana-1")
    assert (said.status, said.code, said.headers["Retry-After"]) == (409, "request_in_progress", "1")
    done.set()
    first.join()
    assert program.ask("POST", "/customers", ana(), key="ana-1").status == 201


def test_one_that_broke_off_is_asked_again_only_where_that_is_safe(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after it acted and before it kept its answer."""
    number = factories.organization()
    program = caller.key(number)
    with tenancy.organization(number):
        factories.contract(factories.plan("FIBRA", ("Internet", 100_00)))
        factories.run(date(2026, 1, 1))
        receivable_id = Receivable.objects.get().id

    def die(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    payment = {"paid_on": "2026-01-01", "received_cents": 40_00}
    with monkeypatch.context() as broken:
        broken.setattr(once.answer_once, "finish", die)
        for path, body in (("/customers", ana()), (f"/receivables/{receivable_id}/settle", payment)):
            with pytest.raises(KeyboardInterrupt):
                program.ask("POST", path, body, key=f"um {path[:4]}")
    # A settlement knows its request: it answers as if it had been the first, and nothing is paid twice.
    again = program.ask("POST", f"/receivables/{receivable_id}/settle", payment, key="um /rec")
    assert (again.status, again.body["received_cents"]) == (201, 40_00)
    # A customer does not: nobody says that it was not made.
    said = program.ask("POST", "/customers", ana(), key="um /cus")
    assert (said.status, said.code) == (409, "outcome_unknown")
    with tenancy.organization(number):
        assert Settlement.objects.count() == 1
        assert Receivable.objects.get().open_cents == 60_00
        assert Customer.objects.filter(name="Ana Souza").count() == 2  # the contract's, and the one


def test_old_answers_are_forgotten(database: Database) -> None:
    number = factories.organization()
    program = caller.key(number)
    program.do("/customers", ana(), key="ana-1")
    with tenancy.organization(number):
        long_ago = clock.now() - idempotency.KEPT - timedelta(hours=1)
        connection.cursor().execute("UPDATE inbox_idempotencykey SET created_at = %s", [long_ago])
    program.do("/customers", ana("Bia Lima"), key="bia-1")
    with tenancy.organization(number):
        assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["bia-1"]


@pytest.mark.capability("X1")
def test_twenty_clients_at_once_act_once(database: Database, server: Server) -> None:
    """Through gunicorn, two processes of eight threads: one is answered first, the others its answer, or that it is at work
    and then its answer."""
    number = factories.organization()
    program = caller.key(number)
    with tenancy.organization(number):
        factories.contract(factories.plan("FIBRA", ("Internet", 100_00)))
        factories.run(date(2026, 1, 1))
        receivable_id = Receivable.objects.get().id
    asked = [
        ("/items", {"code": "NET", "name": "Internet", "unit_cents": 99_90}),
        ("/customers", ana("Bia Lima")),
        (f"/receivables/{receivable_id}/settle", {"paid_on": "2026-01-01", "received_cents": 10_00}),
    ]
    for position, (path, body) in enumerate(asked):
        answers = at_once(server, path, body, secret=program.secret or "", key=f"pedido-{position}")
        assert {status for status, _, _ in answers} == {201}, answers
        assert len({content for _, content, _ in answers}) == 1
        assert Counter(is_replayed for _, _, is_replayed in answers) == {False: 1, True: CLIENTS - 1}
    with tenancy.organization(number):
        assert Item.objects.filter(code="NET").count() == 1
        assert Customer.objects.filter(name="Bia Lima").count() == 1
        assert Settlement.objects.count() == 1
        assert Receivable.objects.get().open_cents == 90_00


def at_once(server: Server, path: str, body: Any, *, secret: str, key: str) -> list[tuple[int, bytes, bool]]:
    """The same request from many clients at the same moment, each until it is answered: status, content, replayed."""
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
    together = threading.Barrier(CLIENTS)

    def ask(_client: int) -> tuple[int, bytes, bool]:
        together.wait(30)
        while True:
            status, answered, content = server.post(path, json.dumps(body).encode(), headers)
            if status != 409 or json.loads(content)["code"] != "request_in_progress":
                return status, content, answered.get("Idempotency-Replayed") == "true"

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(ask, range(CLIENTS)))
