"""From charges to invoices to receivables: nothing twice, nothing lost, sums that add up."""

from collections.abc import Iterator

from perene.kit import reading
from perene.reports.verification.violation import MOST, Violation, of_rows, show
from perene.rules import pricing


def check_consumption() -> Iterator[Violation]:
    """A charge exists once and is in one invoice, or waits, or was cancelled."""
    yield from of_rows(
        "charged_twice",
        "contract line",
        """SELECT line_id, kind, cycle, part, count(*) FROM billing_charge WHERE line_id IS NOT NULL
           GROUP BY line_id, kind, cycle, part HAVING count(*) > 1""",
        "{} of cycle {} part {} is charged {} times",
    )
    yield from of_rows(
        "invoiced_twice",
        "charge",
        """SELECT charge_id, count(*) FROM billing_invoiceline WHERE NOT is_reversed
           GROUP BY charge_id HAVING count(*) > 1""",
        "is in {} invoice lines",
    )
    yield from of_rows(
        "charge_out_of_place",
        "charge",
        """SELECT ch.id, ch.status, count(l.charge_id) FROM billing_charge ch
             LEFT JOIN billing_invoiceline l ON l.charge_id = ch.id AND NOT l.is_reversed
           GROUP BY ch.id, ch.status
           HAVING (ch.status = 'invoiced') <> (count(l.charge_id) > 0)""",
        "is {}, and stands in {} invoice lines",
    )
    yield from of_rows(
        "line_differs_from_charge",
        "invoice",
        """SELECT l.invoice_id, l.number, l.amount_cents, ch.amount_cents FROM billing_invoiceline l
             LEFT JOIN billing_charge ch ON ch.id = l.charge_id
           WHERE ch.id IS NULL OR ch.amount_cents <> l.amount_cents""",
        "line {} says {} centavos, its charge {}",
    )
    # What a person entered is traced to its own row: it says who and when, and for which account.
    yield from of_rows(
        "by_hand_untraced",
        "charge",
        """SELECT ch.id, ch.status, ch.description FROM billing_charge ch
             LEFT JOIN billing_invoiceline l ON l.charge_id = ch.id
           WHERE (ch.kind = 'by_hand' OR ch.line_id IS NULL) AND (
                 ch.kind <> 'by_hand' OR ch.line_id IS NOT NULL
              OR strpos(ch.derivation, '"by":') = 0 OR ch.description = ''
              OR (ch.contract_id IS NULL AND l.charge_id IS NULL)
              OR l.account_id <> ch.account_id OR l.description <> ch.description)""",
        "({}) is not what a person entered: “{}”",
    )


def check_derivations() -> Iterator[Violation]:
    """Each amount can be computed again from what is stored with it (X6)."""
    found = 0
    for derivation, amount_cents, charge_id in reading.rows(
        "SELECT derivation, amount_cents, (array_agg(id))[1] FROM billing_charge GROUP BY derivation, amount_cents"
    ):
        try:
            again: object = pricing.evaluate(derivation)
        except Exception as error:  # whatever a broken text does, it is this row's violation
            again = type(error).__name__
        if again != amount_cents and found < MOST:
            found += 1
            yield Violation(
                "derivation_differs",
                f"charge {show(charge_id)}",
                f"{derivation} gives {again}, stored are {amount_cents} centavos",
            )


def check_invoices() -> Iterator[Violation]:
    yield from of_rows(
        "invoice_differs_from_lines",
        "invoice",
        """SELECT i.number, i.total_cents, coalesce(sum(l.amount_cents), 0)::bigint FROM billing_invoice i
             LEFT JOIN billing_invoiceline l ON l.invoice_id = i.id AND (NOT l.is_reversed OR i.status = 'cancelled')
           GROUP BY i.id, i.number, i.total_cents HAVING i.total_cents <> coalesce(sum(l.amount_cents), 0)
              OR count(l.number) = 0""",
        "says {} centavos, its lines {}",
    )
    yield from of_rows(
        "invoice_status_wrong",
        "invoice",
        """SELECT number, status, total_cents FROM billing_invoice
           WHERE status <> 'cancelled' AND status <> CASE WHEN total_cents > 0 THEN 'open'
                 WHEN total_cents = 0 THEN 'zero' ELSE 'credit' END""",
        "is {} with {} centavos",
    )


def check_parties() -> Iterator[Violation]:
    """An invoice is of the customer, the unit and the billing group of the contracts that it charges."""
    yield from of_rows(
        "invoice_of_another_party",
        "invoice",
        """SELECT DISTINCT i.number, c.number FROM billing_invoiceline l
             JOIN billing_invoice i ON i.id = l.invoice_id
             JOIN billing_charge ch ON ch.id = l.charge_id
             JOIN contracts_contract c ON c.id = ch.contract_id
             JOIN contracts_billingterms t ON t.contract_id = c.id
           WHERE c.customer_id <> i.customer_id OR c.unit_id <> i.unit_id
              OR t.billing_group_id IS DISTINCT FROM i.billing_group_id
              OR (i.contract_id IS NOT NULL AND i.contract_id <> c.id)""",
        "differs from contract {} in customer, unit, billing group or contract",
    )


def check_receivables() -> Iterator[Violation]:
    yield from of_rows(
        "receivable_differs_from_invoice",
        "invoice",
        """SELECT i.number, i.status, i.total_cents, coalesce(r.amount_cents, 0), coalesce(r.status, 'none')
             FROM billing_invoice i LEFT JOIN receivables_receivable r ON r.id = i.receivable_id
           WHERE CASE i.status
                 WHEN 'open' THEN r.id IS NULL OR r.amount_cents <> i.total_cents OR r.customer_id <> i.customer_id
                      OR r.due_on <> coalesce((
                          SELECT to_on FROM receivables_duedatechange c WHERE c.receivable_id = r.id
                          ORDER BY c.id DESC LIMIT 1), i.due_on) OR r.source_id <> i.id OR r.status = 'cancelled'
                 WHEN 'cancelled' THEN coalesce(r.status, 'cancelled') <> 'cancelled' OR coalesce(r.open_cents, 0) <> 0
                 ELSE r.id IS NOT NULL END""",
        "is {} with {} centavos, its receivable has {} and is {}",
    )
    yield from of_rows(
        "receivable_without_invoice",
        "receivable",
        """SELECT r.id, r.amount_cents FROM receivables_receivable r
             LEFT JOIN billing_invoice i ON i.receivable_id = r.id
           WHERE r.origin = 'native' AND r.source_kind = 'invoice' AND i.id IS NULL""",
        "of {} centavos comes from no invoice",
    )
    yield from of_rows(
        "credit_differs_from_invoice",
        "invoice",
        """SELECT coalesce(i.number::text, c.source_id::text), coalesce(i.total_cents, 0), coalesce(c.amount_cents, 0)
             FROM (SELECT * FROM billing_invoice WHERE total_cents < 0) i
             FULL JOIN (SELECT * FROM receivables_credit WHERE source_kind = 'invoice') c ON c.source_id = i.id
           WHERE i.id IS NULL OR c.id IS NULL OR c.amount_cents <> -i.total_cents OR c.customer_id <> i.customer_id""",
        "totals {} centavos, the customer's credit is {}",
    )


def check_events() -> Iterator[Violation]:
    yield from of_rows(
        "invoice_not_announced",
        "invoice",
        """SELECT i.number, count(e.id) FROM billing_invoice i
             LEFT JOIN events_event e ON e.subject_id = i.id AND e.kind = 'invoice.issued'
           GROUP BY i.id, i.number HAVING count(e.id) <> 1""",
        "has {} events of its issue",
    )
