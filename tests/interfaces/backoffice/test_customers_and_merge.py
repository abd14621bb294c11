"""Customers made and changed on the screen, and duplicates made one."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from perene.actions import groups, merge, sell
from perene.apps.contracts.models import BillingGroup, Contract
from perene.apps.customers.models import Contact, Customer
from perene.apps.receivables.models import Receivable
from perene.kit import tenancy
from perene.reports import verification
from tests import factories
from tests.ground import Database
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World
from tests.stories.unchanged import refused

HTMX = {"HX-Request": "true"}


@pytest.fixture
def clerk(living: World) -> Client:
    return world.signed_in("finance@aqui.example.com")


def form(**says: Any) -> dict[str, Any]:
    return {
        "name": "Padaria Três Irmãos",
        "document": "12.ABC.345/01DE-35",
        "unit": "SUL",
        "postal_code": "13010-000",
        "city": "Campinas",
        "state": "SP",
        "contact": ["0", "1"],
        "c0-kind": "email",
        "c0-value": "Financeiro@Padaria.com.br",
        "c1-kind": "whatsapp",
        "c1-value": "(19) 99999-1234",
        "c1-label": "Dono",
        **says,
    }


def test_a_customer_is_registered_and_changed(living: World, clerk: Client) -> None:
    saved = clerk.post("/clientes/novo", form())
    assert saved.status_code == 302
    with tenancy.organization(living.organization_id):
        customer = Customer.objects.select_related("unit").get(document="12ABC34501DE35")
        assert (customer.document_kind, customer.unit.code, customer.postal_code) == (
            "cnpj",
            "SUL",
            "13010000",
        )
        assert sorted(Contact.objects.filter(customer=customer).values_list("kind", "value", "label")) == [
            ("email", "financeiro@padaria.com.br", ""),
            ("whatsapp", "+5519999991234", "Dono"),
        ]
    page = clerk.get(f"/clientes/{customer.id}/editar").content.decode()
    assert 'value="12.ABC.345/01DE-35"' in page
    changed = form(name="Padaria Quatro Irmãos", contact=["0"])
    assert clerk.post(f"/clientes/{customer.id}/editar", changed).status_code == 302
    with tenancy.organization(living.organization_id):
        customer.refresh_from_db()
        assert customer.name == "Padaria Quatro Irmãos"
        assert Contact.objects.filter(customer=customer).count() == 1


def test_mistakes_stand_beside_their_fields(living: World, clerk: Client) -> None:
    wrong = clerk.post("/clientes/novo", form(document="529.982.247-26"))
    assert wrong.status_code == 422
    body = wrong.content.decode()
    assert 'id="id_document_error"' in body
    assert 'value="Padaria Três Irmãos"' in body
    bad_mail = clerk.post("/clientes/novo", form(**{"c0-value": "sem arroba"}))
    assert 'id="id_c0-value_error"' in bad_mail.content.decode()
    more = clerk.post("/clientes/novo", form(do="contact-add"), headers=HTMX).content.decode()
    assert more.count('name="contact"') == 3


def test_a_document_is_looked_at_while_it_is_typed(living: World, clerk: Client) -> None:
    same = clerk.post("/clientes/novo", {"document": factories.CPF, "do": "document"}, headers=HTMX)
    assert "529.982.247-25" in same.content.decode()
    assert "Cliente" in same.content.decode()
    wrong = clerk.post("/clientes/novo", {"document": "123", "do": "document"}, headers=HTMX)
    assert "não é um CPF ou CNPJ válido" in wrong.content.decode()


def test_everything_of_a_duplicate_becomes_who_stays(living: World, clerk: Client) -> None:
    with tenancy.organization(living.organization_id):
        group = groups.add(living.here.customer_id, name="Obras")
        twin = factories.customer(
            "Cliente Daqui Silva", email="daqui@example.com", unit=Customer.objects.get(id=living.here.customer_id).unit
        )  # fmt: skip
        Contact.objects.create(customer_id=twin, kind="phone", value="+551933334444")
        plan = Contract.objects.get(id=living.here.contract_id).plan_version_id
        other = factories.contract(plan, customer_id=twin, due_day=10)
        factories.run(world.BILLED_ON)
        owed = Receivable.objects.get(customer_id=twin).id
    page = clerk.get(f"/clientes/{living.here.customer_id}/unir").content.decode()
    assert "Cliente Daqui Silva" in page
    address = f"/clientes/{living.here.customer_id}/unir?com={twin}"
    assert "114,90" in clerk.get(address).content.decode()
    assert clerk.post(address, {"word": "sim"}).status_code == 422
    assert clerk.post(address, {"word": "unir"}).status_code == 302
    with tenancy.organization(living.organization_id):
        kept = Customer.objects.get(id=living.here.customer_id)
        assert Customer.objects.get(id=twin).merged_into_id == kept.id
        assert Contract.objects.get(id=other).customer_id == kept.id
        assert Receivable.objects.get(id=owed).customer_id == kept.id
        assert sorted(Contact.objects.filter(customer=kept).values_list("kind", flat=True)) == [
            "email",
            "phone",
        ]
        assert sorted(BillingGroup.objects.filter(customer=kept).values_list("name", "is_default")) == [
            ("Obras", False),
            ("Principal", True),
            ("Principal (Cliente Daqui Silva)", False),
        ]
        factories.run(world.BILLED_ON.replace(month=2))
        assert [str(found) for found in verification.verify()] == []
    gone = clerk.get(f"/clientes/{twin}")
    assert gone.status_code == 302
    assert gone.headers["Location"] == f"/clientes/{kept.id}"
    assert group
    # A twin who is gone is in no list, and nothing new becomes theirs.
    assert clerk.get("/clientes?q=Cliente+Daqui").content.decode().count("table__main") == 1


def test_every_key_to_a_customer_moves(living: World) -> None:
    """A table that comes to point at customers must be thought of here."""
    pointing = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.remote_field is not None and field.remote_field.model is Customer
    }
    assert pointing == {
        "customers.Customer", "customers.Contact", "contracts.BillingGroup", "contracts.Contract",
        "receivables.Receivable", "receivables.Credit", "receivables.Settlement", "billing.Invoice",
        "billing.Rehearsed",
    }  # fmt: skip


def test_a_merge_is_refused_twice_with_itself_and_beyond_ones_units(
    living: World, database: Database
) -> None:
    keep, gone = living.here.customer_id, living.there.customer_id
    with tenancy.organization(living.organization_id):
        units = frozenset({world.unit_id(living, "SUL")})
    with tenancy.organization(living.organization_id):
        when = {"on": world.BILLED_ON, "now": factories.NOW}
        with refused(database, "merge_with_itself"):
            merge.customers(keep, keep, **when)
        with refused(database, "merge_beyond_units"):
            merge.customers(keep, gone, unit_ids=units, **when)
        assert merge.customers(keep, gone, **when).contracts == 1
        with refused(database, "customer_merged_already"):
            merge.customers(keep, gone, **when)
        with refused(database, "customer_is_merged"):
            plan = Contract.objects.get(id=living.here.contract_id).plan_version_id
            sell.contract(
                sell.Sale(
                    customer_id=gone,
                    plan_version_id=plan,
                    started_on=world.BILLED_ON,
                    payment_method="pix",
                ),
                **when,
            )


def test_likely_duplicates_are_those_of_ones_units(living: World, clerk: Client) -> None:
    # All were registered with one document.
    assert "Proibida" in clerk.get("/clientes/duplicados").content.decode()
    limited = world.signed_in(World.limited).get("/clientes/duplicados").content.decode()
    assert "Daqui" in limited
    assert "Proibida" not in limited


def test_billing_groups_are_added_and_renamed(living: World, clerk: Client) -> None:
    address = f"/clientes/{living.here.customer_id}"
    assert clerk.post(f"{address}/agrupadores", {"name": "Obras"}).status_code == 302
    with tenancy.organization(living.organization_id):
        group = BillingGroup.objects.get(customer_id=living.here.customer_id, name="Obras")
    clerk.post(f"/agrupadores/{group.id}", {"name": "Reformas"})
    with tenancy.organization(living.organization_id):
        group.refresh_from_db()
        assert group.name == "Reformas"
    foreign = world.signed_in(World.stranger).post(f"/agrupadores/{group.id}", {"name": "Meu"})
    assert foreign.status_code == 404
