"""“Por que este valor?”: a stored derivation told step by step, each with what it adds and what stands after it (X6)."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from perene.rules import derivation as derivations
from perene.rules import money, pricing
from perene.rules.derivation import Derived, Hand
from perene.rules.price_lines import Adjustment, AdjustmentKind, CalcType, LinePrice
from perene.rules.refusals import Text

Exact = int | Fraction


class Step(NamedTuple):
    """One step. `amount_cents` is what it adds (None: the result, which adds nothing), `running_cents` what stands after
    it. Exact: a Fraction where there are fractions of a centavo, so show both with `money.format_exact`."""

    text: Text
    amount_cents: Exact | None
    running_cents: Exact


def explain(derivation: str | Mapping[str, Any]) -> list[Step]:
    """The steps from the base price to the amount; the last one holds what `pricing.evaluate` answers."""
    derived = derivations.read(derivation)
    result = pricing.evaluate(derivation)
    steps: list[Step] = []
    running: Exact = 0
    hand = derivations.hand_of(derivation)
    for text, amount in _additions(derived) if hand is None else _entered(hand, derived):
        running = _simple(running + amount)
        steps.append(Step(text, _simple(amount), running))
    if running != result:
        exact = money.format_exact(running)
        rounded = Text("Rounded to whole centavos, from {exact}", {"exact": exact})
        steps.append(Step(rounded, _simple(result - running), result))
    steps.append(Step(Text("Amount charged") if result >= 0 else Text("Amount credited"), None, result))
    return steps


def _additions(derived: Derived) -> Iterator[tuple[Text, Exact]]:
    line, part_days, whole_days = derived
    base = pricing.exact_base(line)
    yield from _base(line)
    total = base
    if line.surcharge is not None:
        total += (amount := pricing.exact_adjustment(line.surcharge, base))
        yield _surcharge(line.surcharge), amount
    if line.discount is not None:
        total -= (amount := pricing.exact_adjustment(line.discount, base))
        yield _discount(line.discount), -amount
    whole = pricing.exact_estimate(line)
    if whole != total:
        yield Text("The amount does not go below zero"), whole - total
    if part_days == whole_days:
        return
    days = {"part": abs(part_days), "whole": whole_days}
    share = Fraction(whole) * part_days / whole_days
    if part_days < 0:
        yield Text("Amount of the whole period, already charged"), -whole
        yield Text("Given back: {part} of {whole} days", days), share
    else:
        yield Text("Proportional: {part} of {whole} days", days), share - whole


def _entered(hand: Hand, derived: Derived) -> Iterator[tuple[Text, Exact]]:
    said = {"person": hand.by, "on": hand.on}
    text = (
        Text("Entered by hand by {person} on {on}", said)
        if hand.by
        else Text("Entered by hand on {on}", {"on": hand.on})
    )
    yield text, derived.line.unit_cents


def _base(line: LinePrice) -> Iterator[tuple[Text, Exact]]:
    unit, quantity = line.unit_cents, line.quantity
    if line.calc_type == CalcType.PRICE:
        yield Text("Base price") if unit >= 0 else Text("Credit"), unit
    elif line.calc_type == CalcType.PER_UNIT:
        said = {"quantity": quantity, "unit_cents": unit}
        yield Text("{quantity} × {unit_cents}", said), pricing.exact_base(line)
    elif line.calc_type == CalcType.PACKAGE:
        said = {
            "packages": pricing.packages(line),
            "size": line.package_size,
            "unit_cents": unit,
            "quantity": quantity,
        }
        text = Text("{packages} packages of {size} × {unit_cents}, for a quantity of {quantity}", said)
        yield text, pricing.exact_base(line)
    else:
        yield from _tiers(line)


def _tiers(line: LinePrice) -> Iterator[tuple[Text, Exact]]:
    is_volume = line.calc_type == CalcType.VOLUME
    for number, quantity, tier in pricing.tier_shares(line):
        said = {"number": number, "quantity": quantity, "unit_cents": tier.unit_cents}
        text = (
            Text("All in tier {number}: {quantity} × {unit_cents}", said)
            if is_volume
            else Text("Tier {number}: {quantity} × {unit_cents}", said)
        )
        yield text, Fraction(quantity) * tier.unit_cents
        if tier.flat_cents:
            yield Text("Tier {number}: fixed amount", {"number": number}), tier.flat_cents


def _surcharge(value: Adjustment) -> Text:
    if value.kind == AdjustmentKind.PERCENT:
        return Text("Surcharge of {percent} % on the base", {"percent": value.percent})
    return Text("Surcharge")


def _discount(value: Adjustment) -> Text:
    if value.kind == AdjustmentKind.PERCENT:
        return Text("Discount of {percent} % on the base", {"percent": value.percent})
    return Text("Discount")


def _simple(value: Exact) -> Exact:
    """A whole number of centavos as int."""
    return int(value) if value.denominator == 1 else value
