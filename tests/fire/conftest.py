"""A server of the fire's own, with full durability, and the books of one undisturbed run."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

import pytest

from perene.kit import tenancy
from perene.kit.embedded_postgres import Server
from perene.reports import verification
from tests import ground
from tests.fire import books, portfolio
from tests.fire.books import Books
from tests.fire.child import Death, work
from tests.ground import Database

PORTFOLIO = "perene_portfolio"
SECONDS = 60

# Each process is a fork of one that has imported everything and connected to nothing.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.fire.child"])


@dataclass
class Fire:
    """A copy of the portfolio on the eve, and processes that bill it."""

    database: Database
    organization: int
    undisturbed: Books
    undisturbed_together: Books

    def process(self, death: Death | None = None, *, hands: int = 1) -> BaseProcess:
        """A new process that asks for the run, already started."""
        found = processes.Process(
            target=work,
            args=(
                self.database.dsn(),
                self.organization,
                portfolio.FIRE_ON,
                portfolio.BATCH_SIZE,
                death,
                hands,
            ),
        )
        found.start()
        return found

    def exit_code(self, death: Death | None = None) -> int | None:
        """How a new process ended."""
        return ended(self.process(death))

    def progress(self) -> tuple[int, int]:
        """Batches and invoices that are committed."""
        with self.database.everything() as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM billing_batch b JOIN billing_run r ON r.id = b.run_id"
                "         WHERE b.is_done AND r.reason = 'fire'),"
                "       (SELECT count(*) FROM billing_invoice i JOIN billing_run r ON r.id = i.run_id WHERE r.reason = 'fire')"
            ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def check_the_same_books(self, *, together: bool = False) -> None:
        """What is there now is what one undisturbed run leaves, row for row, and it verifies clean."""
        with self.database.admin() as connection:
            found = books.dump(connection, all_numbers=not together)
        assert books.differences(found, self.undisturbed_together if together else self.undisturbed) == []
        with tenancy.organization(self.organization):
            assert verification.verify() == []


def ended(process: BaseProcess) -> int | None:
    """The exit code of a process that must end by itself; -9 = killed."""
    process.join(SECONDS)
    if process.is_alive():
        process.kill()
        pytest.fail("the process did not end")
    return process.exitcode


@pytest.fixture(scope="package")
def fire_server(database_server: Server) -> Iterator[Server]:
    """Unlike the session's server it may be killed, and it keeps what it committed."""
    server = Server(database_server.data_folder.with_name("fire"), durable=True)
    server.start()
    try:
        ground.prepare(server)
        yield server
    finally:
        server.destroy()


@pytest.fixture(scope="package")
def undisturbed(fire_server: Server) -> tuple[int, Books, Books]:
    """The organization, and its books after one run that nobody disturbed."""
    with ground.fresh(fire_server) as database:
        organization = portfolio.build(database)
        ground.save(database, template=PORTFOLIO)
    with ground.fresh(fire_server, template=PORTFOLIO) as database:
        fire = Fire(database, organization, {}, {})
        assert fire.exit_code() == 0
        with database.admin() as connection:
            found, together = books.dump(connection), books.dump(connection, all_numbers=False)
        with tenancy.organization(organization):
            assert verification.verify() == []
    return organization, found, together


@pytest.fixture
def fire(fire_server: Server, undisturbed: tuple[int, Books, Books]) -> Iterator[Fire]:
    organization, found, together = undisturbed
    with ground.fresh(fire_server, template=PORTFOLIO) as database:
        # A sequence copied with its database has values in hand that its log does not know: a crash would give them out
        # again. From a checkpoint on it logs anew.
        with database.admin() as connection:
            connection.execute("CHECKPOINT")
        yield Fire(database, organization, found, together)
