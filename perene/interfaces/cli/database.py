"""Which database a command works on: the one of DATABASE_URL, or our own PostgreSQL in the data folder. No Django here."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perene.kit import roles
from perene.kit.embedded_postgres import Server, bootstrap

NAME = "perene"
SECRET_FILE = "secret_key"


class NotConfigured(RuntimeError):
    """The environment lacks something; the message is one sentence that says what to set."""


def data_folder() -> Path:
    """Where the embedded database and what we generate live (PERENE_DATA, or `var` here)."""
    return Path(os.environ.get("PERENE_DATA") or "var").absolute()


@contextmanager
def ready() -> Iterator[Server | None]:
    """Have a database, and an environment that says where it is for this process and those it starts. Gives the embedded
    server (None with DATABASE_URL), stopped at the end if it was started here. Raises NotConfigured and
    EmbeddedPostgresError."""
    if os.environ.get("DATABASE_URL"):
        yield None
        return
    if os.environ.get("DATABASE_OWNER_URL"):
        raise NotConfigured(
            "Set DATABASE_URL too: DATABASE_OWNER_URL alone is only enough to own the tables."
        )
    folder = data_folder()
    server = Server(folder / "postgres").attach_or_start()
    try:
        bootstrap(server, NAME)
        announce(server)
        os.environ["PERENE_DATA"] = str(folder)
        if not os.environ.get("PERENE_SECRET_KEY"):
            os.environ["PERENE_SECRET_KEY"] = secret_key(folder / SECRET_FILE)
        yield server
    finally:
        server.stop()


def announce(server: Server) -> None:
    """Put the addresses of the embedded database into the environment."""
    for variable, role in {
        "DATABASE_URL": roles.APP,
        "DATABASE_OWNER_URL": roles.OWNER,
        "DATABASE_BACKUP_URL": roles.BACKUP,
    }.items():
        os.environ[variable] = server.dsn(NAME, role=role)


def become_owner() -> None:
    """Before the settings are read: this process works as the owner of the tables. Raises NotConfigured."""
    owner = os.environ.get("DATABASE_OWNER_URL")
    if not owner:
        raise NotConfigured(
            "Set DATABASE_OWNER_URL to the address of the database as perene_owner, who owns the tables."
        )
    os.environ["DATABASE_URL"] = owner


def secret_key(file: Path) -> str:
    """The key that signs sessions: made at the first start, readable by us alone, the same ever after."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with open(descriptor, "w") as out:
        out.write(key := secrets.token_urlsafe(48))
    return key
