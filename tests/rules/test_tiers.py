import json
from decimal import Decimal

import pytest
from hypothesis import given

from perene.rules import tiers
from perene.rules.tiers import Tier
from tests.rules import prices
from tests.rules.refused import refused


@given(prices.tier_tables())
def test_a_stored_table_reads_back(table: tuple[Tier, ...]) -> None:
    tiers.check(table)
    assert tiers.from_json(json.loads(json.dumps(tiers.to_json(table)))) == table


def test_no_table_is_an_empty_one() -> None:
    assert tiers.from_json(None) == ()


@pytest.mark.parametrize(
    "rows",
    [
        7,
        "abc",
        [[1]],
        [["x", 1, 0]],
        [["NaN", 1, 0]],
        [["1", "5", 0]],
        [["1", 5.5, 0]],
        [["1", True, 0]],
        {"a": 1},
    ],
)
def test_a_table_that_cannot_be_read_is_refused(rows: object) -> None:
    with refused("tiers_malformed"):
        tiers.from_json(rows)


def test_the_limit_belongs_to_its_tier() -> None:
    table = (Tier(Decimal(10), 500), Tier(None, 400))
    assert [share.number for share in tiers.volume(table, Decimal(10))] == [1]
    assert [share.number for share in tiers.volume(table, Decimal("10.01"))] == [2]
    assert [share.quantity for share in tiers.graduated(table, Decimal("10.01"))] == [
        Decimal(10),
        Decimal("0.01"),
    ]
