"""A contract sold on the screen, and what is done with it later: each shown in figures before it is done."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from perene.apps.billing.models import Invoice
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts.models import BillingTerms, Contract, ContractLine
from perene.kit import tenancy
from tests import factories
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def clerk(living: World) -> Client:
    return world.signed_in("sales@aqui.example.com")


def form(made: World, **says: Any) -> dict[str, Any]:
    with tenancy.organization(made.organization_id):
        version = PlanVersion.objects.get(plan__external_code="FIBRA")
    return {
        "plan": str(version.id),
        "payment_method": "pix",
        "started_on": "15/01/2026",
        "term_kind": "open",
        "billing_method": "grouped",
        "unit": str(world.unit_id(made, "SUL")),
        "delivery": "email",
        "due_day": "20",
        "request_key": "once",
        **says,
    }


def test_pressed_twice_it_is_made_once(living: World, clerk: Client) -> None:
    address = f"/contratos/novo?cliente={living.here.customer_id}"
    first = clerk.post(address, form(living) | {"do": "save"})
    second = clerk.post(address, form(living) | {"do": "save"})
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    with tenancy.organization(living.organization_id):
        contract = Contract.objects.get(request_key="once")
        assert (contract.customer_id, contract.payment_method) == (living.here.customer_id, "pix")
        assert BillingTerms.objects.get(contract=contract).due_day == 20


def test_the_form_shows_every_charge_that_the_runs_then_make(living: World, clerk: Client) -> None:
    address = f"/contratos/novo?cliente={living.here.customer_id}"
    shown = clerk.post(address, form(living) | {"do": "preview"}, headers=HTMX).content.decode()
    assert "<html" not in shown
    # Charged on day 1 from February on: a year of R$ 114,90.
    for told in ("20/02/2026", "20/03/2026", "114,90", "1.378,80"):
        assert told in shown
    past = clerk.post(address, form(living, started_on="15/10/2025") | {"do": "preview"}, headers=HTMX)
    assert "2 cobranças estão no passado" in past.content.decode()
    clerk.post(address, form(living) | {"do": "save"})
    with tenancy.organization(living.organization_id):
        contract = Contract.objects.get(request_key="once")
        factories.run(date(2026, 2, 1))
        invoice = Invoice.objects.get(contract=contract)
        assert (invoice.due_on, invoice.total_cents) == (date(2026, 2, 20), 114_90)


def test_the_form_suggests_what_the_customer_has(living: World, clerk: Client) -> None:
    page = clerk.get(f"/contratos/novo?cliente={living.here.customer_id}").content.decode()
    assert 'name="due_day" value="10"' in page
    assert 'name="started_on" value="01/01/2026"' in page
    assert "114,90" in page
    found = clerk.get("/contratos/novo?q=daqui").content.decode()
    assert "Cliente Daqui Silva" in found


def test_mistakes_stand_beside_their_fields(living: World, clerk: Client) -> None:
    address = f"/contratos/novo?cliente={living.here.customer_id}"
    refused = clerk.post(address, form(living, due_day="40", term_kind="fixed") | {"do": "save"})
    assert refused.status_code == 422
    body = refused.content.decode()
    assert "error" in body
    assert 'value="40"' in body
    with tenancy.organization(living.organization_id):
        assert not Contract.objects.filter(request_key="once").exists()


def test_who_is_limited_to_a_unit_sells_only_there(living: World) -> None:
    limited = world.signed_in(World.limited)
    there = str(world.unit_id(living, "MATRIZ"))
    assert limited.get(f"/contratos/novo?cliente={living.there.customer_id}").status_code == 404
    refused = limited.post(
        f"/contratos/novo?cliente={living.here.customer_id}", form(living, unit=there) | {"do": "save"}
    )
    assert refused.status_code == 422
    for act in ("plano", "vencimento", "cancelar"):
        assert limited.get(f"/contratos/{living.there.contract_id}/{act}").status_code == 404


def test_a_cancellation_says_what_it_gives_back_and_does_that(living: World, clerk: Client) -> None:
    with tenancy.organization(living.organization_id):
        prorated = factories.plan("RATEIO", ("Internet", 310_00), prorate_last=True)
        contract_id = factories.contract(prorated, customer_id=living.here.customer_id, due_day=10)
        factories.run(date(2026, 1, 1))
    address = f"/contratos/{contract_id}/cancelar"
    sent = {"ends_on": "11/01/2026", "reason": "Mudança"}
    shown = clerk.post(address, sent | {"do": "preview"}, headers=HTMX).content.decode()
    assert "-R$" in shown
    assert "210,00" in shown
    assert clerk.post(address, {"ends_on": "11/01/2026", "reason": ""}).status_code == 422
    assert clerk.post(address, sent).status_code == 302
    with tenancy.organization(living.organization_id):
        assert Contract.objects.get(id=contract_id).status == "cancelled"
        factories.run(date(2026, 1, 12))
        assert (
            Invoice.objects.filter(contract_id=contract_id).order_by("number").last().total_cents == -210_00
        )
    assert clerk.post(address, sent).status_code == 422


def test_another_plan_is_compared_before_it_is_taken(living: World, clerk: Client) -> None:
    with tenancy.organization(living.organization_id):
        more = factories.plan("MAIS", ("Internet 900", 149_90))
        yearly = factories.plan("ANUAL", ("Domínio", 59_00), interval_unit="year")
    address = f"/contratos/{living.here.contract_id}/plano"
    shown = clerk.post(address, {"plan": str(more), "do": "preview"}, headers=HTMX).content.decode()
    assert "114,90" in shown
    assert "149,90" in shown
    assert "ciclo 2" in shown
    other = clerk.post(address, {"plan": str(yearly), "do": "preview"}, headers=HTMX).content.decode()
    assert "outra periodicidade" in other
    assert clerk.post(address, {"plan": str(yearly)}).status_code == 422
    assert clerk.post(address, {"plan": str(more)}).status_code == 302
    with tenancy.organization(living.organization_id):
        assert Contract.objects.get(id=living.here.contract_id).plan_version_id == more


def test_another_due_day(living: World, clerk: Client) -> None:
    address = f"/contratos/{living.here.contract_id}/vencimento"
    shown = clerk.post(address, {"due_day": "25", "do": "preview"}, headers=HTMX).content.decode()
    assert "25/02/2026" in shown
    assert clerk.post(address, {"due_day": "32"}).status_code == 422
    assert clerk.post(address, {"due_day": "25"}).status_code == 302
    with tenancy.organization(living.organization_id):
        assert BillingTerms.objects.get(contract_id=living.here.contract_id).due_day == 25
        factories.run(date(2026, 2, 1))
        assert Invoice.objects.filter(contract_id=living.here.contract_id, due_on=date(2026, 2, 25)).exists()


def test_a_contract_with_a_line_that_cannot_be_read_opens(living: World, clerk: Client) -> None:
    with tenancy.organization(living.organization_id):
        ContractLine.objects.filter(contract_id=living.here.contract_id, position=1).update(
            recurrence="às vezes"
        )
        ContractLine.objects.filter(contract_id=living.here.contract_id, position=2).update(tiers=[["x"]])
    page = clerk.get(f"/contratos/{living.here.contract_id}")
    assert page.status_code == 200
    assert "às vezes" in page.content.decode()
