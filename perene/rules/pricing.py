"""What a line costs: base + surcharge − discount, both on the base, never below zero, the share of the period it covers,
rounded once at the end (G17–G22). Amounts in between are exact."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from perene.rules import derivation as derivations
from perene.rules import money, price_lines, tiers
from perene.rules.price_lines import Adjustment, AdjustmentKind, CalcType, Checked, LinePrice, adjustment
from perene.rules.refusals import Refusal
from perene.rules.tiers import Tier

__all__ = [
    "Adjustment",
    "AdjustmentKind",
    "CalcType",
    "Checked",
    "LinePrice",
    "Priced",
    "Tier",
    "adjustment",
    "base",
    "charge_amount",
    "check",
    "estimate",
    "evaluate",
]


class Priced(NamedTuple):
    """An amount, and the JSON text (`rules.derivation`) that `evaluate` turns into the same amount again."""

    amount_cents: int
    derivation: str


def charge_amount(line: LinePrice, *, part_days: int = 1, whole_days: int = 1) -> Priced:
    """The charge of a line for `part_days` of a period of `whole_days`; negative days are given back. A line that
    cannot be priced is a Refusal of `price_lines.check_priceable` or `amount_out_of_range`; a share that is none, a
    ValueError."""
    return _priced(line, part_days, whole_days)


def evaluate(derivation: str | Mapping[str, Any]) -> int:
    """The centavos that a stored derivation stands for: always those stored with it. ValueError for what no charge ever
    wrote, Refusal for a line that cannot be priced."""
    return _amount(*derivations.read(derivation))


def estimate(line: LinePrice) -> int:
    """G22: a whole cycle's amount, in centavos."""
    return _amount(line, 1, 1)


def base(line: LinePrice) -> int:
    """G17: the base amount before surcharge and discount, in centavos."""
    price_lines.check_priceable(line)
    return money.check(money.round_half_up(exact_base(line)))


def check(line: LinePrice) -> Checked:
    """The line as it may be kept: “Price” with quantity 1 (G16), possible values, a discount within the price. Refusal
    `discount_above_price` and those of `price_lines.check_parts`."""
    checked = price_lines.check_parts(line)
    estimate(checked.line)
    of = exact_base(checked.line)
    before = of + exact_adjustment(line.surcharge, of)
    discount = exact_adjustment(line.discount, of)
    if line.discount is not None and discount > before:
        raise Refusal(
            "discount_above_price",
            "The discount of {discount_cents} is above the price of {price_cents}: lower the discount.",
            discount_cents=money.round_half_up(discount),
            price_cents=money.round_half_up(before),
        )
    return checked


def exact_base(line: LinePrice) -> int | Fraction:
    """The base in centavos and their fractions. The line must be priceable."""
    calc_type = line.calc_type
    if calc_type == CalcType.PRICE:
        return line.unit_cents
    if calc_type == CalcType.PER_UNIT:
        return _times(line.quantity, line.unit_cents)
    if calc_type == CalcType.PACKAGE:
        return packages(line) * line.unit_cents
    return tiers.amount(tier_shares(line))


def exact_adjustment(value: Adjustment | None, of: int | Fraction) -> int | Fraction:
    """A surcharge or discount on the base `of`, in centavos and their fractions."""
    if value is None:
        return 0
    return money.percent_of(of, value.percent) if value.kind == AdjustmentKind.PERCENT else value.cents


def exact_estimate(line: LinePrice) -> int | Fraction:
    """Base + surcharge − discount, exact; never below zero, unless the base itself is a credit."""
    total = of = exact_base(line)
    if line.surcharge is not None:
        total += exact_adjustment(line.surcharge, of)
    if line.discount is not None:
        total -= exact_adjustment(line.discount, of)
    return total if total >= 0 or of < 0 else 0


def packages(line: LinePrice) -> int:
    """How many packages the quantity begins."""
    size = Fraction(line.package_size or 1)
    return -(-Fraction(line.quantity) // size)


def tier_shares(line: LinePrice) -> list[tiers.Share]:
    """What each tier prices."""
    by_table = tiers.graduated if line.calc_type == CalcType.GRADUATED else tiers.volume
    return by_table(line.tiers, line.quantity)


@lru_cache(maxsize=8192)
def _priced(line: LinePrice, part_days: int, whole_days: int) -> Priced:
    """Remembered, because a portfolio is priced in a few hundred ways and a run asks a hundred thousand times."""
    return Priced(_amount(line, part_days, whole_days), derivations.write(line, part_days, whole_days))


def _amount(line: LinePrice, part_days: int, whole_days: int) -> int:
    if not (abs(part_days) <= whole_days and whole_days > 0):
        raise ValueError(f"{part_days} of {whole_days} days is not a share")
    price_lines.check_priceable(line)
    total = exact_estimate(line)
    return money.check(money.round_ratio(total.numerator * part_days, total.denominator * whole_days))


def _times(quantity: Decimal, cents: int) -> int | Fraction:
    numerator, denominator = quantity.as_integer_ratio()
    return numerator * cents if denominator == 1 else Fraction(numerator * cents, denominator)
