"""The registry of items (G15, G17, G18): what can be put on a plan, with its usual price."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from perene.apps.catalog.models import Item
from perene.apps.ledger import chart
from perene.kit import constraints, ids
from perene.rules import money, pricing, tiers
from perene.rules.pricing import CalcType, LinePrice
from perene.rules.refusals import Refusal
from perene.rules.tiers import Tier


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemContent:
    """What the registry says of an item. `unit_cents` is the base amount of one unit (or package), negative for a credit;
    `tiers` belong to the calculations graduated and volume, `package_size` to package. `account_code` None = the account
    with the role revenue."""

    name: str
    calc_type: str = CalcType.PRICE
    unit_cents: int = 0
    tiers: tuple[Tier, ...] = ()
    package_size: Decimal | None = None
    account_code: str | None = None


def create(code: str, content: ItemContent) -> Item:
    """A new item. Raises Refusal `item_code_missing`, `item_code_taken` and those of `check` and `ledger.chart`."""
    code = code.strip()
    if not code:
        raise Refusal("item_code_missing", "Give the item a code.")
    check(content)
    item = Item(
        id=ids.new(),
        code=code,
        calc_type=content.calc_type,
        account_id=_account(content),
        **_editable(content),
    )
    taken = Refusal("item_code_taken", "The code {code} belongs to another item: choose another.", code=code)
    with constraints.refused("item_code_once", taken):
        item.save(force_insert=True)
    return item


def edit(item_id: UUID, content: ItemContent) -> Item:
    """Change an item. Plans keep the price they were made with (G17). The way of calculation is the item's for good (G18):
    Refusal `calc_type_fixed`; and those of `check` and `ledger.chart`."""
    item = Item.objects.select_for_update(no_key=True).get(id=item_id)
    if content.calc_type != item.calc_type:
        raise calc_type_fixed(item)
    check(content)
    for name, value in _editable(content).items():
        setattr(item, name, value)
    if content.account_code is not None:
        item.account_id = _account(content)
    item.save()
    return item


def set_active(item_id: UUID, *, is_active: bool) -> Item:
    """An inactive item is not offered any more; plans and contracts that have it keep it."""
    item = Item.objects.select_for_update(no_key=True).get(id=item_id)
    item.is_active = is_active
    item.save(update_fields=["is_active"])
    return item


def check(content: ItemContent) -> None:
    """Refusal `item_name_missing` (G15), and those of `rules.pricing.check`. An item by measured use may be registered,
    though not sold yet (G35)."""
    if not content.name.strip():
        raise Refusal("item_name_missing", "Give the item a name.")
    if content.calc_type == CalcType.METERED:
        money.check(content.unit_cents)
        return
    pricing.check(
        LinePrice(
            calc_type=content.calc_type,
            unit_cents=content.unit_cents,
            tiers=content.tiers,
            package_size=content.package_size,
        )
    )


def calc_type_fixed(item: Item) -> Refusal:
    """G18."""
    return Refusal(
        "calc_type_fixed",
        "The calculation of the item {code} was fixed when it was created: create another item instead.",
        code=item.code,
    )


def by_codes(codes: set[str]) -> dict[str, Item]:
    """The items with these codes."""
    return {item.code: item for item in Item.objects.filter(code__in=codes)}


def _editable(content: ItemContent) -> dict[str, object]:
    return {
        "name": content.name.strip(),
        "unit_cents": content.unit_cents,
        "tiers": tiers.to_json(content.tiers) or None,
        "package_size": content.package_size,
    }


def _account(content: ItemContent) -> UUID:
    if content.account_code is None:
        return chart.by_role()["revenue"]
    return chart.active(content.account_code).id
