"""Plants: what is open, settlements and their entries, credits, refunds, what was moved in."""

from uuid import UUID

from perene.kit import ids
from tests.reports.plants import Named, Soil, plant

CASH, RECEIVABLES, CREDITS, OPENING = "1.1.1.01", "1.1.2.01", "2.1.6.01", "2.9.1.01"


def receivable(soil: Soil, name: str) -> UUID:
    found: UUID = soil.one("SELECT id FROM receivables_receivable WHERE external_id = %s", name)
    return found


def settled(soil: Soil, name: str) -> UUID:
    found: UUID = soil.one(
        "SELECT s.id FROM receivables_settlement s JOIN receivables_receivable r ON r.id = s.receivable_id"
        " WHERE r.external_id = %s",
        name,
    )
    return found


@plant("receivable_open_wrong")
def more_open_than_is_left(soil: Soil) -> Named:
    one = receivable(soil, "partly")
    soil.run("UPDATE receivables_receivable SET open_cents = open_cents + 1 WHERE id = %s", one)
    return {("receivable_open_wrong", f"receivable {one}"), _balance(RECEIVABLES)}


@plant("receivable_open_wrong")
def a_settled_one_that_says_it_is_lost(soil: Soil) -> Named:
    one = receivable(soil, "whole")
    soil.run("UPDATE receivables_receivable SET status = 'written_off' WHERE id = %s", one)
    return {("receivable_open_wrong", f"receivable {one}")}


@plant("credit_open_wrong")
def a_credit_that_was_used_and_is_open(soil: Soil) -> Named:
    one = soil.one("SELECT id FROM receivables_credit WHERE external_id = 'old credit'")
    soil.run("UPDATE receivables_credit SET open_cents = 7 WHERE id = %s", one)
    return {("credit_open_wrong", f"credit {one}"), _balance(CREDITS)}


@plant("settlement_of_another")
def a_settlement_of_another_customer(soil: Soil) -> Named:
    one = settled(soil, "partly")
    soil.run(
        "UPDATE receivables_settlement SET customer_id = (SELECT id FROM customers_customer WHERE name = 'Ana') WHERE id = %s",
        one,
    )
    return {("settlement_of_another", f"settlement {one}")}


@plant("settlement_differs_from_entry")
def a_payment_that_the_books_have_elsewhere(soil: Soil) -> Named:
    one = settled(soil, "partly")
    soil.run(
        "UPDATE receivables_settlement SET account_id = (SELECT id FROM ledger_account WHERE code = %s) WHERE id = %s",
        OPENING,
        one,
    )
    return {("settlement_differs_from_entry", f"settlement {one}")}


@plant("settlement_reversal_wrong")
def a_reversal_without_an_entry(soil: Soil) -> Named:
    one = settled(soil, "reversed")
    entry_id = soil.one("SELECT reversal_entry_id FROM receivables_settlement WHERE id = %s", one)
    soil.run("UPDATE receivables_settlement SET reversal_entry_id = NULL WHERE id = %s", one)
    return {
        ("settlement_reversal_wrong", f"settlement {one}"),
        ("settlement_source_missing", f"entry {entry_id}"),
    }


@plant("settlement_source_missing")
def an_entry_of_no_settlement(soil: Soil) -> Named:
    soil.without("ledger_posting")
    soil.without("ledger_entry")
    entry_id = soil.entry((CASH, 100), (OPENING, -100), kind="payment", source_kind="settlement")
    return {("settlement_source_missing", f"entry {entry_id}")}


@plant("opening_differs_from_entry")
def one_that_was_moved_in_with_less(soil: Soil) -> Named:
    one = receivable(soil, "extended")
    soil.run("UPDATE receivables_receivable SET amount_cents = 9999, open_cents = 9999 WHERE id = %s", one)
    return {("opening_differs_from_entry", f"entry {one}"), _balance(RECEIVABLES)}


@plant("surplus_differs_from_credit")
def a_surplus_that_nobody_has(soil: Soil) -> Named:
    one = settled(soil, "overpaid and reversed")
    soil.run("UPDATE receivables_credit SET source_id = %s WHERE source_id = %s", (other := ids.new()), one)
    return {
        ("surplus_differs_from_credit", f"settlement {one}"),
        ("surplus_differs_from_credit", f"settlement {other}"),
    }


@plant("refund_differs_from_entry")
def a_refund_of_more_than_was_paid_out(soil: Soil) -> Named:
    soil.without("receivables_creditrefund")
    one = soil.one("SELECT credit_id FROM receivables_creditrefund")
    soil.run("UPDATE receivables_creditrefund SET amount_cents = amount_cents + 1")
    return {("refund_differs_from_entry", f"credit {one}"), ("credit_open_wrong", f"credit {one}")}


@plant("settlement_derivation_differs")
def a_payment_that_nothing_explains(soil: Soil) -> Named:
    one = settled(soil, "whole")
    soil.run("UPDATE receivables_settlement SET derivation = '{}' WHERE id = %s", one)
    return {("settlement_derivation_differs", f"settlement {one}")}


@plant("settlement_derivation_differs")
def a_payment_that_comes_to_something_else(soil: Soil) -> Named:
    one = settled(soil, "whole")
    soil.run(
        """UPDATE receivables_settlement SET derivation = replace(derivation, '"f":"2"', '"f":"1"') WHERE id = %s""",
        one,
    )
    return {("settlement_derivation_differs", f"settlement {one}")}


def _balance(code: str) -> tuple[str, str]:
    return "balance_differs", f"account {code}"
