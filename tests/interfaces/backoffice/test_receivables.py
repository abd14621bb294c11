"""Receivables by hand: noting a payment, what it would do, taking it back, another due date, a loss, a credit."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from perene.apps.billing.models import Invoice
from perene.apps.receivables.models import Credit, Receivable, Settlement
from perene.kit import tenancy
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

# The world's invoice: R$ 114,90, issued and lived on 1 January 2026.
AMOUNT = 114_90


@pytest.fixture
def client(living: World) -> Client:
    return world.signed_in(World.owner)


def receivable_of(living: World) -> Receivable:
    with tenancy.organization(living.organization_id):
        found = Receivable.objects.get(source_id=living.here.invoice_id)
        assert found.amount_cents == AMOUNT
        return found


def page_of(client: Client, receivable: Receivable) -> str:
    return client.get(f"/recebimentos/{receivable.id}").content.decode()


def typed(page: str, **changed: str) -> dict[str, str]:
    """What the form would send: what stands in it, with what a person changed."""
    form = re.search(r'<form class="form" id="payment".*?</form>', page, re.S)
    assert form is not None
    sent = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', form[0]))
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', form[0], re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else re.findall(r'<option value="([^"]*)"', options)[0]
    return sent | changed


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


def pay(client: Client, receivable: Receivable, **changed: str) -> str:
    answer = client.post(
        f"/recebimentos/{receivable.id}/baixar", typed(page_of(client, receivable), **changed), follow=True
    )
    assert answer.status_code == 200
    return text_of(answer.content.decode())


def stored(living: World, receivable: Receivable) -> tuple[str, int, int]:
    with tenancy.organization(living.organization_id):
        now = Receivable.objects.get(id=receivable.id)
        return now.status, now.open_cents, Settlement.objects.filter(receivable=receivable).count()


def test_two_clicks_settle_it_whole(living: World, client: Client) -> None:
    receivable = receivable_of(living)
    sent = typed(page_of(client, receivable))
    assert (sent["paid_on"], sent["received"], sent["method"]) == ("01/01/2026", "114,90", "boleto")
    said = pay(client, receivable)
    assert "Baixa de R$ 114,90 registrada e lançada." in said
    assert stored(living, receivable) == ("settled", 0, 1)


def test_the_same_form_sent_twice_is_noted_once(living: World, client: Client) -> None:
    receivable = receivable_of(living)
    sent = typed(page_of(client, receivable), received="50,00")
    first = client.post(f"/recebimentos/{receivable.id}/baixar", sent)
    again = client.post(f"/recebimentos/{receivable.id}/baixar", sent, follow=True)
    assert first.status_code == 302
    assert "Esta baixa já tinha sido registrada; não foi registrada duas vezes." in text_of(
        again.content.decode()
    )
    assert stored(living, receivable) == ("open", AMOUNT - 50_00, 1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"paid_on": "31/12/2026"}, "31/12/2026"),
        ({"paid_on": "31/02/2026"}, "Escreva a data como dd/mm/aaaa."),
        ({"paid_on": "31/12/2025"}, "A fatura foi emitida em 01/01/2026"),
        ({"received": "0"}, ""),
        ({"received": "dez reais"}, ""),
        ({"received": "-1"}, ""),
        ({"method": "vale"}, ""),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_nothing_is_noted(
    living: World, client: Client, changed: dict[str, str], said: str
) -> None:
    receivable = receivable_of(living)
    sent = typed(page_of(client, receivable), reference="TED 4711", **changed)
    answer = client.post(f"/recebimentos/{receivable.id}/baixar", sent)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "field__error" in page
    assert said in text_of(page)
    assert 'value="TED 4711"' in page  # nothing typed is lost
    assert stored(living, receivable) == ("open", AMOUNT, 0)


def test_the_preview_says_what_a_late_payment_costs(living: World, client: Client) -> None:
    receivable = receivable_of(living)
    # Due on Saturday, 10 January; thirty days later: 2 % = 2,30 and 1 % = 1,15.
    assert receivable.due_on == date(2026, 1, 10)
    address = f"/recebimentos/{receivable.id}/previa?paid_on=09/02/2026"
    whole = text_of(client.get(address).content.decode())
    assert "Multa R$ 2,30" in whole
    assert "Juros, 30 dias R$ 1,15" in whole
    assert "Devido em 09/02/2026 R$ 118,35" in whole
    less = text_of(client.get(address + "&received=50,00").content.decode())
    assert "continua em aberto: R$ 68,35" in less
    more = text_of(client.get(address + "&received=120,00").content.decode())
    assert "R$ 1,65" in more
    waived = text_of(client.get(address + "&waive=on").content.decode())
    assert "Devido em 09/02/2026 R$ 114,90" in waived
    assert stored(living, receivable) == ("open", AMOUNT, 0)


def test_an_amount_that_was_the_whole_follows_the_day(living: World, client: Client) -> None:
    receivable = receivable_of(living)
    moved = client.get(
        f"/recebimentos/{receivable.id}/previa?paid_on=09/02/2026&received=114,90&whole=114,90"
    ).content.decode()
    assert re.search(r'<input[^>]*name="received"[^>]*value="118,35"', moved)
    kept = client.get(
        f"/recebimentos/{receivable.id}/previa?paid_on=09/02/2026&received=100,00&whole=114,90"
    ).content.decode()
    assert 'name="received"' not in kept


def test_more_than_is_owed_becomes_a_credit_that_can_be_paid_back(living: World, client: Client) -> None:
    receivable = receivable_of(living)
    pay(client, receivable, received="120,00")
    with tenancy.organization(living.organization_id):
        credit = Credit.objects.get(source_kind="settlement")
    assert (credit.amount_cents, credit.open_cents) == (5_10, 5_10)
    assert "R$ 5,10" in text_of(client.get("/creditos").content.decode())
    page = client.get(f"/creditos/{credit.id}").content.decode()
    account = re.findall(r'<option value="([^"]+)" selected', page)[0]
    refused = client.post(
        f"/creditos/{credit.id}/devolver", {"amount": "9,00", "account": account}, follow=True
    )
    assert "toast--bad" in refused.content.decode()
    nowhere = client.post(f"/creditos/{credit.id}/devolver", {"amount": "1,00", "account": "²"})
    assert nowhere.status_code == 302
    client.post(f"/creditos/{credit.id}/devolver", {"amount": "5,10", "account": account})
    with tenancy.organization(living.organization_id):
        assert Credit.objects.get(id=credit.id).open_cents == 0
    # What was paid back cannot come back by reversing the payment.
    with tenancy.organization(living.organization_id):
        made = Settlement.objects.get(receivable=receivable)
    client.post(f"/baixas/{made.id}/estornar", {"reason": "Engano"})
    assert stored(living, receivable) == ("settled", 0, 1)


def test_a_settlement_is_taken_back_and_the_list_says_so(living: World, client: Client) -> None:
    receivable = receivable_of(living)
    pay(client, receivable, received="100,00")
    with tenancy.organization(living.organization_id):
        made = Settlement.objects.get(receivable=receivable)
    answer = client.post(f"/baixas/{made.id}/estornar", {"reason": "Cheque sem fundos"}, follow=True)
    said = text_of(answer.content.decode())
    assert "A baixa foi estornada: o valor volta a ser devido." in said
    assert "Cheque sem fundos" in said
    assert stored(living, receivable) == ("open", AMOUNT, 1)
    assert "R$ 100,00" in text_of(client.get("/baixas?state=reversed").content.decode())
    again = client.post(f"/baixas/{made.id}/estornar", {"reason": "De novo"}, follow=True)
    assert "toast--bad" in again.content.decode()


def test_another_due_date_and_a_loss(living: World, client: Client) -> None:
    receivable = receivable_of(living)
    client.post(f"/recebimentos/{receivable.id}/prorrogar", {"due_on": "20/01/2026", "reason": "Acordo"})
    with tenancy.organization(living.organization_id):
        assert Receivable.objects.get(id=receivable.id).due_on == date(2026, 1, 20)
        assert Invoice.objects.get(id=living.here.invoice_id).due_on == date(2026, 1, 10)
    client.post(f"/recebimentos/{receivable.id}/perda", {"word": "perda", "reason": "Faliu"})
    assert stored(living, receivable) == ("open", AMOUNT, 0)
    client.post(f"/recebimentos/{receivable.id}/perda", {"word": "PERDA", "reason": "Faliu"})
    assert stored(living, receivable) == ("written_off", 0, 1)


def test_who_may_only_read_sees_no_form_and_may_not_act(living: World) -> None:
    receivable = receivable_of(living)
    auditor = world.signed_in("auditor@aqui.example.com")
    assert 'id="payment"' not in page_of(auditor, receivable)
    assert auditor.post(f"/recebimentos/{receivable.id}/baixar", {}).status_code == 403
    assert auditor.post(f"/recebimentos/{receivable.id}/perda", {}).status_code == 403
    assert stored(living, receivable) == ("open", AMOUNT, 0)


def test_a_receivable_of_another_unit_is_not_there(living: World) -> None:
    limited = world.signed_in(World.limited)
    with tenancy.organization(living.organization_id):
        theirs = Receivable.objects.get(source_id=living.there.invoice_id)
    for address in ("", "/previa"):
        assert limited.get(f"/recebimentos/{theirs.id}{address}").status_code == 404
    for act in ("baixar", "prorrogar", "perda", "usar-credito"):
        assert limited.post(f"/recebimentos/{theirs.id}/{act}", {}).status_code == 404
    assert "Proibida" not in limited.get("/recebimentos?state=all").content.decode()
