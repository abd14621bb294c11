"""Invoices and charges by hand, in the browser's words: the form, its live total, cancelling, the second copy."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from perene.actions import invoice as acts
from perene.actions import settle
from perene.apps.billing.models import Charge, Invoice, InvoiceLine
from perene.kit import clock, tenancy
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.test_acts import said
from tests.interfaces.backoffice.world import BILLED_ON, World

KEY = "0190f000-0000-7000-8000-000000000001"


def plain(body: bytes) -> str:
    """The words of a page."""
    text = re.sub(r"<(script|style).*?</\1>", " ", body.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace("\u00a0", " ")


def new_invoice(**changed: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "row": ["0", "1"],
        "l0-description": "Instalação",
        "l0-amount": "250,00",
        "l1-description": "Desconto combinado",
        "l1-amount": "-50,00",
        "due_on": "20/01/2026",
        "method": "pix",
        "unit": "",
        "request_key": KEY,
        "do": "save",
    }
    return sent | changed


@pytest.fixture
def client(living: World) -> Client:
    return world.signed_in(World.owner)


def test_for_whom_is_asked_first(living: World, client: Client) -> None:
    found = client.get("/faturas/nova?q=daqui+silva", headers={"HX-Request": "true"})
    assert found.content.count(b"<tr data-href") == 1
    assert f"/faturas/nova?cliente={living.here.customer_id}" in found.content.decode()
    assert "Estrangeira" not in client.get("/faturas/nova?q=cliente").content.decode()
    assert "Nenhum cliente com esse nome" in plain(client.get("/faturas/nova?q=ninguém").content)


def test_it_is_issued_and_sent_twice_it_is_one(living: World, client: Client) -> None:
    path = f"/faturas/nova?cliente={living.here.customer_id}"
    assert client.get(path).status_code == 200
    answer = client.post(path, new_invoice())
    with tenancy.organization(living.organization_id):
        made = Invoice.objects.get(request_key=KEY)
        assert (made.total_cents, made.due_on, made.payment_method) == (200_00, date(2026, 1, 20), "pix")
        lines = InvoiceLine.objects.filter(invoice=made).values_list(
            "description", "amount_cents", "account__role"
        )
        assert list(lines) == [("Instalação", 250_00, "revenue"), ("Desconto combinado", -50_00, "revenue")]
        count = Invoice.objects.count()
    assert answer.headers["Location"] == f"/faturas/{made.id}"
    assert f"A fatura {made.number} foi emitida." in said(client, f"/faturas/{made.id}")
    again = client.post(path, new_invoice())
    assert again.headers["Location"] == f"/faturas/{made.id}"
    with tenancy.organization(living.organization_id):
        assert Invoice.objects.count() == count


def test_the_total_follows_what_is_typed(living: World, client: Client) -> None:
    path = f"/faturas/nova?cliente={living.here.customer_id}"
    piece = plain(client.post(path, new_invoice(do="preview", **{"due_on": "25/01/2026"})).content)
    assert "Total da fatura R$ 200,00" in piece
    # A Sunday; the Monday after is a working day.
    assert "Vence em 25/01/2026, domingo" in piece
    assert "o que for pago até 26/01/2026 está em dia" in piece
    unread = plain(client.post(path, new_invoice(do="preview", **{"l0-amount": "duzentos"})).content)
    assert "Algum valor ainda não pode ser lido." in unread


def test_lines_come_and_go_and_nothing_typed_is_lost(living: World, client: Client) -> None:
    path = f"/faturas/nova?cliente={living.here.customer_id}"
    more = client.post(path, new_invoice(do="line-add"), headers={"HX-Request": "true"}).content.decode()
    assert more.count('name="row"') == 3
    assert 'value="Desconto combinado"' in more
    less = client.post(path, new_invoice(do="line-remove 1")).content.decode()
    assert less.count('name="row"') == 1
    assert 'value="Instalação"' in less
    assert "Desconto combinado" not in less


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"l0-amount": ""}, "Informe o valor."),
        ({"l0-amount": "x"}, "“x” não é um valor"),
        ({"l0-amount": "0"}, "Informe um valor diferente de zero."),
        ({"l1-description": ""}, "Descreva a linha."),
        ({"l1-amount": "-250,00"}, "A fatura soma R$ 0,00: o total deve ser maior que zero."),
        ({"due_on": "31/12/2025"}, "Escolha 01/01/2026 ou depois como vencimento."),
        ({"due_on": "31/02/2026"}, "Escreva a data como dd/mm/aaaa."),
        ({"row": []}, "Inclua ao menos uma linha."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    living: World, client: Client, changed: dict[str, Any], told: str
) -> None:
    before = world.state_of(living)
    answer = client.post(f"/faturas/nova?cliente={living.here.customer_id}", new_invoice(**changed))
    assert answer.status_code == 422
    assert told in plain(answer.content)
    if changed.get("row") != []:
        assert 'value="Instalação"' in answer.content.decode()
    assert world.state_of(living) == before


def test_only_for_customers_and_units_of_ones_own(living: World) -> None:
    limited = world.signed_in(World.limited)
    assert limited.get(f"/faturas/nova?cliente={living.there.customer_id}").status_code == 404
    assert limited.get(f"/faturas/nova?cliente={living.abroad.customer_id}").status_code == 404
    path = f"/faturas/nova?cliente={living.here.customer_id}"
    elsewhere = limited.post(path, new_invoice(unit=str(world.unit_id(living, "MATRIZ"))))
    assert elsewhere.status_code == 422
    assert limited.post(path, new_invoice()).status_code == 302


def test_a_one_off_charge_waits_on_the_contracts_page(living: World, client: Client) -> None:
    path = f"/contratos/{living.here.contract_id}/cobranca-avulsa"
    sent = {"description": "Visita técnica", "amount": "80,00", "charge_on": "10/01/2026", "request_key": KEY}
    wrong = client.post(path, sent | {"charge_on": "31/12/2025"})
    assert wrong.status_code == 422
    assert "Escolha 01/01/2026 ou depois como data da cobrança." in plain(wrong.content)
    assert 'value="Visita técnica"' in wrong.content.decode()
    for _ in range(2):
        assert client.post(path, sent | {"is_discount": "on"}).status_code == 302
    with tenancy.organization(living.organization_id):
        charge = Charge.objects.get(kind="by_hand")
        assert charge.amount_cents == -80_00
    page = plain(client.get(f"/contratos/{living.here.contract_id}").content)
    assert "Visita técnica 10/01/2026" in page
    limited = world.signed_in("sales@aqui.example.com")
    assert limited.post(f"/cobrancas-avulsas/{charge.id}/cancelar").status_code == 403
    assert client.post(f"/cobrancas-avulsas/{charge.id}/cancelar").status_code == 302
    with tenancy.organization(living.organization_id):
        assert Charge.objects.get(kind="by_hand").status == "cancelled"


def test_a_charge_of_another_unit_is_not_there(living: World) -> None:
    limited = world.signed_in(World.limited)
    assert limited.get(f"/contratos/{living.there.contract_id}/cobranca-avulsa").status_code == 404
    with tenancy.organization(living.organization_id):
        charge = acts.charge_once(
            living.there.contract_id, description="x", amount_cents=1, account_id=None, charge_on=BILLED_ON,
            on=BILLED_ON, now=clock.now(),
        )  # fmt: skip
    assert limited.post(f"/cobrancas-avulsas/{charge}/cancelar").status_code == 404


def test_an_invoice_is_cancelled(living: World, client: Client) -> None:
    page = client.get(f"/faturas/{living.here.invoice_id}").content.decode()
    assert 'id="cancel"' in page
    path = f"/faturas/{living.here.invoice_id}/cancelar"
    assert client.post(path, {"reason": " "}).status_code == 422
    assert client.post(path, {"reason": "Valor errado", "charges": "keep"}).status_code == 302
    with tenancy.organization(living.organization_id):
        assert Invoice.objects.get(id=living.here.invoice_id).status == "cancelled"
        assert set(
            Charge.objects.filter(contract_id=living.here.contract_id).values_list("status", flat=True)
        ) == {"held"}
    told = plain(client.get(f"/faturas/{living.here.invoice_id}").content)
    assert "01/01/2026 , Dona do Provedor: “Valor errado”" in told or "“Valor errado”" in told
    twice = client.post(path, {"reason": "De novo"})
    assert twice.status_code == 422
    assert "já está cancelada" in plain(twice.content)


def test_a_payment_is_reversed_first(living: World, client: Client) -> None:
    with tenancy.organization(living.organization_id):
        receivable = Invoice.objects.get(id=living.here.invoice_id).receivable_id
        settle.receive(
            receivable, paid_on=BILLED_ON, received_cents=10_00, method="pix", on=BILLED_ON, now=clock.now()
        )
    page = plain(client.get(f"/faturas/{living.here.invoice_id}").content)
    assert "Há baixa nesta fatura. Estorne antes: Pagamento, 01/01/2026 , R$ 10,00" in page
    answer = client.post(f"/faturas/{living.here.invoice_id}/cancelar", {"reason": "Valor errado"})
    assert answer.status_code == 422


def test_cancelling_asks_the_unit_too(living: World) -> None:
    limited = world.signed_in(World.limited)
    answer = limited.post(f"/faturas/{living.there.invoice_id}/cancelar", {"reason": "x"})
    assert answer.status_code == 404


def test_the_second_copy(living: World, client: Client) -> None:
    path = f"/faturas/{living.here.invoice_id}/segunda-via"
    answer = client.get(path, {"pay_on": "20/01/2026"})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert client.get(path).headers["Content-Type"] == "application/pdf"
    for wrong in ("31/12/2025", "01/02/2027", "ontem"):
        assert client.get(path, {"pay_on": wrong}).status_code == 422
    acts_of = world.signed_in("auditor@aqui.example.com")
    assert acts_of.get(path).status_code == 200
    client.post(f"/faturas/{living.here.invoice_id}/cancelar", {"reason": "Valor errado"})
    nothing = client.get(path)
    assert nothing.status_code == 422
    assert "não há segunda via" in plain(nothing.content)


def test_an_auditor_changes_nothing(living: World) -> None:
    auditor = world.signed_in("auditor@aqui.example.com")
    for path in (
        "/faturas/nova",
        f"/faturas/{living.here.invoice_id}/cancelar",
        f"/contratos/{living.here.contract_id}/cobranca-avulsa",
        "/plano-de-contas/nova",
        "/fechamento/fechar",
    ):
        assert auditor.get(path).status_code == 403
        assert auditor.post(path).status_code == 403
    assert "Cancelar fatura" not in plain(auditor.get(f"/faturas/{living.here.invoice_id}").content)
