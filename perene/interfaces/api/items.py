"""The registry of items: what can be put on a plan, with its usual price."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import Field

from perene.actions import items as item_actions
from perene.apps.catalog.items import ItemContent
from perene.apps.catalog.models import Item
from perene.apps.ledger.models import Account
from perene.interfaces.api import paging
from perene.interfaces.api.door import ApiRequest
from perene.interfaces.api.operations import Subject, named, one
from perene.interfaces.api.paging import Page, Paging
from perene.interfaces.api.values import Cents, Code, Given, Number, Short, Shown
from perene.rules import tiers
from perene.rules.refusals import Refusal
from perene.rules.tiers import Tier

subject = Subject("Itens")

CalcType = Literal["price", "per_unit", "graduated", "volume", "package", "metered"]


class TierShown(Given):
    """Até `up_to` unidades (nulo: sem fim), cada uma custa `unit_cents`; chegar à faixa custa `flat_cents`."""

    up_to: Number | None
    unit_cents: Cents
    flat_cents: Cents = 0


class ItemGiven(Given):
    code: Code
    name: Short
    calc_type: CalcType = "price"
    unit_cents: Cents = 0
    tiers: Annotated[list[TierShown], Field(max_length=100)] = []
    package_size: Number | None = None
    account_id: Annotated[UUID | None, Field(description="Nulo: a conta de receita.")] = None


class ItemChanged(Given):
    """Só o que vem é alterado. O tipo de cálculo não muda."""

    name: Short | None = None
    unit_cents: Cents | None = None
    tiers: Annotated[list[TierShown] | None, Field(max_length=100)] = None
    package_size: Number | None = None
    account_id: UUID | None = None


class ItemShown(Shown):
    id: UUID
    code: str
    name: str
    calc_type: str
    unit_cents: int
    tiers: list[TierShown]
    package_size: Number | None
    account_id: UUID | None
    is_active: bool


class ItemFilters(Paging):
    code: Code | None = None
    is_active: bool | None = None


@subject.reads("/items", scope="catalog.read", answer=Page[ItemShown], summary="Itens")
def list_items(request: ApiRequest, asked: Query[ItemFilters]):
    found = Item.objects.all()
    if asked.code is not None:
        found = found.filter(code=asked.code)
    if asked.is_active is not None:
        found = found.filter(is_active=asked.is_active)
    return paging.page(found, asked, show)


@subject.acts("/items", scope="catalog.write", answer=ItemShown, status=201, summary="Criar item")
def create_item(request: ApiRequest, body: ItemGiven):
    item_id = item_actions.create(
        body.code,
        ItemContent(
            name=body.name,
            calc_type=body.calc_type,
            unit_cents=body.unit_cents,
            tiers=tiers_of(body.tiers),
            package_size=body.package_size,
            account_code=_account_code(body.account_id),
        ),
    )
    return show(Item.objects.get(id=item_id))


@subject.reads("/items/{uuid:item_id}", scope="catalog.read", answer=ItemShown, summary="Um item")
def get_item(request: ApiRequest, item_id: UUID):
    return show(one(Item.objects, item_id))


@subject.acts(
    "/items/{uuid:item_id}", scope="catalog.write", answer=ItemShown, method="PATCH", summary="Alterar item"
)
def update_item(request: ApiRequest, item_id: UUID, body: ItemChanged):
    item = one(Item.objects, item_id)
    item_actions.edit(
        item.id,
        ItemContent(
            name=item.name if body.name is None else body.name,
            calc_type=item.calc_type,
            unit_cents=item.unit_cents if body.unit_cents is None else body.unit_cents,
            tiers=tiers.from_json(item.tiers) if body.tiers is None else tiers_of(body.tiers),
            package_size=body.package_size if "package_size" in body.model_fields_set else item.package_size,
            account_code=_account_code(body.account_id),
        ),
    )
    return show(Item.objects.get(id=item.id))


@subject.acts(
    "/items/{uuid:item_id}/activate",
    scope="catalog.write",
    answer=ItemShown,
    is_repeatable=True,
    summary="Oferecer o item",
)
def activate_item(request: ApiRequest, item_id: UUID):
    return _set_active(item_id, is_active=True)


@subject.acts(
    "/items/{uuid:item_id}/deactivate",
    scope="catalog.write",
    answer=ItemShown,
    is_repeatable=True,
    summary="Não oferecer mais o item",
)
def deactivate_item(request: ApiRequest, item_id: UUID):
    return _set_active(item_id, is_active=False)


def tiers_of(given: list[TierShown]) -> tuple[Tier, ...]:
    return tuple(Tier(each.up_to, each.unit_cents, each.flat_cents) for each in given)


def show_tiers(stored: object) -> list[TierShown]:
    try:
        read = tiers.from_json(stored) if stored else ()
    except Refusal:
        # Somebody wrote past us: what prices by it is parked; one row must not hide a whole list.
        read = ()
    return [
        TierShown(up_to=tier.up_to, unit_cents=tier.unit_cents, flat_cents=tier.flat_cents) for tier in read
    ]


def show(item: Item) -> ItemShown:
    columns = {name: getattr(item, name) for name in ItemShown.model_fields if name != "tiers"}
    return ItemShown(**columns, tiers=show_tiers(item.tiers))


def _set_active(item_id: UUID, *, is_active: bool) -> ItemShown:
    item = one(Item.objects, item_id)
    item_actions.set_active(item.id, is_active=is_active)
    return show(Item.objects.get(id=item.id))


def _account_code(account_id: UUID | None) -> str | None:
    account = named(Account.objects, account_id, "account_id")
    return None if account is None else account.code
