"""A contract that had all its charges long ago does not begin anew for the time since then."""

from __future__ import annotations

from datetime import date

from perene.actions import change
from tests import factories
from tests.ground import Database
from tests.stories.unchanged import refused


def test_a_contract_that_was_through_does_not_begin_anew(provider: int, database: Database) -> None:
    short = factories.plan("CURTO", ("Internet", 80_00), total_cycles=2)
    endless = factories.plan("SEMPRE", ("Internet", 100_00))
    contract = factories.contract(short, due_day=10)
    factories.run(date(2026, 2, 1))
    with refused(database, "contract_was_through", cycle=3, charge_on=date(2026, 3, 1)):
        change.plan(contract, plan_version_id=endless, on=date(2026, 5, 20))
