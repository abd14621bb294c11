"""The books as text, without ids and times: two organizations that were billed alike have equal dumps."""

from __future__ import annotations

from typing import Any

import psycopg

Books = dict[str, list[tuple[Any, ...]]]

# Every row is named by what it is about: a charge by contract/line/kind/cycle/part, an invoice by the first of its charges.
NAMES = """
CREATE TEMP VIEW charge_name AS
SELECT ch.*, concat_ws('/', c.number, l.position, ch.kind, ch.cycle, ch.part) AS name
  FROM billing_charge ch
  JOIN contracts_contract c ON c.id = ch.contract_id JOIN contracts_contractline l ON l.id = ch.line_id;
CREATE TEMP VIEW invoice_name AS
SELECT i.*, (SELECT min(ch.name) FROM billing_invoiceline l JOIN charge_name ch ON ch.id = l.charge_id
              WHERE l.invoice_id = i.id) AS name
  FROM billing_invoice i;
CREATE TEMP VIEW in_own_block AS
SELECT i.id FROM billing_invoice i JOIN billing_batch b ON b.run_id = i.run_id
   AND i.number >= b.first_number AND i.number < b.first_number + b.contracts;
"""

TABLES = {
    "charges": """SELECT name, status, charge_on, due_on, period_start, period_end, amount_cents, derivation FROM charge_name""",
    "invoices": """
        SELECT i.name, CASE WHEN %(all_numbers)s OR i.id IN (SELECT id FROM in_own_block) THEN i.number END, u.name, n.code,
               c.number, g.name, r.through_on, i.issued_on, i.due_on, i.payment_method, i.total_cents, i.status,
               i.receivable_id IS NULL, i.entry_id IS NULL
          FROM invoice_name i JOIN customers_customer u ON u.id = i.customer_id JOIN organizations_unit n ON n.id = i.unit_id
          LEFT JOIN contracts_contract c ON c.id = i.contract_id LEFT JOIN contracts_billinggroup g ON g.id = i.billing_group_id
          LEFT JOIN billing_run r ON r.id = i.run_id""",
    "lines": """
        SELECT i.name, l.number, ch.name, a.code, l.description, l.amount_cents, l.is_reversed
          FROM billing_invoiceline l JOIN invoice_name i ON i.id = l.invoice_id
          LEFT JOIN charge_name ch ON ch.id = l.charge_id LEFT JOIN ledger_account a ON a.id = l.account_id""",
    "receivables": """
        SELECT i.name, i.receivable_id = r.id, u.name, n.code, r.origin, r.source_kind, r.payment_method, r.due_on,
               r.amount_cents, r.open_cents, r.status
          FROM receivables_receivable r LEFT JOIN invoice_name i ON i.id = r.source_id
          JOIN customers_customer u ON u.id = r.customer_id JOIN organizations_unit n ON n.id = r.unit_id""",
    "credits": """
        SELECT i.name, u.name, n.code, r.source_kind, r.granted_on, r.amount_cents, r.open_cents
          FROM receivables_credit r LEFT JOIN invoice_name i ON i.id = r.source_id
          JOIN customers_customer u ON u.id = r.customer_id JOIN organizations_unit n ON n.id = r.unit_id""",
    "postings": """
        SELECT e.kind, e.source_kind, i.name, i.entry_id = e.id, e.posted_on, p.number, a.code, p.posted_on, p.amount_cents
          FROM ledger_entry e LEFT JOIN invoice_name i ON i.id = e.source_id
          LEFT JOIN ledger_posting p ON p.entry_id = e.id LEFT JOIN ledger_account a ON a.id = p.account_id""",
    "subtotals": """
        SELECT a.code, s.posted_on, sum(s.debit_cents)::bigint, sum(s.credit_cents)::bigint
          FROM ledger_subtotal s JOIN ledger_account a ON a.id = s.account_id GROUP BY a.code, s.posted_on""",
    "deferrals": """
        SELECT ch.name, i.name, a.code, d.amount_cents, d.recognize_on, d.status, d.entry_id IS NULL
          FROM billing_deferral d LEFT JOIN charge_name ch ON ch.id = d.charge_id
          LEFT JOIN invoice_name i ON i.id = d.invoice_id LEFT JOIN ledger_account a ON a.id = d.account_id""",
    "events": """
        SELECT e.kind, coalesce(i.name, c.number::text), e.occurred_on, e.payload::text
          FROM events_event e LEFT JOIN invoice_name i ON i.id = e.subject_id
          LEFT JOIN contracts_contract c ON c.id = e.subject_id""",
    "cursors": """
        SELECT c.number, t.next_cycle, t.next_run_on, t.revision, c.status, c.ends_on
          FROM contracts_billingterms t JOIN contracts_contract c ON c.id = t.contract_id""",
    "parked": """
        SELECT c.number, p.code, p.message, p.params::text, p.first_on, p.last_on, p.is_open
          FROM billing_parked p JOIN contracts_contract c ON c.id = p.contract_id""",
    # Asked for again a run finds nothing to do, and is one more row here that adds nothing.
    "runs": """
        SELECT r.through_on, c.number, min(r.status), max(r.status), coalesce(sum(b.invoices), 0)::bigint,
               coalesce(sum(b.lines), 0)::bigint, coalesce(sum(b.charges), 0)::bigint, coalesce(sum(b.total_cents), 0)::bigint,
               bool_and(b.is_done) FROM billing_run r
          LEFT JOIN billing_batch b ON b.run_id = r.id LEFT JOIN contracts_contract c ON c.id = r.contract_id
         GROUP BY r.through_on, c.number""",
}


def dump(connection: psycopg.Connection[Any], *, all_numbers: bool = True) -> Books:
    """What the database of one organization says, table by table, sorted; read as the superuser. Without `all_numbers`,
    invoices beyond one per contract of a batch have no number: it is drawn when the batch is billed, so it follows the
    order in which several workers came."""
    connection.execute("DROP VIEW IF EXISTS pg_temp.invoice_name, pg_temp.charge_name, pg_temp.in_own_block")
    connection.execute(NAMES)
    return {
        table: sorted(connection.execute(query.encode(), {"all_numbers": all_numbers}).fetchall(), key=repr)
        for table, query in TABLES.items()
    }


def differences(found: Books, expected: Books) -> list[str]:
    """What is in one of the two only, a line each; empty when they are equal."""
    lines = []
    for table in TABLES:
        missing, extra = list(expected[table]), []
        for row in found[table]:
            if row in missing:
                missing.remove(row)
            else:
                extra.append(row)
        lines += [f"missing in {table}: {row}" for row in missing]
        lines += [f"too much in {table}: {row}" for row in extra]
    return lines
