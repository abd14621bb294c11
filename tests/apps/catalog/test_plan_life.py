"""A plan's life (G28–G34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import psycopg
import pytest

from perene.actions import plans
from perene.apps.billing.models import Invoice
from perene.apps.catalog.models import Plan, PlanVersion
from perene.apps.contracts.models import Contract
from perene.kit import tenancy, texts
from tests import factories
from tests.apps.catalog import shop
from tests.ground import Database
from tests.stories.unchanged import refused


@pytest.mark.capability("G28")
def test_a_plan_without_items_is_saved_but_not_sold(provider: int, database: Database) -> None:
    plan_id, ana = shop.plan(), _ana()
    assert (shop.status(plan_id), shop.lines_of(plan_id)) == ("draft", [])
    with refused(database, "plan_without_items"):
        plans.activate(plan_id)
    with refused(database, "plan_without_items"):
        shop.plan(code="OUTRO", is_active=True)
    with refused(database, "plan_not_on_sale"):
        factories.contract(shop.latest(plan_id).id, customer_id=ana)


@pytest.mark.capability("G28", "G30")
def test_a_plan_on_sale_keeps_at_least_one_item(provider: int, database: Database) -> None:
    plan_id = shop.plan(shop.line(shop.item()), is_active=True)
    with refused(database, "plan_without_items"):
        plans.edit(plan_id, shop.content())


@pytest.mark.capability("G29")
def test_only_an_active_plan_is_sold(provider: int, database: Database) -> None:
    ana = _ana()
    plan_id = shop.plan(shop.line(shop.item("NET", 100_00)))
    version_id = shop.latest(plan_id).id
    assert shop.status(plan_id) == "draft"
    with refused(database, "plan_not_on_sale"):
        factories.contract(version_id, customer_id=ana)
    with refused(database, "plan_never_activated"):
        plans.deactivate(plan_id)

    plans.activate(plan_id)
    assert shop.status(plan_id) == "active"
    contract_id = factories.contract(version_id, customer_id=ana)

    plans.deactivate(plan_id)
    assert shop.status(plan_id) == "inactive"
    with refused(database, "plan_not_on_sale"):
        factories.contract(version_id, customer_id=ana)
    # Those who have it go on.
    factories.live_until(date(2026, 2, 1))
    assert list(Invoice.objects.filter(contract_id=contract_id).values_list("issued_on", "total_cents")) == [
        (date(2026, 1, 1), 100_00),
        (date(2026, 2, 1), 100_00),
    ]
    plans.activate(plan_id)
    assert shop.status(plan_id) == "active"


@pytest.mark.capability("G30")
def test_an_edit_is_a_new_version_and_contracts_keep_theirs(provider: int, database: Database) -> None:
    net = shop.item("NET", 100_00)
    plan_id = shop.plan(shop.line(net), is_active=True)
    first = shop.latest(plan_id)
    old = factories.contract(first.id, customer_id=_ana())
    edited = shop.says(plan_id)
    saved = plans.edit(
        plan_id, replace(edited, name="Fibra 600", items=[replace(edited.items[0], unit_cents=120_00)])
    )
    assert (saved.number, Plan.objects.get(id=plan_id).name) == (2, "Fibra 600")
    new = factories.contract(saved.version_id, customer_id=_ana())
    assert Contract.objects.get(id=old).plan_version_id == first.id
    factories.live_until(date(2026, 2, 1))
    assert {
        contract: list(Invoice.objects.filter(contract_id=contract).values_list("total_cents", flat=True))
        for contract in (old, new)
    } == {old: [100_00, 100_00], new: [120_00, 120_00]}
    with refused(database, "plan_name_missing"):
        plans.edit(plan_id, replace(edited, name=""))


@pytest.mark.capability("G30")
def test_what_a_version_said_cannot_be_changed_even_by_sql(provider: int, database: Database) -> None:
    shop.plan(shop.line(shop.item("NET", 100_00)))
    for statement in (
        "UPDATE catalog_planitem SET unit_cents = 1",
        "DELETE FROM catalog_planitem",
        "UPDATE catalog_planversion SET name = 'x'",
        "DELETE FROM catalog_planversion",
    ):
        connection = database.app(organization=provider)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


@pytest.mark.capability("G31")
def test_a_copy_has_everything_but_name_and_code(provider: int, database: Database) -> None:
    plan_id = shop.plan(
        shop.line(shop.item("NET", 100_00), discount_cents=5_00),
        is_active=True,
        metadata={"velocidade": "500"},
    )
    copied = plans.copy(plan_id, code="FIBRA-2", name="Fibra 500 B")
    assert shop.says(copied.plan_id) == replace(shop.says(plan_id), name="Fibra 500 B")
    assert (shop.status(copied.plan_id), shop.summary(copied.plan_id).totals.recurring_cents) == (
        "active",
        95_00,
    )
    assert shop.status(plans.copy(plan_id, code="FIBRA-3", name="Fibra C", status="draft").plan_id) == "draft"
    with refused(database, "copy_needs_new_name", name="Fibra 500"):
        plans.copy(plan_id, code="FIBRA-4", name="Fibra 500")
    with refused(database, "copy_needs_new_code", code="FIBRA"):
        plans.copy(plan_id, code="FIBRA", name="Fibra D")
    with refused(database, "plan_status_unknown", status="sold"):
        plans.copy(plan_id, code="FIBRA-4", name="Fibra D", status="sold")


@pytest.mark.capability("G32")
def test_a_code_is_used_once_even_after_deletion(provider: int, database: Database) -> None:
    plan_id = shop.plan(code="FIBRA")
    with refused(database, "plan_code_taken", code="FIBRA"):
        shop.plan(code=" FIBRA ", name="Outra")
    plans.delete(plan_id)
    with refused(database, "plan_code_taken", code="FIBRA"):
        shop.plan(code="FIBRA")
    with refused(database, "plan_code_missing"):
        shop.plan(code=" ")
    assert list(Plan.objects.values_list("external_code", flat=True)) == ["FIBRA"]


@pytest.mark.capability("G32")
def test_another_organization_may_use_the_same_code(provider: int) -> None:
    shop.plan(code="FIBRA")
    with tenancy.organization(factories.organization("Outro Provedor")):
        assert shop.latest(shop.plan(code="FIBRA")).plan.external_code == "FIBRA"


@pytest.mark.capability("G33")
def test_a_deleted_plan_bills_on_for_those_who_have_it(provider: int, database: Database) -> None:
    plan_id = shop.plan(shop.line(shop.item("NET", 100_00)), is_active=True)
    version_id = shop.latest(plan_id).id
    ana = _ana()
    contract_id = factories.contract(version_id, customer_id=ana)
    plans.delete(plan_id)
    assert (Plan.objects.get(id=plan_id).is_deleted, shop.lines_of(plan_id)) == (True, [])
    factories.live_until(date(2026, 2, 1))
    assert Invoice.objects.filter(contract_id=contract_id, total_cents=100_00).count() == 2
    for act in (plans.activate, plans.deactivate, plans.delete):
        with refused(database, "plan_is_deleted"):
            act(plan_id)
    with refused(database, "plan_is_deleted"):
        plans.edit(plan_id, shop.content())
    with refused(database, "plan_is_deleted"):
        plans.copy(plan_id, code="OUTRO", name="Outro")
    with refused(database, "plan_not_on_sale"):
        factories.contract(version_id, customer_id=ana)


@pytest.mark.capability("G34")
def test_each_item_that_came_changed_or_went_is_told(provider: int, database: Database) -> None:
    net, tv, extra = shop.item("NET", 100_00), shop.item("TV", 40_00), shop.item("BONUS", -5_00)
    saved = plans.create("FIBRA", shop.content(shop.line(net), shop.line(tv)))
    assert [notice.code for notice in saved.notices] == ["item.included", "item.included"]
    saved = plans.edit(
        saved.plan_id, shop.content(shop.line(net, discount_cents=1_00), shop.line(extra), name="Fibra")
    )
    assert [(notice.code, texts.render(notice.text)) for notice in saved.notices] == [
        ("item.changed", "Item alterado com sucesso."),
        ("item.included", "Item incluído com sucesso."),
        ("item.removed", "Item excluído com sucesso."),
    ]
    assert plans.edit(saved.plan_id, shop.says(saved.plan_id)).notices == ()
    with refused(database, "item_name_missing"):
        plans.edit(saved.plan_id, shop.content(shop.line(net, name="")))
    assert PlanVersion.objects.filter(plan_id=saved.plan_id).count() == 3


def _ana() -> UUID:
    return factories.customer()
