from __future__ import annotations

from collections.abc import Iterator

import pytest

from perene.kit.embedded_postgres import Server
from tests import ground
from tests.walls import neighbours
from tests.walls.neighbours import Two


@pytest.fixture(scope="package")
def two(database_server: Server) -> Iterator[Two]:
    """For all tests of the walls: they read, and try to break in; what were let through would be seen by the next."""
    with ground.fresh(database_server) as database:
        yield neighbours.build(database)
