"""Deferred revenue: recognized on the first day of the period it was invoiced for (I13)."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from perene.apps.billing.models import Deferral
from perene.apps.ledger import journal

BATCH = 500


def recognize(*, on: date, deferred_account_id: UUID) -> int:
    """Recognize up to a batch of what has begun by `on`: one entry per invoice. Returns how many deferrals; 0 = none left."""
    rows = list(
        Deferral.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(status="waiting", recognize_on__lte=on)
        .order_by("recognize_on", "invoice_id", "id")[:BATCH]
    )
    by_invoice: dict[tuple[date, UUID], list[Deferral]] = defaultdict(list)
    for row in rows:
        by_invoice[row.recognize_on, row.invoice_id].append(row)
    for (recognize_on, invoice_id), deferrals in by_invoice.items():
        sums: dict[UUID, int] = defaultdict(int)
        for row in deferrals:
            sums[row.account_id] -= row.amount_cents
        total = -sum(sums.values())
        postings = [(deferred_account_id, total)] if total else []
        postings += [(account, cents) for account, cents in sums.items() if cents]
        entry_id = None
        if postings:
            entry_id = journal.post(
                posted_on=recognize_on,
                kind="recognition",
                source_kind="invoice",
                source_id=invoice_id,
                postings=postings,
            )
        Deferral.objects.filter(id__in=[row.id for row in deferrals]).update(
            status="recognized", entry_id=entry_id
        )
    return len(rows)
