"""What was settled: receivables and credits are open by what is left of them, and each settlement is in the books."""

from collections.abc import Iterator

from perene.kit import reading
from perene.reports.verification.violation import MOST, Violation, of_rows, show
from perene.rules import settlement

# What each settlement, refund and opening row should have posted, one row per side.
_WANTED = """
    role AS (SELECT role, id FROM ledger_account WHERE role <> ''),
    side AS (
        SELECT s.id, s.entry_id, v.cents, CASE v.role WHEN 'money' THEN s.account_id
                                          ELSE (SELECT id FROM role WHERE role.role = v.role) END AS account_id
          FROM receivables_settlement s
          CROSS JOIN LATERAL (VALUES
              ('money', s.received_cents),
              ('customer_credits', CASE WHEN s.kind = 'credit'
                  THEN s.principal_cents - s.discount_cents + s.fine_cents + s.interest_cents ELSE -s.surplus_cents END),
              ('losses', CASE WHEN s.kind = 'write_off' THEN s.principal_cents ELSE 0 END),
              ('discounts', s.discount_cents), ('receivables', -s.principal_cents),
              ('fines', -s.fine_cents), ('interest', -s.interest_cents)) v (role, cents)),
    wanted AS (SELECT id, account_id, sum(cents) AS cents FROM side GROUP BY id, account_id HAVING sum(cents) <> 0)"""


def check() -> Iterator[Violation]:
    yield from _open_amounts()
    yield from _entries()
    yield from _credits()
    yield from _derivations()


def _open_amounts() -> Iterator[Violation]:
    yield from of_rows(
        "receivable_open_wrong",
        "receivable",
        """SELECT r.id, r.open_cents, r.status, w.open_cents::bigint, w.status FROM receivables_receivable r
             LEFT JOIN (SELECT receivable_id, sum(principal_cents) AS cents, bool_or(kind = 'write_off') AS is_lost
                          FROM receivables_settlement WHERE reversed_at IS NULL GROUP BY receivable_id) s
               ON s.receivable_id = r.id
             CROSS JOIN LATERAL (
                 SELECT CASE WHEN r.status = 'cancelled' THEN 0 ELSE r.amount_cents - coalesce(s.cents, 0) END AS open_cents,
                        CASE WHEN r.status = 'cancelled' AND s.cents IS NULL THEN 'cancelled'
                             WHEN r.amount_cents > coalesce(s.cents, 0) THEN 'open'
                             WHEN s.is_lost THEN 'written_off' ELSE 'settled' END AS status) w
           WHERE (r.open_cents, r.status) <> (w.open_cents, w.status)""",
        "has {} centavos open and is {}, by its settlements {} and {}",
    )
    yield from of_rows(
        "credit_open_wrong",
        "credit",
        """SELECT c.id, c.open_cents, w.open_cents::bigint FROM receivables_credit c
             LEFT JOIN (SELECT credit_id, sum(principal_cents - discount_cents + fine_cents + interest_cents) AS cents
                          FROM receivables_settlement WHERE credit_id IS NOT NULL AND reversed_at IS NULL
                         GROUP BY credit_id) s ON s.credit_id = c.id
             LEFT JOIN (SELECT credit_id, sum(amount_cents) AS cents FROM receivables_creditrefund GROUP BY credit_id) d
               ON d.credit_id = c.id
             CROSS JOIN LATERAL (SELECT CASE WHEN c.is_cancelled AND s.cents IS NULL AND d.cents IS NULL THEN 0
                                 ELSE c.amount_cents - coalesce(s.cents, 0) - coalesce(d.cents, 0) END AS open_cents) w
           WHERE c.open_cents <> w.open_cents""",
        "has {} centavos open, by its uses and refunds {}",
    )
    yield from of_rows(
        "settlement_of_another",
        "settlement",
        """SELECT s.id, CASE WHEN r.customer_id <> s.customer_id THEN 'receivable' ELSE 'credit' END
             FROM receivables_settlement s JOIN receivables_receivable r ON r.id = s.receivable_id
             LEFT JOIN receivables_credit c ON c.id = s.credit_id
           WHERE r.customer_id <> s.customer_id OR c.customer_id <> s.customer_id
              OR (s.kind = 'credit') <> (c.id IS NOT NULL)""",
        "names a {} that is not its customer's",
    )


def _entries() -> Iterator[Violation]:
    yield from of_rows(
        "settlement_differs_from_entry",
        "settlement",
        f"""WITH {_WANTED},
            posted AS (
                SELECT s.id, p.account_id, sum(p.amount_cents) AS cents
                  FROM receivables_settlement s JOIN ledger_posting p ON p.entry_id = s.entry_id GROUP BY s.id, p.account_id)
            SELECT coalesce(w.id, p.id), coalesce(a.code, '?'), coalesce(w.cents, 0)::bigint, coalesce(p.cents, 0)::bigint
              FROM wanted w FULL JOIN posted p ON p.id = w.id AND p.account_id = w.account_id
              LEFT JOIN ledger_account a ON a.id = coalesce(w.account_id, p.account_id)
            WHERE coalesce(w.cents, 0) <> coalesce(p.cents, 0)""",
        "account {} should have {} centavos, and has {}",
    )
    yield from of_rows(
        "settlement_reversal_wrong",
        "settlement",
        """SELECT s.id, coalesce(s.reversed_on::text, 'never') FROM receivables_settlement s
           WHERE (s.reversed_at IS NULL) <> (s.reversal_entry_id IS NULL)
              OR (s.reversal_entry_id IS NOT NULL AND EXISTS (
                  SELECT account_id FROM ledger_posting WHERE entry_id IN (s.entry_id, s.reversal_entry_id)
                  GROUP BY account_id HAVING sum(amount_cents) <> 0))
              OR (s.reversal_entry_id IS NOT NULL AND NOT EXISTS (
                  SELECT FROM ledger_posting WHERE entry_id = s.reversal_entry_id))""",
        "was reversed {}, which its reversing entry does not say",
    )
    yield from of_rows(
        "settlement_source_missing",
        "entry",
        """SELECT e.id, e.kind, e.source_kind FROM ledger_entry e
             LEFT JOIN receivables_settlement s ON e.source_kind = 'settlement' AND s.id = e.source_id
                   AND e.id IN (s.entry_id, s.reversal_entry_id)
             LEFT JOIN receivables_creditrefund d ON e.source_kind = 'credit_refund' AND d.id = e.source_id
                   AND d.entry_id = e.id
             LEFT JOIN receivables_receivable r ON e.source_kind = 'receivable' AND r.id = e.source_id
             LEFT JOIN receivables_credit c ON e.source_kind = 'credit' AND c.id = e.source_id
           WHERE e.source_kind IN ('settlement', 'credit_refund', 'receivable', 'credit')
             AND coalesce(s.id, d.id, r.id, c.id) IS NULL""",
        "({}) names a {} that does not know it",
    )
    yield from of_rows(
        "opening_differs_from_entry",
        "entry",
        """SELECT coalesce(o.id, e.source_id), coalesce(o.cents, 0)::bigint, coalesce(e.cents, 0)::bigint FROM (
               SELECT id, source_id, amount_cents AS cents FROM receivables_receivable WHERE source_kind = 'opening'
               UNION ALL SELECT id, source_id, -amount_cents FROM receivables_credit WHERE source_kind = 'opening') o
             FULL JOIN (
               SELECT e.id, e.source_id, sum(p.amount_cents) AS cents FROM ledger_entry e
                 JOIN ledger_posting p ON p.entry_id = e.id
                 JOIN ledger_account a ON a.id = p.account_id AND a.role <> 'opening'
                WHERE e.kind IN ('opening_receivable', 'opening_credit') GROUP BY e.id, e.source_id) e
               ON e.source_id = o.id AND e.id = o.source_id
           WHERE coalesce(o.cents, 0) <> coalesce(e.cents, 0)""",
        "moved in with {} centavos, posted are {}",
    )


def _credits() -> Iterator[Violation]:
    yield from of_rows(
        "surplus_differs_from_credit",
        "settlement",
        """SELECT coalesce(s.id, c.source_id), coalesce(s.surplus_cents, 0), coalesce(c.amount_cents, 0)
             FROM (SELECT * FROM receivables_settlement WHERE surplus_cents > 0) s
             FULL JOIN (SELECT * FROM receivables_credit WHERE source_kind = 'settlement') c ON c.source_id = s.id
           WHERE s.id IS NULL OR c.id IS NULL OR c.amount_cents <> s.surplus_cents OR c.customer_id <> s.customer_id
              OR c.is_cancelled <> (s.reversed_at IS NOT NULL)""",
        "has a surplus of {} centavos, the customer's credit is {}",
    )
    yield from of_rows(
        "refund_differs_from_entry",
        "credit",
        """SELECT d.credit_id, d.amount_cents, coalesce(p.cents, 0)::bigint FROM receivables_creditrefund d
             LEFT JOIN LATERAL (SELECT -sum(amount_cents) AS cents FROM ledger_posting
                                 WHERE entry_id = d.entry_id AND account_id = d.account_id) p ON true
           WHERE p.cents IS DISTINCT FROM d.amount_cents""",
        "was refunded {} centavos, paid out are {}",
    )


def _derivations() -> Iterator[Violation]:
    """Each settlement can be computed again from what is stored with it (X6)."""
    found = 0
    for settlement_id, derivation, *stored in reading.rows(
        """SELECT id, derivation, principal_cents, discount_cents, fine_cents, interest_cents, surplus_cents, waived_cents
             FROM receivables_settlement WHERE kind <> 'write_off'"""
    ):
        try:
            again: object = tuple(settlement.evaluate(derivation))
        except ValueError as error:
            again = type(error).__name__
        if again != tuple(stored) and found < MOST:
            found += 1
            yield Violation(
                "settlement_derivation_differs",
                f"settlement {show(settlement_id)}",
                f"{derivation} gives {again}, stored are {tuple(stored)}",
            )
