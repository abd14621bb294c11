"""What settles a receivable: a payment, a credit, giving it up; and taking that back."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.billing.models import Invoice
from perene.apps.events import outbox
from perene.apps.receivables import credits, debts, receivables, settlements
from perene.apps.receivables.models import Receivable, ReceivableStatus, Settlement
from perene.rules import late_charges, settlement, settlement_explanation
from perene.rules.explanation import Step
from perene.rules.refusals import Refusal
from perene.rules.settlement import Allocation, Given


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payment of a day would do. `principal_cents` is what is open, `total_cents` what settles all of it;
    `allocation` is what the amount goes to, `still_open_cents` what is open after it, with `surplus_cents` the customer's.
    `steps` explain all of it, `derivation` is what a settlement would keep."""

    due_on: date
    effective_due_on: date
    paid_on: date
    late_days: int
    principal_cents: int
    discount_cents: int
    fine_cents: int
    interest_cents: int
    waived_cents: int
    total_cents: int
    received_cents: int
    allocation: Allocation
    still_open_cents: int
    surplus_cents: int
    loses_discount: bool
    derivation: str
    steps: tuple[Step, ...]


@transaction.atomic(durable=True)
def receive(
    receivable_id: UUID,
    *,
    paid_on: date,
    received_cents: int,
    method: str,
    account_id: UUID | None = None,
    waive_late_charges: bool = False,
    reference: str = "",
    note: str = "",
    request_key: str | None = None,
    on: date,
    now: datetime,
) -> UUID | None:
    """Note a payment that was made on `paid_on`. Without `account_id` the money went to cash. Returns the settlement's id;
    None when `request_key` was seen before. Refusal `receivable_unknown`, `payment_in_the_future`, `payment_before_issue`
    and those of `settlements.pay`."""
    receivable = receivables.locked(receivable_id)
    if settlements.was_asked(request_key, receivable=receivable):
        return None
    _check_day(receivable, paid_on=paid_on, on=on)
    made = settlements.pay(
        receivable,
        paid_on=paid_on,
        received_cents=received_cents,
        method=method,
        account_id=account_id,
        waive_late_charges=waive_late_charges,
        reference=reference,
        note=note,
        request_key=request_key,
        now=now,
    )
    _announce(receivable, made, on=on)
    return made.id


@transaction.atomic(durable=True)
def reverse(settlement_id: UUID, *, reason: str, on: date, now: datetime) -> None:
    """Undo a settlement, the latest of its receivable. Refusal `settlement_unknown` and those of `settlements.reverse`."""
    receivable_id = (
        Settlement.objects.filter(id=settlement_id).values_list("receivable_id", flat=True).first()
    )
    if receivable_id is None:
        raise Refusal("settlement_unknown", "There is no such settlement.")
    receivable = receivables.locked(receivable_id)
    # Read behind the lock: whoever reversed it meanwhile is seen.
    made = Settlement.objects.get(id=settlement_id)
    settlements.reverse(made, receivable, reason=reason, on=on, now=now)
    outbox.record(
        "settlement.reversed",
        subject_id=settlement_id,
        occurred_on=on,
        receivable_id=str(receivable_id),
        open_cents=receivable.open_cents,
    )


@transaction.atomic(durable=True)
def use_credit(
    receivable_id: UUID, credit_id: UUID, *, amount_cents: int | None = None, on: date, now: datetime
) -> UUID:
    """Settle with a credit of the same customer and unit, all of it or up to `amount_cents`. Returns the settlement's id.
    Refusal `receivable_unknown`, `credit_unknown`, `credit_empty` and those of `settlements.use_credit`."""
    receivable = receivables.locked(receivable_id)
    made = settlements.use_credit(
        receivable, credits.locked(credit_id), amount_cents=amount_cents, on=on, now=now
    )
    _announce(receivable, made, on=on)
    return made.id


@transaction.atomic(durable=True)
def write_off(receivable_id: UUID, *, reason: str, on: date, now: datetime) -> UUID:
    """Give up what is open of it. `reverse` takes that back. Returns the settlement's id. Refusal `receivable_unknown` and
    those of `settlements.write_off`."""
    receivable = receivables.locked(receivable_id)
    made = settlements.write_off(receivable, reason=reason, on=on, now=now)
    outbox.record(
        "receivable.written_off",
        subject_id=receivable_id,
        occurred_on=on,
        settlement_id=str(made.id),
        amount_cents=made.principal_cents,
    )
    return made.id


def preview(
    receivable_id: UUID, *, paid_on: date, received_cents: int | None, waive_late_charges: bool = False
) -> Preview:
    """What a payment would do; `received_cents` None is exactly what is owed. Changes nothing. Refusal
    `receivable_unknown`, `receivable_not_open`, `payment_before_issue`, `payment_before_another`, `nothing_received`."""
    receivable = receivables.get(receivable_id)
    settlements.check_open(receivable)
    _check_day(receivable, paid_on=paid_on, on=paid_on)
    settlements.check_order(receivable, paid_on)
    if received_cents is not None:
        settlements.check_received(received_cents)
    given = Given(debts.of(receivable), paid_on, received_cents, waive_late_charges)
    owed = late_charges.owed(given.debt, on=paid_on)
    total_cents = settlement.asked_for(owed, waive_late_charges=waive_late_charges)
    found = settlement.settle(given)
    derivation = settlement.write(given)
    return Preview(
        due_on=given.debt.due_on,
        effective_due_on=given.debt.effective_due_on,
        paid_on=paid_on,
        late_days=owed.late_days,
        principal_cents=owed.principal_cents,
        discount_cents=owed.discount_cents,
        fine_cents=owed.fine_cents,
        interest_cents=owed.interest_cents,
        waived_cents=found.waived_cents,
        total_cents=total_cents,
        received_cents=total_cents if received_cents is None else received_cents,
        allocation=found,
        still_open_cents=settlement.still_open(owed, found),
        surplus_cents=found.surplus_cents,
        loses_discount=settlement.loses_discount(owed, found),
        derivation=derivation,
        steps=tuple(settlement_explanation.explain(derivation)),
    )


def _check_day(receivable: Receivable, *, paid_on: date, on: date) -> None:
    if paid_on > on:
        raise Refusal(
            "payment_in_the_future", "{paid_on} is still to come: enter the day of payment.", paid_on=paid_on
        )
    issued_on = None
    if receivable.source_kind == "invoice":
        issued_on = (
            Invoice.objects.filter(id=receivable.source_id).values_list("issued_on", flat=True).first()
        )
    if issued_on is not None and paid_on < issued_on:
        raise Refusal(
            "payment_before_issue",
            "The invoice was issued on {issued_on}: nobody paid it before.",
            issued_on=issued_on,
        )


def _announce(receivable: Receivable, made: Settlement, *, on: date) -> None:
    is_settled = receivable.status == ReceivableStatus.SETTLED
    outbox.record(
        "receivable.settled" if is_settled else "receivable.partly_settled",
        subject_id=receivable.id,
        occurred_on=on,
        settlement_id=str(made.id),
        settlement_kind=made.kind,
        paid_on=made.paid_on.isoformat(),
        received_cents=made.received_cents,
        principal_cents=made.principal_cents,
        open_cents=receivable.open_cents,
    )
