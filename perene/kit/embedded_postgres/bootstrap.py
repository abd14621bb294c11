"""The roles and the database inside a server of ours."""

from __future__ import annotations

import psycopg

from perene.kit import roles
from perene.kit.embedded_postgres.server import Server


def bootstrap(server: Server, database: str) -> None:
    """Create the roles and `database` where they are missing, with the grants of `perene.kit.roles`. May be run again.

    With a TCP port the roles get the passwords of `server.passwords`. Raises ValueError for a bad database name.
    """
    per_database = roles.database_sql(database)
    with psycopg.connect(server.dsn("postgres", role=roles.ADMIN), autocommit=True) as connection:
        # Two processes may come here together (`perene up` and `perene bill`).
        connection.execute("SELECT pg_advisory_lock(hashtext('perene bootstrap'))")
        for statement in roles.cluster_sql(passwords=server.passwords):
            connection.execute(statement.encode())
        exists = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone()
        if exists is None:
            connection.execute(roles.create_database_sql(database).encode())
        with psycopg.connect(server.dsn(database, role=roles.ADMIN)) as inside:
            for statement in per_database:
                inside.execute(statement.encode())


def drop(server: Server, database: str) -> None:
    """Delete `database` with everything in it, whoever is connected to it."""
    with psycopg.connect(server.dsn("postgres", role=roles.ADMIN), autocommit=True) as connection:
        connection.execute(roles.drop_database_sql(database).encode())
