"""What buttons do: bill now, try again, move the clock. A refusal is said in Portuguese and nothing else happens."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import pytest
from django.test import Client

from perene.actions import bill
from perene.apps.billing.models import Invoice, Parked, Run
from perene.apps.organizations import organizations
from perene.kit import clock, tenancy
from tests import factories
from tests.ground import Database
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

OWNER = "dona@age.example.com"


@pytest.fixture
def organization_id(database: Database) -> int:
    made = factories.organization("Provedor Age", owner_email=OWNER)
    with tenancy.organization(made):
        plan = factories.plan("FIBRA", ("Internet", 80_00))
        for day in (5, 10, 15):
            factories.contract(plan, due_day=day)
    return made


@pytest.fixture
def client(organization_id: int) -> Client:
    return world.signed_in(OWNER)


def jobs(database: Database) -> list[tuple[str, dict[str, object]]]:
    """What waits in the queue."""
    with database.app(autocommit=True) as connection:
        return connection.execute("SELECT task_name, args FROM procrastinate_jobs ORDER BY id").fetchall()


def said(client: Client, path: str) -> str:
    """The messages that the next page shows."""
    body = client.get(path).content.decode()
    toasts = re.search(r'<div class="toasts".*?</div>\s*<template', body, re.S)
    assert toasts is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", toasts[0])).replace("\u00a0", " ")


def work_off(organization_id: int, run_id: str) -> None:
    """What the job work_run does."""
    with tenancy.organization(organization_id):
        bill.free_batches(UUID(run_id), now=clock.now)
        bill.finish(run_id, now=clock.now())


def test_bill_now_plans_the_run_and_a_worker_does_it(
    database: Database, organization_id: int, client: Client
) -> None:
    assert 'hx-get="/execucoes/a-faturar"' in client.get("/execucoes").content.decode()
    dialog = client.get("/execucoes/a-faturar").content.decode()
    assert "<b>3 contratos</b> têm o que cobrar até 01/01/2026." in dialog
    answer = client.post("/execucoes/faturar")
    with tenancy.organization(organization_id):
        run = Run.objects.get()
        assert Invoice.objects.count() == 0
    assert answer.headers["Location"] == f"/execucoes/{run.id}"
    assert (run.reason, run.through_on, str(run.status)) == ("button", date(2026, 1, 1), "running")
    assert run.started_by_id is not None
    assert jobs(database) == [("work_run", {"organization_id": organization_id, "run_id": str(run.id)})]

    page = client.get(f"/execucoes/{run.id}").content.decode()
    assert "0 de 3 contratos" in re.sub(r"\s+", " ", page)
    assert f'hx-get="/execucoes/{run.id}/andamento" hx-trigger="every 1s"' in page
    assert "Pode sair desta página: o trabalho continua." in page

    # Pressed again, it is the same run: nothing doubles.
    assert client.post("/execucoes/faturar").headers["Location"] == f"/execucoes/{run.id}"
    assert len(jobs(database)) == 1

    work_off(organization_id, str(run.id))
    piece = client.get(f"/execucoes/{run.id}/andamento")
    assert piece.headers["HX-Refresh"] == "true"
    assert "hx-get" not in piece.content.decode()
    done = client.get(f"/execucoes/{run.id}").content.decode().replace("\u00a0", " ")
    assert "3 de 3" in done
    assert "240,00" in done
    assert "Dona do Provedor" in done
    with tenancy.organization(organization_id):
        assert Invoice.objects.count() == 3

    nothing = client.post("/execucoes/faturar")
    assert nothing.headers["Location"] == "/execucoes"
    assert "Não há nada a cobrar até hoje: nada foi faturado." in said(client, "/execucoes")
    with tenancy.organization(organization_id):
        assert (Invoice.objects.count(), Run.objects.filter(status="running").count()) == (3, 0)


def test_try_again_says_why_it_is_still_parked_and_later_what_it_billed(
    living: World, database: Database
) -> None:
    client = world.signed_in(World.owner)
    listed = client.get("/retidos").content.decode()
    assert listed.count("A faixa 2 deve terminar acima de 10: coloque os limites em ordem crescente.") == 2
    path = f"/retidos/{living.there.parked_id}/tentar"
    assert client.post(path, headers={"Referer": "http://localhost/retidos?q=Proibida"}).headers[
        "Location"
    ] == ("http://localhost/retidos?q=Proibida")
    toast = said(client, "/retidos")
    assert "continua retido: A faixa 2 deve terminar acima de 10" in toast
    with tenancy.organization(living.organization_id):
        row = Parked.objects.get(id=living.there.parked_id)
        assert (row.tries, row.is_open) == (2, True)
        assert Parked.objects.get(id=living.here.parked_id).tries == 1  # that one alone was tried
        assert Invoice.objects.count() == 2

    with database.admin() as admin:  # somebody put the table of tiers right
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "UPDATE contracts_contractline SET tiers = '[[\"5\", 100, 0], [null, 80, 0]]' WHERE calc_type = 'graduated'"
        )
    client.post(path)
    # 5 × 1,00 + 2 × 0,80
    assert re.search(r"Contrato \d faturado: 1 fatura, R\$ 6,60\.", said(client, "/retidos"))
    with tenancy.organization(living.organization_id):
        assert Parked.objects.get(id=living.there.parked_id).is_open is False
        assert Invoice.objects.count() == 3
        assert str(Run.objects.latest("number").reason) == "retry"


def test_the_clock_moves_by_a_worker_and_the_bar_says_so(
    database: Database, organization_id: int, client: Client
) -> None:
    client.post("/relogio/avancar", {"by": "month"})
    with tenancy.organization(organization_id):
        present = organizations.present()
        assert (present.clock_on, present.clock_target_on) == (date(2026, 1, 1), date(2026, 2, 1))
    assert jobs(database) == [("move_clock", {"organization_id": organization_id})]
    page = client.get("/clientes").content.decode()
    assert "avançando até 01/02/2026…" in page
    assert 'hx-get="/relogio/barra" hx-trigger="every 1s"' in page
    assert "Avançar 1 dia" not in page
    assert "avançando até 01/02/2026…" in client.get("/relogio/barra").content.decode()

    with tenancy.organization(organization_id):
        factories.daily.finish_move(now=clock.now)
    assert client.get("/relogio/barra").headers["HX-Refresh"] == "true"
    page = client.get("/relogio").content.decode()
    assert "hoje é <b>domingo, 1 de fevereiro de 2026</b>" in page
    assert page.count("<td>3 faturas</td>") == 1  # on 1 February; the page shows the last 30 days


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"by": "date", "to": "31/02/2026"}, "“31/02/2026” não é uma data: escreva como dd/mm/aaaa."),
        ({"by": "date", "to": ""}, "“” não é uma data: escreva como dd/mm/aaaa."),
        (
            {"by": "date", "to": "31/12/2025"},
            "O relógio só anda para a frente: escolha uma data depois de 01/01/2026.",
        ),
        (
            {"by": "date", "to": "01/01/2026"},
            "O relógio só anda para a frente: escolha uma data depois de 01/01/2026.",
        ),
        ({"by": "date", "to": "01/01/2099"}, "Escolha uma data no máximo dez anos à frente."),
    ],
)
def test_a_clock_that_cannot_go_there_says_so(
    database: Database, organization_id: int, client: Client, given: dict[str, str], answer: str
) -> None:
    client.post("/relogio/avancar", given)
    assert answer in said(client, "/clientes")
    with tenancy.organization(organization_id):
        assert organizations.present().clock_target_on is None
    assert jobs(database) == []


def test_a_production_organization_has_no_clock(database: Database) -> None:
    factories.organization("Provedor Real", sandbox_on=None, owner_email="dona@real.example.com")
    client = world.signed_in("dona@real.example.com")
    page = client.get("/clientes").content.decode()
    assert "Avançar 1 dia" not in page
    assert 'href="/relogio"' not in page
    assert client.get("/relogio").status_code == 404
    client.post("/relogio/avancar", {"by": "day"})
    assert "Só uma organização de testes pode avançar o relógio." in said(client, "/clientes")
    assert jobs(database) == []


@pytest.mark.parametrize("path", ["/execucoes/faturar", "/relogio/avancar", "/lugar"])
def test_acts_answer_only_to_post(client: Client, path: str) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("path", ["/faturas", "/", "/balancete", "/clientes.csv"])
def test_pages_answer_only_to_get(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
