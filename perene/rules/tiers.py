"""Tier tables: graduated (each tier prices its own stretch) and volume (one tier prices everything)."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

from perene.rules import money
from perene.rules.refusals import Refusal

ZERO = Decimal(0)


class Tier(NamedTuple):
    """Up to and including `up_to` (None: no end), each unit costs `unit_cents`; reaching the tier costs `flat_cents`."""

    up_to: Decimal | None
    unit_cents: int
    flat_cents: int = 0


class Share(NamedTuple):
    """The quantity that tier `number` (the first is 1) prices."""

    number: int
    quantity: Decimal
    tier: Tier


def check(tiers: Sequence[Tier]) -> None:
    """Refusal `tiers_missing`, `tiers_not_increasing`, `tiers_not_open_ended`, `tier_price_negative`,
    `amount_out_of_range`."""
    if not tiers:
        raise Refusal("tiers_missing", "The tier table is empty: add at least one tier.")
    lower = ZERO
    for number, tier in enumerate(tiers, start=1):
        is_last = number == len(tiers)
        if is_last != (tier.up_to is None):
            raise Refusal("tiers_not_open_ended", "The last tier, and no other, must have no upper limit.")
        if tier.up_to is not None:
            if not tier.up_to.is_finite() or tier.up_to <= lower:
                raise Refusal(
                    "tiers_not_increasing",
                    "Tier {number} must end above {lower}: put the limits in increasing order.",
                    number=number,
                    lower=lower,
                )
            lower = tier.up_to
        if tier.unit_cents < 0 or tier.flat_cents < 0:
            raise Refusal(
                "tier_price_negative", "The price of tier {number} cannot be negative.", number=number
            )
        money.check(tier.unit_cents)
        money.check(tier.flat_cents)


def graduated(tiers: Sequence[Tier], quantity: Decimal) -> list[Share]:
    """The tiers reached, each with its own stretch. The first is always reached, even by a quantity of zero."""
    shares: list[Share] = []
    lower = ZERO
    for number, tier in enumerate(tiers, start=1):
        if number > 1 and quantity <= lower:
            break
        upper = quantity if tier.up_to is None else min(quantity, tier.up_to)
        shares.append(Share(number, upper - lower, tier))
        lower = upper
    return shares


def volume(tiers: Sequence[Tier], quantity: Decimal) -> list[Share]:
    """The one tier that the whole quantity falls into."""
    for number, tier in enumerate(tiers, start=1):
        if tier.up_to is None or quantity <= tier.up_to:
            return [Share(number, quantity, tier)]
    raise ValueError("a tier table that was not checked")


def amount(shares: Sequence[Share]) -> Fraction:
    """Exact centavos."""
    return sum(
        (Fraction(quantity) * tier.unit_cents + tier.flat_cents for _, quantity, tier in shares), Fraction(0)
    )


def to_json(tiers: Sequence[Tier]) -> list[list[object]]:
    """[[up_to as text or null, unit_cents, flat_cents], …], as tables are stored."""
    return [[None if up_to is None else f"{up_to:f}", unit, flat] for up_to, unit, flat in tiers]


def from_json(rows: object) -> tuple[Tier, ...]:
    """The stored table. Refusal `tiers_malformed` for anything else, so that one bad row parks and nothing breaks."""
    try:
        return tuple(
            Tier(None if up_to is None else _limit(up_to), _whole(unit), _whole(flat))
            for up_to, unit, flat in rows or ()  # type: ignore[attr-defined]
        )
    except (TypeError, ValueError, InvalidOperation):
        raise Refusal("tiers_malformed", "The tier table cannot be read: enter it again.") from None


def _limit(up_to: object) -> Decimal:
    limit = Decimal(str(up_to))
    if not limit.is_finite():
        raise ValueError(up_to)
    return limit


def _whole(cents: object) -> int:
    if not isinstance(cents, int) or isinstance(cents, bool):
        raise TypeError(cents)
    return cents
