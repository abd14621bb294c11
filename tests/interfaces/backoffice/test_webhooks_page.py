"""The page of webhooks: an address is added, its secret shown once; deliveries with their answers, and “send again”."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client

from perene.actions import deliver, webhooks
from perene.apps.events.models import Delivery, Endpoint
from perene.kit import clock, crypto, ids, tenancy
from tests import factories, receiver
from tests.ground import Database
from tests.interfaces.backoffice import world
from tests.receiver import Receiver

OWNER = "dona@avisa.example.com"


@dataclass
class Here:
    organization_id: int
    client: Client
    there: Receiver

    def add(self, path: str = "/", **typed: object) -> str:
        """The page after adding an address by the form."""
        answer = self.client.post("/webhooks/novo", {"url": self.there.url(path), **typed})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.content.decode()

    def work(self) -> None:
        """What the worker does."""
        with tenancy.organization(self.organization_id):
            deliver.spread(now=clock.now)
            for endpoint in Endpoint.objects.all():
                deliver.due(endpoint.id, now=clock.now, on=factories.BEGINS_ON)

    def endpoint(self) -> Endpoint:
        with tenancy.organization(self.organization_id):
            found: Endpoint = Endpoint.objects.get()
            return found


@pytest.fixture
def here(database: Database) -> Iterator[Here]:
    with receiver.listening() as there:
        number = factories.organization("Provedor Avisa", owner_email=OWNER)
        yield Here(number, world.signed_in(OWNER), there)


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


def test_added_and_its_secret_is_shown_this_once(here: Here) -> None:
    assert "Ninguém recebe os eventos ainda" in text(here.client.get("/webhooks").content.decode())
    page = here.add(description="CRM", kinds=["invoice.issued"])
    endpoint = here.endpoint()
    secret = crypto.open(endpoint.secret)
    assert secret in page
    assert (endpoint.description, endpoint.kinds) == ("CRM", ["invoice.issued"])
    for path in ("/webhooks", f"/webhooks/{endpoint.id}", "/auditoria"):
        body = here.client.get(path).content.decode()
        assert secret not in body
    assert "CRM" in text(here.client.get("/webhooks").content.decode())


def test_nothing_typed_is_lost(here: Here) -> None:
    answer = here.client.post(
        "/webhooks/novo",
        {"url": "http://10.0.0.1/", "description": "CRM antigo", "kinds": ["contract.cancelled"]},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“10.0.0.1” é um endereço dentro de uma rede privada" in page
    assert 'value="http://10.0.0.1/"' in page and 'value="CRM antigo"' in page
    assert re.search(r'value="contract.cancelled"[^>]*checked', page)
    here.add()
    again = here.client.post("/webhooks/novo", {"url": here.there.url()})
    assert (again.status_code, "já recebe os eventos" in again.content.decode()) == (422, True)


def test_from_the_test_event_to_its_answer(here: Here) -> None:
    here.add("/503")
    endpoint = here.endpoint()
    answer = here.client.post(f"/webhooks/{endpoint.id}/testar")
    where = answer.headers["Location"]
    assert "Ainda não tentada" in text(here.client.get(where).content.decode())
    here.work()
    page = text(here.client.get(where).content.decode())
    assert "Tentativa 1: 503" in page
    assert "thanks" in page
    assert "Em andamento" in page
    with tenancy.organization(here.organization_id):
        webhooks.change(endpoint.id, url=here.there.url("/"))
    assert here.client.post(f"{where}/reenviar").headers["Location"] == where
    here.work()
    page = text(here.client.get(where).content.decode())
    assert "Tentativa 2: 200" in page and "Entregue" in page
    assert here.client.get(f"{where}/tentativas").headers["HX-Refresh"] == "true"
    assert here.there.got[0].id == here.there.got[1].id


def test_the_list_filters_and_is_a_file(here: Here) -> None:
    here.add()
    with tenancy.organization(here.organization_id):
        factories.contract(factories.plan("FIBRA", ("Internet", 80_00)), due_day=10)
        factories.live_until(factories.date(2026, 1, 2))
    here.work()

    def kinds(query: str) -> list[str]:
        body = b"".join(here.client.get(f"/webhooks.csv?{query}").streaming_content).decode("utf-8-sig")
        return sorted(row["Evento"] for row in csv.DictReader(io.StringIO(body), delimiter=";"))

    assert kinds("") == ["contract.confirmed", "invoice.issued"]
    assert kinds("kind=invoice.issued") == ["invoice.issued"]
    assert kinds("state=given_up") == []
    assert kinds("state=delivered&since=01/01/2020&until=31/12/9999") == [
        "contract.confirmed",
        "invoice.issued",
    ]
    assert kinds("until=01/01/2020") == []
    assert kinds(f"endpoint={here.endpoint().id}") == ["contract.confirmed", "invoice.issued"]
    page = text(here.client.get("/webhooks?kind=invoice.issued").content.decode())
    assert "invoice.issued" in page and "Mostrando 1 de 1" in page


def test_switched_off_changed_rotated_and_removed(here: Here) -> None:
    here.add()
    endpoint = here.endpoint()
    path = f"/webhooks/{endpoint.id}"
    here.client.post(f"{path}/ligar", {"is_active": "no"})
    assert here.endpoint().is_active is False
    assert "Está desligado." in text(here.client.get(path).content.decode())
    here.client.post(f"{path}/ligar", {"is_active": "yes"})
    here.client.post(path, {"url": here.there.url("/201"), "description": "ERP"})
    assert (here.endpoint().url, here.endpoint().description) == (here.there.url("/201"), "ERP")
    page = here.client.post(f"{path}/segredo").content.decode()
    assert crypto.open(here.endpoint().secret) in page
    assert here.endpoint().previous_secret == endpoint.secret
    assert here.client.post(f"{path}/remover", {"word": "sim"}).status_code == 302
    assert here.endpoint().id == endpoint.id
    here.client.post(f"{path}/remover", {"word": "REMOVER"})
    with tenancy.organization(here.organization_id):
        assert Endpoint.objects.count() == Delivery.objects.count() == 0
    assert here.client.get(path).status_code == 404


def test_what_another_organization_has_is_not_there(here: Here, database: Database) -> None:
    here.add()
    other = factories.organization("Provedor Fora", owner_email="dono@fora.example.com")
    assert other != here.organization_id
    stranger = world.signed_in("dono@fora.example.com")
    delivery_id = UUID(
        here.client.post(f"/webhooks/{here.endpoint().id}/testar").headers["Location"].split("/")[-1]
    )
    assert here.there.url() not in stranger.get("/webhooks").content.decode()
    for path in (
        f"/webhooks/{here.endpoint().id}",
        f"/webhooks/entregas/{delivery_id}",
        f"/webhooks/entregas/{ids.new()}",
    ):
        assert stranger.get(path).status_code == 404
    stranger.post(f"/webhooks/{here.endpoint().id}/remover", {"word": "REMOVER"})
    assert here.endpoint().is_active is True
