"""What makes a journal entry one: at least two sides, none empty, debits equal to credits."""

from collections.abc import Collection

from perene.rules.refusals import Refusal


def check_balanced(postings: Collection[tuple[object, int]]) -> None:
    """`postings` are (account, centavos), debit positive and credit negative. Refusal `entry_incomplete`,
    `entry_unbalanced`."""
    if len(postings) < 2 or any(cents == 0 for _, cents in postings):
        raise Refusal("entry_incomplete", "An entry needs a debit and a credit, and no side of zero.")
    difference_cents = sum(cents for _, cents in postings)
    if difference_cents:
        raise Refusal(
            "entry_unbalanced",
            "Debits and credits differ by {difference_cents}: make them equal.",
            difference_cents=difference_cents,
        )
