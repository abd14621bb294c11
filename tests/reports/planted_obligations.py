"""Plants: what a contract owes."""

from uuid import UUID

from tests.reports.plants import Named, Soil, plant


@plant("charge_without_terms")
def a_charge_of_a_draft(soil: Soil) -> Named:
    draft, _ = soil.contract("draft")
    of = soil.charge("ahead and cancelled", "ch.status = 'cancelled'")
    found = soil.copy("billing_charge", of, contract_id=draft, cycle=900)
    return {("charge_without_terms", f"charge {found}")}


@plant("contract_cannot_be_priced")
def a_tier_table_that_breaks_after_billing(soil: Soil) -> Named:
    contract_id, subject = soil.contract("priced each way")
    soil.run(
        'UPDATE contracts_contractline SET tiers = \'[["9",1,0],["8",1,0],[null,1,0]]\''
        " WHERE contract_id = %s AND calc_type = 'volume'",
        contract_id,
    )
    return {("contract_cannot_be_priced", subject)}


@plant("contract_cannot_be_priced")
def a_contract_that_a_run_went_over_in_silence(soil: Soil) -> Named:
    contract_id, subject = soil.contract("parked")
    soil.run("UPDATE billing_parked SET is_open = false WHERE contract_id = %s", contract_id)
    return {("contract_cannot_be_priced", subject)}


@plant("obligation_missed")
def a_contract_that_the_runs_passed_by(soil: Soil) -> Named:
    """The last run began after the sale of a contract that it did not bill."""
    soil.run("UPDATE billing_run SET started_at = '2200-01-01Z' WHERE through_on = '2026-03-02'")
    return {("obligation_missed", soil.contract("sold late")[1])}


@plant("obligation_missed")
def a_gate_that_was_open(soil: Soil) -> Named:
    contract_id, subject = soil.contract("activated in April")
    soil.run(
        "UPDATE contracts_billingterms SET activated_on = '2026-03-02' WHERE contract_id = %s", contract_id
    )
    return {("obligation_missed", subject)}


@plant("obligation_missed")
def a_line_that_was_not_charged(soil: Soil) -> Named:
    contract_id, subject = soil.contract("gift")
    line_id = soil.one("SELECT id FROM contracts_contractline WHERE contract_id = %s", contract_id)
    as_old = UUID(int=line_id.int - (1 << 80))  # an id of the millisecond before
    soil.copy("contracts_contractline", line_id, id=as_old, position=2, unit_cents=50_01)
    return {("obligation_missed", subject)}


@plant("obligation_missed")
def a_charge_that_was_cancelled_without_reason(soil: Soil) -> Named:
    """Its invoice has no lines any more, too."""
    charge_id = soil.charge("gift")
    soil.run("UPDATE billing_charge SET status = 'cancelled' WHERE id = %s", charge_id)
    soil.run("UPDATE billing_invoiceline SET is_reversed = true WHERE charge_id = %s", charge_id)
    return {
        ("obligation_missed", soil.contract("gift")[1]),
        ("invoice_differs_from_lines", soil.invoice("gift")[1]),
    }


@plant("charge_left_waiting")
def a_credit_that_the_runs_passed_by(soil: Soil) -> Named:
    charge_id = soil.charge("ahead and cancelled", "ch.status = 'pending'")
    soil.run("UPDATE billing_charge SET charge_on = '2026-03-01' WHERE id = %s", charge_id)
    return {("charge_left_waiting", soil.contract("ahead and cancelled")[1])}


@plant("charge_of_another_line")
def a_charge_of_the_neighbours_line(soil: Soil) -> Named:
    contract_id, subject = soil.contract("grouped")
    soil.copy("billing_charge", soil.charge("stub"), contract_id=contract_id, cycle=900, status="cancelled")
    return {("charge_of_another_line", subject)}


@plant("amount_wrong")
def a_price_that_is_another(soil: Soil) -> Named:
    contract_id, subject = soil.contract("weekly")
    soil.run(
        "UPDATE contracts_contractline SET unit_cents = unit_cents + 1 WHERE contract_id = %s", contract_id
    )
    return {("amount_wrong", subject)}


@plant("amount_wrong")
def a_period_that_is_another(soil: Soil) -> Named:
    soil.run("UPDATE billing_charge SET period_end = period_end - 1 WHERE id = %s", soil.charge("before"))
    return {("amount_wrong", soil.contract("before")[1])}


@plant("amount_wrong")
def a_credit_that_gives_back_too_much(soil: Soil) -> Named:
    charge_id = soil.charge("ahead and cancelled", "ch.status = 'pending'")
    soil.run(
        'UPDATE billing_charge SET amount_cents = -1, derivation = \'{"c":"price","u":-1}\' WHERE id = %s',
        charge_id,
    )
    return {("amount_wrong", soil.contract("ahead and cancelled")[1])}


@plant("amount_wrong")
def days_after_the_end_that_nobody_gave_back(soil: Soil) -> Named:
    charge_id = soil.charge("ahead and cancelled", "ch.status = 'pending'")
    soil.run("DELETE FROM billing_charge WHERE id = %s", charge_id)
    return {("amount_wrong", soil.contract("ahead and cancelled")[1])}


@plant("charge_not_owed")
def a_courtesy_that_is_charged(soil: Soil) -> Named:
    contract_id, subject = soil.contract("courtesy")
    line_id = soil.one("SELECT id FROM contracts_contractline WHERE contract_id = %s LIMIT 1", contract_id)
    _waiting(soil, "grouped", contract_id=contract_id, line_id=line_id)
    return {("charge_not_owed", subject)}


@plant("charge_not_owed")
def a_cycle_after_the_end(soil: Soil) -> Named:
    _waiting(soil, "cancelled in the middle", cycle=5)
    return {("charge_not_owed", soil.contract("cancelled in the middle")[1])}


@plant("charge_not_owed")
def a_cycle_of_the_old_system(soil: Soil) -> Named:
    _waiting(soil, "cut over", cycle=3)
    return {("charge_not_owed", soil.contract("cut over")[1])}


@plant("charge_not_owed")
def a_cycle_beyond_the_count(soil: Soil) -> Named:
    _waiting(soil, "two charges", cycle=3)
    return {("charge_not_owed", soil.contract("two charges")[1])}


@plant("charge_not_owed")
def a_cycle_beyond_the_calendar(soil: Soil) -> Named:
    _waiting(soil, "grouped", cycle=2_000_000)
    return {("charge_not_owed", soil.contract("grouped")[1])}


@plant("charge_not_owed")
def a_part_that_no_cycle_has(soil: Soil) -> Named:
    _waiting(soil, "grouped", part=2)
    return {("charge_not_owed", soil.contract("grouped")[1])}


@plant("charge_not_owed")
def a_one_off_charged_again(soil: Soil) -> Named:
    _waiting(soil, "setup", "ch.amount_cents = 12000", cycle=2)
    return {("charge_not_owed", soil.contract("setup")[1])}


@plant("charge_not_owed")
def a_line_after_the_change_of_plan(soil: Soil) -> Named:
    _waiting(soil, "changed", "ch.cycle = 1 AND ch.part = 0", cycle=8)
    return {("charge_not_owed", soil.contract("changed")[1])}


@plant("charge_not_owed")
def a_credit_for_what_was_not_cancelled(soil: Soil) -> Named:
    _waiting(soil, "weekly", kind="credit", amount_cents=-7001, derivation='{"c":"price","u":-7001}')
    return {("charge_not_owed", soil.contract("weekly")[1])}


@plant("charge_not_owed")
def a_credit_for_what_was_charged_to_the_end_only(soil: Soil) -> Named:
    """Billed after the end was known, so that nothing is to be given back."""
    of = soil.charge("cancelled before it was billed")
    soil.copy("billing_charge", of, kind="credit", status="pending", charge_on="2030-01-01")
    return {("charge_not_owed", soil.contract("cancelled before it was billed")[1])}


def _waiting(soil: Soil, name: str, condition: str = "true", **changed: object) -> None:
    """A charge like one of that contract that waits for its day, far from any run."""
    changed = {"status": "pending", "charge_on": "2030-01-01", "cycle": 3} | changed
    soil.copy("billing_charge", soil.charge(name, condition), **changed)
