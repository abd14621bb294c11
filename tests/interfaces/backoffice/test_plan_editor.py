"""The plan editor: one form, a summary by the rules, mistakes beside their fields, and what is saved in the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from perene.apps.catalog import versions
from perene.apps.catalog.models import Item, Plan, PlanItem, PlanVersion
from perene.kit import tenancy
from perene.rules.dunning import DunningTerms
from tests.apps.catalog import shop
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def clerk(living: World) -> Client:
    return world.signed_in("finance@aqui.example.com")


def form(*items: dict[str, Any], **says: Any) -> dict[str, Any]:
    """What the browser sends: a monthly plan charged on day 1, by boleto and Pix."""
    sent: dict[str, Any] = {
        "name": "Fibra Nova",
        "code": "NOVA",
        "methods": ["boleto", "pix"],
        "interval_unit": "month",
        "interval_count": "1",
        "charge_day_kind": "fixed",
        "charge_day": "1",
        "dunning": "standard",
        "row": [],
        **says,
    }
    for number, item in enumerate(items):
        sent["row"].append(str(number))
        plain = {"adjustment_kind": "money", "recurrence_kind": "continuous", "start": "1"}
        sent |= {f"i{number}-{name}": value for name, value in (plain | item).items()}
    return sent


def of_registry(organization_id: int, code: str, **says: Any) -> str:
    with tenancy.organization(organization_id):
        return str(shop.item(code, **says))


def test_a_plan_is_written_published_and_changed(living: World, clerk: Client) -> None:
    net = of_registry(living.organization_id, "NET", unit_cents=99_90, name="Internet")
    fee = of_registry(living.organization_id, "FEE", unit_cents=120_00, name="Adesão")
    sent = form(
        {"item": net, "name": "Internet 500", "unit_cents": "99,90", "adjustment_kind": "percent", "discount": "10"},
        {"item": fee, "name": "Adesão", "unit_cents": "1.200,00", "recurrence_kind": "one_time", "start": "2"},
        total_cycles="12", prorate_first="on", due_after_days="5", metadata="Canal: loja\nMeta: 10",
        dunning="custom", pre_due_days="3", post_due_start="1", every_days="5", for_days="10",
    )  # fmt: skip
    saved = clerk.post("/planos/novo", sent | {"do": "save"})
    assert saved.status_code == 302
    with tenancy.organization(living.organization_id):
        plan = Plan.objects.get(external_code="NOVA")
        version = versions.latest(plan)
        assert version is not None
        says = versions.read(version)
        assert (plan.status, version.number, version.total_cycles) == ("draft", 1, 12)
        assert says.metadata == {"Canal": "loja", "Meta": "10"}
        assert says.dunning == DunningTerms(3, 1, 5, 10)
        assert [
            (item.unit_cents, item.adjustment_kind, item.discount_percent, item.recurrence) for item in says.items
        ] == [
            (99_90, "percent", Decimal(10), "continuous"),
            (1_200_00, "money", Decimal(0), "one_time:2"),
        ]  # fmt: skip
    page = clerk.get(saved.headers["Location"], follow=True).content.decode()
    assert "Item incluído com sucesso" in page

    # What the form shows is what it sent.
    edited = clerk.get(f"/planos/{plan.id}/editar").content.decode()
    for shown in ('value="99,90"', 'value="1.200,00"', "Canal: loja"):
        assert shown in edited
    published = clerk.post(f"/planos/{plan.id}/editar", sent | {"from_version": "1", "do": "publish"})
    assert published.status_code == 302
    with tenancy.organization(living.organization_id):
        plan.refresh_from_db()
        assert (plan.status, plan.latest_version) == ("active", 2)
    # A form that shows version 1 saves nothing over version 2.
    late = clerk.post(f"/planos/{plan.id}/editar", sent | {"from_version": "1", "name": "Outro", "do": "publish"})  # fmt: skip
    assert late.status_code == 422
    assert "salvo por outra pessoa" in late.content.decode()


def test_every_mistake_stands_beside_its_field_and_nothing_typed_is_lost(
    living: World, clerk: Client
) -> None:
    net = of_registry(living.organization_id, "NET")
    sent = form(
        {"item": net, "name": "Internet", "unit_cents": "100,00", "discount": "150"},
        name="Teimoso", charge_day="40", code="FIBRA",
    )  # fmt: skip
    refused = clerk.post("/planos/novo", sent | {"do": "save"})
    body = refused.content.decode()
    assert refused.status_code == 422
    assert 'id="id_charge_day_error"' in body
    assert 'id="id_i0-discount_error"' in body
    assert 'value="Teimoso"' in body
    assert 'value="150"' in body
    taken = clerk.post("/planos/novo", form(code="FIBRA") | {"do": "save"})
    assert taken.status_code == 422
    assert 'id="id_code_error"' in taken.content.decode()
    with tenancy.organization(living.organization_id):
        assert not Plan.objects.filter(name__in=["Teimoso", "Fibra Nova"]).exists()


@pytest.mark.capability("G14", "G22", "G26")
def test_a_version_that_is_no_number_is_none(living: World, clerk: Client) -> None:
    sent = form(code="X", name="X") | {"from_version": "²", "row": "²"}
    assert clerk.post("/planos/novo", sent).status_code == 302


def test_the_summary_follows_what_is_typed(living: World, clerk: Client) -> None:
    net = of_registry(living.organization_id, "NET")
    sent = form(
        {"item": net, "name": "Internet", "unit_cents": "100,00", "surcharge": "5"},
        total_cycles="3", due_after_days="9", name="", code="",
    )  # fmt: skip
    body = clerk.post("/planos/novo", sent | {"do": "preview"}, headers=HTMX).content.decode()
    assert "<html" not in body
    for told in ("105,00", "315,00", "01/01/2026", "01/02/2026", "01/03/2026", "10/01/2026", "07/01/2026"):
        assert told in body
    unreadable = clerk.post("/planos/novo", sent | {"i0-unit_cents": "abc", "do": "preview"}, headers=HTMX)
    assert unreadable.status_code == 200
    assert "105,00" not in unreadable.content.decode()


def test_items_and_tiers_come_and_go(living: World, clerk: Client) -> None:
    from perene.rules.tiers import Tier

    cloud = of_registry(
        living.organization_id, "CLOUD", calc_type="graduated", unit_cents=0, name="Nuvem",
        tiers=(Tier(Decimal(10), 1_00), Tier(None, 80)),
    )  # fmt: skip
    added = clerk.post("/planos/novo", form(add_item=cloud) | {"do": "item-add"}, headers=HTMX).content.decode()  # fmt: skip
    assert added.count('name="row"') == 1
    assert added.count('name="i0-tier"') == 2
    assert 'value="0,80"' in added
    sent = form(
        {"item": cloud, "name": "Nuvem", "quantity": "25", "tier": ["0", "1"], "t0-up_to": "10",
         "t0-unit_cents": "1,00", "t1-unit_cents": "0,80"}
    )  # fmt: skip
    more = clerk.post("/planos/novo", sent | {"do": "tier-add 0"}, headers=HTMX).content.decode()
    assert more.count('name="i0-tier"') == 3
    less = clerk.post("/planos/novo", sent | {"do": "tier-remove 0 1"}, headers=HTMX).content.decode()
    assert less.count('name="i0-tier"') == 1
    gone = clerk.post("/planos/novo", sent | {"do": "item-remove 0"}, headers=HTMX).content.decode()
    assert 'name="row"' not in gone
    assert clerk.post("/planos/novo", sent | {"do": "publish"}).status_code == 302
    with tenancy.organization(living.organization_id):
        row = PlanItem.objects.get(item_id=UUID(cloud))
        assert (row.quantity, row.tiers) == (Decimal(25), [["10", 100, 0], [None, 80, 0]])


@pytest.mark.capability("G31")
def test_a_copy_needs_a_name_and_a_code_of_its_own(living: World, clerk: Client) -> None:
    source = living.ids["plan_id"]
    page = clerk.get(f"/planos/novo?copia={source}").content.decode()
    assert 'value="Internet 500"' in page
    assert f'name="copied_from" value="{source}"' in page
    same = clerk.post("/planos/novo", form(name="Fibra", code="OUTRO", copied_from=source) | {"do": "save"})
    assert same.status_code == 422
    assert 'id="id_name_error"' in same.content.decode()


@pytest.mark.capability("G33")
def test_a_plan_is_deleted_only_by_its_code(living: World, clerk: Client) -> None:
    plan_id = living.ids["plan_id"]
    clerk.post(f"/planos/{plan_id}/excluir", {"word": "fibra"})
    with tenancy.organization(living.organization_id):
        assert not Plan.objects.get(id=plan_id).is_deleted
    clerk.post(f"/planos/{plan_id}/desativar")
    clerk.post(f"/planos/{plan_id}/ativar")
    clerk.post(f"/planos/{plan_id}/excluir", {"word": "FIBRA"})
    with tenancy.organization(living.organization_id):
        assert Plan.objects.get(id=plan_id).is_deleted
    assert clerk.get(f"/planos/{plan_id}").status_code == 200


def test_a_plan_with_broken_tiers_opens_and_says_what_is_wrong(living: World, clerk: Client) -> None:
    with tenancy.organization(living.organization_id):
        bad = Plan.objects.get(external_code="TORTO")
        cannot_be_read = PlanVersion.objects.get(plan=bad)
        Item.objects.filter(code="TORTO-1").update(tiers=[["x", 1]])
    body = clerk.get(f"/planos/{bad.id}").content.decode()
    assert "Nuvem" in body
    assert "ordem crescente" in body
    assert clerk.get(f"/planos/{bad.id}/editar").status_code == 200
    assert clerk.get(f"/planos/{bad.id}?version={cannot_be_read.number}").status_code == 200
    assert clerk.get("/itens").status_code == 200
    with tenancy.organization(living.organization_id):
        item = Item.objects.get(code="TORTO-1")
    assert clerk.get(f"/itens/{item.id}").status_code == 200


def test_items_of_the_registry(living: World, clerk: Client) -> None:
    sent = {
        "code": "VOZ",
        "name": "Telefone",
        "calc_type": "per_unit",
        "unit_cents": "19,90",
        "account": "3.1.1.03",
    }
    assert clerk.post("/itens/novo", sent).status_code == 302
    with tenancy.organization(living.organization_id):
        item = Item.objects.select_related("account").get(code="VOZ")
        assert (item.unit_cents, item.calc_type, item.account.code) == (19_90, "per_unit", "3.1.1.03")
    again = clerk.post("/itens/novo", sent)
    assert again.status_code == 422
    assert 'id="id_code_error"' in again.content.decode()
    assert clerk.post(f"/itens/{item.id}", sent | {"name": "Voz", "unit_cents": "29,90"}).status_code == 302
    clerk.post(f"/itens/{item.id}/situacao", {"is_active": "no"})
    with tenancy.organization(living.organization_id):
        item.refresh_from_db()
        assert (item.name, item.unit_cents, item.is_active) == ("Voz", 29_90, False)
    tiered = clerk.post("/itens/novo", {"do": "tier-add", "tier": ["0"], "calc_type": "volume"}, headers=HTMX)
    assert tiered.content.decode().count('name="tier"') == 2


@pytest.mark.capability("G9", "G14")
def test_the_standard_schedule_with_its_agenda(living: World, clerk: Client) -> None:
    sent = {
        "pre_due_days": "0",
        "post_due_start": "3",
        "every_days": "5",
        "for_days": "20",
        "due_on": "10/03/2026",
    }
    agenda = clerk.post("/avisos", sent | {"do": "preview"}, headers=HTMX).content.decode()
    for day in ("10/03/2026", "13/03/2026", "18/03/2026", "23/03/2026", "28/03/2026", "02/04/2026"):
        assert day in agenda
    assert clerk.post("/avisos", sent | {"every_days": ""}).status_code == 422
    assert clerk.post("/avisos", sent).status_code == 302
    auditor = world.signed_in("auditor@aqui.example.com")
    assert auditor.get("/avisos").status_code == 200
    for address in ("/avisos", "/planos/novo", "/itens/novo"):
        assert auditor.post(address, sent).status_code == 403
