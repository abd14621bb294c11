"""A process that bills a day, and dies of SIGKILL where the test says. What is wrapped here is wrapped in this process only."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import count
from typing import Any, NamedTuple

import django

django.setup()

from django.db import connection  # noqa: E402 - settings first

from perene.actions import bill  # noqa: E402
from perene.apps.billing import loading, runs  # noqa: E402
from perene.apps.contracts import due  # noqa: E402
from perene.kit import bulk, clock, tenancy  # noqa: E402
from perene.kit.postgres.base import DatabaseWrapper  # noqa: E402
from tests import ground  # noqa: E402

ROWS_BEFORE_DEATH = 7
ORPHAN_SECONDS = 1.0


class Death(NamedTuple):
    """Where a process dies, at the `after`-th time it comes there."""

    at: str
    after: int = 1


def work(
    dsn: str, organization: int, through: date, batch_size: int, death: Death | None, hands: int
) -> None:
    """Ask for the run of that day and bill until nothing of it is left, as any process does that is started again. With
    one hand, the n-th time it comes to a point is always the same moment."""
    bill.HANDS = hands
    if death is not None:
        POINTS[death.at](death.after)
    with ground.connected_to(dsn), tenancy.organization(organization):
        bill.start(through=through, reason="fire", now=clock.now(), batch_size=batch_size)
        bill.whole_run(through=through, reason="fire", now=clock.now)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _when_done(module: Any, name: str) -> Callable[[int], None]:
    """Die when that function has returned for the n-th time."""

    def arm(after: int) -> None:
        original, calls = getattr(module, name), count(1)

        def deadly(*values: Any, **named: Any) -> Any:
            answer = original(*values, **named)
            if next(calls) == after:
                die()
            return answer

        setattr(module, name, deadly)

    return arm


def _while_copying(after: int) -> None:
    """Die with some rows of the n-th COPY sent."""
    original, calls = bulk.copy_in, count(1)

    def dying(rows: Iterable[Any]) -> Iterator[Any]:
        for number, row in enumerate(rows):
            if number == ROWS_BEFORE_DEATH:
                die()
            yield row

    def deadly(raw: Any, table: str, columns: Any, rows: Iterable[Any]) -> None:
        original(raw, table, columns, dying(rows) if next(calls) == after else rows)

    bulk.copy_in = deadly


def _while_committing(after: int) -> None:
    """Die with the n-th COMMIT sent and its answer never read: nobody knows what became of it."""
    original, calls = DatabaseWrapper._commit, count(1)

    def deadly(wrapper: DatabaseWrapper) -> None:
        if next(calls) == after:
            _send(b"COMMIT")
            die()
        original(wrapper)

    DatabaseWrapper._commit = deadly  # type: ignore[method-assign]


def _with_an_orphan(after: int) -> None:
    """Die with a statement under way: the backend lives on for a while, with the batch in its hands."""
    original, calls = due.advance, count(1)

    def deadly(moves: Any) -> int:
        if next(calls) == after:
            _send(b"SELECT pg_sleep(%f)" % ORPHAN_SECONDS)
            die()
        return original(moves)

    due.advance = deadly


def _send(statement: bytes) -> None:
    raw = connection.connection.pgconn
    raw.send_query(statement)
    while raw.flush():
        pass


POINTS: dict[str, Callable[[int], None]] = {
    "planned": _when_done(runs, "open_run"),
    "claimed": _when_done(runs, "claim"),
    "copying": _while_copying,
    "copied": _when_done(bulk, "copy_in"),
    "loaded": _when_done(loading, "load"),
    "advanced": _when_done(due, "advance"),
    "noted": _when_done(runs, "note_done"),
    "committing": _while_committing,
    "committed": _when_done(bill, "next_chunk"),
    "closing": _when_done(runs, "close"),
    "orphan": _with_an_orphan,
}
# Between the first COPY of a chunk and its COMMIT.
INSIDE_A_CHUNK = frozenset({"copying", "copied", "loaded", "advanced", "noted", "orphan"})
