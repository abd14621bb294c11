"""Numbers in words for the screen: short amounts for a scale, counts, shares."""

from perene.rules import money


def short_brl(cents: int) -> str:
    """An amount for a scale: "R$ 0", "R$ 450", "R$ 450 mil", "R$ 1,5 mi"."""
    reais = cents / 100
    for size, word in ((1_000_000_000, "bi"), (1_000_000, "mi"), (1_000, "mil")):
        if reais >= size:
            return f"R$\u00a0{_comma(reais / size)}\u00a0{word}"
    return f"R$\u00a0{_comma(reais)}"


def whole(number: int) -> str:
    """A count with Brazilian grouping: 7043 → "7.043"."""
    return f"{number:,}".replace(",", ".")


def percent(part: int, total: int) -> str:
    """A share with one place: "12,5%". Of nothing, every share is "0%"."""
    if total == 0:
        return "0%"
    tenths = money.round_ratio(part * 1000, total)
    return f"{_comma(tenths / 10)}%"


def _comma(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0").replace(".", ",")
