"""A process of its own for the tests: gets the server of a folder, says so, and waits until its input is closed."""

import sys
from pathlib import Path

from perene.kit.embedded_postgres import Server

server = Server(Path(sys.argv[1]), durable=False).attach_or_start()
print(server.pid, server.dsn("postgres", role="perene_admin"), flush=True)
sys.stdin.read()
server.stop()
