"""Deferred revenue: recognized on the first day of the period it was invoiced for (I13)."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from perene.apps.billing.models import Deferral, DeferralStatus
from perene.apps.ledger import journal
from perene.kit import bulk

# Deferrals per transaction.
BATCH = 5000


def recognize(*, through: date, posted_on: date, deferred_account_id: UUID) -> int:
    """Recognize up to a batch of what has begun by `through`, on `posted_on`: one entry per invoice and first day. Returns how
    many deferrals; 0 = none left. One that a cancellation holds is waited for."""
    rows = list(
        Deferral.objects.select_for_update(no_key=True)
        .filter(status=DeferralStatus.WAITING, recognize_on__lte=through)
        .order_by("recognize_on", "invoice_id", "id")[:BATCH]
        .values_list("id", "recognize_on", "invoice_id", "account_id", "amount_cents")
    )
    sums: dict[tuple[date, UUID], dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for _, recognize_on, invoice_id, account_id, amount_cents in rows:
        sums[recognize_on, invoice_id][account_id] += amount_cents
    # Items of one account may cancel each other out: then nothing is posted.
    posted = {key: found for key, of_key in sums.items() if (found := _postings(of_key, deferred_account_id))}
    drafts = [journal.Draft(invoice_id, postings) for (_, invoice_id), postings in posted.items()]
    entry_ids = journal.post_many(
        posted_on=posted_on, kind="recognition", source_kind="invoice", drafts=drafts
    )
    entry_of = dict(zip(posted, entry_ids, strict=True))
    bulk.update(
        Deferral,
        ("id", "status", "entry_id"),
        (
            (deferral_id, DeferralStatus.RECOGNIZED.value, entry_of.get((recognize_on, invoice_id)))
            for deferral_id, recognize_on, invoice_id, _, _ in rows
        ),
    )
    return len(rows)


def _postings(sums: dict[UUID, int], deferred_account_id: UUID) -> list[tuple[UUID, int]]:
    """From the liability to the accounts of the items."""
    total = sum(sums.values())
    found = [(deferred_account_id, total)] if total else []
    return found + [(account_id, -cents) for account_id, cents in sums.items() if cents]
