"""The registry of items (G15, G17, G18)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from perene.actions import items, plans
from perene.apps.catalog.items import ItemContent
from perene.apps.catalog.models import Item
from perene.apps.ledger.models import Account
from perene.rules.tiers import Tier
from tests.apps.catalog import shop
from tests.ground import Database
from tests.stories.unchanged import refused

TABLE = (Tier(Decimal(100), 10), Tier(None, 5, 3_00))


@pytest.mark.capability("G15", "G17")
def test_an_item_has_a_code_a_name_and_a_base_amount(provider: int) -> None:
    kept = Item.objects.get(id=shop.item(" NET ", 99_90, name=" Internet 500 "))
    assert (kept.code, kept.name, kept.calc_type, kept.unit_cents) == ("NET", "Internet 500", "price", 9990)
    assert Account.objects.get(id=kept.account_id).role == "revenue"


@pytest.mark.parametrize(
    ("code", "says", "why"),
    [
        pytest.param("NET", {"name": "  "}, "item_name_missing", marks=pytest.mark.capability("G15")),
        ("  ", {}, "item_code_missing"),
        ("NET", {"unit_cents": 10**18}, "amount_out_of_range"),
        ("NET", {"account_code": "9.9"}, "unknown_account"),
        pytest.param("NET", {"calc_type": "free"}, "calc_type_unknown", marks=pytest.mark.capability("G18")),
        pytest.param("NET", {"calc_type": "volume"}, "tiers_missing", marks=pytest.mark.capability("G18")),
        pytest.param(
            "NET",
            {"calc_type": "graduated", "tiers": (Tier(Decimal(9), 1), Tier(Decimal(9), 2), Tier(None, 1))},
            "tiers_not_increasing",
            marks=pytest.mark.capability("G18"),
        ),
        pytest.param(
            "NET", {"calc_type": "package"}, "package_size_missing", marks=pytest.mark.capability("G18")
        ),
    ],
)
def test_an_item_that_cannot_be(
    provider: int, database: Database, code: str, says: dict[str, Any], why: str
) -> None:
    with refused(database, why):
        items.create(code, ItemContent(**({"name": "Internet"} | says)))


def test_a_code_belongs_to_one_item(provider: int, database: Database) -> None:
    shop.item("NET")
    with refused(database, "item_code_taken", code="NET"):
        shop.item("NET", 5_00)


@pytest.mark.capability("G18")
@pytest.mark.parametrize(
    ("calc_type", "says", "quantity", "cents"),
    [
        ("price", {"unit_cents": 25_00}, 1, 25_00),
        ("per_unit", {"unit_cents": 25_00}, "2.5", 62_50),
        ("graduated", {"tiers": TABLE}, 150, 100 * 10 + 50 * 5 + 3_00),
        ("volume", {"tiers": TABLE}, 150, 150 * 5 + 3_00),
        ("package", {"unit_cents": 9_00, "package_size": Decimal(10)}, 21, 3 * 9_00),
    ],
)
def test_each_calculation(
    provider: int, calc_type: str, says: dict[str, Any], quantity: int | str, cents: int
) -> None:
    plan_id = shop.plan(shop.line(shop.item(calc_type=calc_type, **({"unit_cents": 0} | says)), quantity))
    assert shop.summary(plan_id).totals.recurring_cents == cents


@pytest.mark.capability("G18")
def test_measured_use_is_registered_and_not_sold_yet(provider: int, database: Database) -> None:
    measured = shop.item("GB", 10, calc_type="metered")
    assert Item.objects.get(id=measured).calc_type == "metered"
    with refused(database, "metered_not_sellable"):
        shop.plan(shop.line(measured))


@pytest.mark.capability("G18")
def test_the_calculation_is_fixed_when_the_item_is_created(provider: int, database: Database) -> None:
    net = shop.item("NET", 100_00)
    items.edit(net, ItemContent(name="Internet 600", unit_cents=110_00))
    assert list(Item.objects.values_list("name", "calc_type", "unit_cents")) == [
        ("Internet 600", "price", 11000)
    ]
    with refused(database, "calc_type_fixed", code="NET"):
        items.edit(net, ItemContent(name="Internet 600", calc_type="per_unit", unit_cents=110_00))


@pytest.mark.capability("G17")
def test_a_plan_keeps_the_base_amount_it_was_made_with(provider: int) -> None:
    net = shop.item("NET", 100_00)
    plan_id = shop.plan(shop.line(net))
    items.edit(net, ItemContent(name="Internet", unit_cents=130_00))
    assert shop.summary(plan_id).items[0].base_cents == 100_00
    # Not even the plan's next version takes the new one, unless told to.
    plans.edit(plan_id, shop.content(shop.line(net), name="Fibra 600"))
    assert shop.summary(plan_id).items[0].base_cents == 100_00
    assert shop.summary(shop.plan(shop.line(net), code="NOVO")).items[0].base_cents == 130_00


def test_an_inactive_item_is_not_put_on_another_plan(provider: int, database: Database) -> None:
    net = shop.item("NET")
    plan_id = shop.plan(shop.line(net))
    items.set_active(net, is_active=False)
    with refused(database, "item_inactive", item="Net", position=1):
        shop.plan(shop.line(net), code="OUTRO")
    assert plans.edit(plan_id, shop.content(shop.line(net), name="Fibra 600")).number == 2
