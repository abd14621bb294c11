"""What a check found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from perene.kit import reading

# A broken database could name millions: after so many of one kind the rest is not listed.
MOST = 1000


class Violation(NamedTuple):
    """`code` names the rule that is broken, `subject` the row, `detail` what is there and what should be."""

    code: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.code}: {self.subject}: {self.detail}"


def of_rows(
    code: str, kind: str, sql: str, detail: str, params: Mapping[str, object] | Sequence[object] = ()
) -> Iterator[Violation]:
    """A violation per row of `sql`: its first column is the subject (of that kind), the others fill `detail`."""
    for subject, *values in reading.rows(f"{sql} LIMIT {MOST}", params):
        yield Violation(code, f"{kind} {show(subject)}", detail.format(*map(show, values)))


def show(value: Any) -> Any:
    """Ids as people copy them."""
    return UUID(bytes=value) if isinstance(value, bytes) and len(value) == 16 else value
