"""Plants: charges, invoices, receivables, credits, events."""

from perene.kit import ids
from tests.reports.plants import Named, Soil, plant


@plant("charged_twice")
def a_charge_twice(soil: Soil) -> Named:
    soil.without("billing_charge", "cycle_charged_once")
    of = soil.charge("ahead and cancelled", "ch.status = 'cancelled'")
    soil.copy("billing_charge", of)
    line_id = soil.one("SELECT line_id FROM billing_charge WHERE id = %s", of)
    return {("charged_twice", f"contract line {line_id}")}


@plant("invoiced_twice")
def a_charge_in_two_invoices(soil: Soil) -> Named:
    soil.without("billing_invoiceline", "charge_invoiced_once")
    charge_id = soil.charge("gift")
    other, subject = soil.invoice("gift ahead, cancelled", "i.status = 'zero'")
    soil.run(
        "INSERT INTO billing_invoiceline (organization_id, invoice_id, number, charge_id, account_id, description, amount_cents,"
        " is_reversed) SELECT organization_id, %s, 99, charge_id, account_id, description, amount_cents, false"
        " FROM billing_invoiceline WHERE charge_id = %s",
        other,
        charge_id,
    )
    return {("invoiced_twice", f"charge {charge_id}"), ("invoice_of_another_party", subject)}


@plant("charge_out_of_place")
def a_charge_that_no_invoice_has(soil: Soil) -> Named:
    charge_id = soil.charge("ahead and cancelled", "ch.status = 'pending'")
    soil.run("UPDATE billing_charge SET status = 'invoiced' WHERE id = %s", charge_id)
    return {("charge_out_of_place", f"charge {charge_id}")}


@plant("charge_out_of_place")
def a_charge_that_waits_and_is_in_an_invoice(soil: Soil) -> Named:
    charge_id = soil.charge("gift")
    soil.run(
        "UPDATE billing_charge SET status = 'pending', charge_on = '2030-01-01' WHERE id = %s", charge_id
    )
    return {("charge_out_of_place", f"charge {charge_id}")}


@plant("line_differs_from_charge")
def lines_that_add_up_and_are_wrong(soil: Soil) -> Named:
    invoice_id, _ = soil.invoice("stub")
    soil.run(
        "UPDATE billing_invoiceline SET amount_cents = amount_cents + 1 WHERE invoice_id = %s AND number = 1",
        invoice_id,
    )
    soil.run(
        "UPDATE billing_invoiceline SET amount_cents = amount_cents - 1 WHERE invoice_id = %s AND number = 2",
        invoice_id,
    )
    return {("line_differs_from_charge", f"invoice {invoice_id}")}


@plant("by_hand_untraced")
def what_nobody_entered(soil: Soil) -> Named:
    charge_id = soil.charge("entered", "ch.kind = 'by_hand'")
    soil.run('UPDATE billing_charge SET derivation = \'{"c":"price","u":3000}\' WHERE id = %s', charge_id)
    return {("by_hand_untraced", f"charge {charge_id}")}


@plant("by_hand_untraced")
def a_line_for_another_account_than_was_entered(soil: Soil) -> Named:
    charge_id = soil.one("SELECT id FROM billing_charge WHERE kind = 'by_hand' AND description = 'Cabo'")
    soil.run("UPDATE billing_charge SET description = 'Poste' WHERE id = %s", charge_id)
    return {("by_hand_untraced", f"charge {charge_id}")}


@plant("derivation_differs")
def a_derivation_of_another_amount(soil: Soil) -> Named:
    charge_id = soil.charge("weekly")
    soil.run('UPDATE billing_charge SET derivation = \'{"c":"price","u":7002}\' WHERE id = %s', charge_id)
    return {("derivation_differs", f"charge {charge_id}")}


@plant("derivation_differs")
def a_derivation_that_is_none(soil: Soil) -> Named:
    charge_id = soil.charge("weekly")
    soil.run("UPDATE billing_charge SET derivation = 'soma' WHERE id = %s", charge_id)
    return {("derivation_differs", f"charge {charge_id}")}


@plant("invoice_differs_from_lines")
def an_invoice_of_nothing(soil: Soil) -> Named:
    of, _ = soil.invoice("gift")
    invoice_id = soil.copy("billing_invoice", of, number=777_777)
    soil.run(
        "INSERT INTO events_event (organization_id, id, kind, subject_id, occurred_on, payload)"
        " VALUES (%s, %s, 'invoice.issued', %s, '2026-02-01', '{}')",
        soil.organization,
        ids.new(),
        invoice_id,
    )
    return {("invoice_differs_from_lines", "invoice 777777")}


@plant("invoice_differs_from_lines")
def a_total_that_is_another(soil: Soil) -> Named:
    """What follows from the total differs with it."""
    invoice_id, subject = soil.invoice("weekly")
    soil.run("UPDATE billing_invoice SET total_cents = total_cents + 1 WHERE id = %s", invoice_id)
    return {
        ("invoice_differs_from_lines", subject),
        ("receivable_differs_from_invoice", subject),
        ("entry_differs_from_invoice", subject),
    }


@plant("invoice_status_wrong")
def a_zero_invoice_that_is_called_a_credit(soil: Soil) -> Named:
    invoice_id, subject = soil.invoice("gift")
    soil.run("UPDATE billing_invoice SET status = 'credit' WHERE id = %s", invoice_id)
    return {("invoice_status_wrong", subject)}


@plant("invoice_of_another_party")
def an_invoice_of_another_customer(soil: Soil) -> Named:
    """With its receivable, so that the two agree and only the contract says otherwise."""
    invoice_id, subject = soil.invoice("weekly")
    for table, column in (("billing_invoice", "id"), ("receivables_receivable", "source_id")):
        soil.run(
            f"UPDATE {table} SET customer_id = (SELECT id FROM customers_customer WHERE name = 'Ana') WHERE {column} = %s",
            invoice_id,
        )
    return {("invoice_of_another_party", subject)}


@plant("invoice_of_another_party")
def an_invoice_of_another_unit(soil: Soil) -> Named:
    invoice_id, subject = soil.invoice("weekly")
    unit_id = soil.copy(
        "organizations_unit", soil.one("SELECT id FROM organizations_unit LIMIT 1"), code="OUTRA"
    )
    soil.run("UPDATE billing_invoice SET unit_id = %s WHERE id = %s", unit_id, invoice_id)
    return {("invoice_of_another_party", subject)}


@plant("invoice_of_another_party")
def an_invoice_of_another_group(soil: Soil) -> Named:
    invoice_id, subject = soil.invoice("weekly")
    group_id = soil.one(
        "SELECT g.id FROM contracts_billinggroup g JOIN customers_customer c ON c.id = g.customer_id"
        " WHERE c.name = 'Ana' LIMIT 1"
    )
    soil.run("UPDATE billing_invoice SET billing_group_id = %s WHERE id = %s", group_id, invoice_id)
    return {("invoice_of_another_party", subject)}


@plant("receivable_differs_from_invoice")
def a_receivable_due_on_another_day(soil: Soil) -> Named:
    invoice_id, subject = soil.invoice("weekly")
    soil.run("UPDATE receivables_receivable SET due_on = due_on + 1 WHERE source_id = %s", invoice_id)
    return {("receivable_differs_from_invoice", subject)}


@plant("receivable_differs_from_invoice")
def a_receivable_of_another_customer(soil: Soil) -> Named:
    invoice_id, subject = soil.invoice("weekly")
    soil.run(
        "UPDATE receivables_receivable SET customer_id = (SELECT id FROM customers_customer WHERE name = 'Ana')"
        " WHERE source_id = %s",
        invoice_id,
    )
    return {("receivable_differs_from_invoice", subject)}


@plant("receivable_without_invoice")
def a_receivable_from_nowhere(soil: Soil) -> Named:
    of = soil.one("SELECT receivable_id FROM billing_invoice WHERE receivable_id IS NOT NULL LIMIT 1")
    found = soil.copy(
        "receivables_receivable", of, source_id=ids.new(), amount_cents=500, open_cents=0, status="cancelled"
    )
    return {("receivable_without_invoice", f"receivable {found}")}


@plant("credit_differs_from_invoice")
def a_credit_of_another_customer(soil: Soil) -> Named:
    invoice_id, subject = soil.invoice("cancelled in the middle", "i.total_cents < 0")
    soil.run(
        "UPDATE receivables_credit SET customer_id = (SELECT id FROM customers_customer WHERE name = 'Ana')"
        " WHERE source_id = %s",
        invoice_id,
    )
    return {("credit_differs_from_invoice", subject)}


@plant("credit_differs_from_invoice")
def a_credit_from_nowhere(soil: Soil) -> Named:
    source_id = ids.new()
    of = soil.one("SELECT id FROM receivables_credit WHERE source_kind = 'invoice' LIMIT 1")
    soil.copy("receivables_credit", of, source_id=source_id, open_cents=0, is_cancelled=True)
    return {("credit_differs_from_invoice", f"invoice {source_id}")}


@plant("invoice_not_announced")
def an_invoice_without_its_event(soil: Soil) -> Named:
    soil.without("events_event")
    invoice_id, subject = soil.invoice("gift")
    soil.run("DELETE FROM events_event WHERE subject_id = %s", invoice_id)
    return {("invoice_not_announced", subject)}


@plant("invoice_not_announced")
def an_invoice_announced_twice(soil: Soil) -> Named:
    invoice_id, subject = soil.invoice("gift")
    soil.copy("events_event", soil.one("SELECT id FROM events_event WHERE subject_id = %s", invoice_id))
    return {("invoice_not_announced", subject)}
