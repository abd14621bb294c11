"""Between the columns of a priced row (a plan's item, a contract's line) and the price that rules/ works with."""

from typing import Any

from perene.rules import pricing, tiers
from perene.rules.pricing import LinePrice

# The columns that a price and its rhythm are made of (`PricedLine`), in this order wherever rows are loaded in bulk.
COLUMNS = (
    "calc_type",
    "quantity",
    "unit_cents",
    "adjustment_kind",
    "surcharge_cents",
    "discount_cents",
    "surcharge_percent",
    "discount_percent",
    "tiers",
    "package_size",
    "recurrence",
)


def price_of(row: Any) -> LinePrice:
    """What a priced row costs. `row` has the attributes named in COLUMNS."""
    kind = row.adjustment_kind
    return LinePrice(
        calc_type=row.calc_type,
        unit_cents=row.unit_cents,
        quantity=row.quantity,
        surcharge=pricing.adjustment(kind, cents=row.surcharge_cents, percent=row.surcharge_percent),
        discount=pricing.adjustment(kind, cents=row.discount_cents, percent=row.discount_percent),
        tiers=tiers.from_json(row.tiers),
        package_size=row.package_size,
    )
