"""Settings for the tests, before Django reads any, and the databases. See `tests/ground.py`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Whatever the shell says: tests never touch a database that somebody keeps. The real address comes with the fixture.
os.environ.update(
    DJANGO_SETTINGS_MODULE="perene.config.settings",
    PERENE_SECRET_KEY="only-for-tests-only-for-tests-only-for-tests",
    DATABASE_URL="postgresql://perene_app@/ask_for_the_fixture_database?host=/nonexistent",
    DATABASE_OWNER_URL="postgresql://perene_owner@/ask_for_the_fixture_database?host=/nonexistent",
    DATABASE_BACKUP_URL="postgresql://perene_backup@/ask_for_the_fixture_database?host=/nonexistent",
    PERENE_DATA=str(Path(tempfile.gettempdir()) / f"perene-nothing-{os.getpid()}"),
)

# From here on settings may be read.
import django

from perene.kit import ids, translations
from perene.kit.embedded_postgres import Server

translations.compile_catalogs()  # before Django loads them
django.setup()

from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402

# The real algorithm at its smallest: tests found many organizations, each with an owner who has a password.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 64, 1

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tests.ground import Database


@pytest.fixture(autouse=True)
def ids_of_the_present() -> Iterator[None]:
    """A test that travels in time leaves ids of that time behind: those of one process never go backwards."""
    yield
    ids._forget()


@pytest.fixture(scope="session")
def database_server(django_db_blocker: DjangoDbBlocker) -> Iterator[Server]:
    """The throwaway server of this session, with the migrated template in it."""
    from tests import ground

    with ground.scratch_folder() as folder:
        server = Server(folder / "data", durable=False)
        server.start()
        try:
            with django_db_blocker.unblock():
                ground.prepare(server)
                yield server
        finally:
            server.destroy()


@pytest.fixture
def database(database_server: Server) -> Iterator[Database]:
    """A fresh migrated database of this test alone: real transactions, the application's role. Afterwards debits must equal
    credits in every organization."""
    from tests import ground

    with ground.fresh(database_server) as made:
        yield made


@pytest.fixture(scope="module")
def module_database(database_server: Server) -> Iterator[Database]:
    """The same, shared by the tests of a module: for many that read what was set up once."""
    from tests import ground

    with ground.fresh(database_server) as made:
        yield made
