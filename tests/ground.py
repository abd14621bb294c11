"""The ground that tests stand on: one throwaway PostgreSQL per session, one fresh database per test.

Nothing is rolled back and nothing is faked: a test works as the application's role, with the policies on, in real
transactions, and its database is dropped afterwards. Making one from the migrated template takes about 0.05 s.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from perene.kit import roles
from perene.kit.embedded_postgres import Server, bootstrap, system_user

TEMPLATE = "perene_template"
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 4 * 1024**3

_names = itertools.count(1)
_finished: list[tuple[Server, str]] = []

UNBALANCED = """
SELECT organization_id, entry_id, sum(amount_cents) FROM ledger_posting
 GROUP BY organization_id, entry_id HAVING sum(amount_cents) <> 0 ORDER BY entry_id
"""


@dataclass
class Database:
    """A database of one test; Django's connections are the application's role in it. The environment says so too, for the
    processes that a test starts."""

    server: Server
    name: str
    _open: list[psycopg.Connection[Any]] = field(default_factory=list)
    _books_may_differ: str = ""

    def dsn(self, role: str = roles.APP) -> str:
        """The address for `role`, as DATABASE_URL and psycopg understand it."""
        return self.server.dsn(self.name, role=role)

    def app(self, *, organization: int | None = None, autocommit: bool = False) -> psycopg.Connection[Any]:
        """A new plain connection as the application. With `organization`, its first transaction is inside that one."""
        connection = self._connect(roles.APP, autocommit=autocommit)
        if organization is not None:
            enter(connection, organization)
        return connection

    def owner(self) -> psycopg.Connection[Any]:
        """A new connection as the owner of the tables, each statement its own transaction. Policies are forced on it."""
        return self._connect(roles.OWNER, autocommit=True)

    def everything(self) -> psycopg.Connection[Any]:
        """A new connection that reads past the policies (and writes nothing), each statement its own transaction."""
        return self._connect(roles.BACKUP, autocommit=True)

    def admin(self) -> psycopg.Connection[Any]:
        """A new connection as the superuser of the server, each statement its own transaction: no policy, every right."""
        return self._connect(roles.ADMIN, autocommit=True)

    def expect_unbalanced_books(self, reason: str) -> None:
        """For a test that damages the books on purpose (as the superuser) to see the damage found."""
        self._books_may_differ = reason

    def unbalanced(self) -> list[tuple[Any, ...]]:
        """(organization, entry, centavos) of entries whose debits and credits differ, in every organization."""
        with self.everything() as connection:
            return connection.execute(UNBALANCED).fetchall()

    def check_books(self) -> None:
        """Debits = credits, whatever the test did. Raises AssertionError."""
        if not self._books_may_differ:
            assert self.unbalanced() == [], "debits and credits differ"

    def close(self) -> None:
        for connection in self._open:
            connection.close()
        self._open.clear()

    def _connect(self, role: str, *, autocommit: bool) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self.dsn(role), autocommit=autocommit)
        self._open.append(connection)
        return connection


def enter(connection: psycopg.Connection[Any], organization: int | None) -> None:
    """Set the organization for the present transaction, as `kit.postgres` does."""
    connection.execute(
        "SELECT set_config('perene.organization', %s, true)",
        ["" if organization is None else str(organization)],
    )


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for a throwaway cluster, in memory where there is enough of it. What a killed session left is removed."""
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    base = MEMORY if in_memory else Path(tempfile.gettempdir())
    for left in base.glob("perene-tests-*"):
        if not Path(f"/proc/{left.name.rpartition('-')[2]}").exists() and Path("/proc/self").exists():
            system_user.remove(left)
    folder = base / f"perene-tests-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        yield folder
    finally:
        system_user.remove(folder)


def prepare(server: Server) -> None:
    """Roles and the migrated template that every database is copied from."""
    from django.core.management import call_command

    from perene.kit import tenancy

    bootstrap(server, TEMPLATE)
    with connected_to(server.dsn(TEMPLATE, role=roles.OWNER)), tenancy.unscoped("migrations"):
        call_command("migrate", verbosity=0)


@contextmanager
def fresh(server: Server, *, template: str = TEMPLATE) -> Iterator[Database]:
    """A fresh database, Django and the environment pointing at it. Afterwards its books are checked."""
    name = f"perene_test_{next(_names)}"
    with psycopg.connect(server.dsn("postgres", role=roles.ADMIN), autocommit=True) as admin:
        # A database is dropped when the next one is made: its connections are gone by then. At once, PostgreSQL would
        # sleep 0.1 s waiting for them.
        for finished in [each for each in _finished if each[0] is server]:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(finished[1])))
            _finished.remove(finished)
        # Grants on the database itself are not copied with a template; the rest is.
        for statement in (
            "CREATE DATABASE {name} TEMPLATE {template} OWNER {owner} STRATEGY wal_log",
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            "GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {app}",
            "GRANT CONNECT ON DATABASE {name} TO {backup}",
        ):
            admin.execute(
                sql.SQL(statement).format(
                    name=sql.Identifier(name),
                    template=sql.Identifier(template),
                    owner=sql.Identifier(roles.OWNER),
                    app=sql.Identifier(roles.APP),
                    backup=sql.Identifier(roles.BACKUP),
                )
            )
    database = Database(server, name)
    try:
        with _environment(database), connected_to(database.dsn()):
            yield database
        database.check_books()
    finally:
        database.close()
        _finished.append((server, name))


def save(database: Database, *, template: str) -> None:
    """Keep the database as it is now as a template for `fresh`: what many tests begin with is made once."""
    from django.db import connections

    connections.close_all()
    database.close()
    with psycopg.connect(database.server.dsn("postgres", role=roles.ADMIN), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log").format(
                sql.Identifier(template), sql.Identifier(database.name)
            )
        )


@contextmanager
def connected_to(dsn: str) -> Iterator[None]:
    """Django's connections of every thread lead to `dsn` meanwhile."""
    from django.db import connections

    address = urlsplit(dsn)
    query = parse_qs(address.query)
    settings = connections.settings["default"]  # each thread's connection reads this very dict
    before = dict(settings)
    connections.close_all()
    settings.update(
        NAME=address.path[1:],
        USER=address.username,
        PASSWORD="",
        HOST=query["host"][0],
        PORT=query["port"][0],
    )
    try:
        yield
    finally:
        connections.close_all()
        settings.update(before)


@contextmanager
def _environment(database: Database) -> Iterator[None]:
    values = {
        "DATABASE_URL": database.dsn(roles.APP),
        "DATABASE_OWNER_URL": database.dsn(roles.OWNER),
        "DATABASE_BACKUP_URL": database.dsn(roles.BACKUP),
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
