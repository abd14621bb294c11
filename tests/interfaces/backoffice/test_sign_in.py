"""Signing in, choosing where to work, signing out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from perene.actions import enroll
from perene.apps.organizations.models import Membership, Person
from perene.kit import tenancy
from tests import factories
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

WRONG = "E-mail e senha não conferem. Verifique os dois e tente de novo."


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="localhost")


def enter(client: Client, email: str, password: str = factories.PASSWORD, **given: str):
    return client.post("/entrar", {"email": email, "password": password, **given})


def test_right_password_leads_to_the_page_asked_for(living: World, client: Client) -> None:
    asked = client.get("/faturas?state=overdue")
    assert asked.headers["Location"] == "/entrar?next=%2Ffaturas%3Fstate%3Doverdue"
    assert (
        'name="next" value="/faturas?state=overdue"' in client.get(asked.headers["Location"]).content.decode()
    )
    answer = enter(client, " DONA@aqui.example.com ", next="/faturas?state=overdue")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/faturas?state=overdue")
    assert client.get("/faturas").status_code == 200
    with tenancy.organization(living.organization_id):
        last = Person.objects.get(email=World.owner).last_login
    assert (datetime.now(UTC) - last).total_seconds() < 60


@pytest.mark.parametrize(
    ("email", "password"), [(World.owner, "errada-errada"), ("ninguem@example.com", "errada-errada")]
)
def test_wrong_password_and_unknown_email_answer_the_same(
    reading: World, client: Client, email: str, password: str
) -> None:
    answer = enter(client, email, password)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert WRONG in body
    assert f'value="{email}"' in body  # what was typed is not lost
    assert password not in body
    assert client.get("/faturas").status_code == 302


def test_empty_fields_say_what_to_do(reading: World, client: Client) -> None:
    body = enter(client, "", "").content.decode()
    assert "Digite o seu e-mail." in body
    assert "Digite a sua senha." in body


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/x", "javascript:alert(1)"])
def test_a_link_sends_nobody_to_another_site(reading: World, client: Client, elsewhere: str) -> None:
    assert enter(client, World.owner, next=elsewhere).headers["Location"] == "/"


def test_the_session_gets_a_new_key_and_ends_with_signing_out(reading: World, client: Client) -> None:
    client.get("/entrar")
    enter(client, World.owner)
    first = client.cookies["sessionid"].value
    enter(client, World.owner)
    assert client.cookies["sessionid"].value != first
    assert client.post("/sair").headers["Location"] == "/entrar"
    assert client.get("/").headers["Location"] == "/entrar"
    assert client.get("/sair").status_code == 405


def test_someone_in_two_organizations_chooses_and_is_remembered(living: World, client: Client) -> None:
    with tenancy.organization(living.other_id):
        enroll.person(email=World.owner, name="Dona", role="auditor", password=factories.PASSWORD)
    answer = enter(client, World.owner)
    assert answer.headers["Location"] == "/organizacoes"
    assert client.get("/").headers["Location"] == "/organizacoes"
    page = client.get("/organizacoes").content.decode()
    assert page.index("Provedor Aqui") < page.index("Provedor Fora")
    assert client.post("/organizacoes", {"organization": str(living.other_id)}).headers["Location"] == "/"
    assert "Cliente Estrangeira Silva" in client.get("/clientes").content.decode()
    client.post("/sair")
    assert enter(client, World.owner).headers["Location"] == "/"  # the cookie knows which
    assert "Cliente Estrangeira Silva" in client.get("/clientes").content.decode()
    # Over the menu at the top, back to the first one; there her role is another.
    client.post("/lugar", {"organization": str(living.organization_id)})
    assert "Cliente Daqui Silva" in client.get("/clientes").content.decode()
    assert client.get("/auditoria").status_code == 200


def test_an_organization_one_is_not_in_is_refused(reading: World, client: Client) -> None:
    enter(client, World.stranger)
    client.post("/organizacoes", {"organization": str(reading.organization_id)})
    assert "Provedor Aqui" not in client.get("/").content.decode()
    assert "Cliente Estrangeira Silva" in client.get("/clientes").content.decode()


def test_who_is_sent_away_is_out_at_the_next_page(living: World, client: Client) -> None:
    enter(client, "sales@aqui.example.com")
    assert client.get("/clientes").status_code == 200
    with tenancy.organization(living.organization_id):
        Membership.objects.filter(person__email="sales@aqui.example.com").update(is_active=False)
    assert client.get("/clientes").headers["Location"].startswith("/entrar")
    assert "sessionid" not in client.cookies or not client.cookies["sessionid"].value


def test_a_piece_of_a_page_tells_htmx_to_leave(reading: World, client: Client) -> None:
    answer = client.get("/busca?q=Daqui", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/entrar"
    assert b"Daqui" not in answer.content


def test_choosing_a_unit_narrows_every_list(living: World, client: Client) -> None:
    enter(client, World.owner)
    south = world.unit_id(living, "SUL")
    answer = client.post("/lugar", {"unit": str(south)}, headers={"Referer": "http://localhost/clientes"})
    assert answer.headers["Location"] == "http://localhost/clientes"
    body = client.get("/clientes").content.decode()
    assert "Cliente Daqui Silva" in body
    assert "Cliente Proibida Silva" not in body
    client.post("/lugar", {"unit": ""})
    assert "Cliente Proibida Silva" in client.get("/clientes").content.decode()


def test_a_form_without_its_token_is_refused_in_portuguese(reading: World) -> None:
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    answer = strict.post("/entrar", {"email": World.owner, "password": factories.PASSWORD})
    assert answer.status_code == 403
    assert "Este formulário é antigo demais para ser enviado" in answer.content.decode()
