"""A run that was approved billed what was rehearsed, contract by contract, and nothing else."""

from collections.abc import Iterator

from perene.reports.verification.violation import Violation, of_rows


def check() -> Iterator[Violation]:
    yield from of_rows(
        "rehearsal_differs_from_run",
        "run",
        """WITH run AS (
               SELECT id, number FROM billing_run WHERE is_rehearsed AND status IN ('done', 'reversing', 'reversed')),
           rehearsed AS (
               SELECT r.run_id, r.contract_id, r.decision, r.total_cents, r.lines
                 FROM billing_rehearsed r JOIN run ON run.id = r.run_id),
           billed AS (
               SELECT i.run_id, ch.contract_id, sum(l.amount_cents) AS cents, count(*) AS lines
                 FROM run JOIN billing_invoice i ON i.run_id = run.id
                 JOIN billing_invoiceline l ON l.invoice_id = i.id JOIN billing_charge ch ON ch.id = l.charge_id
                GROUP BY i.run_id, ch.contract_id)
           SELECT run.number, coalesce(r.contract_id, b.contract_id), coalesce(r.decision, 'not rehearsed'),
                  coalesce(r.total_cents, 0), coalesce(b.cents, 0)::bigint
             FROM rehearsed r FULL JOIN billed b ON b.run_id = r.run_id AND b.contract_id = r.contract_id
             JOIN run ON run.id = coalesce(r.run_id, b.run_id)
            WHERE CASE r.decision
                  WHEN 'billed' THEN r.total_cents <> coalesce(b.cents, 0) OR r.lines <> coalesce(b.lines, 0)
                  WHEN 'changed' THEN b.contract_id IS NOT NULL
                  WHEN 'hold' THEN b.contract_id IS NOT NULL
                  ELSE true END""",
        "contract {} ({}) was rehearsed with {} centavos and billed with {}",
    )
