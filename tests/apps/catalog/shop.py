"""Words for the catalog's tests: an item, what a plan says, what came of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from perene.actions import items, plans
from perene.apps.catalog import plans as catalog_plans
from perene.apps.catalog import versions
from perene.apps.catalog.items import ItemContent
from perene.apps.catalog.models import Plan, PlanItem, PlanVersion
from perene.apps.catalog.plans import PlanSummary
from perene.apps.catalog.versions import ItemOfPlan, PlanContent


def item(code: str = "NET", unit_cents: int = 100_00, **says: Any) -> UUID:
    """An item of the registry."""
    return items.create(code, ItemContent(name=says.pop("name", code.title()), unit_cents=unit_cents, **says))


def line(item_id: UUID, quantity: int | str = 1, **says: Any) -> ItemOfPlan:
    return ItemOfPlan(item_id=item_id, quantity=Decimal(quantity), **says)


def content(*lines: ItemOfPlan, **says: Any) -> PlanContent:
    """Monthly, on day 1, by every way; `says` changes that."""
    plain = {
        "name": "Fibra 500",
        "payment_methods": ("boleto", "pix", "pix_automatico", "card"),
        "items": lines,
    }
    return PlanContent(**(plain | says))


def plan(*lines: ItemOfPlan, code: str = "FIBRA", is_active: bool = False, **says: Any) -> UUID:
    """A plan; returns its id."""
    return plans.create(code, content(*lines, **says), is_active=is_active).plan_id


def latest(plan_id: UUID) -> PlanVersion:
    found = versions.latest(Plan.objects.get(id=plan_id))
    assert found is not None
    return found


def lines_of(plan_id: UUID) -> list[PlanItem]:
    return versions.items_of(latest(plan_id))


def says(plan_id: UUID) -> PlanContent:
    """What the plan says now."""
    return versions.read(latest(plan_id))


def summary(plan_id: UUID) -> PlanSummary:
    return catalog_plans.summary(latest(plan_id))


def status(plan_id: UUID) -> str:
    return Plan.objects.get(id=plan_id).status
