"""The database roles and what each may do. One place: the embedded server and `perene roles --sql` both read it.

- `perene_owner` owns the database and its tables: migrations. Not a superuser; policies are forced on it too.
- `perene_app` is the program (web, worker, command line): no table is its own and it bypasses no policy.
- `perene_backup` reads everything past the policies: dumps.

Migrations narrow what `perene_app` gets by default (append-only tables, partitions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

ADMIN = "perene_admin"
OWNER = "perene_owner"
APP = "perene_app"
BACKUP = "perene_backup"
APPLICATION_ROLES = (OWNER, APP, BACKUP)

_ATTRIBUTES = {
    OWNER: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    APP: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    BACKUP: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS",
}


def roles_sql(database: str, *, passwords: Mapping[str, str] | None = None) -> list[str]:
    """The whole as a script for psql, run by a superuser connected to any database. May be run again.

    `passwords` maps a role to its password; without it none is set and the script says where to.
    Raises ValueError for a database name that is not a plain lower-case identifier or for an unknown role.
    """
    quoted = _identifier(database)
    script = cluster_sql(passwords=passwords)
    if passwords is None:
        script += [
            f"-- A password for it, unless it signs in by other means:  \\password {name}"
            for name in APPLICATION_ROLES
        ]
    script += [
        f"SELECT 'CREATE DATABASE {quoted} OWNER {OWNER} TEMPLATE template0 ENCODING ''UTF8''' "
        f"WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec",
        f"\\connect {quoted}",
    ]
    return script + database_sql(database)


def cluster_sql(*, passwords: Mapping[str, str] | None = None) -> list[str]:
    """The statements that concern the whole server: roles, passwords, the one parameter. May be run again."""
    for name in passwords or {}:
        if name not in APPLICATION_ROLES:
            raise ValueError(f"Not one of our roles: {name}")
    creations = [
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') "
        f"THEN CREATE ROLE {name} {attributes}; END IF; END $$;"
        for name, attributes in _ATTRIBUTES.items()
    ]
    secrets = [
        f"ALTER ROLE {name} PASSWORD {_literal(secret)};" for name, secret in (passwords or {}).items()
    ]
    # The bulk-load functions of the owner turn row-by-row foreign key checks off for themselves (and join every
    # parent instead); the application's role never gets this.
    return [*creations, *secrets, f"GRANT SET ON PARAMETER session_replication_role TO {OWNER};"]


def database_sql(database: str) -> list[str]:
    """The statements to run connected to the database, once it exists and OWNER owns it. May be run again."""
    quoted = _identifier(database)
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT"
    return [
        f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC;",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {quoted} TO {APP};",  # bulk loads go through temporary tables
        f"GRANT CONNECT ON DATABASE {quoted} TO {BACKUP};",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
        f"GRANT ALL ON SCHEMA public TO {OWNER};",
        f"GRANT USAGE ON SCHEMA public TO {APP}, {BACKUP};",
        f"{defaults} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};",
        f"{defaults} USAGE, SELECT ON SEQUENCES TO {APP};",
        f"{defaults} SELECT ON TABLES TO {BACKUP};",
        f"{defaults} SELECT ON SEQUENCES TO {BACKUP};",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {BACKUP};",  # those made before this ran
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {BACKUP};",
    ]


def create_database_sql(database: str) -> str:
    """The statement that makes the database; it cannot run inside a transaction, nor twice."""
    return f"CREATE DATABASE {_identifier(database)} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'"


def drop_database_sql(database: str) -> str:
    """The statement that deletes the database; it cannot run inside a transaction."""
    return f"DROP DATABASE IF EXISTS {_identifier(database)} WITH (FORCE)"


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ValueError(f"A database name is lower-case letters, digits and _, at most 63: {name!r}")
    return f'"{name}"'


def _literal(text: str) -> str:
    if "\\" in text or "\x00" in text:
        raise ValueError("A password has no backslash here.")
    return "'" + text.replace("'", "''") + "'"
