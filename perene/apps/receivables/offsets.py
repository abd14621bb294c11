"""What open credits settle of new receivables, computed by the rules and stored set-based."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from perene.apps.events import outbox
from perene.apps.ledger import journal
from perene.apps.policies import holidays
from perene.apps.policies import settlement as policies
from perene.apps.receivables import books, debts
from perene.apps.receivables.models import Credit, Receivable, ReceivableStatus, Settlement, SettlementKind
from perene.kit import bulk, ids, tenancy
from perene.rules import settlement
from perene.rules.late_charges import Part
from perene.rules.settlement import Allocation, Given

_SETTLEMENT = (
    "id",
    "receivable_id",
    "customer_id",
    "kind",
    "paid_on",
    "settled_at",
    "settled_by_id",
    "method",
    "received_cents",
    "principal_cents",
    "discount_cents",
    "fine_cents",
    "interest_cents",
    "surplus_cents",
    "waived_cents",
    "credit_id",
    "derivation",
    "reference",
    "note",
    "entry_id",
    "reversal_reason",
)


@dataclass(frozen=True, slots=True)
class Offset:
    """One credit on one receivable; `id` becomes the settlement's."""

    id: UUID
    receivable: Receivable
    credit: Credit
    given: Given
    found: Allocation


def between(receivables: Sequence[Receivable], credits: Sequence[Credit], *, on: date) -> list[Offset]:
    """The oldest credit first, on each receivable in turn, where nothing is settled yet. What is open of both is less
    afterwards, and not yet stored."""
    dated, closed = policies.all_terms(), holidays.of_the_city()
    of: dict[tuple[UUID, UUID], list[Credit]] = defaultdict(list)
    for credit in sorted(credits, key=lambda one: (one.granted_on, one.id)):
        of[credit.customer_id, credit.unit_id].append(credit)
    made = []
    for receivable in receivables:
        debt = debts.untouched(
            receivable.amount_cents, receivable.due_on, policies=dated, city_holidays=closed
        )
        for credit in of[receivable.customer_id, receivable.unit_id]:
            if not (credit.open_cents and receivable.open_cents):
                continue
            given, found = settlement.settle_up_to(Given(debt, on, credit.open_cents))
            made.append(Offset(ids.new(), receivable, credit, given, found))
            debt = debt._replace(parts=(*debt.parts, Part(on, found.principal_cents)))
            credit.open_cents -= found.used_cents
            receivable.open_cents -= found.principal_cents
    return made


def store(made: Sequence[Offset], *, on: date, now: datetime) -> None:
    """Settlements with their entries and events, and what is open of both sides."""
    accounts = books.accounts()
    entry_ids = journal.post_many(
        posted_on=on,
        kind="credit_used",
        source_kind="settlement",
        drafts=[journal.Draft(one.id, settlement.credit_postings(one.found, accounts)) for one in made],
    )
    person_id = tenancy.person_id()
    bulk.insert(
        Settlement,
        _SETTLEMENT,
        (
            (
                one.id,
                one.receivable.id,
                one.receivable.customer_id,
                SettlementKind.CREDIT.value,
                on,
                now,
                person_id,
                "",
                0,
                *one.found,
                one.credit.id,
                settlement.write(one.given),
                "",
                "",
                entry_id,
                "",
            )
            for one, entry_id in zip(made, entry_ids, strict=True)
        ),
    )
    touched = {one.receivable.id: one.receivable for one in made}
    bulk.update(
        Receivable,
        ("id", "open_cents", "status"),
        ((one.id, one.open_cents, _status(one.open_cents)) for one in touched.values()),
    )
    bulk.update(
        Credit,
        ("id", "open_cents"),
        {one.credit.id: (one.credit.id, one.credit.open_cents) for one in made}.values(),
    )
    for status, kind in (
        (ReceivableStatus.SETTLED, "receivable.settled"),
        (ReceivableStatus.OPEN, "receivable.partly_settled"),
    ):
        hit = [one.id for one in touched.values() if _status(one.open_cents) == status]
        if hit:
            outbox.record_many(kind, hit, occurred_on=on)


def _status(open_cents: int) -> str:
    return (ReceivableStatus.OPEN if open_cents else ReceivableStatus.SETTLED).value
