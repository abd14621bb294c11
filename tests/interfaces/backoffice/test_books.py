"""The chart of accounts, the closing of periods, the file for the accountant."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from django.test import Client

from perene.actions import invoice as acts
from perene.actions import settle
from perene.apps.billing.models import Invoice
from perene.apps.ledger.models import Account, Closing, Posting
from perene.kit import clock, tenancy
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.test_by_hand import plain
from tests.interfaces.backoffice.world import BILLED_ON, World


@pytest.fixture
def client(living: World) -> Client:
    return world.signed_in(World.owner)


def account(made: World, **wanted: Any) -> Account:
    with tenancy.organization(made.organization_id):
        found: Account = Account.objects.get(**wanted)
        return found


def test_an_account_is_entered_changed_and_put_away(living: World, client: Client) -> None:
    sent = {"code": "3.1.1.09", "name": "Receita de obras", "kind": "revenue"}
    assert client.post("/plano-de-contas/nova", sent).status_code == 302
    made = account(living, code="3.1.1.09")
    twice = client.post("/plano-de-contas/nova", sent)
    assert twice.status_code == 422
    assert "O código 3.1.1.09 é de outra conta: escolha outro." in plain(twice.content)
    assert 'value="Receita de obras"' in twice.content.decode()
    path = f"/plano-de-contas/{made.id}"
    assert client.post(path, sent | {"code": "três"}).status_code == 422
    assert client.post(path, sent | {"name": "Obras", "kind": "expense"}).status_code == 302
    assert client.post(f"{path}/situacao", {"active": "no"}).status_code == 302
    again = account(living, code="3.1.1.09")
    assert (again.name, again.kind, again.is_active) == ("Obras", "expense", False)
    assert client.post(f"{path}/situacao", {"active": "yes"}).status_code == 302
    assert account(living, code="3.1.1.09").is_active


def test_what_was_posted_to_keeps_its_kind(living: World, client: Client) -> None:
    revenue = account(living, role="revenue")
    sent = {"code": revenue.code, "name": "Receita", "kind": "liability"}
    answer = client.post(f"/plano-de-contas/{revenue.id}", sent)
    assert answer.status_code == 422
    assert account(living, id=revenue.id).kind == "revenue"


def test_a_role_is_never_left_without_an_account(living: World, client: Client) -> None:
    owed, fines = account(living, role="receivables"), account(living, role="fines")
    for role in (owed, fines):
        client.post(f"/plano-de-contas/{role.id}/situacao", {"active": "no"})
        assert account(living, id=role.id).is_active
    client.post("/plano-de-contas/nova", {"code": "1.1.2.02", "name": "Outros a receber", "kind": "asset"})
    client.post("/plano-de-contas/nova", {"code": "3.1.2.09", "name": "Multas", "kind": "revenue"})
    other, more = account(living, code="1.1.2.02"), account(living, code="3.1.2.09")
    # Posted to already: the role stays.
    client.post(f"/plano-de-contas/{other.id}/papel", {"role": "receivables"})
    assert account(living, role="receivables").id == owed.id
    # Another kind.
    client.post(f"/plano-de-contas/{other.id}/papel", {"role": "fines"})
    assert account(living, role="fines").id == fines.id
    client.post(f"/plano-de-contas/{more.id}/papel", {"role": "fines"})
    assert account(living, role="fines").id == more.id
    assert account(living, id=fines.id).role == ""
    # A suggestion moves even when it was used.
    client.post(f"/plano-de-contas/{fines.id}/papel", {"role": "revenue"})
    assert account(living, role="revenue").id == fines.id


def test_a_period_is_looked_at_closed_and_opened_again(living: World, client: Client) -> None:
    with tenancy.organization(living.organization_id):
        from perene.apps.organizations.models import Organization

        Organization.objects.update(clock_on=date(2026, 2, 10))
    page = plain(client.get("/fechamento").content)
    assert "Nenhum período fechado ainda." in page
    looked = plain(client.get("/fechamento/fechar?through_on=31/01/2026").content)
    assert "Livros conferidos" in looked
    assert "Contratos retidos desde então, a faturar em data posterior: 2" in looked
    sent = {"through_on": "31/01/2026"}
    assert client.post("/fechamento/fechar", sent).status_code == 422
    early = client.post("/fechamento/fechar", {"through_on": "10/02/2026", "word": "FECHAR"})
    assert early.status_code == 422
    assert client.post("/fechamento/fechar", sent | {"word": "FECHAR"}).status_code == 302
    assert "Os livros estão fechados até 31/01/2026." in plain(client.get("/fechamento").content)
    with tenancy.organization(living.organization_id):
        closing = Closing.objects.get()
    path = f"/fechamento/{closing.id}/reabrir"
    assert client.get(path).status_code == 200
    for wrong in ({"reason": "Faltou", "word": ""}, {"reason": " ", "word": "REABRIR"}):
        assert client.post(path, wrong).status_code == 422
    assert client.post(path, {"reason": "Faltou uma fatura", "word": "REABRIR"}).status_code == 302
    page = plain(client.get("/fechamento").content)
    assert "Nenhum período fechado ainda." in page
    assert "Faltou uma fatura" in page


def rows(client: Client, **asked: str) -> list[dict[str, str]]:
    answer = client.get(
        "/lancamentos/contabilidade.csv", {"since": "01/01/2026", "until": "31/01/2026"} | asked
    )
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def cents(text: str) -> int:
    return int(text.replace(",", "") or 0)


@pytest.fixture
def lived(living: World) -> World:
    """With a discount line, a late payment and a cancellation beside the invoices of the run."""
    with tenancy.organization(living.organization_id):
        extra = Account.objects.get(code="3.1.1.02").id
        acts.by_hand(
            living.here.customer_id, lines=[("Obra", 100_00, extra), ("Cabo", 20_00, None)], due_on=BILLED_ON,
            payment_method="pix", on=BILLED_ON, now=clock.now(),
        )  # fmt: skip
        receivable = Invoice.objects.latest("number").receivable_id
        late = date(2026, 1, 20)
        settle.receive(
            receivable, paid_on=late, received_cents=150_00, method="pix", on=late, now=clock.now()
        )
        acts.cancel(living.there.invoice_id, reason="Engano", give_back=False, on=BILLED_ON, now=clock.now())
    return living


def test_the_file_by_postings_is_the_books(lived: World, client: Client) -> None:
    found = rows(client, layout="postings")
    sums: dict[str, int] = defaultdict(int)
    for row in found:
        sums[row["Conta"]] += cents(row["Débito"]) - cents(row["Crédito"])
    with tenancy.organization(lived.organization_id):
        assert len(found) == Posting.objects.count()
        wanted: dict[str, int] = defaultdict(int)
        for posting in Posting.objects.select_related("account"):
            wanted[posting.account.code] += posting.amount_cents
    assert sums == wanted
    assert found[0]["Data"] == "01/01/2026"


def test_the_file_by_pairs_moves_the_same_money(lived: World, client: Client) -> None:
    pairs, postings = rows(client, layout="pairs"), rows(client, layout="postings")
    sums: dict[str, int] = defaultdict(int)
    for row in pairs:
        sums[row["Conta de débito"]] += cents(row["Valor"])
        sums[row["Conta de crédito"]] -= cents(row["Valor"])
        assert cents(row["Valor"]) > 0
    wanted: dict[str, int] = defaultdict(int)
    for row in postings:
        wanted[row["Conta"]] += cents(row["Débito"]) - cents(row["Crédito"])
    assert sums == wanted
    paid = [row for row in pairs if row["Histórico"].startswith("Recebimento")]
    assert {row["Documento"] for row in paid} == {paid[0]["Documento"]}
    assert paid[0]["Histórico"] == f"Recebimento - {paid[0]['Documento']} - Cliente Daqui Silva"
    assert any(row["Histórico"].startswith("Cancelamento de fatura - Fatura ") for row in pairs)


def test_a_period_that_cannot_be(living: World, client: Client) -> None:
    assert client.get("/lancamentos/exportar").status_code == 200
    for asked in ({"since": "02/02/2026"}, {"until": ""}, {"layout": "x"}, {}):
        answer = client.get(
            "/lancamentos/contabilidade.csv",
            {"since": "01/01/2026", "until": "31/01/2026", "layout": ""} | asked,
        )
        assert answer.status_code == 422


def test_only_who_sees_the_whole_organization(living: World) -> None:
    limited = world.signed_in(World.limited)
    for path in (
        "/lancamentos/exportar",
        "/lancamentos/contabilidade.csv",
        "/fechamento",
        "/plano-de-contas",
    ):
        assert limited.get(path).status_code == 403
