"""How an amount is remembered: compact JSON from which it can be computed again (X6). A hundred million are kept, so keys
are one or two letters, defaults are left out, and the text is written directly.

c calculation · u unit centavos · q quantity · s, d surcharge, discount in centavos · sp, dp the same in percent ·
t tiers [[up_to, unit, flat], …] · k package size · p [days charged, days of the whole] · by, on who entered an amount by hand
(empty = a program), and when. Decimals are text.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from perene.rules import tiers
from perene.rules.price_lines import ONE, TIERED, Adjustment, AdjustmentKind, CalcType, LinePrice
from perene.rules.refusals import Refusal


class Derived(NamedTuple):
    """What a derivation says: the line and the share of it, `part_days` of `whole_days` (1 of 1 is the whole)."""

    line: LinePrice
    part_days: int
    whole_days: int


class Hand(NamedTuple):
    """Who entered an amount, and on which day."""

    by: str
    on: date


def write(line: LinePrice, part_days: int, whole_days: int) -> str:
    """The JSON text of a priced line."""
    calc_type, unit_cents, quantity, surcharge, discount, table, package_size = line
    text = f'{{"c":"{calc_type}"'
    if calc_type in TIERED:
        text += f',"t":{json.dumps(tiers.to_json(table), separators=(",", ":"))}'
    else:
        text += f',"u":{unit_cents}'
    if calc_type != CalcType.PRICE:
        text += f',"q":"{_plain(quantity)}"'
    if calc_type == CalcType.PACKAGE and package_size is not None:
        text += f',"k":"{_plain(package_size)}"'
    if surcharge is not None:
        text += _adjustment("s", surcharge)
    if discount is not None:
        text += _adjustment("d", discount)
    if part_days != whole_days:
        text += f',"p":[{part_days},{whole_days}]'
    return text + "}"


def write_by_hand(amount_cents: int, *, by: str, on: date) -> str:
    """The JSON text of an amount that nothing was computed from: a person said it."""
    said = {"c": CalcType.PRICE.value, "u": amount_cents, "by": by, "on": on.isoformat()}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def hand_of(derivation: str | Mapping[str, Any]) -> Hand | None:
    """Who entered the amount by hand; None when it was computed. ValueError as `read`."""
    try:
        said = json.loads(derivation) if isinstance(derivation, str) else derivation
        return Hand(str(said["by"]), date.fromisoformat(said["on"])) if "by" in said else None
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a derivation: {derivation!r}") from error


def read(derivation: str | Mapping[str, Any]) -> Derived:
    """What `write` wrote, from its text or from the parsed JSON. Raises ValueError for anything else."""
    try:
        return _read(json.loads(derivation) if isinstance(derivation, str) else derivation)
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation, Refusal) as error:
        raise ValueError(f"not a derivation: {derivation!r}") from error


def _read(said: Mapping[str, Any]) -> Derived:
    size = said.get("k")
    line = LinePrice(
        calc_type=CalcType(said["c"]),
        unit_cents=_whole(said.get("u", 0)),
        quantity=Decimal(said["q"]) if "q" in said else ONE,
        surcharge=_adjusted(said, "s"),
        discount=_adjusted(said, "d"),
        tiers=tiers.from_json(said.get("t")),
        package_size=None if size is None else Decimal(size),
    )
    part_days, whole_days = said.get("p", (1, 1))
    return Derived(line, _whole(part_days), _whole(whole_days))


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


def _adjustment(key: str, value: Adjustment) -> str:
    if value.kind == AdjustmentKind.PERCENT:
        return f',"{key}p":"{_plain(value.percent)}"'
    return f',"{key}":{value.cents}'


def _adjusted(said: Mapping[str, Any], key: str) -> Adjustment | None:
    if f"{key}p" in said:
        return Adjustment(AdjustmentKind.PERCENT, 0, Decimal(said[f"{key}p"]))
    return Adjustment(AdjustmentKind.MONEY, _whole(said[key]), Decimal(0)) if key in said else None


def _plain(value: Decimal) -> str:
    """3.000000 is "3" and 1E+2 is "100"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
