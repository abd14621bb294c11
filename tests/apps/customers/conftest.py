from __future__ import annotations

from collections.abc import Iterator

import pytest

from perene.kit import tenancy
from tests import factories
from tests.ground import Database


@pytest.fixture
def provider(database: Database) -> Iterator[int]:
    """Inside a sandbox organization that stands on 2026-01-01 and has nothing to sell yet."""
    number = factories.organization()
    with tenancy.organization(number):
        yield number
