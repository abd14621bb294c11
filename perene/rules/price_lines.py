"""What the price of an item is made of (G16–G21), and which of it cannot be."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from perene.rules import money, tiers
from perene.rules.refusals import Refusal, Text
from perene.rules.tiers import Tier

ONE = Decimal(1)
ZERO = Decimal(0)
MAX_QUANTITY = Decimal(10**12)
QUANTITY_PLACES = 6
MAX_DISCOUNT_PERCENT = Decimal(100)
MAX_SURCHARGE_PERCENT = Decimal(1000)
PERCENT_PLACES = 4


class CalcType(StrEnum):
    """G18. price: the base amount, whatever the quantity. per_unit: times the quantity. graduated, volume: by a table.
    package: per package begun. metered: by measured use, not sellable yet (G35)."""

    PRICE = "price"
    PER_UNIT = "per_unit"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"
    METERED = "metered"


TIERED = frozenset({CalcType.GRADUATED, CalcType.VOLUME})


class AdjustmentKind(StrEnum):
    MONEY = "money"
    PERCENT = "percent"


class Adjustment(NamedTuple):
    """A surcharge or a discount (G19–G21): `cents`, or `percent` of the base."""

    kind: AdjustmentKind
    cents: int
    percent: Decimal


def adjustment(kind: str, *, cents: int = 0, percent: Decimal = ZERO) -> Adjustment | None:
    """From stored columns: only the value that `kind` reads counts; None when it is zero."""
    if kind == AdjustmentKind.PERCENT:
        return Adjustment(AdjustmentKind.PERCENT, 0, percent) if percent else None
    return Adjustment(AdjustmentKind.MONEY, cents, ZERO) if cents else None


class LinePrice(NamedTuple):
    """`unit_cents` is the base amount of the registry; a negative one is a credit, which takes no adjustment. `tiers`
    belong to graduated and volume, `package_size` to package."""

    calc_type: str
    unit_cents: int = 0
    quantity: Decimal = ONE
    surcharge: Adjustment | None = None
    discount: Adjustment | None = None
    tiers: tuple[Tier, ...] = ()
    package_size: Decimal | None = None


class Checked(NamedTuple):
    """The line as it will be kept, and what the person should know about the difference."""

    line: LinePrice
    warnings: tuple[Text, ...]


def check_parts(line: LinePrice) -> Checked:
    """Each value by itself; `pricing.check` adds what only the amounts tell. Refusal `credit_with_adjustment`,
    `percent_out_of_range`, `adjustment_negative`, `amount_out_of_range` and those of `check_priceable`."""
    _check_quantity(line.quantity)
    check_priceable(line)
    money.check(line.unit_cents)
    _check_adjustment(line.surcharge, MAX_SURCHARGE_PERCENT)
    _check_adjustment(line.discount, MAX_DISCOUNT_PERCENT)
    if line.unit_cents < 0 and (line.surcharge or line.discount):
        raise Refusal(
            "credit_with_adjustment", "A credit takes no surcharge and no discount: enter its final amount."
        )
    if line.calc_type == CalcType.PRICE and line.quantity != ONE:
        forced = Text(
            "The quantity of “Price” items is always 1; {quantity} was ignored.", {"quantity": line.quantity}
        )
        return Checked(line._replace(quantity=ONE), (forced,))
    return Checked(line, ())


def check_priceable(line: LinePrice) -> None:
    """What even a line that was once accepted must still be, or no amount can be told. Refusal `calc_type_unknown`,
    `metered_not_sellable`, `quantity_out_of_range`, `package_size_missing` and those of `tiers.check`."""
    if line.calc_type == CalcType.PRICE:
        return
    if line.calc_type not in list(CalcType):
        raise Refusal(
            "calc_type_unknown",
            "“{calc_type}” is not a calculation type: choose one of the list.",
            calc_type=line.calc_type,
        )
    if line.calc_type == CalcType.METERED:
        raise Refusal(
            "metered_not_sellable", "Items by measured use cannot be sold yet: choose another calculation."
        )
    _check_quantity(line.quantity)
    if line.calc_type in TIERED:
        tiers.check(line.tiers)
    size = line.package_size
    if line.calc_type == CalcType.PACKAGE and (size is None or not size.is_finite() or size <= 0):
        raise Refusal("package_size_missing", "Tell how many units a package holds: more than zero.")


def _check_quantity(quantity: Decimal) -> None:
    if not quantity.is_finite() or not 0 <= quantity <= MAX_QUANTITY or _places(quantity) > QUANTITY_PLACES:
        raise Refusal(
            "quantity_out_of_range",
            "The quantity {quantity} is not possible: use 0 to {high}, with at most {places} decimal places.",
            quantity=str(quantity),
            high=MAX_QUANTITY,
            places=QUANTITY_PLACES,
        )


def _check_adjustment(value: Adjustment | None, highest_percent: Decimal) -> None:
    if value is None:
        return
    percent = value.percent
    if not percent.is_finite() or percent > highest_percent or _places(percent) > PERCENT_PLACES:
        raise Refusal(
            "percent_out_of_range",
            "{percent} % is not possible: use 0 to {high} %, with at most {places} decimal places.",
            percent=str(percent),
            high=highest_percent,
            places=PERCENT_PLACES,
        )
    if value.cents < 0 or percent < 0:
        raise Refusal(
            "adjustment_negative", "A surcharge or discount cannot be negative: use the other field."
        )
    money.check(value.cents)


def _places(value: Decimal) -> int:
    """Decimal places that matter: 2.500000 has one."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
