"""The world that pages are walked over, made once for a module that only reads it."""

from __future__ import annotations

import pytest

from tests.ground import Database
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World


@pytest.fixture(scope="module")
def reading(module_database: Database) -> World:
    """For tests that change nothing."""
    made = world.build()
    world.give_credits(made)
    return made


@pytest.fixture
def living(database: Database) -> World:
    """For a test that acts: its own world."""
    return world.build()
