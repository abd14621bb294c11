import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import pricing
from perene.rules.pricing import Adjustment, AdjustmentKind, CalcType, LinePrice, Tier
from tests.rules import prices
from tests.rules.refused import refused

TABLE = (Tier(Decimal(10), 500), Tier(Decimal(50), 400, 1000), Tier(None, 300))


def money(cents: int) -> Adjustment | None:
    return pricing.adjustment("money", cents=cents)


def percent(value: str) -> Adjustment | None:
    return pricing.adjustment("percent", percent=Decimal(value))


def per_unit(quantity: str, unit_cents: int = 1000) -> LinePrice:
    return LinePrice(CalcType.PER_UNIT, unit_cents, Decimal(quantity))


@pytest.mark.capability("G16")
def test_the_quantity_of_a_price_is_always_one() -> None:
    checked = pricing.check(LinePrice(CalcType.PRICE, 2500, Decimal(3)))
    assert checked.line.quantity == 1
    assert [str(warning) for warning in checked.warnings] == [
        "The quantity of “Price” items is always 1; 3 was ignored."
    ]
    assert pricing.estimate(LinePrice(CalcType.PRICE, 2500, Decimal(3))) == 2500
    assert pricing.check(LinePrice(CalcType.PRICE, 2500, Decimal("1.000000"))).warnings == ()
    assert pricing.check(per_unit("3")) == (per_unit("3"), ())


@pytest.mark.capability("G16")
@pytest.mark.parametrize("quantity", ["-1", "1000000000001", "0.0000001", "NaN", "Infinity"])
def test_a_quantity_that_cannot_be_is_refused(quantity: str) -> None:
    with refused("quantity_out_of_range"):
        pricing.check(per_unit(quantity))
    with refused("quantity_out_of_range"):
        pricing.charge_amount(per_unit(quantity))


@pytest.mark.capability("G17")
def test_the_base_is_amount_times_quantity_before_any_adjustment() -> None:
    line = per_unit("2.5", 1999)._replace(surcharge=money(100), discount=percent("10"))
    assert pricing.base(line) == 4998
    assert pricing.base(LinePrice(CalcType.PRICE, 1999, surcharge=money(100))) == 1999


@pytest.mark.capability("G17")
def test_a_base_beyond_any_amount_is_refused() -> None:
    with refused("amount_out_of_range"):
        pricing.check(per_unit("1", 10**18))
    with refused("amount_out_of_range"):
        pricing.base(per_unit("1000000", 10**10))


@pytest.mark.capability("G18")
@pytest.mark.parametrize(
    ("line", "cents"),
    [
        (LinePrice(CalcType.PRICE, 2500), 2500),
        (per_unit("3"), 3000),
        (per_unit("0"), 0),
        (per_unit("0.333", 1000), 333),
        (per_unit("0.0005", 1000), 1),
        (LinePrice(CalcType.GRADUATED, quantity=Decimal(0), tiers=TABLE), 0),
        (LinePrice(CalcType.GRADUATED, quantity=Decimal(10), tiers=TABLE), 5000),
        (LinePrice(CalcType.GRADUATED, quantity=Decimal(11), tiers=TABLE), 5000 + 1000 + 400),
        (LinePrice(CalcType.GRADUATED, quantity=Decimal(60), tiers=TABLE), 5000 + 1000 + 16000 + 3000),
        (LinePrice(CalcType.VOLUME, quantity=Decimal(10), tiers=TABLE), 5000),
        (LinePrice(CalcType.VOLUME, quantity=Decimal("10.5"), tiers=TABLE), 4200 + 1000),
        (LinePrice(CalcType.VOLUME, quantity=Decimal(60), tiers=TABLE), 18000),
        (LinePrice(CalcType.PACKAGE, 3000, Decimal(11), package_size=Decimal(5)), 9000),
        (LinePrice(CalcType.PACKAGE, 3000, Decimal(10), package_size=Decimal(5)), 6000),
        (LinePrice(CalcType.PACKAGE, 3000, Decimal(0), package_size=Decimal(5)), 0),
    ],
)
def test_each_calculation(line: LinePrice, cents: int) -> None:
    assert pricing.check(line).line == line
    assert pricing.estimate(line) == cents


@pytest.mark.capability("G18")
def test_an_unknown_calculation_is_refused() -> None:
    for act in (pricing.check, pricing.charge_amount):
        with refused("calc_type_unknown", calc_type="free"):
            act(LinePrice("free"))


@pytest.mark.parametrize(
    ("code", "table"),
    [
        ("tiers_missing", ()),
        ("tiers_not_open_ended", (Tier(Decimal(10), 5),)),
        ("tiers_not_open_ended", (Tier(None, 5), Tier(None, 4))),
        ("tiers_not_increasing", (Tier(Decimal(10), 5), Tier(Decimal(10), 4), Tier(None, 3))),
        ("tiers_not_increasing", (Tier(Decimal(0), 5), Tier(None, 4))),
        ("tiers_not_increasing", (Tier(Decimal("NaN"), 5), Tier(None, 4))),
        ("tier_price_negative", (Tier(None, -1),)),
        ("tier_price_negative", (Tier(None, 1, -1),)),
        ("amount_out_of_range", (Tier(None, 10**18),)),
    ],
)
@pytest.mark.parametrize("calc_type", [CalcType.GRADUATED, CalcType.VOLUME])
def test_an_impossible_tier_table_is_refused_when_kept_and_when_priced(
    calc_type: CalcType, code: str, table: tuple[Tier, ...]
) -> None:
    line = LinePrice(calc_type, quantity=Decimal(5), tiers=table)
    with refused(code):
        pricing.check(line)
    with refused(code):
        pricing.charge_amount(line)


@pytest.mark.parametrize("size", [None, Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_a_package_without_a_size_is_refused(size: Decimal | None) -> None:
    with refused("package_size_missing"):
        pricing.charge_amount(LinePrice(CalcType.PACKAGE, 100, package_size=size))


def test_a_metered_item_cannot_be_sold_yet() -> None:
    for act in (pricing.check, pricing.charge_amount, pricing.estimate, pricing.base):
        with refused("metered_not_sellable"):
            act(LinePrice(CalcType.METERED, 100))


@pytest.mark.capability("G19")
def test_the_kind_tells_which_value_is_read() -> None:
    assert pricing.adjustment("money", cents=5, percent=Decimal(9)) == (AdjustmentKind.MONEY, 5, Decimal(0))
    assert pricing.adjustment("percent", cents=5, percent=Decimal(9)) == (
        AdjustmentKind.PERCENT,
        0,
        Decimal(9),
    )
    assert pricing.adjustment("money", percent=Decimal(9)) is None
    assert pricing.adjustment("percent", cents=5) is None


@pytest.mark.capability("G20")
def test_a_surcharge_is_added_and_a_percentage_is_of_the_base() -> None:
    assert pricing.estimate(LinePrice(CalcType.PRICE, 2500, surcharge=money(60))) == 2560
    assert pricing.estimate(per_unit("2", 2500)._replace(surcharge=percent("2.5"))) == 5125


@pytest.mark.capability("G21")
def test_a_discount_is_taken_off_and_never_below_zero() -> None:
    assert pricing.estimate(LinePrice(CalcType.PRICE, 2500, discount=money(60))) == 2440
    assert pricing.estimate(LinePrice(CalcType.PRICE, 2500, discount=percent("100"))) == 0
    assert pricing.estimate(LinePrice(CalcType.PRICE, 2500, discount=money(2600))) == 0


@pytest.mark.capability("G21")
def test_a_discount_above_the_price_is_refused() -> None:
    line = LinePrice(CalcType.PRICE, 2500, surcharge=money(100))
    assert pricing.check(line._replace(discount=money(2600))).line.discount == money(2600)
    with refused("discount_above_price", discount_cents=2601, price_cents=2600):
        pricing.check(line._replace(discount=money(2601)))


@pytest.mark.capability("G22")
def test_both_percentages_are_of_the_base_and_it_is_rounded_once() -> None:
    line = LinePrice(CalcType.PRICE, 1001, surcharge=percent("10"), discount=percent("10"))
    assert pricing.estimate(line) == 1001
    # 33.25 + 0.25 × 33.25 − 0.1 × 33.25 = 38.2375; rounding each would give 38.23.
    thirds = LinePrice(CalcType.PRICE, 3325, surcharge=percent("25"), discount=percent("10"))
    assert pricing.estimate(thirds) == 3824


@pytest.mark.capability("G19", "G20", "G21", "G22")
@pytest.mark.parametrize(
    ("code", "surcharge", "discount"),
    [
        ("adjustment_negative", money(-1), None),
        ("adjustment_negative", None, percent("-1")),
        ("percent_out_of_range", percent("1000.1"), None),
        ("percent_out_of_range", None, percent("100.1")),
        ("percent_out_of_range", percent("0.00001"), None),
        ("percent_out_of_range", percent("NaN"), None),
        ("amount_out_of_range", money(10**18), None),
    ],
)
def test_an_adjustment_that_cannot_be_is_refused(
    code: str, surcharge: Adjustment | None, discount: Adjustment | None
) -> None:
    with refused(code):
        pricing.check(LinePrice(CalcType.PRICE, 2500, surcharge=surcharge, discount=discount))


def test_a_credit_is_a_negative_amount_without_adjustments() -> None:
    credit = LinePrice(CalcType.PRICE, -500)
    assert pricing.check(credit).line == credit
    assert pricing.charge_amount(credit, part_days=15, whole_days=30).amount_cents == -250
    with refused("credit_with_adjustment"):
        pricing.check(credit._replace(discount=money(1)))


@pytest.mark.capability("G5")
def test_a_share_of_a_period_is_rounded_once() -> None:
    line = LinePrice(CalcType.PRICE, 2500, surcharge=percent("2.5"))
    # 25.625 × 22 ÷ 31 = 18.1854…
    assert pricing.charge_amount(line, part_days=22, whole_days=31).amount_cents == 1819
    assert pricing.charge_amount(line, part_days=0, whole_days=31).amount_cents == 0
    assert pricing.charge_amount(line, part_days=31, whole_days=31) == pricing.charge_amount(line)


def test_days_given_back_are_the_same_share_below_zero() -> None:
    line = LinePrice(CalcType.PRICE, 2501)
    assert pricing.charge_amount(line, part_days=-9, whole_days=31).amount_cents == -726
    assert pricing.charge_amount(line, part_days=9, whole_days=31).amount_cents == 726


@pytest.mark.parametrize(("part_days", "whole_days"), [(32, 31), (-32, 31), (0, 0)])
def test_more_than_the_period_is_a_bug(part_days: int, whole_days: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        pricing.charge_amount(LinePrice(CalcType.PRICE, 2500), part_days=part_days, whole_days=whole_days)


@pytest.mark.parametrize(
    ("line", "share", "derivation"),
    [
        (LinePrice("price", 2500), (1, 1), '{"c":"price","u":2500}'),
        (
            LinePrice("price", 2500, surcharge=money(60)),
            (22, 31),
            '{"c":"price","u":2500,"s":60,"p":[22,31]}',
        ),
        (per_unit("3.000000"), (-9, 31), '{"c":"per_unit","u":1000,"q":"3","p":[-9,31]}'),
        (
            LinePrice(CalcType.VOLUME, quantity=Decimal("1E+2"), tiers=TABLE[1:], discount=percent("2.50")),
            (30, 30),
            '{"c":"volume","t":[["50",400,1000],[null,300,0]],"q":"100","dp":"2.5"}',
        ),
        (
            LinePrice("package", 3000, Decimal(11), package_size=Decimal("5.0")),
            (1, 1),
            '{"c":"package","u":3000,"q":"11","k":"5"}',
        ),
    ],
)
def test_a_derivation_is_compact_json(line: LinePrice, share: tuple[int, int], derivation: str) -> None:
    priced = pricing.charge_amount(line, part_days=share[0], whole_days=share[1])
    assert priced.derivation == derivation
    assert pricing.evaluate(derivation) == priced.amount_cents
    assert pricing.evaluate(json.loads(derivation)) == priced.amount_cents


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "x",
        '{"c":"free","u":1}',
        '{"c":"price","u":"1"}',
        '{"c":"price","u":1,"sp":"x"}',
        '{"c":"price","u":1,"p":[2,1]}',
        '{"c":"price","u":1,"p":[1]}',
        '{"c":"volume","t":[[1]]}',
    ],
)
def test_what_was_never_written_is_no_derivation(text: str) -> None:
    with pytest.raises(ValueError):
        pricing.evaluate(text)


@given(prices.lines(), st.integers(-366, 366), st.integers(366, 400))
def test_a_stored_derivation_gives_the_stored_centavos(
    line: LinePrice, part_days: int, whole_days: int
) -> None:
    priced = pricing.charge_amount(line, part_days=part_days, whole_days=whole_days)
    assert pricing.evaluate(priced.derivation) == priced.amount_cents
    assert pricing.evaluate(json.loads(priced.derivation)) == priced.amount_cents


@given(prices.lines(), st.integers(0, 366), st.integers(366, 400))
def test_no_charge_is_negative_and_none_is_above_the_whole(
    line: LinePrice, part_days: int, whole_days: int
) -> None:
    amount = pricing.charge_amount(line, part_days=part_days, whole_days=whole_days).amount_cents
    assert 0 <= amount <= pricing.estimate(line)
    assert abs(amount - Fraction(pricing.exact_estimate(line) * part_days, whole_days)) <= Fraction(1, 2)


@given(prices.tier_tables(), prices.quantities)
def test_graduated_tiers_cover_the_quantity_once(table: tuple[Tier, ...], quantity: Decimal) -> None:
    shares = pricing.tier_shares(LinePrice(CalcType.GRADUATED, quantity=quantity, tiers=table))
    assert sum(share.quantity for share in shares) == quantity
    assert [share.number for share in shares] == list(range(1, len(shares) + 1))
