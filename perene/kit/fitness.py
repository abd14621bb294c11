"""What must be true of the machine and the database before anything works. Each trouble is one sentence that says what to do."""

import os
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from perene.kit import tenancy

OLDEST_VERSION = 170000
# A key of fewer different signs was typed by a bored hand.
FEWEST_SIGNS = 6

# What runs for months outlives restarts of the database: its processes, when they start in such a moment, wait so long.
# Less than the thirty seconds after which gunicorn takes a starting process for a hanging one.
RESTART_PATIENCE_SECONDS = 20.0
_ASK_AGAIN_SECONDS = 0.25

# Tables that the role owns, or could by SET ROLE: their owner may switch policies off.
_ROLE = """
SELECT current_user, r.rolsuper, r.rolbypassrls,
       (SELECT count(*) FROM pg_class c
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
           AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
  FROM pg_roles r WHERE r.rolname = current_user
"""


class Unfit(RuntimeError):
    """Nothing may work here; the message is one sentence that says what to do. `reason` is a stable word for whoever may not
    read sentences about the inside."""

    def __init__(self, sentence: str, *, reason: str = "unfit") -> None:
        super().__init__(sentence)
        self.reason = reason


class NoAnswer(Unfit):
    """Nobody answers at the database's address, or the connection was lost: that may pass."""


def check(*, patience_seconds: float = 0.0) -> None:
    """Everything below, in the order in which a person would put it right. Leaves no connection open. A database that does
    not answer is asked again for `patience_seconds`. Raises Unfit."""
    check_machine()
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return check_database()
        except NoAnswer:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_ASK_AGAIN_SECONDS)


def check_machine() -> None:
    """What the program needs of its own machine. Raises Unfit."""
    for name, key in {"PERENE_SECRET_KEY": settings.SECRET_KEY, **_encryption_keys()}.items():
        if len(set(key)) < FEWEST_SIGNS:
            raise Unfit(
                f"{name} is no secret, it is a few signs again and again: make one with"
                " python3 -c 'import secrets; print(secrets.token_urlsafe(48))'.",
                reason="key",
            )
    try:
        ZoneInfo("America/Sao_Paulo"), ZoneInfo("America/Rio_Branco")
    except ZoneInfoNotFoundError:
        raise Unfit(
            "This machine has no time zones, and an organization's day begins by its own: install the package tzdata.",
            reason="time_zones",
        ) from None
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        check_writable(Path(folder), variable="PROMETHEUS_MULTIPROC_DIR")


def check_writable(folder: Path, *, variable: str) -> None:
    """Raises Unfit for a folder that is not there and cannot be made, or where nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Unfit(
            f"Nothing can be written in {folder} ({error.strerror}): give that folder to the user that runs Perene, or set"
            f" {variable} to another.",
            reason="folder",
        ) from None


def _encryption_keys() -> dict[str, str]:
    return {
        f"PERENE_ENCRYPTION_KEY ({number})": key
        for number, key in enumerate(settings.ENCRYPTION_KEYS[:-1], start=1)
    }


def check_database() -> None:
    """The server, the role and the migrations, at once and once. Leaves no connection open. Raises Unfit."""
    try:
        with tenancy.unscoped("start-up checks: the server, the role and the migrations, no organization"):
            connection.ensure_connection()
            check_version()
            check_role()
            check_migrations()
    except (OperationalError, InterfaceError) as error:
        said = str(error).strip().splitlines()[0]
        raise NoAnswer(
            f"The database does not answer ({said}): check DATABASE_URL and that the server runs.",
            reason="database",
        ) from error
    finally:
        connection.close()


def check_version() -> None:
    """Raises Unfit for a PostgreSQL that is too old."""
    connection.ensure_connection()
    version = connection.connection.info.server_version
    if version < OLDEST_VERSION:
        raise Unfit(
            f"The database server is PostgreSQL {version // 10000}: Perene needs 17 or newer.",
            reason="version",
        )


def check_role() -> None:
    """Raises Unfit for a role that the walls between organizations do not hold."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        name, is_superuser, bypasses, owned_tables = cursor.fetchone()
    trouble = (
        "is a superuser"
        if is_superuser
        else "bypasses row-level security"
        if bypasses
        else "owns tables"
        if owned_tables
        else ""
    )
    if trouble:
        raise Unfit(
            f"The role {name} of DATABASE_URL {trouble}, so the walls between organizations would not hold: "
            "use perene_app there (`perene roles --sql` prints how to make it) and the owner only in DATABASE_OWNER_URL.",
            reason="role",
        )


def check_migrations() -> None:
    """Raises Unfit for a database that is behind or ahead of this program."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    assert loader.disk_migrations is not None
    if missing := executor.migration_plan(loader.graph.leaf_nodes()):
        raise Unfit(
            f"The database lacks {len(missing)} of the migrations of this version of Perene: run `perene migrate`.",
            reason="migrations_missing",
        )
    known = loader.disk_migrations.keys()
    ours = {app for app, _ in known}
    unknown = [
        f"{app}.{name}" for app, name in loader.applied_migrations if app in ours and (app, name) not in known
    ]
    if unknown:
        raise Unfit(
            f"The database was migrated by a newer version of Perene ({', '.join(sorted(unknown))}): install that version.",
            reason="migrations_newer",
        )


def is_behind() -> bool:
    """Whether migrations wait. Asked of a database that answers; leaves no connection open."""
    try:
        with tenancy.unscoped("which migrations were applied"):
            executor = MigrationExecutor(connection)
            return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    finally:
        connection.close()
