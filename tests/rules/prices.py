"""Made-up price lines that `pricing.check` would accept."""

from decimal import Decimal

from hypothesis import strategies as st

from perene.rules import pricing
from perene.rules.pricing import CalcType, LinePrice, Tier

# Small enough that no line leaves money.MAX_CENTS, nor a plan of several over its cycles.
cents = st.integers(0, 10**6)
quantities = st.decimals(0, 10**5, places=6)


@st.composite
def tier_tables(draw: st.DrawFn) -> tuple[Tier, ...]:
    limits = sorted(draw(st.sets(st.decimals("0.01", 10**6, places=2), max_size=5)))
    return tuple(Tier(limit, draw(cents), draw(cents)) for limit in [*limits, None])


@st.composite
def adjustments(draw: st.DrawFn, highest_percent: int) -> pricing.Adjustment | None:
    if draw(st.booleans()):
        return pricing.adjustment("money", cents=draw(cents))
    return pricing.adjustment("percent", percent=draw(st.decimals(0, highest_percent, places=4)))


@st.composite
def lines(draw: st.DrawFn) -> LinePrice:
    calc_type = draw(st.sampled_from([kind for kind in CalcType if kind != CalcType.METERED]))
    is_tiered = calc_type in (CalcType.GRADUATED, CalcType.VOLUME)
    return LinePrice(
        calc_type=calc_type,
        unit_cents=0 if is_tiered else draw(cents),
        quantity=Decimal(1) if calc_type == CalcType.PRICE else draw(quantities),
        surcharge=draw(adjustments(1000)),
        discount=draw(adjustments(100)),
        tiers=draw(tier_tables()) if is_tiered else (),
        package_size=draw(st.decimals("0.5", 1000, places=3)) if calc_type == CalcType.PACKAGE else None,
    )
