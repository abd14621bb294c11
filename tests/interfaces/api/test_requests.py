"""Everything that can be wrong with a request is a problem that says so; and lists, pages and keys work as they are described."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perene.actions import api_keys as actions
from perene.apps.organizations.models import ApiKey, AuditEntry
from perene.interfaces.api import door, problems
from perene.interfaces.api.limits import Limit
from perene.kit import clock, tenancy
from perene.rules.refusals import Refusal
from tests import factories
from tests.ground import Database
from tests.interfaces.api import caller
from tests.interfaces.api.caller import Caller, Said
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World


def asked(program: Caller, method: str, path: str, data: bytes, content_type: str, **headers: str) -> Said:
    headers["Authorization"] = f"Bearer {program.secret}"
    return Said(
        program.client.generic(method, f"/api/v1{path}", data, content_type=content_type, headers=headers)
    )


def test_what_cannot_be_read_is_a_problem(reading: World) -> None:
    program = caller.key(reading.organization_id)
    for status, code, data, content_type in (
        (415, "json_only", b"name=Ana", "application/x-www-form-urlencoded"),
        (415, "json_only", b"{}", "text/plain"),
        (400, "json_malformed", b"{", "application/json"),
        (400, "json_malformed", b'{"name": NaN}', "application/json"),
        (400, "json_malformed", b"\xff\xfe", "application/json"),
        (400, "json_malformed", b"[" * 100_000, "application/json"),
        (400, "json_malformed", b"[" * 100 + b"]" * 100, "application/json"),
        (413, "body_too_large", b'{"name": "' + b"a" * door.LARGEST_BODY + b'"}', "application/json"),
        (422, "text_not_printable", b'{"name": "a\\u0000b", "document": "1"}', "application/json"),
        (422, "text_not_printable", b'{"name": "a\\ud800b", "document": "1"}', "application/json"),
        (422, "validation_failed", b"", "application/json"),
        (422, "validation_failed", b"[]", "application/json"),
    ):
        said = asked(program, "POST", "/customers", data, content_type)
        assert (said.status, said.code) == (status, code), data[:40]


def test_a_field_is_pointed_at_in_portuguese(reading: World) -> None:
    program = caller.key(reading.organization_id)
    wrong = {"name": 7, "documento": "1", "contacts": [{"kind": "fax", "value": "1"}]}
    errors = {each["pointer"]: each for each in program.ask("POST", "/customers", wrong).body["errors"]}
    assert {pointer: each["code"] for pointer, each in errors.items()} == {
        "/name": "string_type",
        "/document": "missing",
        "/documento": "extra_forbidden",
        "/contacts/0/kind": "literal_error",
    }
    assert errors["/document"]["detail"] == "É obrigatório."
    [error] = program.ask("GET", "/invoices?limit=1000").body["errors"]
    assert (error["parameter"], error["detail"]) == ("limit", "Deve ser no máximo 200.")


def test_addresses_and_methods_that_are_not(reading: World) -> None:
    program = caller.key(reading.organization_id)
    for path in ("/nothing", "/customers/7", "/../../entrar", "/customers/"):
        said = program.ask("GET", path)
        assert (said.status, said.code) == (404, "address_unknown")
    said = program.ask("DELETE", "/customers")
    assert (said.status, said.code, said.headers["Allow"]) == (405, "method_not_allowed", "GET, POST")
    assert program.ask("GET", "/customers?unit=1").code == "parameter_unknown"
    assert program.ask("GET", "/customers?external_id=%00").code == "text_not_printable"


def test_a_bug_of_ours_is_a_problem_with_a_number(reading: World, monkeypatch: pytest.MonkeyPatch) -> None:
    program = caller.key(reading.organization_id)
    monkeypatch.setattr(door.clock, "today", lambda *given, **named: 1 / 0)
    said = program.ask("GET", "/customers")
    assert (said.status, said.code) == (500, "internal_error")
    assert said.body["incident"] in said.body["detail"]
    assert "ZeroDivision" not in said.content.decode()


def test_pages_hold_every_row_once(living: World) -> None:
    with tenancy.organization(living.organization_id):
        world.more_invoices(7)
    program = caller.key(living.organization_id)
    whole = [row["id"] for row in program.get("/invoices?limit=200")["items"]]
    pages, cursor = [], ""
    while True:
        page = program.get(f"/invoices?limit=2{cursor}")
        assert len(page["items"]) <= 2
        pages += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert pages == whole == sorted(whole) and len(whole) >= 9
    for cursor in ("x", "%3D%3D", "AAAA", "a" * 300):
        said = program.ask("GET", f"/invoices?cursor={cursor}")
        assert (said.status, said.code in ("cursor_malformed", "validation_failed")) == (422, True)


def test_a_longer_list_asks_the_database_no_more(living: World) -> None:
    program = caller.key(living.organization_id)
    lists = ("customers", "contracts", "invoices", "receivables", "charges", "entries", "people", "plans")

    def counts() -> dict[str, int]:
        found = {}
        for name in lists:
            program.get(f"/{name}")
            with CaptureQueriesContext(connection) as queries:
                program.get(f"/{name}?limit=200")
            found[name] = len(queries)
        return found

    before = counts()
    with tenancy.organization(living.organization_id):
        world.more_invoices(20)
    assert counts() == before
    assert max(before.values()) <= 16


def test_a_key_that_ended_opens_nothing(database: Database) -> None:
    number = factories.organization()
    program, other = caller.key(number), caller.key(number)
    assert program.ask("GET", "/organization").status == 200
    with tenancy.organization(number):
        first, second = ApiKey.objects.order_by("id")
        actions.revoke(first.id, now=clock.now())
        with pytest.raises(Refusal, match="revoked before"):
            actions.revoke(first.id, now=clock.now())
        ended = actions.create(
            name="Curta",
            scopes=["customers.read"],
            expires_at=clock.now() + timedelta(hours=1),
            now=clock.now(),
        )
        connection.cursor().execute(
            "UPDATE organizations_apikey SET expires_at = %s WHERE id = %s",
            [clock.now() - timedelta(seconds=1), ended.key_id],
        )
    for secret in (program.secret, ended.secret):
        assert Caller(secret).ask("GET", "/organization").code == "key_unknown"
    assert other.ask("GET", "/organization").body["key"]["id"] == str(second.id)


def test_a_key_is_stored_as_a_digest_and_its_use_is_noted(database: Database) -> None:
    sandbox, real = factories.organization(), factories.organization(sandbox_on=None)
    assert caller.key(sandbox).secret.startswith("pk_test_")
    program = caller.key(real)
    assert program.secret.startswith("pk_live_") and len(program.secret) == 51
    program.get("/organization")
    with tenancy.organization(real):
        key = ApiKey.objects.get()
        assert key.last_used_on == clock.now().date()
        assert program.secret not in str(ApiKey.objects.values().get())
        # What it does stands in the trail under its id.
        program.do("/items", {"code": "NET", "name": "Internet"})
        trail = AuditEntry.objects.filter(table="catalog_item").latest("id")
        assert trail.person_id == key.id
    with database.everything() as everything:
        for table in ("organizations_auditentry", "organizations_apikey"):
            assert program.secret not in str(everything.execute(f"SELECT * FROM {table}").fetchall())


def test_what_a_key_cannot_be(database: Database) -> None:
    with tenancy.organization(factories.organization()):
        for code, given in {
            "key_name_missing": {"name": " "},
            "key_name_too_long": {"name": "x" * 81},
            "key_scopes_missing": {"scopes": []},
            "key_scope_unknown": {"scopes": ["people.write"]},
            "key_units_missing": {"unit_ids": []},
            "key_units_unknown": {"unit_ids": [UUID(int=1), *list(units())]},
            "key_expired_already": {"expires_at": clock.now() - timedelta(days=1)},
        }.items():
            wanted: Any = {"name": "ERP", "scopes": ["customers.read"], "now": clock.now()} | given
            with pytest.raises(Refusal) as refused:
                actions.create(**wanted)
            assert refused.value.code == code
        assert not ApiKey.objects.exists()


def units() -> list[UUID]:
    from perene.apps.organizations import organizations

    return [unit.id for unit in organizations.units()]


def test_who_asks_too_often_waits(reading: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "limit", Limit(3))
    program, other = caller.key(reading.organization_id), caller.key(reading.organization_id)
    said = [program.ask("GET", "/organization").status for _ in range(4)]
    if said != [200, 200, 200, 429]:  # a minute began meanwhile
        said = [program.ask("GET", "/organization").status for _ in range(4)]
    assert said[-1] == 429
    refused = program.ask("GET", "/organization")
    assert refused.code == "too_many_requests" and 1 <= int(refused.headers["Retry-After"]) <= 60
    assert other.ask("GET", "/organization").status == 200


def test_a_code_says_whether_it_was_the_input() -> None:
    for code in (
        "item_code_missing",
        "unknown_item",
        "invalid_document",
        "due_day_out_of_range",
        "amount_malformed",
    ):
        assert problems.is_about_input(code), code
    for code in (
        "item_code_taken",
        "plan_is_deleted",
        "contract_not_active",
        "key_revoked_already",
        "run_not_done",
    ):
        assert not problems.is_about_input(code), code


def test_the_description_needs_no_key_and_no_page_comes_from_elsewhere(reading: World) -> None:
    client = Caller(None).client
    docs = client.get("/api/v1/docs")
    assert docs.status_code == 200
    assert "script-src 'self'" in docs.headers["Content-Security-Policy"]
    assert b"://" not in docs.content.replace(b"http://localhost", b"")
    found = json.loads(client.get("/api/v1/openapi.json").content)
    assert found["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert "errors" in found["components"]["schemas"]["Problem"]["properties"]
