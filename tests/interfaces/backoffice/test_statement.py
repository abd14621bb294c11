"""A customer's statement on the screen: what was billed and paid in order, with the balance after each."""

from __future__ import annotations

import re

import pytest

from perene.actions import settle
from perene.apps.receivables.models import Receivable
from perene.kit import clock, tenancy
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


@pytest.fixture
def paid(living: World) -> World:
    """Of R$ 114,90 that were billed on 1 January, R$ 100,00 came in the same day."""
    with tenancy.organization(living.organization_id):
        receivable = Receivable.objects.get(source_id=living.here.invoice_id)
        settle.receive(
            receivable.id,
            paid_on=world.BILLED_ON,
            received_cents=100_00,
            method="pix",
            reference="E2E 77",
            on=world.BILLED_ON,
            now=clock.now(),
        )
    return living


def test_it_tells_each_movement_and_the_balance(paid: World) -> None:
    page = world.signed_in(World.owner).get(f"/clientes/{paid.here.customer_id}/extrato").content.decode()
    said = text_of(page)
    assert re.search(r"Faturado R\$ 114,90 Recebido R\$ 100,00 Devido em 01/01/2026 R\$ 14,90", said)
    assert re.search(r"01/01/2026 Fatura \d+ 10/01/2026 R\$ 114,90 R\$ 114,90", said)
    assert re.search(r"01/01/2026 Pagamento \d+ E2E 77 10/01/2026 R\$ 100,00 -R\$ 100,00 R\$ 14,90", said)


def test_the_file_has_the_same(paid: World) -> None:
    answer = world.signed_in(World.owner).get(f"/clientes/{paid.here.customer_id}/extrato.csv")
    rows = answer.content.decode().removeprefix("\ufeff").splitlines()
    assert len(rows) == 3
    assert rows[1].startswith("01/01/2026;Fatura;")
    assert rows[1].endswith(";10/01/2026;;0,00;0,00;0,00;0,00;114,90;114,90")
    assert rows[2].endswith(";10/01/2026;E2E 77;100,00;0,00;0,00;0,00;-100,00;14,90")


def test_other_days_begin_with_what_was_owed_before(paid: World) -> None:
    address = f"/clientes/{paid.here.customer_id}/extrato?since=02/01/2026&until=31/01/2026"
    said = text_of(world.signed_in(World.owner).get(address).content.decode())
    assert "Devido antes de 02/01/2026 R$ 14,90" in said
    assert "Nada nesses dias" in said


def test_a_customer_of_another_unit_is_not_there(paid: World) -> None:
    limited = world.signed_in(World.limited)
    assert limited.get(f"/clientes/{paid.there.customer_id}/extrato").status_code == 404
    assert limited.get(f"/clientes/{paid.there.customer_id}/extrato.csv").status_code == 404
