"""The invoice: why it costs what it costs, its books, its PDF."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from perene.apps.billing.models import Charge, Invoice
from perene.kit import pdf, tenancy
from perene.reports import invoice_document
from tests import factories
from tests.ground import Database
from tests.interfaces.backoffice import world

OWNER = "dona@conta.example.com"


@pytest.fixture(scope="module")
def invoice_id(module_database: Database) -> str:
    """Sold on 20 December to begin in the middle of a month: prorated days, a percent off, tiers, a rounding."""
    organization_id = factories.organization(
        "Provedor Conta", owner_email=OWNER, sandbox_on=date(2025, 12, 20)
    )
    with tenancy.organization(organization_id):
        plan = factories.plan(
            "MISTO",
            {
                "name": "Internet 500",
                "unit_cents": 99_90,
                "adjustment_kind": "percent",
                "surcharge_percent": 5,
                "discount_percent": 12,
            },
            {
                "name": "Telefone",
                "calc_type": "graduated",
                "unit_cents": 0,
                "quantity": 143,
                "tiers": [["100", 20, 0], [None, 10, 50]],
            },
            ("Roteador", 0),
            prorate_first=True,
        )
        customer = factories.customer(
            "Otávio <b>Nogueira</b>",
            document=factories.CNPJ,
            street="Rua #link[x] das Flores",
            city="Campinas",
            state="SP",
        )
        factories.contract(plan, customer_id=customer, on=date(2025, 12, 20), due_day=10)
        factories.live_until(date(2026, 1, 1))
        return str(Invoice.objects.get().id)


@pytest.fixture
def client() -> Client:
    return world.signed_in(OWNER)


def words(body: str) -> str:
    """What a person reads, in one line."""
    text = re.sub(r"<(script|style|svg|title).*?</\1>", " ", body, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)).replace("\u00a0", " "))


def test_every_line_opens_into_its_steps_down_to_the_rounding(client: Client, invoice_id: str) -> None:
    said = words(client.get(f"/faturas/{invoice_id}").content.decode())
    why = said[said.index("Por que este valor? Abra") :]
    # The whole January: 99,90 + 5 % − 12 % = 92,907, rounded once.
    assert (
        "Internet 500 R$ 92,91 01/01/2026 a 31/01/2026 · contrato 1, ciclo 1 · "
        "3.1.1.01 Receita de serviços recorrentes "
        "Valor base R$ 99,90 Acréscimo de 5% sobre o valor base R$ 4,995 Desconto de 12% sobre o valor base -R$ 11,988 "
        "Arredondado para centavos inteiros, a partir de R$ 92,907 R$ 0,003 Valor cobrado R$ 92,91"
    ) in why
    # Twelve days of December before it.
    assert "Internet 500 R$ 35,96 20/12/2025 a 31/12/2025" in why
    assert "dias antes do primeiro período inteiro" in why
    assert "Proporcional: 12 de 31 dias" in why
    # 100 × 0,20 + 43 × 0,10 + 0,50.
    assert "Telefone R$ 24,80" in why
    assert "Faixa 1: 100 × R$ 0,20 R$ 20,00 Faixa 2: 43 × R$ 0,10 R$ 4,30 Faixa 2: valor fixo R$ 0,50" in why
    assert "Roteador R$ 0,00" in why
    assert "Total da fatura 1 R$ 163,27" in why
    # 92,91 + 35,96 + 24,80 + 9,60
    assert 92_91 + 35_96 + 24_80 + 9_60 == 163_27


def test_the_books_of_the_invoice_stand_beside_it(client: Client, invoice_id: str) -> None:
    said = words(client.get(f"/faturas/{invoice_id}").content.decode())
    books = said[said.index("Na contabilidade") :]
    assert "1.1.2.01 Clientes a receber R$ 163,27 3.1.1.01 Receita de serviços recorrentes R$ 163,27" in books
    entry = re.search(
        r'href="(/lancamentos/[0-9a-f-]+)"', client.get(f"/faturas/{invoice_id}").content.decode()
    )
    assert entry is not None
    page = words(client.get(entry[1]).content.decode())
    assert "Fatura emitida" in page
    assert "Total R$ 163,27 R$ 163,27" in page


def test_what_a_customer_is_called_is_never_markup(client: Client, invoice_id: str) -> None:
    body = client.get(f"/faturas/{invoice_id}").content.decode()
    assert "Otávio &lt;b&gt;Nogueira&lt;/b&gt;" in body
    assert "<b>Nogueira</b>" not in body


def test_an_amount_that_its_steps_do_not_prove_says_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world.build()
    with database.admin() as admin:
        admin.execute('UPDATE billing_charge SET derivation = \'{"c":"price","u":1}\'')
    said = words(world.signed_in(made.owner).get(f"/faturas/{made.here.invoice_id}").content.decode())
    assert said.count("os passos guardados não chegam a este valor") == 2
    with database.admin() as admin:
        admin.execute("UPDATE billing_charge SET derivation = 'broken'")
    assert world.signed_in(made.owner).get(f"/faturas/{made.here.invoice_id}").status_code == 200
    with tenancy.organization(made.organization_id):
        assert Charge.objects.count() == 4


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (poppler-utils)")
def test_the_pdf_names_the_creditor_and_explains_each_line(
    client: Client, invoice_id: str, tmp_path: Path
) -> None:
    answer = client.get(f"/faturas/{invoice_id}/pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="fatura-1.pdf"'
    file = tmp_path / "invoice.pdf"
    file.write_bytes(answer.content)
    text = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    ).stdout
    said = re.sub(r"\s+", " ", text)
    # CDC art. 42-A: name, address and CNPJ of the creditor.
    assert "Provedor Conta" in said
    assert "Otávio <b>Nogueira</b>" in said
    assert "CNPJ 11.222.333/0001-81" in said
    assert "Rua #link[x] das Flores" in said  # data, not Typst markup
    assert "Vencimento Total" in said
    assert "10/01/2026 R$ 163,27" in said
    assert "Internet 500 01/01/2026 a 31/01/2026 R$ 92,91" in said
    assert "Como cada valor foi formado" in said
    assert "Proporcional: 12 de 31 dias" in said
    assert "Página 1 de " in said


def test_the_pdf_is_the_same_bytes_whenever_it_is_made(client: Client, invoice_id: str) -> None:
    first = client.get(f"/faturas/{invoice_id}/pdf").content
    pdf._compilers.clear()  # as another process would begin
    assert client.get(f"/faturas/{invoice_id}/pdf").content == first
    assert first.startswith(b"%PDF-1.7")
    assert b"D:20260101" in first  # its own date, not today's


def test_a_long_invoice_runs_over_pages(client: Client, invoice_id: str) -> None:
    data = {
        "labels": invoice_document._labels(),
        "title": "Fatura 1", "number": 1, "issued": "01/01/2026", "due": "10/01/2026", "total": "R$ 1,00",
        "method": "Pix", "stamp": "", "today": None,
        "creditor": {"name": "C", "trade_name": "C", "document": "", "address": ""},
        "customer": {"name": "D", "document": "", "address": [""]},
        "lines": [{"description": f"Linha {n}", "contract": "", "period": "", "amount": "R$ 0,01",
                   "steps": [{"text": "Passo", "amount": "R$ 0,01"}] * 4} for n in range(120)],
    }  # fmt: skip
    made = pdf.render(invoice_document.TEMPLATE, data, dated=date(2026, 1, 1))
    pages = re.search(rb"/Count (\d+)", made)
    assert pages is None or int(pages[1]) >= 8
    assert len(made) > 30_000
