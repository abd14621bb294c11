"""Credits of customers: paid back. They are used by `settle.use_credit` and by the billing run."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from perene.apps.events import outbox
from perene.apps.receivables import credits


@transaction.atomic(durable=True)
def refund(
    credit_id: UUID,
    *,
    amount_cents: int,
    account_id: UUID | None = None,
    reference: str = "",
    on: date,
    now: datetime,
) -> UUID:
    """Pay a credit, or part of it, back to the customer. Without `account_id` out of cash. Returns the refund's id. Refusal
    `credit_unknown`, `credit_empty` and those of `credits.refund`."""
    refund_id = credits.refund(
        credits.locked(credit_id),
        amount_cents=amount_cents,
        account_id=account_id,
        reference=reference,
        on=on,
        now=now,
    )
    outbox.record(
        "credit.refunded",
        subject_id=credit_id,
        occurred_on=on,
        refund_id=str(refund_id),
        amount_cents=amount_cents,
    )
    return refund_id
