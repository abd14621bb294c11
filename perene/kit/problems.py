"""What is wrong with the rows of a file: all of it is gathered, so that a person corrects a file once and not forty times."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from perene.rules.refusals import Refusal, Text

Read = TypeVar("Read")


class Problem(NamedTuple):
    """Why the value of a column (of the row that begins on `line`, the header is 1) cannot be."""

    line: int
    column: str
    value: str
    why: Refusal | Text


class RowsRefused(Exception):
    """The file has problems: nothing of it was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems, the first: {problems[0]}")
        self.problems = problems


class Problems:
    """Gathers the problems of one file."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, line: int, column: str, value: object, why: Refusal) -> None:
        self.found.append(Problem(line, column, str(value), why))

    def tried(
        self, line: int, column: str, value: object, check: Callable[..., Read], *given: object
    ) -> Read | None:
        """What `check(*given)` returns; None, and a problem noted, when it raises a Refusal."""
        try:
            return check(*given)
        except Refusal as why:
            self.add(line, column, value, why)
            return None

    def stop_if_any(self) -> None:
        """Raises RowsRefused, in the order of the file."""
        if self.found:
            raise RowsRefused(sorted(self.found, key=lambda problem: problem.line))


class Outcome(NamedTuple):
    """What a file did. `notes`: what a person should know although the row was taken."""

    new: int
    changed: int
    unchanged: int
    notes: tuple[Problem, ...] = ()
