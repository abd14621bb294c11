"""What happens to a receivable."""

from datetime import date
from uuid import UUID

from django.db.models import F

from perene.apps.receivables.models import Credit, Receivable, ReceivableStatus
from perene.kit import ids
from perene.rules.refusals import Refusal


def owe(
    *,
    customer_id: UUID,
    unit_id: UUID,
    source_kind: str,
    source_id: UUID,
    payment_method: str,
    due_on: date,
    amount_cents: int,
) -> UUID:
    """A new receivable, one at a time; returns its id. Volume goes through `apps.billing.loading`."""
    made = Receivable.objects.create(
        id=ids.new(),
        customer_id=customer_id,
        unit_id=unit_id,
        source_kind=source_kind,
        source_id=source_id,
        payment_method=payment_method,
        due_on=due_on,
        amount_cents=amount_cents,
        open_cents=amount_cents,
    )
    return made.id


def get(receivable_id: UUID) -> Receivable:
    """Refusal `receivable_unknown`."""
    return _known(Receivable.objects.filter(id=receivable_id).first())


def locked(receivable_id: UUID) -> Receivable:
    """Held until the transaction ends. Refusal `receivable_unknown`."""
    rows = Receivable.objects.select_for_update(of=("self",), no_key=True)
    return _known(rows.filter(id=receivable_id).first())


def cancel_untouched(receivable_id: UUID) -> bool:
    """It is no longer owed, provided that nothing of it was paid: said in one statement, for a payment may come at this
    moment. False when something was."""
    return bool(
        Receivable.objects.filter(
            id=receivable_id, status=ReceivableStatus.OPEN, open_cents=F("amount_cents")
        ).update(status=ReceivableStatus.CANCELLED, open_cents=0)
    )


def cancel_unused_credit(*, source_kind: str, source_id: UUID) -> bool:
    """The credit that came from there is no longer owed, provided that nothing of it was used. False when something was."""
    unused = Credit.objects.filter(
        source_kind=source_kind, source_id=source_id, is_cancelled=False, open_cents=F("amount_cents")
    )
    return bool(unused.update(is_cancelled=True, open_cents=0))


def _known(receivable: Receivable | None) -> Receivable:
    if receivable is None:
        raise Refusal("receivable_unknown", "There is no such receivable.")
    return receivable
