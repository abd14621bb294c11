"""Plants: an approved run that did not bill what was rehearsed."""

from uuid import UUID

from tests.reports.plants import Named, Soil, plant


def _approved(soil: Soil) -> UUID:
    """A run of that kind that billed nothing."""
    run_id = soil.one("SELECT id FROM billing_run WHERE status = 'done' AND contract_id IS NULL LIMIT 1")
    return soil.copy("billing_run", run_id, number=777_777, is_rehearsed=True)


def _rehearsed(soil: Soil, run_id: UUID, contract: str, decision: str) -> None:
    soil.run(
        "INSERT INTO billing_rehearsed (organization_id, run_id, contract_id, customer_id, digest, lines, total_cents,"
        " anomaly, message, params, decision) SELECT organization_id, %s, id, customer_id, '', 1, 100, '', '', '{}', %s"
        " FROM contracts_contract WHERE external_id = %s",
        run_id,
        decision,
        contract,
    )


@plant("rehearsal_differs_from_run")
def one_that_was_rehearsed_and_not_billed(soil: Soil) -> Named:
    _rehearsed(soil, _approved(soil), "weekly", "billed")
    return {("rehearsal_differs_from_run", "run 777777")}


@plant("rehearsal_differs_from_run")
def one_whose_end_is_open(soil: Soil) -> Named:
    _rehearsed(soil, _approved(soil), "weekly", "bill")
    return {("rehearsal_differs_from_run", "run 777777")}


@plant("rehearsal_differs_from_run")
def one_that_was_held_and_billed(soil: Soil) -> Named:
    run_id = _approved(soil)
    _rehearsed(soil, run_id, "weekly", "hold")
    charge_id = soil.charge("weekly")
    soil.run(
        "UPDATE billing_invoice SET run_id = %s WHERE id ="
        " (SELECT invoice_id FROM billing_invoiceline WHERE charge_id = %s AND NOT is_reversed)",
        run_id,
        charge_id,
    )
    return {("rehearsal_differs_from_run", "run 777777")}
