"""Exactly once under fire: a run killed anywhere and asked for again leaves the books of a run that nobody disturbed."""

from __future__ import annotations

import random
import time

import pytest

from tests.fire import books, portfolio
from tests.fire.child import INSIDE_A_CHUNK, Death
from tests.fire.conftest import Fire, ended

KILLED = -9

# Each list is one database: a process dies, the next one is asked for the same day and dies later, the last one lives. A
# chunk copies four times (invoices, lines, postings, cursors).
DEATHS = [
    [
        Death("planned"),
        Death("claimed"),
        Death("copying", 2),
        Death("copied", 3),
        Death("loaded", 2),
        Death("committed"),
        Death("advanced", 3),
        Death("noted", 4),
        Death("committing", 3),
        Death("copied", 8),
        Death("claimed", 3),
        Death("closing"),
    ],
    [
        Death("committing"),
        Death("orphan"),
        Death("copying", 6),
        Death("copied", 5),
        Death("noted"),
        Death("noted", 2),
        Death("committing", 2),
        Death("loaded", 4),
        Death("advanced"),
        Death("copying", 11),
        Death("committed", 2),
        Death("orphan", 2),
    ],
    [
        Death("committed", 3),
        Death("loaded"),
        Death("copied", 14),
        Death("copying", 5),
        Death("advanced", 2),
        Death("noted", 3),
        Death("committing", 4),
        Death("orphan", 3),
        Death("closing"),
    ],
]


def test_the_kills_are_enough_and_where_they_hurt() -> None:
    deaths = [death for each in DEATHS for death in each]
    assert len(deaths) >= 30
    assert len([death for death in deaths if death.at in INSIDE_A_CHUNK]) >= 10


@pytest.mark.capability("X1")
@pytest.mark.parametrize("deaths", DEATHS, ids=lambda deaths: f"{len(deaths)}-kills-from-{deaths[0].at}")
def test_a_run_that_is_killed_again_and_again(fire: Fire, deaths: list[Death]) -> None:
    seen = []
    for death in deaths:
        assert fire.exit_code(death) == KILLED, death
        seen.append(fire.progress())
    assert seen == sorted(seen)  # nothing that was committed is lost
    assert len({invoices for _batches, invoices in seen}) >= 5, seen  # and the kills are spread over the rows
    assert fire.exit_code() == 0
    fire.check_the_same_books()


@pytest.mark.capability("X1")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_is_killed_from_outside_at_any_moment(fire: Fire, seed: int) -> None:
    chance = random.Random(seed)
    killed = 0
    for wanted in range(1, 20, 3):
        process = fire.process(hands=3)
        while process.is_alive() and fire.progress()[0] < wanted:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.03))
        process.kill()
        killed += ended(process) == KILLED
    assert killed >= 3
    assert fire.exit_code() == 0
    fire.check_the_same_books(together=True)


@pytest.mark.capability("X1")
def test_a_run_that_is_asked_for_twice(fire: Fire) -> None:
    assert fire.exit_code() == 0
    batches, invoices = fire.progress()
    assert batches > 12
    assert invoices > 200
    assert fire.exit_code() == 0
    # Contracts that could not be billed are tried again, in a run of their own; it issues nothing.
    assert fire.progress()[1] == invoices
    fire.check_the_same_books()


@pytest.mark.capability("X1")
def test_four_processes_at_once(fire: Fire) -> None:
    at_work = [fire.process(hands=3) for _ in range(4)]
    assert [ended(process) for process in at_work] == [0, 0, 0, 0]
    fire.check_the_same_books(together=True)


@pytest.mark.capability("X1")
def test_four_processes_of_which_three_die(fire: Fire) -> None:
    """The one that lives waits for what the dead had in their hands: an orphan's backend goes on for a second. The others
    die so early that each finds a batch to die with."""
    dying = [fire.process(death) for death in (Death("noted", 2), Death("orphan"), Death("copied", 6))]
    assert [ended(process) for process in dying] == [KILLED, KILLED, KILLED]
    assert ended(fire.process(hands=3)) == 0
    fire.check_the_same_books(together=True)


@pytest.mark.capability("X1")
def test_a_dead_ones_backend_is_waited_for(fire: Fire) -> None:
    """Its statement goes on after its death, and the batch is locked until it ends."""
    assert fire.exit_code(Death("orphan")) == KILLED
    assert fire.progress() == (0, 0)
    assert fire.exit_code() == 0
    fire.check_the_same_books()


def test_a_difference_in_the_books_is_seen(fire: Fire) -> None:
    """The comparison is not blind: a centavo, a missing row, one too many."""
    assert fire.exit_code() == 0
    with fire.database.admin() as connection:
        before = books.dump(connection)
        assert {table for table in before if not before[table]} == set()
        connection.execute("UPDATE receivables_receivable SET due_on = due_on + 1 WHERE id IN"
                           " (SELECT receivable_id FROM billing_invoice WHERE issued_on = %s ORDER BY number LIMIT 1)",
                           [portfolio.FIRE_ON])  # fmt: skip
        connection.execute("DELETE FROM billing_parked WHERE id IN (SELECT id FROM billing_parked LIMIT 1)")
        found = books.differences(books.dump(connection), before)
    assert [line.split(":")[0] for line in found] == [
        "missing in receivables",
        "too much in receivables",
        "missing in parked",
    ]
