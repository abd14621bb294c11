"""The double-entry books: balanced, traced to what they record, equal to the sub-ledgers."""

from collections.abc import Iterator

from perene.reports.verification.violation import Violation, of_rows


def check_entries() -> Iterator[Violation]:
    yield from of_rows(
        "entry_unbalanced",
        "entry",
        """SELECT e.id, coalesce(sum(p.amount_cents), 0)::bigint, count(p.number) FROM ledger_entry e
             LEFT JOIN ledger_posting p ON p.entry_id = e.id
           GROUP BY e.id HAVING coalesce(sum(p.amount_cents), 0) <> 0 OR count(p.number) < 2""",
        "debits minus credits are {} centavos, over {} postings",
    )
    yield from of_rows(
        "posting_without_entry",
        "entry",
        """SELECT p.entry_id, p.number FROM ledger_posting p LEFT JOIN ledger_entry e ON e.id = p.entry_id
           WHERE e.id IS NULL OR e.posted_on <> p.posted_on""",
        "posting {} has no entry of its day",
    )
    yield from of_rows(
        "subtotal_differs_from_postings",
        "account",
        """SELECT coalesce(a.account_id, b.account_id), coalesce(a.posted_on, b.posted_on),
                  coalesce(a.cents, 0)::bigint, coalesce(b.cents, 0)::bigint
             FROM (SELECT account_id, posted_on, sum(debit_cents - credit_cents) AS cents FROM ledger_subtotal GROUP BY 1, 2) a
             FULL JOIN (SELECT account_id, posted_on, sum(amount_cents) AS cents FROM ledger_posting GROUP BY 1, 2) b
               ON b.account_id = a.account_id AND b.posted_on = a.posted_on
           WHERE coalesce(a.cents, 0) <> coalesce(b.cents, 0)""",
        "on {} the subtotals say {} centavos, the postings {}",
    )


def check_sources() -> Iterator[Violation]:
    """Every entry says what it records, and an invoice's entry is what its lines say, account by account."""
    yield from of_rows(
        "entry_without_source",
        "entry",
        """SELECT e.id, e.kind, e.source_kind FROM ledger_entry e LEFT JOIN billing_invoice i ON i.id = e.source_id
           WHERE e.source_kind = 'invoice' AND (i.id IS NULL OR (e.kind = 'invoice' AND i.entry_id IS DISTINCT FROM e.id))""",
        "({}) names a {} that does not know it",
    )
    yield from of_rows(
        "entry_differs_from_invoice",
        "invoice",
        """WITH role AS (SELECT role, id FROM ledger_account WHERE role <> ''),
           line AS (
               SELECT l.invoice_id, l.amount_cents,
                      CASE WHEN ch.period_start <= i.issued_on THEN l.account_id
                           ELSE (SELECT id FROM role WHERE role = 'deferred_revenue') END AS account_id
                 FROM billing_invoiceline l
                 JOIN billing_invoice i ON i.id = l.invoice_id JOIN billing_charge ch ON ch.id = l.charge_id),
           wanted AS (
               SELECT invoice_id, account_id, sum(cents) AS cents FROM (
                   SELECT invoice_id, account_id, -amount_cents AS cents FROM line
                   UNION ALL
                   SELECT i.id, (SELECT id FROM role WHERE role = CASE WHEN i.total_cents >= 0 THEN 'receivables'
                                                                    ELSE 'customer_credits' END), i.total_cents
                     FROM billing_invoice i) every_side
               GROUP BY invoice_id, account_id HAVING sum(cents) <> 0),
           posted AS (
               SELECT i.id AS invoice_id, p.account_id, sum(p.amount_cents) AS cents
                 FROM billing_invoice i JOIN ledger_posting p ON p.entry_id = i.entry_id GROUP BY i.id, p.account_id)
           SELECT i.number, coalesce(a.code, '?'), coalesce(w.cents, 0)::bigint, coalesce(p.cents, 0)::bigint
             FROM wanted w FULL JOIN posted p ON p.invoice_id = w.invoice_id AND p.account_id = w.account_id
             JOIN billing_invoice i ON i.id = coalesce(w.invoice_id, p.invoice_id)
             LEFT JOIN ledger_account a ON a.id = coalesce(w.account_id, p.account_id)
           WHERE coalesce(w.cents, 0) <> coalesce(p.cents, 0)""",
        "account {} should have {} centavos, and has {}",
    )
    yield from of_rows(
        "cancelled_invoice_not_reversed",
        "invoice",
        """SELECT i.number, coalesce(sum(p.amount_cents) FILTER (WHERE p.amount_cents > 0), 0)::bigint, i.total_cents
             FROM billing_invoice i
             LEFT JOIN ledger_entry e ON e.source_id = i.id AND e.kind = 'invoice_cancelled'
             LEFT JOIN ledger_posting p ON p.entry_id = e.id
           WHERE i.status = 'cancelled' AND i.entry_id IS NOT NULL
           GROUP BY i.id, i.number, i.total_cents, i.entry_id
           HAVING coalesce(sum(p.amount_cents) FILTER (WHERE p.amount_cents > 0), 0) <> (
               SELECT sum(amount_cents) FROM ledger_posting WHERE entry_id = i.entry_id AND amount_cents > 0)""",
        "reverses {} of {} centavos",
    )


def check_balances() -> Iterator[Violation]:
    """What the books say is owed is what the receivables, credits and deferrals add up to."""
    for role, sign, sql in (
        ("receivables", 1, "SELECT sum(open_cents) FROM receivables_receivable WHERE origin <> 'mirror'"),
        ("customer_credits", -1, "SELECT sum(open_cents) FROM receivables_credit"),
        ("deferred_revenue", -1, "SELECT sum(amount_cents) FROM billing_deferral WHERE status = 'waiting'"),
    ):
        yield from of_rows(
            "balance_differs",
            "account",
            f"""SELECT a.code, b.cents, s.cents FROM ledger_account a
                 CROSS JOIN LATERAL (SELECT {sign} * coalesce(sum(amount_cents), 0)::bigint AS cents
                                       FROM ledger_posting WHERE account_id = a.id) b
                 CROSS JOIN LATERAL (SELECT coalesce(({sql}), 0)::bigint AS cents) s
               WHERE a.role = '{role}' AND b.cents <> s.cents""",
            "has {} centavos in the books, {} in what they summarize",
        )


def check_deferrals() -> Iterator[Violation]:
    """Revenue that was invoiced ahead waits, is recognized once, or fell away with its invoice."""
    yield from of_rows(
        "deferral_wrong",
        "charge",
        """SELECT ch.id, ch.amount_cents, coalesce(d.amount_cents, 0), coalesce(d.status, 'none')
             FROM billing_charge ch
             JOIN billing_invoiceline l ON l.charge_id = ch.id
             JOIN billing_invoice i ON i.id = l.invoice_id AND i.issued_on < ch.period_start
             LEFT JOIN billing_deferral d ON d.charge_id = ch.id AND d.invoice_id = i.id
           WHERE ch.amount_cents <> 0 AND (d.id IS NULL OR d.amount_cents <> ch.amount_cents
              OR (d.status = 'cancelled') <> l.is_reversed)""",
        "of {} centavos has a deferral of {} that is {}",
    )
    yield from of_rows(
        "deferral_left_waiting",
        "charge",
        """SELECT d.charge_id, d.amount_cents, d.recognize_on FROM billing_deferral d
           WHERE d.status = 'waiting' AND d.recognize_on <= (
               SELECT max("on") FROM organizations_dailystep WHERE step = 'recognize' AND finished_at IS NOT NULL)""",
        "its {} centavos wait since {}, though that day's recognition is done",
    )
    yield from of_rows(
        "deferral_not_needed",
        "charge",
        """SELECT d.charge_id, d.amount_cents FROM billing_deferral d
             LEFT JOIN billing_charge ch ON ch.id = d.charge_id
             LEFT JOIN billing_invoice i ON i.id = d.invoice_id
           WHERE ch.period_start <= i.issued_on OR ch.id IS NULL OR i.id IS NULL
              OR NOT EXISTS (SELECT FROM billing_invoiceline l WHERE l.invoice_id = i.id AND l.charge_id = ch.id)""",
        "has a deferral of {} centavos, though its invoice deferred nothing",
    )
    # Without an entry only where items of one account cancel each other out.
    yield from of_rows(
        "recognized_without_entry",
        "invoice",
        """SELECT DISTINCT i.number, d.recognize_on FROM (
               SELECT invoice_id, account_id, recognize_on FROM billing_deferral
                WHERE status = 'recognized' AND entry_id IS NULL
                GROUP BY invoice_id, account_id, recognize_on HAVING sum(amount_cents) <> 0) d
             JOIN billing_invoice i ON i.id = d.invoice_id""",
        "its revenue of {} is recognized without an entry",
    )
    yield from of_rows(
        "recognition_wrong",
        "entry",
        """WITH deferred AS (SELECT id FROM ledger_account WHERE role = 'deferred_revenue'),
           wanted AS (
               SELECT entry_id, sum(amount_cents) AS cents FROM billing_deferral
                WHERE status <> 'waiting' AND entry_id IS NOT NULL GROUP BY entry_id),
           posted AS (
               SELECT e.id AS entry_id, coalesce(sum(p.amount_cents), 0) AS cents FROM ledger_entry e
                 LEFT JOIN ledger_posting p ON p.entry_id = e.id AND p.account_id IN (SELECT id FROM deferred)
                WHERE e.kind = 'recognition' GROUP BY e.id)
           SELECT coalesce(w.entry_id, p.entry_id), coalesce(p.cents, 0)::bigint, coalesce(w.cents, 0)::bigint
             FROM wanted w FULL JOIN posted p ON p.entry_id = w.entry_id
            WHERE coalesce(w.cents, 0) <> coalesce(p.cents, 0)""",
        "recognizes {} centavos, its deferrals are {}",
    )
