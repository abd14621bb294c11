"""A small organization with its people and nothing billed: for what is about people and settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.test import Client

from perene.actions import enroll
from perene.apps.organizations import organizations
from perene.apps.organizations.models import Membership, Person
from perene.kit import tenancy
from tests import factories

OWNER = "dona@aqui.example.com"
AUDITOR = "auditor@aqui.example.com"
SALES = "vendas@aqui.example.com"
STRANGER = "dono@fora.example.com"
PASSWORD = factories.PASSWORD
NEW_PASSWORD = "outra-senha-comprida"


@dataclass(frozen=True)
class Staff:
    """`here` has the owner, an auditor and a salesperson limited to the unit SUL; `abroad` has the stranger."""

    here: int
    abroad: int


def build() -> Staff:
    here = factories.organization("Provedor Aqui", owner_email=OWNER)
    with tenancy.organization(here):
        enroll.unit(name="Filial Sul", code="SUL")
        enroll.person(email=AUDITOR, name="Aurélia Auditora", role="auditor", password=PASSWORD)
        enroll.person(email=SALES, name="Vera Vendedora", role="sales", password=PASSWORD, unit_codes=["SUL"])
    return Staff(here, factories.organization("Provedor Fora", owner_email=STRANGER))


def browser(**given: str) -> Client:
    return Client(SERVER_NAME="localhost", **given)


def enter(client: Client, email: str, password: str = PASSWORD, **given: str):
    return client.post("/entrar", {"email": email, "password": password, **given})


def signed_in(email: str, password: str = PASSWORD, **given: str) -> Client:
    client = browser(**given)
    assert enter(client, email, password).status_code == 302, "signing in failed"
    return client


def membership(organization: int, email: str) -> Membership:
    with tenancy.organization(organization):
        return Membership.objects.select_related("person").get(person__email=email)


def person_id(organization: int, email: str) -> UUID:
    with tenancy.organization(organization):
        return Person.objects.get(email=email).id


def unit_id(organization: int, code: str) -> UUID:
    with tenancy.organization(organization):
        unit = organizations.unit_by_code(code)
        assert unit is not None
        return unit.id


def now() -> datetime:
    return datetime.now(UTC)
