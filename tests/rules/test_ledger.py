import pytest

from perene.rules import ledger
from tests.rules.refused import refused


def test_debits_equal_credits() -> None:
    ledger.check_balanced([("receivables", 2560), ("internet", -2000), ("phone", -560)])
    with refused("entry_unbalanced", difference_cents=1):
        ledger.check_balanced([("receivables", 2561), ("internet", -2000), ("phone", -560)])


@pytest.mark.parametrize(
    "postings", [[], [("receivables", 0)], [("receivables", 5)], [("a", 5), ("b", -5), ("c", 0)]]
)
def test_an_entry_has_two_sides_that_say_something(postings: list[tuple[str, int]]) -> None:
    with refused("entry_incomplete"):
        ledger.check_balanced(postings)
