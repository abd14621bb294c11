"""A PostgreSQL of our own, started from binaries that pip installed, for machines that have only Python.

    server = Server(Path("var/postgres"))
    with server.attach_or_start():
        bootstrap(server, "perene")
        connection = psycopg.connect(server.dsn("perene", role="perene_app"))

It listens on a unix socket in a private folder; TCP only when a port is given, then with passwords. The server is a
direct child of the process that started it and goes down cleanly with it, even when that process is killed with -9
(Linux). No Django here.
"""

from perene.kit.embedded_postgres.binaries import find_binaries
from perene.kit.embedded_postgres.bootstrap import bootstrap, drop
from perene.kit.embedded_postgres.errors import EmbeddedPostgresError
from perene.kit.embedded_postgres.server import Server

__all__ = ["EmbeddedPostgresError", "Server", "bootstrap", "drop", "find_binaries"]
