"""The pages of a rehearsal: started, looked at, decided on, approved, and a run taken back and let go again."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client

from perene.actions import alerts as alert_actions
from perene.actions import bill, rehearse, reverse_run
from perene.apps.billing.models import Charge, Invoice, Parked, Rehearsed, Run
from perene.apps.events.models import Alert
from perene.kit import clock, tenancy
from tests import factories
from tests.ground import Database
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.test_acts import jobs, said

OWNER = "dona@ensaia.example.com"
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture
def organization_id(database: Database) -> int:
    """Three billed in January, one of whom gets dearer with the second cycle; a fourth is new."""
    made = factories.organization("Provedor Ensaia", owner_email=OWNER)
    with tenancy.organization(made):
        plan = factories.plan("FIBRA", ("Internet", 80_00))
        later = {"name": "Depois", "unit_cents": 80_00, "recurrence": "cycles:2:12"}
        dear = factories.plan("SOBE", ("Internet", 80_00), later)
        for day in (5, 10, 15):
            customer = factories.customer(f"Cliente {day}")
            factories.contract(dear if day == 10 else plan, customer_id=customer, due_day=day)
        factories.run(JANUARY)
        factories.contract(plan, customer_id=factories.customer("Novo"), due_day=20, on=FEBRUARY)
    return made


@pytest.fixture
def client(organization_id: int) -> Client:
    return world.signed_in(OWNER)


def text(client: Client, path: str) -> str:
    """What a page says, without its marks."""
    body = client.get(path).content.decode().split("<main", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ")


def work_off(organization_id: int, run_id: UUID) -> None:
    """What the job work_run does."""
    with tenancy.organization(organization_id):
        status = str(Run.objects.get(id=run_id).status)
        work = {"rehearsing": rehearse, "running": bill, "reversing": reverse_run}[status]
        work.free_batches(run_id, now=clock.now)
        assert work.finish(run_id, now=clock.now())


@pytest.mark.capability("X2")
def test_from_rehearsal_to_approval(database: Database, organization_id: int, client: Client) -> None:
    answer = client.post("/execucoes/ensaiar", {"through": "01/02/2026"})
    with tenancy.organization(organization_id):
        run_id = Run.objects.get(is_rehearsed=True).id
        assert Invoice.objects.count() == 3
    page = f"/execucoes/{run_id}/ensaio"
    assert answer.headers["Location"] == page
    assert ("work_run", {"organization_id": organization_id, "run_id": str(run_id)}) in jobs(database)
    assert f'hx-get="{page}/andamento" hx-trigger="every 1s"' in client.get(page).content.decode()
    assert client.get(f"/execucoes/{run_id}").headers["Location"] == page
    work_off(organization_id, run_id)
    assert client.get(f"{page}/andamento").headers["HX-Refresh"] == "true"

    shown = text(client, page)
    assert "Espera aprovação" in shown and "A faturar R$ 240,00" in shown
    assert "A cobrança seria de R$ 160,00, 100% a mais que a última, de R$ 80,00" in shown
    assert "1 primeira cobrança" in shown and "subiu mais de 40% (1)" in shown
    assert "Cliente 10" in text(client, f"{page}?state=hold")
    assert "Cliente 5" not in text(client, f"{page}?state=hold")
    assert "Novo" in text(client, f"{page}?state=first")
    assert "Cliente 10" in text(client, f"{page}?more_than=50")
    assert "Cliente 15" not in text(client, f"{page}?more_than=50")
    assert "Cliente 5" in text(client, f"{page}?q=cliente+5")
    for sort in ("contract", "-contract", "total", "-total", "difference", "-difference"):
        assert client.get(f"{page}?sort={sort}").status_code == 200
    csv = b"".join(client.get(f"{page}.csv").streaming_content).decode()
    assert "2;Cliente 10;529.982.247-25" in csv or "2;Cliente 10;52998224725" in csv
    assert "80,00;160,00;80,00;Retido" in csv

    with tenancy.organization(organization_id):
        by_number = dict(Rehearsed.objects.values_list("contract__number", "contract_id"))
    client.post(f"{page}/decidir", {"contract": str(by_number[2]), "decision": "bill"})
    client.post(f"{page}/decidir", {"contract": [str(by_number[1]), str(by_number[3])], "decision": "hold"})
    assert "2 contratos retidos." in said(client, page)
    shown = text(client, page)
    assert "A faturar assim mesmo" in shown and "Retido por uma pessoa." in shown

    client.post(f"/execucoes/{run_id}/aprovar", {"word": "aprovar"})
    assert "Digite APROVAR para confirmar." in said(client, page)
    # On 1 January, a month before its day: it is approved and waits.
    client.post(f"/execucoes/{run_id}/aprovar", {"word": "APROVAR"})
    assert "Aprovada: será faturada em 01/02/2026, sozinha." in text(client, f"/execucoes/{run_id}")
    assert "Aprovada" in text(client, "/execucoes")
    with tenancy.organization(organization_id):
        assert Invoice.objects.count() == 3
        factories.live_until(FEBRUARY)
        assert Invoice.objects.filter(run_id=run_id).count() == 2
        assert sorted(Parked.objects.values_list("contract__number", "code")) == [
            (1, "held_by_a_person"),
            (3, "held_by_a_person"),
        ]
    assert "ver o ensaio" in text(client, f"/execucoes/{run_id}")
    assert "Retido por uma pessoa no ensaio" in text(client, "/retidos")
    assert "Contratos não faturados, à espera de alguém: 2." in text(client, "/alertas")


def test_discarded(organization_id: int, client: Client) -> None:
    client.post("/execucoes/ensaiar", {"through": "01/02/2026"})
    with tenancy.organization(organization_id):
        run_id = Run.objects.get(is_rehearsed=True).id
    work_off(organization_id, run_id)
    client.post(f"/execucoes/{run_id}/descartar")
    assert "Ensaio descartado: nada foi faturado." in said(client, "/execucoes")
    assert "nada foi faturado" in text(client, f"/execucoes/{run_id}/ensaio")
    client.post(f"/execucoes/{run_id}/aprovar", {"word": "APROVAR"})
    assert "Não é um ensaio à espera de aprovação" in said(client, "/execucoes")
    client.post("/execucoes/ensaiar", {"through": "amanhã"})
    assert "Escreva a data como dd/mm/aaaa." in said(client, "/execucoes")
    client.post("/execucoes/ensaiar", {"through": "02/01/2026"})
    assert "Não há nada a cobrar até 02/01/2026: nada a ensaiar." in said(client, "/execucoes")


@pytest.mark.capability("X2")
def test_an_odd_bill_is_billed_anyway(organization_id: int, client: Client) -> None:
    with tenancy.organization(organization_id):
        factories.live_until(FEBRUARY)
        row = Parked.objects.get(code="bill_rose")
    assert "Faturar assim mesmo" in text(client, "/retidos")
    client.post(f"/retidos/{row.id}/tentar")
    assert "continua retido: A cobrança seria de R$ 160,00" in said(client, "/retidos")
    client.post(f"/retidos/{row.id}/faturar")
    assert "Contrato 2 faturado: 1 fatura, R$ 160,00." in said(client, "/retidos")
    with tenancy.organization(organization_id):
        assert not Parked.objects.filter(is_open=True).exists()


@pytest.mark.capability("X2")
def test_taken_back_and_let_go(organization_id: int, client: Client) -> None:
    with tenancy.organization(organization_id):
        run_id = Run.objects.get(number=1).id
    shown = text(client, f"/execucoes/{run_id}")
    assert "Estornar execução" in shown
    dialog = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(f"/execucoes/{run_id}/estorno").content.decode())
    ).replace("\u00a0", " ")
    assert "3 faturas são canceladas, R$ 240,00 de 3 clientes" in dialog
    assert "3 contas esperam" in dialog
    client.post(f"/execucoes/{run_id}/estornar", {"word": "ESTORNAR", "reason": " "})
    with tenancy.organization(organization_id):
        assert str(Run.objects.get(id=run_id).status) == "done"  # without a reason nothing happens
    client.post(f"/execucoes/{run_id}/estornar", {"word": "", "reason": "preço errado"})
    assert "Digite ESTORNAR para confirmar." in said(client, f"/execucoes/{run_id}")
    client.post(f"/execucoes/{run_id}/estornar", {"word": "ESTORNAR", "reason": "preço errado"})
    assert "Estornando" in text(client, f"/execucoes/{run_id}")
    work_off(organization_id, run_id)
    shown = text(client, f"/execucoes/{run_id}")
    assert "Motivo: preço errado" in shown and "Ver as contas de 3 contratos que esperam" in shown
    held = text(client, "/contas-retidas?run=1")
    assert "Cliente 5" in held and "Liberar a execução inteira" in held
    csv = b"".join(client.get("/contas-retidas.csv").streaming_content).decode()
    assert "1;Cliente 5;Internet;01/01/2026;01/02/2026;80,00" in csv
    with tenancy.organization(organization_id):
        first = Charge.objects.filter(status="held").order_by("contract__number")[0]
    client.post("/contas-retidas/liberar", {"contract": str(first.contract_id)})
    assert "Contas de 1 contrato liberadas" in said(client, "/contas-retidas")
    client.post("/contas-retidas/liberar", {"run": str(run_id)})
    assert "Contas de 2 contratos liberadas" in said(client, "/contas-retidas")
    assert "Nenhuma conta retida" in text(client, "/contas-retidas")


def test_alerts_are_resolved_by_a_person(organization_id: int, client: Client) -> None:
    with tenancy.organization(organization_id):
        factories.live_until(FEBRUARY)
        alert = Alert.objects.get()
    assert "à espera de alguém: 1." in text(client, "/alertas")
    client.post(f"/alertas/{alert.id}/resolver")
    assert "Alerta resolvido." in said(client, "/alertas")
    assert "Nenhum alerta aberto" in text(client, "/alertas")
    assert "resolvido por Dona do Provedor" in text(client, "/alertas?state=resolved")
    client.post(f"/alertas/{alert.id}/resolver")
    assert "O alerta já tinha sido resolvido." in said(client, "/alertas")
    with tenancy.organization(organization_id), transaction.atomic():
        assert Alert.objects.count() == 1
    assert alert.kind != alert_actions.NO_BILLING
