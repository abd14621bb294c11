"""Keys for programs: made with what they may do and where, shown once, revoked; never more than whoever makes them has."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from perene.apps.organizations.models import ApiKey, ApiKeyUnit
from perene.kit import tenancy
from tests.interfaces.api.caller import Caller
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

ERP = {"name": "ERP", "scopes": ["customers.read", "customers.write"], "scope": "all"}


def made(answer: str) -> str:
    found = re.search(r'value="(pk_test_[\w-]{43})"', answer)
    assert found is not None
    return found[1]


def test_a_key_is_shown_once_and_works_until_it_is_revoked(living: World) -> None:
    owner = world.signed_in(World.owner)
    answer = owner.post("/chaves-de-api/nova", ERP)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    program = Caller(made(answer.content.decode()))
    assert program.ask("GET", "/customers").status == 200
    assert program.ask("GET", "/invoices").code == "scope_missing"
    shown = owner.get("/chaves-de-api").content.decode()
    assert program.secret is not None and program.secret not in shown and program.secret[:14] in shown
    with tenancy.organization(living.organization_id):
        key = ApiKey.objects.get()
        assert key.created_by_id is not None
    assert owner.post(f"/chaves-de-api/{key.id}/revogar").status_code == 302
    assert program.ask("GET", "/customers").code == "key_unknown"
    assert "Revogada" in owner.get("/chaves-de-api").content.decode()


def test_a_key_of_a_unit(living: World) -> None:
    owner = world.signed_in(World.owner)
    unit = str(world.unit_id(living, "SUL"))
    program = Caller(
        made(owner.post("/chaves-de-api/nova", ERP | {"scope": "some", "units": [unit]}).content.decode())
    )
    assert [row["name"] for row in program.get("/customers")["items"]] == [
        "Cliente Daqui Silva",
        "Retida Daqui Souza",
    ]
    with tenancy.organization(living.organization_id):
        assert ApiKeyUnit.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"scopes": []},
        {"scopes": ["people.write"]},
        {"scope": "some"},
        {"ends_on": "01/01/2020"},
        {"ends_on": "amanhã"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(living: World, wrong: dict[str, object]) -> None:
    owner = world.signed_in(World.owner)
    answer = owner.post("/chaves-de-api/nova", ERP | {"ends_on": ""} | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422 and "field__error" in page
    assert "name" in wrong or 'value="ERP"' in page
    with tenancy.organization(living.organization_id):
        assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", ["finance", "auditor", "sales", "limitada"])
def test_only_an_owner_makes_keys(living: World, role: str) -> None:
    owner = world.signed_in(World.owner)
    owner.post("/chaves-de-api/nova", ERP)
    with tenancy.organization(living.organization_id):
        key = ApiKey.objects.get()
    person = world.signed_in(f"{role}@aqui.example.com")
    assert person.post("/chaves-de-api/nova", ERP).status_code == 403
    assert person.post(f"/chaves-de-api/{key.id}/revogar").status_code == 403
    assert person.get("/chaves-de-api").status_code == (200 if role in ("finance", "auditor") else 403)
    with tenancy.organization(living.organization_id):
        assert ApiKey.objects.filter(revoked_at__isnull=True).count() == 1


def test_a_key_of_another_organization_is_not_found(living: World) -> None:
    world.signed_in(World.owner).post("/chaves-de-api/nova", ERP)
    with tenancy.organization(living.organization_id):
        key_id: UUID = ApiKey.objects.get().id
    stranger = world.signed_in(World.stranger)
    assert stranger.post(f"/chaves-de-api/{key_id}/revogar").status_code == 404
    assert "<b>ERP</b>" not in stranger.get("/chaves-de-api").content.decode()
