"""Every operation against every kind of key: none, one without its scope, another organization's, one limited to a unit, an
auditor's. The operations come from the description, so that a new one is tried without being named here."""

from __future__ import annotations

import re
from typing import Any

import pytest

from perene.interfaces.api.urls import api
from tests.ground import Database
from tests.interfaces.api import caller, described, life
from tests.interfaces.api.caller import Caller
from tests.interfaces.api.described import Operation
from tests.interfaces.backoffice.world import World


@pytest.fixture(scope="module")
def operations(reading: World) -> list[Operation]:
    found = described.operations(described.schema(Caller(None)))
    assert len(found) > 80
    known = life.ids_of(reading.organization_id, reading.here)
    assert {name for each in found for name in re.findall(r"{(\w+)}", each.path)} <= known.keys()
    return found


def content(database: Database) -> list[Any]:
    """Everything that the organizations hold, but for when a key was used."""
    with database.everything() as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r' ORDER BY 1"
        ).fetchall()
        return [
            (table, connection.execute(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t"
            ).fetchone())
            for (table,) in tables
            if table not in ("organizations_apikey", "organizations_auditentry")
        ]  # fmt: skip


def test_without_a_key_nothing_is_said(operations: list[Operation], reading: World) -> None:
    ids = life.ids_of(reading.organization_id, reading.here)
    for operation in operations:
        for secret in (None, "pk_live_nobody", "pk_live_\xe9"):
            said = Caller(secret).ask(
                operation.method, operation.address(ids), described.a_body(operation, ids)
            )
            assert (said.status, said.code in ("key_missing", "key_unknown")) == (401, True), operation
            assert said.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_the_scope_nothing_is_looked_at(
    operations: list[Operation], reading: World, module_database: Database
) -> None:
    before = content(module_database)
    ids = life.ids_of(reading.organization_id, reading.here)
    for operation in operations:
        if not operation.scope:
            continue
        program = caller.key(reading.organization_id, caller.EVERYTHING - {operation.scope})
        said = program.ask(operation.method, operation.address(ids), described.a_body(operation, ids))
        assert (said.status, said.code) == (403, "scope_missing"), operation
        assert said.body["scope"] == operation.scope
        # Also before the fields are looked at.
        if operation.body is not None:
            said = program.ask(operation.method, operation.address(ids), {"nothing": "of it"})
            assert said.code == "scope_missing", operation
    assert changed(before, content(module_database)) == []


def test_of_another_organization_nothing_is_there(
    operations: list[Operation], reading: World, module_database: Database
) -> None:
    """By address 404, by field 422, and lists show not a letter of it."""
    ids = life.ids_of(reading.organization_id, reading.here)
    stranger = caller.key(reading.other_id)
    own = life.ids_of(reading.other_id, reading.abroad)
    before = content(module_database)
    for operation in operations:
        if "{" in operation.path:
            said = stranger.ask(operation.method, operation.address(ids), described.a_body(operation, own))
            assert said.status == 404, (operation, said.body)
        elif operation.method == "GET":
            said = stranger.ask("GET", operation.address(ids))
            assert said.status == 200, (operation, said.body)
            assert not shows(said.content, "Daqui", "Proibida", *map(str, ids.values())), operation
        elif points_elsewhere(operation):
            said = stranger.ask(operation.method, operation.address(ids), described.a_body(operation, ids))
            assert said.status == 422, (operation, said.body)
    assert changed(before, content(module_database)) == []


def test_a_key_limited_to_a_unit_sees_only_that_unit(
    operations: list[Operation], reading: World, module_database: Database
) -> None:
    """In every operation: what is of another unit is not there, and what speaks of the whole organization is not its."""
    program = caller.limited(reading)
    ids = life.ids_of(reading.organization_id, reading.there)
    there = {name: ids[name] for name in life.OF_A_UNIT}
    before = content(module_database)
    seen = 0
    for operation in operations:
        places = {name for name in there if "{" + name + "}" in operation.path}
        said = program.ask(
            operation.method, operation.address(ids), described.a_body(operation, ids)
        ) if operation.method == "GET" or places or points_elsewhere(operation) else None  # fmt: skip
        if said is None:
            continue
        if said.status == 403:
            assert said.code == "scope_missing"
        elif places:
            assert said.status == 404, (operation, said.body)
        elif operation.method == "GET":
            assert said.status in (200, 404), (operation, said.body)
            assert not shows(said.content, "Proibida", *map(str, there.values())), operation
            seen += b"Daqui" in said.content
        else:
            assert said.status == 422, (operation, said.body)
    assert seen
    assert changed(before, content(module_database)) == []


def test_a_key_limited_to_a_unit_works_in_that_unit(reading: World) -> None:
    program = caller.limited(reading)
    here = life.ids_of(reading.organization_id, reading.here)
    for path in ("customers", "contracts", "invoices", "receivables"):
        rows = program.get(f"/{path}")["items"]
        assert rows and {row["unit_id"] for row in rows} == {str(here["unit_id"])}
    assert [unit["code"] for unit in program.get("/units")["items"]] == ["SUL"]


def test_an_auditors_key_changes_nothing(
    operations: list[Operation], reading: World, module_database: Database
) -> None:
    program = caller.auditor(reading.organization_id)
    ids = life.ids_of(reading.organization_id, reading.here)
    before = content(module_database)
    read = 0
    for operation in operations:
        said = program.ask(operation.method, operation.address(ids), described.a_body(operation, ids))
        if operation.method == "GET":
            read += said.status == 200
        else:
            assert (said.status, said.code) == (403, "scope_missing"), operation
    assert read > 20
    assert changed(before, content(module_database)) == []


def test_every_operation_is_described_for_good() -> None:
    """A stable name, a Portuguese tag and summary, a scope that a key can have, and a problem for what can go wrong."""
    found = api.get_openapi_schema()
    assert found["openapi"].startswith("3.1")
    names = [said["operationId"] for path in found["paths"].values() for said in path.values()]
    assert len(names) == len(set(names))
    for path in found["paths"].values():
        for method, said in path.items():
            assert said["summary"] and len(said["tags"]) == 1
            assert said["x-scope"] in caller.EVERYTHING | {""}, said["operationId"]
            assert said["security"] == [{"key": []}]
            assert {"401", "403", "422", "429", "500"} <= said["responses"].keys()
            takes_key = any(each["name"] == "Idempotency-Key" for each in said.get("parameters", ()))
            assert takes_key == (method == "post")


def shows(answer: bytes, *words: str) -> list[str]:
    return [word for word in words if word != "None" and word.encode() in answer]


# Fields that name what belongs to a unit.
NAMES = {"customer_id", "contract_id", "gone_id", "credit_id"}


def required_in(schema: Any) -> set[str]:
    """Every required field, also of what it holds."""
    found = set(schema.get("required", ()))
    for each in schema.get("properties", {}).values():
        found |= required_in(each.get("items", {}))
    return found


def points_elsewhere(operation: Operation) -> bool:
    """Whether what it takes must name a customer or a contract."""
    return operation.body is not None and bool(NAMES & required_in(operation.body))


def changed(before: list[Any], after: list[Any]) -> list[str]:
    return [one[0] for one, other in zip(before, after, strict=True) if one != other]
