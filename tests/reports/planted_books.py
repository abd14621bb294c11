"""Plants: entries, balances, deferred revenue."""

from perene.kit import ids
from tests.reports.plants import Named, Soil, plant

SERVICES, SETUP = "3.1.1.01", "3.1.1.02"


@plant("entry_unbalanced")
def an_entry_of_one_side(soil: Soil) -> Named:
    soil.without("ledger_posting")
    return {("entry_unbalanced", f"entry {soil.entry((SERVICES, 100))}")}


@plant("entry_unbalanced")
def an_entry_of_nothing(soil: Soil) -> Named:
    return {("entry_unbalanced", f"entry {soil.entry()}")}


@plant("posting_without_entry")
def postings_of_no_entry(soil: Soil) -> Named:
    soil.without("ledger_posting")
    entry_id = ids.new()
    soil.post(entry_id, (SERVICES, 100), (SETUP, -100))
    return {("posting_without_entry", f"entry {entry_id}")}


@plant("subtotal_differs_from_postings")
def a_subtotal_that_was_forged(soil: Soil) -> Named:
    soil.without("ledger_subtotal")
    account_id = soil.one("SELECT id FROM ledger_account WHERE code = %s", SERVICES)
    soil.run(
        "INSERT INTO ledger_subtotal (organization_id, account_id, posted_on, debit_cents, credit_cents)"
        " VALUES (%s, %s, '2026-02-01', 1, 0)",
        soil.organization,
        account_id,
    )
    return {("subtotal_differs_from_postings", f"account {account_id}")}


@plant("entry_without_source")
def an_entry_of_no_invoice(soil: Soil) -> Named:
    soil.without("ledger_posting")
    entry_id = soil.entry((SERVICES, 100), (SETUP, -100), kind="invoice", source_kind="invoice")
    return {("entry_without_source", f"entry {entry_id}")}


@plant("entry_without_source")
def a_second_entry_of_an_invoice(soil: Soil) -> Named:
    soil.without("ledger_posting")
    soil.without("ledger_entry")
    entry_id = soil.entry((SERVICES, 100), (SETUP, -100), kind="invoice", source_kind="invoice")
    soil.run("UPDATE ledger_entry SET source_id = %s WHERE id = %s", soil.invoice("weekly")[0], entry_id)
    return {("entry_without_source", f"entry {entry_id}")}


@plant("entry_differs_from_invoice")
def revenue_of_another_account(soil: Soil) -> Named:
    soil.without("ledger_posting")
    invoice_id, subject = soil.invoice("weekly")
    entry_id = soil.one("SELECT entry_id FROM billing_invoice WHERE id = %s", invoice_id)
    soil.post(entry_id, (SERVICES, 100), (SETUP, -100))
    return {("entry_differs_from_invoice", subject)}


@plant("cancelled_invoice_not_reversed")
def a_cancelled_invoice_that_stays_in_the_books(soil: Soil) -> Named:
    soil.without("ledger_entry")
    invoice_id, subject = soil.invoice("ahead and cancelled", "i.status = 'cancelled'")
    soil.run(
        "UPDATE ledger_entry SET kind = 'manual' WHERE kind = 'invoice_cancelled' AND source_id = %s",
        invoice_id,
    )
    return {("cancelled_invoice_not_reversed", subject)}


@plant("balance_differs")
def a_receivable_that_shrank_without_an_entry(soil: Soil) -> Named:
    invoice_id, _ = soil.invoice("weekly")
    soil.run("UPDATE receivables_receivable SET open_cents = open_cents - 1 WHERE source_id = %s", invoice_id)
    owed = soil.one("SELECT receivable_id FROM billing_invoice WHERE id = %s", invoice_id)
    return {("balance_differs", "account 1.1.2.01"), ("receivable_open_wrong", f"receivable {owed}")}


@plant("balance_differs")
def a_credit_that_was_used_without_an_entry(soil: Soil) -> Named:
    invoice_id, _ = soil.invoice("cancelled in the middle", "i.total_cents < 0")
    soil.run("UPDATE receivables_credit SET open_cents = 0 WHERE source_id = %s", invoice_id)
    credit = soil.one("SELECT id FROM receivables_credit WHERE source_id = %s", invoice_id)
    return {("balance_differs", "account 2.1.6.01"), ("credit_open_wrong", f"credit {credit}")}


@plant("balance_differs")
def deferred_revenue_in_the_books_alone(soil: Soil) -> Named:
    soil.without("ledger_posting")
    soil.entry(("2.1.5.01", 100), (SERVICES, -100))
    return {("balance_differs", "account 2.1.5.01")}


@plant("deferral_wrong")
def deferrals_that_add_up_and_are_wrong(soil: Soil) -> Named:
    first, second = (
        soil.charge("ahead", f"ch.period_start > '2026-04-01' AND ch.amount_cents = {cents}")
        for cents in (99_90, 15_00)
    )
    soil.run("UPDATE billing_deferral SET amount_cents = amount_cents + 1 WHERE charge_id = %s", first)
    soil.run("UPDATE billing_deferral SET amount_cents = amount_cents - 1 WHERE charge_id = %s", second)
    return {("deferral_wrong", f"charge {first}"), ("deferral_wrong", f"charge {second}")}


@plant("deferral_wrong")
def a_deferral_that_waits_for_a_cancelled_invoice(soil: Soil) -> Named:
    """Its amount is missing in the books, too."""
    charge_id = soil.charge("ahead and cancelled", "ch.status = 'cancelled'")
    soil.run("UPDATE billing_deferral SET status = 'waiting' WHERE charge_id = %s", charge_id)
    return {("deferral_wrong", f"charge {charge_id}"), ("balance_differs", "account 2.1.5.01")}


@plant("deferral_left_waiting")
def revenue_that_was_not_recognized_in_its_time(soil: Soil) -> Named:
    """The day says that it was done."""
    charge_id, recognize_on = soil.row(
        "SELECT charge_id, recognize_on FROM billing_deferral WHERE status = 'waiting' ORDER BY recognize_on, id LIMIT 1"
    )
    soil.run(
        'INSERT INTO organizations_dailystep (organization_id, id, "on", step, started_at, finished_at, result)'
        " VALUES (%s, %s, %s, 'recognize', '2026-02-01', '2026-02-01', '{}')",
        soil.organization,
        ids.new(),
        recognize_on,
    )
    others = soil.connection.execute(
        "SELECT charge_id FROM billing_deferral WHERE status = 'waiting' AND recognize_on = %s",
        [recognize_on],
    ).fetchall()
    assert (charge_id,) in others
    return {("deferral_left_waiting", f"charge {one}") for (one,) in others}


@plant("deferral_not_needed")
def a_deferral_of_a_period_that_had_begun(soil: Soil) -> Named:
    of = soil.one("SELECT id FROM billing_deferral WHERE status = 'cancelled' LIMIT 1")
    charge_id = soil.charge("weekly", "ch.period_start = ch.charge_on")
    invoice_id = soil.one("SELECT invoice_id FROM billing_invoiceline WHERE charge_id = %s", charge_id)
    soil.copy("billing_deferral", of, charge_id=charge_id, invoice_id=invoice_id)
    return {("deferral_not_needed", f"charge {charge_id}")}


@plant("recognized_without_entry")
def revenue_that_was_recognized_in_words_only(soil: Soil) -> Named:
    soil.without("ledger_entry")
    entry_id, number = soil.row(
        "SELECT d.entry_id, i.number FROM billing_deferral d JOIN billing_invoice i ON i.id = d.invoice_id"
        " WHERE d.status = 'recognized' AND d.entry_id IS NOT NULL ORDER BY i.number LIMIT 1"
    )
    soil.run("UPDATE billing_deferral SET entry_id = NULL WHERE entry_id = %s", entry_id)
    soil.run("UPDATE ledger_entry SET kind = 'manual' WHERE id = %s", entry_id)
    return {("recognized_without_entry", f"invoice {number}")}


@plant("recognition_wrong")
def deferrals_that_name_each_others_entry(soil: Soil) -> Named:
    (first,), (second,) = soil.connection.execute(
        "SELECT DISTINCT ON (sum(amount_cents)) entry_id FROM billing_deferral WHERE status = 'recognized'"
        "  AND entry_id IS NOT NULL GROUP BY entry_id ORDER BY sum(amount_cents), entry_id LIMIT 2"
    ).fetchall()
    soil.run(
        "UPDATE billing_deferral SET entry_id = CASE entry_id WHEN %s THEN %s::uuid ELSE %s::uuid END"
        " WHERE entry_id IN (%s, %s)",
        first,
        second,
        first,
        first,
        second,
    )
    return {("recognition_wrong", f"entry {first}"), ("recognition_wrong", f"entry {second}")}
