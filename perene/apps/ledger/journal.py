"""Posting entries. Volume goes through `apps.billing.loading`; this is the door for one entry at a time."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from perene.apps.ledger.models import Entry, Posting
from perene.kit import ids


def post(
    *,
    posted_on: date,
    kind: str,
    source_kind: str,
    source_id: UUID,
    postings: Sequence[tuple[UUID, int]],
) -> UUID:
    """One entry. `postings`: (account id, centavos: debit positive, credit negative), none zero, sum zero: the database
    refuses anything else. Returns the entry's id."""
    entry = Entry.objects.create(
        id=ids.new(), posted_on=posted_on, kind=kind, source_kind=source_kind, source_id=source_id
    )
    Posting.objects.bulk_create(
        Posting(entry_id=entry.id, number=number, account_id=account, posted_on=posted_on, amount_cents=cents)
        for number, (account, cents) in enumerate(postings, start=1)
    )
    return entry.id


def reverse(entry_id: UUID, *, posted_on: date, kind: str) -> UUID:
    """The mirror image of an entry, on `posted_on`. Returns the new entry's id."""
    entry = Entry.objects.get(id=entry_id)
    opposite = [
        (posting.account_id, -posting.amount_cents)
        for posting in Posting.objects.filter(entry_id=entry_id).order_by("number")
    ]
    return post(
        posted_on=posted_on,
        kind=kind,
        source_kind=entry.source_kind,
        source_id=entry.source_id,
        postings=opposite,
    )
