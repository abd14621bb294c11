"""Posting entries. Volume goes through `apps.billing.loading`; this is the door for one entry, or a few hundred, at a time."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from perene.apps.ledger import closings
from perene.apps.ledger.models import Entry, Posting
from perene.kit import bulk, ids, tenancy


class Draft(NamedTuple):
    """An entry to be posted with others: of what, and its sides as `post` takes them."""

    source_id: UUID
    postings: Sequence[tuple[UUID, int]]


def post(
    *,
    posted_on: date,
    kind: str,
    source_kind: str,
    source_id: UUID,
    postings: Sequence[tuple[UUID, int]],
) -> UUID:
    """One entry. `postings`: (account id, centavos: debit positive, credit negative), none zero, sum zero: the database
    refuses anything else. Returns the entry's id. Refusal `period_closed`."""
    with closings.noticed(posted_on):
        entry = Entry.objects.create(
            id=ids.new(), posted_on=posted_on, kind=kind, source_kind=source_kind, source_id=source_id
        )
    Posting.objects.bulk_create(
        Posting(entry_id=entry.id, number=number, account_id=account, posted_on=posted_on, amount_cents=cents)
        for number, (account, cents) in enumerate(postings, start=1)
    )
    return entry.id


def post_many(*, posted_on: date, kind: str, source_kind: str, drafts: Sequence[Draft]) -> list[UUID]:
    """Entries of one day and kind, by two statements. Returns their ids, in the order of the drafts. Refusal
    `period_closed`."""
    if not drafts:
        return []
    entry_ids = [ids.new() for _ in drafts]
    with closings.noticed(posted_on):
        bulk.insert(
            Entry,
            ("id", "posted_on", "kind", "source_kind", "source_id"),
            (
                (entry_id, posted_on, kind, source_kind, draft.source_id)
                for entry_id, draft in zip(entry_ids, drafts, strict=True)
            ),
        )
    bulk.insert(
        Posting,
        ("entry_id", "number", "account_id", "posted_on", "amount_cents"),
        (
            (entry_id, number, account_id, posted_on, cents)
            for entry_id, draft in zip(entry_ids, drafts, strict=True)
            for number, (account_id, cents) in enumerate(draft.postings, start=1)
        ),
    )
    return entry_ids


def reverse(entry_id: UUID, *, posted_on: date, kind: str) -> UUID:
    """The mirror image of an entry, on `posted_on`. Returns the new entry's id. Refusal `period_closed`."""
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


def reverse_many(entry_ids: Sequence[UUID], *, posted_on: date, kind: str) -> dict[UUID, UUID]:
    """The mirror images of entries, on `posted_on`, by two statements. Returns entry → its mirror. Refusal
    `period_closed`."""
    if not entry_ids:
        return {}
    mirrors = {entry_id: ids.new() for entry_id in entry_ids}
    given = [list(mirrors), list(mirrors.values())]
    with closings.noticed(posted_on), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ledger_entry (organization_id, id, posted_on, kind, source_kind, source_id)
               SELECT e.organization_id, n.mirror_id, %s, %s, e.source_kind, e.source_id
                 FROM unnest(%s::uuid[], %s::uuid[]) AS n(entry_id, mirror_id)
                 JOIN ledger_entry e ON e.organization_id = %s AND e.id = n.entry_id""",
            [posted_on, kind, *given, tenancy.organization_id()],
        )
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ledger_posting (organization_id, entry_id, number, account_id, posted_on, amount_cents)
               SELECT p.organization_id, n.mirror_id, p.number, p.account_id, %s, -p.amount_cents
                 FROM unnest(%s::uuid[], %s::uuid[]) AS n(entry_id, mirror_id)
                 JOIN ledger_posting p ON p.organization_id = %s AND p.entry_id = n.entry_id""",
            [posted_on, *given, tenancy.organization_id()],
        )
    return mirrors


def sides(postings: Iterable[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """One posting per account, none of zero."""
    found: dict[UUID, int] = {}
    for account, cents in postings:
        found[account] = found.get(account, 0) + cents
    return [(account, cents) for account, cents in found.items() if cents]
