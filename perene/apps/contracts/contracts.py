"""The birth of a contract: drafted, given lines, put in force. What happens to it then: `changes`; its terms: `renewal`."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from perene.apps.catalog import prices
from perene.apps.catalog.models import PlanItem, PlanStatus, PlanVersion
from perene.apps.contracts import groups, renewal
from perene.apps.contracts import terms as contract_terms
from perene.apps.contracts.models import (
    BillingTerms,
    Contract,
    ContractLine,
    ContractStatus,
    TermKind,
)
from perene.apps.customers.models import Customer
from perene.apps.organizations import numbers
from perene.apps.organizations.models import Unit
from perene.kit import constraints, ids
from perene.rules import plans, schedule
from perene.rules.charging import BillingMethod
from perene.rules.plans import PaymentMethod
from perene.rules.refusals import Refusal


def draft(
    *,
    customer: Customer,
    version: PlanVersion,
    started_on: date,
    payment_method: str,
    term_kind: str = TermKind.OPEN,
    term_months: int | None = None,
    signed_on: date | None = None,
    unit: Unit | None = None,
    external_id: str | None = None,
    delivery: str = "email",
    request_key: str | None = None,
) -> Contract:
    """A contract without lines yet: it bills nothing. Raises Refusal for a plan that is not on sale (G28, G29) or has a
    newer version (G30), a method the plan does not take (G2), a term that cannot be, an external id of another contract."""
    check_on_sale(version)
    check_payment_method(version, payment_method)
    term_ends_on, ends_on = renewal.first_term(term_kind, term_months, started_on)
    taken = Refusal(
        "contract_external_id_taken",
        "The code {external_id} belongs to another contract: choose another.",
        external_id=external_id,
    )
    with constraints.refused("contract_external_id_once", taken):
        return Contract.objects.create(
            id=ids.new(),
            number=numbers.reserve("contract"),
            external_id=external_id,
            customer=customer,
            unit=unit or customer.unit,
            plan_version=version,
            started_on=started_on,
            signed_on=signed_on or started_on,
            ends_on=ends_on,
            term_kind=term_kind,
            term_months=term_months,
            term_ends_on=term_ends_on,
            payment_method=payment_method,
            delivery=delivery,
            request_key=request_key,
        )


def of_request(request_key: str) -> UUID | None:
    """The contract that this request made."""
    found: UUID | None = Contract.objects.filter(request_key=request_key).values_list("id", flat=True).first()
    return found


def check_on_sale(version: PlanVersion) -> None:
    """Refusal `plan_not_on_sale` (G29), `plan_version_superseded` (G30: what is new takes the latest version)."""
    plan = version.plan
    if plan.status != PlanStatus.ACTIVE or plan.is_deleted:
        raise Refusal(
            "plan_not_on_sale",
            "The plan {plan} is not active: activate it or choose another.",
            plan=version.name,
        )
    if version.number != plan.latest_version:
        raise Refusal(
            "plan_version_superseded",
            "The plan {plan} was changed meanwhile: take its latest version.",
            plan=version.name,
        )


def check_payment_method(version: PlanVersion, method: str) -> None:
    """G2. Refusal `payment_method_not_in_plan`."""
    if method not in list(PaymentMethod) or method not in version.payment_methods:
        raise Refusal(
            "payment_method_not_in_plan",
            "The plan {plan} does not take the payment method {method}.",
            plan=version.name,
            method=plans.PAYMENT_WORDS.get(method, method),
        )


def lines_from_plan(
    contract: Contract, *, default_account_id: UUID, from_cycle: int = 1, first_position: int = 1
) -> list[ContractLine]:
    """The contract's own lines, copied from the items of its plan version."""
    items = (
        PlanItem.objects.select_related("item")
        .filter(version_id=contract.plan_version_id)
        .order_by("position")
    )
    lines = [
        ContractLine(
            id=ids.new(),
            contract=contract,
            item=item.item,
            position=position,
            description=item.name,
            account_id=item.item.account_id or default_account_id,
            from_cycle=from_cycle,
            **{name: getattr(item, name) for name in prices.COLUMNS},
        )
        for position, item in enumerate(items, start=first_position)
    ]
    check_has_items(contract.plan_version, lines)
    return ContractLine.objects.bulk_create(lines)


def check_has_items(version: PlanVersion, items: Sequence[object]) -> None:
    """Refusal `plan_without_items` (G28)."""
    if not items:
        raise Refusal("plan_without_items", "The plan {plan} has no items: add one first.", plan=version.name)


def confirm(
    contract: Contract,
    *,
    on: date,
    now: datetime,
    lead_days: int,
    billing_method: str = BillingMethod.GROUPED,
    due_day: int | None = None,
    cut_over_on: date | None = None,
    billing_group_id: UUID | None = None,
    activated_on: date | None = None,
) -> BillingTerms:
    """Put the contract in force: from here runs bill it. `cut_over_on`: cycles charged before it belong to another system.
    The gates approved and activated pass by default. Raises Refusal for terms that cannot be (`schedule.check`), for a way of
    billing that is none, for the group of another customer."""
    if contract.status != ContractStatus.DRAFT:
        raise Refusal(
            "contract_not_a_draft", "The contract {number} is already in force.", number=contract.number
        )
    if billing_method not in list(BillingMethod):
        raise Refusal(
            "billing_method_unknown",
            "“{method}” is not a way of billing: choose one of the list.",
            method=billing_method,
        )
    if billing_method == BillingMethod.NONE and billing_group_id is not None:
        raise Refusal("group_without_billing", "A contract without billing takes no billing group.")
    if billing_group_id is not None:
        groups.check_owner(billing_group_id, customer_id=contract.customer_id)
    elif billing_method == BillingMethod.GROUPED:
        billing_group_id = groups.default_of(contract.customer_id)
    billing = BillingTerms(
        contract=contract,
        # Grouped contracts of one group are billed by one chunk; others stand alone.
        batch_key=billing_group_id if billing_method == BillingMethod.GROUPED else contract.id,
        billing_group_id=billing_group_id,
        billing_method=billing_method,
        due_day=due_day,
        approved_on=on,
        activated_on=activated_on or on,
        confirmed_at=now,
    )
    terms = schedule.check(
        contract_terms.of_contract(contract, billing, contract.plan_version, lead_days=lead_days)
    )
    opening = contract_terms.opening(
        terms, billing_method, is_open_ended=contract.term_kind != TermKind.FIXED, cut_over_on=cut_over_on
    )
    billing.first_cycle = billing.next_cycle = opening.first_cycle
    billing.next_run_on = opening.next_run_on
    billing.save(force_insert=True)
    contract.status = ContractStatus.ACTIVE
    contract.save(update_fields=["status"])
    return billing
