"""Journal entries as accounting programs read them."""

from collections.abc import Sequence


def paired(postings: Sequence[tuple[str, int]]) -> list[tuple[str, str, int]]:
    """(debit account, credit account, centavos > 0): an entry as accounting programs import it, one line per pair. Debits meet
    credits in their order; each account's sum stays what it was."""
    debits = [(account, cents) for account, cents in postings if cents > 0]
    credits = [(account, -cents) for account, cents in postings if cents < 0]
    found: list[tuple[str, str, int]] = []
    while debits and credits:
        (debit, owed), (credit, due) = debits.pop(0), credits.pop(0)
        cents = min(owed, due)
        found.append((debit, credit, cents))
        if owed > cents:
            debits.insert(0, (debit, owed - cents))
        if due > cents:
            credits.insert(0, (credit, due - cents))
    return found
