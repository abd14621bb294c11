"""In which cycles an item is charged: every one, one, or a number of them (G23–G25)."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from perene.rules.refusals import Refusal

_TEXT = re.compile(r"continuous|one_time:([0-9]{1,6})|cycles:([0-9]{1,6}):([0-9]{1,6})")


class RecurrenceKind(StrEnum):
    CONTINUOUS = "continuous"
    ONE_TIME = "one_time"
    CYCLES = "cycles"


class Recurrence(NamedTuple):
    """Charged from cycle `start` on: `cycles` times, or without end (None). Made by the three functions below."""

    kind: RecurrenceKind
    start: int
    cycles: int | None

    def applies(self, cycle: int) -> bool:
        return self.start <= cycle and (self.cycles is None or cycle < self.start + self.cycles)

    def times_within(self, total_cycles: int) -> int:
        """How many of the cycles 1 to `total_cycles` it is charged in."""
        after = total_cycles + 1 if self.cycles is None else min(self.start + self.cycles, total_cycles + 1)
        return max(0, after - self.start)

    @property
    def is_one_time(self) -> bool:
        """A one-off is never prorated: it belongs to its cycle, not to days."""
        return self.kind == RecurrenceKind.ONE_TIME

    @property
    def code(self) -> str:
        """The text that `parse` reads."""
        if self.kind == RecurrenceKind.CONTINUOUS:
            return "continuous"
        if self.kind == RecurrenceKind.ONE_TIME:
            return f"one_time:{self.start}"
        return f"cycles:{self.start}:{self.cycles}"


CONTINUOUS = Recurrence(RecurrenceKind.CONTINUOUS, 1, None)


def one_time(cycle: int) -> Recurrence:
    """G23: once, in that cycle. Refusal `recurrence_out_of_range`."""
    return _possible(Recurrence(RecurrenceKind.ONE_TIME, cycle, 1))


def cycles(count: int, *, start: int = 1) -> Recurrence:
    """G25: `count` times, from cycle `start` on. Refusal `recurrence_out_of_range`."""
    return _possible(Recurrence(RecurrenceKind.CYCLES, start, count))


@lru_cache(maxsize=1024)
def parse(text: str) -> Recurrence:
    """From `continuous`, `one_time:CYCLE` or `cycles:START:COUNT`. Refusal `recurrence_malformed`."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise Refusal(
            "recurrence_malformed",
            "“{text}” is not a recurrence: write continuous, one_time:CYCLE or cycles:START:COUNT.",
            text=text[:40],
        )
    cycle, start, count = found.groups()
    if cycle is not None:
        return one_time(int(cycle))
    return CONTINUOUS if start is None else cycles(int(count), start=int(start))


def check(recurrence: Recurrence, *, total_cycles: int | None) -> None:
    """Refusal `cycle_beyond_total` when the item would be charged in a cycle that the plan does not have (G23, G25)."""
    if total_cycles is None or recurrence.kind == RecurrenceKind.CONTINUOUS:
        return
    last = recurrence.start + (recurrence.cycles or 1) - 1
    if last > total_cycles:
        raise Refusal(
            "cycle_beyond_total",
            "The item is charged until cycle {last}, but the plan has {total} charges: use cycles up to {total}.",
            last=last,
            total=total_cycles,
        )


def _possible(recurrence: Recurrence) -> Recurrence:
    if recurrence.start < 1 or (recurrence.cycles or 0) < 1:
        raise Refusal("recurrence_out_of_range", "Cycles count from 1, and an item is charged at least once.")
    return recurrence
