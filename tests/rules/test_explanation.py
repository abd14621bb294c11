from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import explanation, money, pricing
from perene.rules.pricing import LinePrice, Tier
from tests.rules import prices


def told(line: LinePrice, part_days: int = 1, whole_days: int = 1) -> list[str]:
    """text | what it adds | what stands after it"""
    derivation = pricing.charge_amount(line, part_days=part_days, whole_days=whole_days).derivation
    return [
        f"{step.text} | {shown(step.amount_cents)} | {shown(step.running_cents)}".replace("\u00a0", " ")
        for step in explanation.explain(derivation)
    ]


def shown(cents: int | Fraction | None) -> str:
    return "" if cents is None else money.format_exact(cents)


def test_a_plain_price() -> None:
    assert told(LinePrice("price", 2500)) == [
        "Base price | R$ 25,00 | R$ 25,00",
        "Amount charged |  | R$ 25,00",
    ]


def test_a_share_of_a_month_with_its_rounding() -> None:
    line = LinePrice(
        "price",
        2500,
        surcharge=pricing.adjustment("percent", percent=Decimal("2.5")),
        discount=pricing.adjustment("money", cents=100),
    )
    assert told(line, 22, 31) == [
        "Base price | R$ 25,00 | R$ 25,00",
        "Surcharge of 2.5 % on the base | R$ 0,625 | R$ 25,625",
        "Discount | -R$ 1,00 | R$ 24,625",
        "Proportional: 22 of 31 days | -R$ 7,149193… | R$ 17,475806…",
        "Rounded to whole centavos, from R$ 17,475806… | R$ 0,004193… | R$ 17,48",
        "Amount charged |  | R$ 17,48",
    ]


def test_tiers_one_by_one() -> None:
    table = (Tier(Decimal(50), 100, 500), Tier(None, 80))
    line = LinePrice("graduated", quantity=Decimal(120), tiers=table)
    assert told(line) == [
        "Tier 1: 50 × R$ 1.00 | R$ 50,00 | R$ 50,00",
        "Tier 1: fixed amount | R$ 5,00 | R$ 55,00",
        "Tier 2: 70 × R$ 0.80 | R$ 56,00 | R$ 111,00",
        "Amount charged |  | R$ 111,00",
    ]
    assert told(line._replace(calc_type="volume"))[0] == "All in tier 2: 120 × R$ 0.80 | R$ 96,00 | R$ 96,00"


def test_units_and_packages() -> None:
    assert told(LinePrice("per_unit", 1999, Decimal("2.5")))[:2] == [
        "2.5 × R$ 19.99 | R$ 49,975 | R$ 49,975",
        "Rounded to whole centavos, from R$ 49,975 | R$ 0,005 | R$ 49,98",
    ]
    line = LinePrice("package", 3000, Decimal(11), package_size=Decimal(5))
    assert told(line)[0] == "3 packages of 5 × R$ 30.00, for a quantity of 11 | R$ 90,00 | R$ 90,00"


def test_a_discount_that_would_go_below_zero() -> None:
    discount = pricing.adjustment("percent", percent=Decimal(60))
    line = LinePrice("price", 2500, surcharge=pricing.adjustment("money", cents=10), discount=discount)
    assert told(line)[-2:] == [
        "Discount of 60 % on the base | -R$ 15,00 | R$ 10,10",
        "Amount charged |  | R$ 10,10",
    ]
    assert told(line._replace(discount=pricing.adjustment("money", cents=3000)))[-2:] == [
        "The amount does not go below zero | R$ 4,90 | R$ 0,00",
        "Amount charged |  | R$ 0,00",
    ]


def test_days_given_back() -> None:
    assert told(LinePrice("price", 3100), -9, 31) == [
        "Base price | R$ 31,00 | R$ 31,00",
        "Amount of the whole period, already charged | -R$ 31,00 | R$ 0,00",
        "Given back: 9 of 31 days | -R$ 9,00 | -R$ 9,00",
        "Amount credited |  | -R$ 9,00",
    ]
    assert told(LinePrice("price", -500))[0] == "Credit | -R$ 5,00 | -R$ 5,00"


@given(prices.lines(), st.integers(-366, 366), st.integers(366, 400))
def test_the_steps_add_up_to_the_stored_amount(line: LinePrice, part_days: int, whole_days: int) -> None:
    priced = pricing.charge_amount(line, part_days=part_days, whole_days=whole_days)
    steps = explanation.explain(priced.derivation)
    running: int | Fraction = 0
    for step in steps:
        running += step.amount_cents or 0
        assert step.running_cents == running
        assert str(step.text)
    assert steps[-1].running_cents == priced.amount_cents
    assert isinstance(steps[-1].running_cents, int)
    assert steps[-1].amount_cents is None


def test_what_was_never_written_cannot_be_explained() -> None:
    with pytest.raises(ValueError, match="not a derivation"):
        explanation.explain("{}")
