"""`perene verify`: the proof, from the rows alone, that an organization is billed right.

No obligation billed twice, none missed (recomputed from the contracts' terms, not from the run's own cursor), invoice = sum
of lines, receivables = invoices, debits = credits, every centavo traced. Each check may find violations; an empty answer is
the proof.
"""

from collections.abc import Callable, Iterator

from perene.kit import reading
from perene.reports.verification import books, documents, obligations, rehearsals, settlements
from perene.reports.verification.violation import Violation

__all__ = ["CHECKS", "Violation", "verify"]

Check = Callable[[], Iterator[Violation]]

# In this order: what a later check says may follow from what an earlier one found.
CHECKS: dict[str, Check] = {
    "obligations": obligations.check,
    "rehearsals": rehearsals.check,
    "consumption": documents.check_consumption,
    "derivations": documents.check_derivations,
    "invoices": documents.check_invoices,
    "parties": documents.check_parties,
    "receivables": documents.check_receivables,
    "settlements": settlements.check,
    "entries": books.check_entries,
    "sources": books.check_sources,
    "balances": books.check_balances,
    "deferrals": books.check_deferrals,
    "events": documents.check_events,
}


def verify(*, began: Callable[[str], None] = lambda check: None) -> list[Violation]:
    """Check the organization of the present scope at one moment. `began` hears the name of each check. Empty = proved."""
    found: list[Violation] = []
    with reading.snapshot():
        reading.expect_whole_sets()
        for name, check in CHECKS.items():
            began(name)
            found.extend(check())
    return found
