"""What the “por que este valor?” component draws: rows with an amount, each opening into the steps that made it."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a calculation, in words. `amount_cents` is None where the step only tells something; before rounding it
    may hold parts of a centavo."""

    text: str
    amount_cents: int | Fraction | None = None
    note: str = ""
    is_result: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """An amount that is part of the whole: an invoice's line, an adjustment."""

    text: str
    amount_cents: int
    note: str = ""
    steps: tuple[Step, ...] = ()
    is_open: bool = False
    # Where what this line is for can be seen.
    href: str = ""
