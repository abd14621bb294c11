"""What must be true of the database before anything works on it. Each trouble is one sentence that says what to do."""

import time

from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from perene.kit import tenancy

OLDEST_VERSION = 170000

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
    """Nothing may work on this database; the message is one sentence that says what to do."""


class NoAnswer(Unfit):
    """Nobody answers at the database's address, or the connection was lost: that may pass."""


def check(*, patience_seconds: float = 0.0) -> None:
    """Everything below, in the order in which a person would put it right. Leaves no connection open. A database that does
    not answer is asked again for `patience_seconds`. Raises Unfit."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return _check_once()
        except NoAnswer:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_ASK_AGAIN_SECONDS)


def _check_once() -> None:
    try:
        with tenancy.unscoped("start-up checks: the server, the role and the migrations, no organization"):
            connection.ensure_connection()
            check_version()
            check_role()
            check_migrations()
    except (OperationalError, InterfaceError) as error:
        said = str(error).strip().splitlines()[0]
        raise NoAnswer(
            f"The database does not answer ({said}): check DATABASE_URL and that the server runs."
        ) from error
    finally:
        connection.close()


def check_version() -> None:
    """Raises Unfit for a PostgreSQL that is too old."""
    connection.ensure_connection()
    version = connection.connection.info.server_version
    if version < OLDEST_VERSION:
        raise Unfit(f"The database server is PostgreSQL {version // 10000}: Perene needs 17 or newer.")


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
            "use perene_app there (`perene roles --sql` prints how to make it) and the owner only in DATABASE_OWNER_URL."
        )


def check_migrations() -> None:
    """Raises Unfit for a database that is behind or ahead of this program."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    assert loader.disk_migrations is not None
    if missing := executor.migration_plan(loader.graph.leaf_nodes()):
        raise Unfit(
            f"The database lacks {len(missing)} of the migrations of this version of Perene: run `perene migrate`."
        )
    known = loader.disk_migrations.keys()
    ours = {app for app, _ in known}
    unknown = [
        f"{app}.{name}" for app, name in loader.applied_migrations if app in ours and (app, name) not in known
    ]
    if unknown:
        raise Unfit(
            f"The database was migrated by a newer version of Perene ({', '.join(sorted(unknown))}): install that version."
        )


def is_behind() -> bool:
    """Whether migrations wait. Asked of a database that answers; leaves no connection open."""
    try:
        with tenancy.unscoped("which migrations were applied"):
            executor = MigrationExecutor(connection)
            return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    finally:
        connection.close()
