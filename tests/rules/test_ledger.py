from hypothesis import given
from hypothesis import strategies as st

from perene.rules import ledger


def test_an_entry_is_told_in_pairs_of_a_debit_and_a_credit() -> None:
    assert ledger.paired([("receivables", 2560), ("internet", -2000), ("phone", -560)]) == [
        ("receivables", "internet", 2000),
        ("receivables", "phone", 560),
    ]
    assert ledger.paired([("cash", 100), ("discounts", 5), ("receivables", -105)]) == [
        ("cash", "receivables", 100),
        ("discounts", "receivables", 5),
    ]
    assert ledger.paired([]) == []


@given(st.lists(st.integers(-1000, 1000).filter(bool), min_size=1, max_size=8))
def test_pairs_come_to_what_each_account_had(amounts: list[int]) -> None:
    postings = [(f"account {number}", cents) for number, cents in enumerate(amounts)]
    if sum(amounts):
        postings.append(("rest", -sum(amounts)))
    sums = dict.fromkeys((account for account, _ in postings), 0)
    for debit, credit, cents in ledger.paired(postings):
        assert cents > 0
        sums[debit] += cents
        sums[credit] -= cents
    assert sums == dict(postings)
