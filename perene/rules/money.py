"""Money is integer centavos, and this is the only place that rounds. Half a centavo goes away from zero."""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from perene.rules.refusals import Refusal

# Ten trillion reais: above any honest amount, and a thousand of them still fit a BIGINT.
MAX_CENTS = 10**15

_DECIMAL_TEXT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]{1,2}))?")
_BRL_TEXT = re.compile(r"(-?)(?:R\$[ \u00a0]?)?([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]{1,2}))?")
# More digits than this cannot be an amount; int() of a million digits would take seconds.
_LONGEST_TEXT = 40


def check(cents: int) -> int:
    """The same centavos, or Refusal `amount_out_of_range` when beyond ±MAX_CENTS."""
    if not -MAX_CENTS <= cents <= MAX_CENTS:
        raise Refusal(
            "amount_out_of_range",
            "The amount is too large: use at most {limit_cents}.",
            limit_cents=MAX_CENTS,
        )
    return cents


def round_half_up(value: Decimal | Fraction | int) -> int:
    """Whole centavos; an exact half goes away from zero (2.5 → 3, −2.5 → −3)."""
    if isinstance(value, Decimal):
        return int(value.to_integral_value(ROUND_HALF_UP))
    return round_ratio(value.numerator, value.denominator)


def round_ratio(numerator: int, denominator: int) -> int:
    """numerator ÷ denominator as whole centavos, half away from zero. `denominator` > 0."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def percent_of(cents: int | Fraction, percent: Decimal) -> Fraction:
    """`percent` % of an amount, exact, in centavos."""
    return cents * Fraction(percent) / 100


def rounded_percent_of(cents: int | Fraction, percent: Decimal) -> int:
    """`percent` % of an amount, in whole centavos."""
    return round_half_up(percent_of(cents, percent))


def prorate(cents: int, *, part: int, whole: int) -> int:
    """The share part ÷ whole of an amount, in whole centavos. Raises ValueError unless 0 ≤ part ≤ whole and whole > 0."""
    if not (0 <= part <= whole and whole > 0):
        raise ValueError(f"{part} of {whole} is not a share")
    return round_ratio(cents * part, whole)


def split(cents: int, parts: int) -> list[int]:
    """Equal parts that sum exactly; the centavos left over go one each to the first parts (1.00 in 3 → 34, 33, 33)."""
    if parts < 1:
        raise ValueError(f"cannot split in {parts} parts")
    each, left = divmod(abs(cents), parts)
    sign = -1 if cents < 0 else 1
    return [sign * (each + (position < left)) for position in range(parts)]


def from_decimal_text(text: str) -> int:
    """Centavos from a file's "1234.56" (point, at most two places, no grouping). Refusal `amount_malformed`."""
    found = _DECIMAL_TEXT.fullmatch(text.strip()) if len(text) <= _LONGEST_TEXT else None
    if found is None:
        raise Refusal(
            "amount_malformed", "“{text}” is not an amount: write it like 1234.56.", text=text[:_LONGEST_TEXT]
        )
    return _cents(found)


def from_brl_text(text: str) -> int:
    """Centavos from what a person types: "1.234,56", "1234,5", "R$ 20", "-R$ 3,00". Refusal `amount_malformed`."""
    found = _BRL_TEXT.fullmatch(text.strip()) if len(text) <= _LONGEST_TEXT else None
    if found is None:
        raise Refusal(
            "amount_malformed",
            "“{text}” is not an amount: write it like 1.234,56.",
            text=text[:_LONGEST_TEXT],
        )
    return _cents(found)


def _cents(found: re.Match[str]) -> int:
    sign, reais, places = found.groups()
    cents = int(reais.replace(".", "")) * 100 + int((places or "0").ljust(2, "0"))
    return check(-cents if sign else cents)


def format_brl(cents: int) -> str:
    """ "R$ 1.234,56", with a no-break space after R$ and the minus sign before it."""
    reais, rest = divmod(abs(cents), 100)
    grouped = f"{reais:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}R$\u00a0{grouped},{rest:02d}"


def format_exact(cents: int | Fraction) -> str:
    """As `format_brl`, with up to four places of a centavo more where there are any: "R$ 0,833333…"."""
    if cents.denominator == 1:
        return format_brl(int(cents))
    whole, rest = divmod(-cents if cents < 0 else cents, 1)
    scaled = rest * 10_000
    places = f"{int(scaled):04d}".rstrip("0")
    sign = "-" if cents < 0 else ""
    return f"{sign}{format_brl(whole)}{places}{'' if scaled.denominator == 1 else '…'}"
