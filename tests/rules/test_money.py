from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import money
from tests.rules.refused import refused

amounts = st.integers(-money.MAX_CENTS, money.MAX_CENTS)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Decimal("2.5"), 3),
        (Decimal("-2.5"), -3),
        (Decimal("2.4999999999999999999999999999999999"), 2),
        (Decimal("0.5"), 1),
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(7, 3), 2),
        (Fraction(-1, 3), 0),
        (7, 7),
    ],
)
def test_half_a_centavo_goes_away_from_zero(value: Decimal | Fraction | int, rounded: int) -> None:
    assert money.round_half_up(value) == rounded


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**9))
def test_rounding_is_off_by_half_at_most_and_the_same_on_both_sides_of_zero(top: int, bottom: int) -> None:
    rounded = money.round_ratio(top, bottom)
    assert abs(rounded - Fraction(top, bottom)) <= Fraction(1, 2)
    assert money.round_ratio(-top, bottom) == -rounded
    assert money.round_half_up(Fraction(top, bottom)) == rounded


def test_percent_is_exact_until_it_is_rounded() -> None:
    assert money.percent_of(3333, Decimal("2.5")) == Fraction(3333, 40)
    assert money.rounded_percent_of(3333, Decimal("2.5")) == 83
    assert money.rounded_percent_of(1000, Decimal("0.25")) == 3


def test_a_share_of_days() -> None:
    assert money.prorate(2560, part=22, whole=31) == 1817
    assert money.prorate(2560, part=0, whole=31) == 0
    assert money.prorate(-2560, part=22, whole=31) == -1817


@pytest.mark.parametrize(("part", "whole"), [(32, 31), (-1, 31), (0, 0)])
def test_what_is_no_share_is_a_bug(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        money.prorate(100, part=part, whole=whole)


@pytest.mark.capability("I28")
def test_split_gives_the_left_over_centavos_to_the_first_parts() -> None:
    assert money.split(10000, 3) == [3334, 3333, 3333]
    assert money.split(-5, 2) == [-3, -2]
    assert money.split(2, 4) == [1, 1, 0, 0]
    with pytest.raises(ValueError, match="0 parts"):
        money.split(100, 0)


@pytest.mark.capability("I28")
@given(amounts, st.integers(1, 400))
def test_split_sums_exactly_and_its_parts_differ_by_one_at_most(cents: int, parts: int) -> None:
    found = money.split(cents, parts)
    assert len(found) == parts
    assert sum(found) == cents
    assert max(found) - min(found) <= 1
    assert sorted(found, key=abs, reverse=True) == found


@pytest.mark.parametrize(
    ("text", "cents"),
    [("25.60", 2560), ("25.6", 2560), ("25", 2500), ("-0.01", -1), (" 0.00 ", 0), ("0001.10", 110)],
)
def test_amounts_of_a_file(text: str, cents: int) -> None:
    assert money.from_decimal_text(text) == cents


@pytest.mark.parametrize(
    "text",
    ["", "1,50", "1.505", "1e3", "R$ 1.00", "1.", ".5", "--1", "1 000.00", "٣.٠٠", "NaN", "1" * 1_000_000],
)
def test_what_is_no_amount_of_a_file_is_refused(text: str) -> None:
    with refused("amount_malformed", text=text[:40]):
        money.from_decimal_text(text)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.234,56", 123456),
        ("1234,5", 123450),
        ("1.234", 123400),
        ("R$ 20", 2000),
        ("R$\u00a01.000.000,00", 100000000),
        ("-R$ 3,00", -300),
        ("-3", -300),
    ],
)
def test_amounts_that_a_person_types(text: str, cents: int) -> None:
    assert money.from_brl_text(text) == cents


@pytest.mark.parametrize("text", ["", "1.5", "12.34", "1,234.56", "1.23,4", "R$", "dez", "1,234"])
def test_what_is_no_amount_of_a_person_is_refused(text: str) -> None:
    with refused("amount_malformed", text=text):
        money.from_brl_text(text)


def test_an_amount_of_ten_to_the_eighteen_is_refused() -> None:
    for text in (str(10**18), "10000000000000.01"):
        with refused("amount_out_of_range", limit_cents=10**15):
            money.from_decimal_text(text)
    assert money.from_decimal_text("10000000000000.00") == money.MAX_CENTS
    assert money.check(-money.MAX_CENTS) == -money.MAX_CENTS
    with refused("amount_out_of_range"):
        money.check(-money.MAX_CENTS - 1)


def test_amounts_as_brazilians_read_them() -> None:
    assert money.format_brl(123456789) == "R$\u00a01.234.567,89"
    assert money.format_brl(-5) == "-R$\u00a00,05"
    assert money.format_brl(0) == "R$\u00a00,00"


def test_fractions_of_a_centavo_are_shown_where_there_are_any() -> None:
    assert money.format_exact(2560) == "R$\u00a025,60"
    assert money.format_exact(Fraction(125, 2)) == "R$\u00a00,625"
    assert money.format_exact(Fraction(-250, 3)) == "-R$\u00a00,833333…"
    assert money.format_exact(Fraction(1, 10**6)) == "R$\u00a00,00…"


@given(amounts)
def test_a_formatted_amount_reads_back(cents: int) -> None:
    assert money.from_brl_text(money.format_brl(cents)) == cents
