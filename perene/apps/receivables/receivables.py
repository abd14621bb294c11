"""What happens to a receivable."""

from uuid import UUID

from django.db.models import F

from perene.apps.receivables.models import Receivable, ReceivableStatus


def is_untouched(receivable_id: UUID | None) -> bool:
    """Whether nothing of it was paid yet."""
    return Receivable.objects.filter(
        id=receivable_id, status=ReceivableStatus.OPEN, open_cents=F("amount_cents")
    ).exists()


def cancel(receivable_id: UUID | None) -> None:
    """It is no longer owed."""
    Receivable.objects.filter(id=receivable_id).update(status=ReceivableStatus.CANCELLED, open_cents=0)
