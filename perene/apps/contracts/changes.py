"""What happens to a contract in force: another plan, the end. Each change that billing depends on raises the revision."""

from datetime import date
from uuid import UUID

from django.db import models

from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts import contracts, due
from perene.apps.contracts import terms as contract_terms
from perene.apps.contracts.models import BillingTerms, Contract, ContractLine, ContractStatus, TermKind
from perene.rules import charging, schedule
from perene.rules.refusals import Refusal


def locked(contract_id: UUID) -> tuple[Contract, BillingTerms]:
    """A contract in force and its terms, held until the transaction ends. Raises Refusal when there is none, or it is still a
    draft."""
    contract = (
        Contract.objects.select_for_update(of=("self",), no_key=True)
        .select_related("plan_version")
        .filter(id=contract_id)
        .first()
    )
    if contract is None:
        raise Refusal("contract_unknown", "There is no such contract.")
    billing = BillingTerms.objects.select_for_update(no_key=True).filter(contract_id=contract_id).first()
    if billing is None:
        raise Refusal(
            "contract_is_a_draft", "The contract {number} is still a draft.", number=contract.number
        )
    return contract, billing


def end(
    contract: Contract, billing: BillingTerms, *, ends_on: date, reason: str, lead_days: int
) -> schedule.Terms:
    """Cancel on a date: the first day without the contract. Returns the new terms. Raises Refusal when it is over
    already, ends earlier, or for a date before its start."""
    check_end(contract, ends_on=ends_on)
    contract.ends_on = ends_on
    contract.status = ContractStatus.CANCELLED
    contract.cancel_reason = reason
    terms = schedule.check(
        contract_terms.of_contract(contract, billing, contract.plan_version, lead_days=lead_days)
    )
    contract.save(update_fields=["ends_on", "status", "cancel_reason"])
    _move_cursor(billing, next_run_on=_next_run_on(contract, billing, terms))
    return terms


def check_end(contract: Contract, *, ends_on: date) -> None:
    """Refusal `contract_not_active`, `contract_ends_earlier`."""
    _check_in_force(contract)
    if contract.ends_on is not None and contract.ends_on <= ends_on:
        raise Refusal(
            "contract_ends_earlier", "The contract already ends on {ends_on}.", ends_on=contract.ends_on
        )


def wake(billing: BillingTerms, *, on: date) -> None:
    """Let a run look at this contract on `on`: charges wait there that belong to no coming cycle."""
    nearest = on if billing.next_run_on is None else min(on, billing.next_run_on)
    _move_cursor(billing, next_run_on=nearest)


def change_plan(
    contract: Contract,
    billing: BillingTerms,
    *,
    version: PlanVersion,
    from_cycle: int,
    default_account_id: UUID,
    lead_days: int,
    on: date,
) -> None:
    """From `from_cycle` on the contract has the lines of another plan version; what else the version says (due days,
    proration at the end) holds at once. Raises the Refusals of `check_plan`."""
    _before, after = check_plan(
        contract, billing, version=version, from_cycle=from_cycle, lead_days=lead_days, on=on
    )
    # Also the lines of a change that was to come later: they would be charged beside the new ones.
    replaced = models.Q(until_cycle__isnull=True) | models.Q(until_cycle__gt=from_cycle)
    ContractLine.objects.filter(replaced, contract=contract).update(until_cycle=from_cycle)
    position = ContractLine.objects.filter(contract=contract).count() + 1
    contract.plan_version = version
    contract.save(update_fields=["plan_version"])
    contracts.lines_from_plan(
        contract, default_account_id=default_account_id, from_cycle=from_cycle, first_position=position
    )
    _move_cursor(billing, next_run_on=_next_run_on(contract, billing, after))


def check_plan(
    contract: Contract,
    billing: BillingTerms,
    *,
    version: PlanVersion,
    from_cycle: int,
    lead_days: int,
    on: date,
) -> tuple[schedule.Terms, schedule.Terms]:
    """The terms with the present plan and with another from `from_cycle` on. Raises Refusal when that cycle is billed already
    or never comes, when the plans do not share their rhythm, when the contract was through before that cycle, and as
    `check_on_sale` for another plan than its own."""
    _check_in_force(contract)
    if from_cycle < billing.next_cycle:
        raise Refusal(
            "cycle_already_billed",
            "Cycle {cycle} is billed already: the change may begin in cycle {next} or later.",
            cycle=from_cycle,
            next=billing.next_cycle,
        )
    if version.plan_id != contract.plan_version.plan_id:
        contracts.check_on_sale(version)
    contracts.check_payment_method(version, contract.payment_method)
    before = contract_terms.of_contract(contract, billing, contract.plan_version, lead_days=lead_days)
    after = contract_terms.of_contract(contract, billing, version, lead_days=lead_days)
    if not _share_rhythm(before, after, is_first_billed=billing.first_cycle == 1 < billing.next_cycle):
        raise Refusal(
            "plan_of_another_rhythm",
            "The plan {plan} is charged at other intervals or days: end this contract and make a new one.",
            plan=version.name,
        )
    if schedule.live_cycle(after, from_cycle) is None:
        raise Refusal(
            "cycle_never_comes",
            "With the plan {plan} the contract has no cycle {cycle}: nothing would change.",
            plan=version.name,
            cycle=from_cycle,
        )
    first_on = schedule.cycle(after, from_cycle).charge_on
    if schedule.live_cycle(before, from_cycle) is None and first_on < on:
        # It would be charged for all the time in which it had come to its end.
        raise Refusal(
            "contract_was_through",
            "The contract {number} was through before cycle {cycle} of {charge_on}: make a new contract.",
            number=contract.number,
            cycle=from_cycle,
            charge_on=first_on,
        )
    return before, after


def change_due_day(contract: Contract, billing: BillingTerms, *, due_day: int | None, lead_days: int) -> None:
    """What is charged from here on is due on another day (None: as the plan says); invoices that exist stay. Refusal
    `contract_not_active`, `due_day_out_of_range`."""
    _check_in_force(contract)
    billing.due_day = due_day
    terms = schedule.check(
        contract_terms.of_contract(contract, billing, contract.plan_version, lead_days=lead_days)
    )
    billing.save(update_fields=["due_day"])
    _move_cursor(billing, next_run_on=_next_run_on(contract, billing, terms))


def charged_lines(contract_id: UUID) -> list[charging.Line]:
    """The contract's lines as the rules read them."""
    raw_lines = due.lines_of([contract_id]).get(contract_id.bytes, [])
    return [
        line._replace(id=UUID(bytes=raw.line_id), account_id=UUID(bytes=raw.account_id))
        for raw, line in zip(raw_lines, due.LineReader().lines(raw_lines), strict=True)
    ]


def _check_in_force(contract: Contract) -> None:
    if contract.status != ContractStatus.ACTIVE:
        raise Refusal("contract_not_active", "The contract {number} is not in force.", number=contract.number)


def _move_cursor(billing: BillingTerms, *, next_run_on: date | None) -> None:
    """Any change that billing depends on also raises the revision, so that a chunk priced before it is done again."""
    billing.next_run_on = next_run_on
    billing.revision += 1
    billing.save(update_fields=["next_run_on", "revision"])


def _share_rhythm(before: schedule.Terms, after: schedule.Terms, *, is_first_billed: bool) -> bool:
    """Whether cycles keep their numbers and dates, and one that is billed (only the first may have a stub) stays as it was."""
    if (before.interval, before.charge_day) != (after.interval, after.charge_day):
        return False
    return not is_first_billed or schedule.cycle(before, 1) == schedule.cycle(after, 1)


def _next_run_on(contract: Contract, billing: BillingTerms, terms: schedule.Terms) -> date | None:
    return charging.next_run_on(
        terms,
        billing.billing_method,
        next_cycle=billing.next_cycle,
        is_open_ended=contract.term_kind != TermKind.FIXED,
    )
