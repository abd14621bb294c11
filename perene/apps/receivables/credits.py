"""Credits of customers: granted, used, given back, refunded."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, QuerySet

from perene.apps.events import outbox
from perene.apps.ledger import chart, journal
from perene.apps.receivables import offsets
from perene.apps.receivables.models import (
    Credit,
    CreditRefund,
    Receivable,
    ReceivableStatus,
    Settlement,
    SettlementKind,
)
from perene.kit import bulk, ids, tenancy
from perene.rules.charging import RowId
from perene.rules.refusals import Refusal
from perene.rules.settlement import Allocation

_SUMS = ("principal_cents", "discount_cents", "fine_cents", "interest_cents")

# (id of the customer, id of the new receivable); ids may be bytes.
New = tuple[RowId, RowId]


def locked(credit_id: UUID) -> Credit:
    """Held until the transaction ends. Refusal `credit_unknown`, `credit_empty`."""
    found = Credit.objects.select_for_update(of=("self",), no_key=True).filter(id=credit_id).first()
    if found is None:
        raise Refusal("credit_unknown", "There is no such credit.")
    if not found.open_cents:
        raise Refusal("credit_empty", "Nothing of this credit is left.")
    return found


def grant(receivable: Receivable, *, source_id: UUID, amount_cents: int, on: date) -> None:
    """The surplus of a payment is the customer's."""
    Credit.objects.create(
        id=ids.new(),
        customer_id=receivable.customer_id,
        unit_id=receivable.unit_id,
        source_kind="settlement",
        source_id=source_id,
        granted_on=on,
        amount_cents=amount_cents,
        open_cents=amount_cents,
    )


def withdraw_surplus(settlement_id: UUID) -> None:
    """The payment was reversed: its surplus is owed to nobody. Refusal `surplus_was_used`."""
    untouched = Credit.objects.filter(
        source_kind="settlement", source_id=settlement_id, open_cents=F("amount_cents"), is_cancelled=False
    )
    if not untouched.update(open_cents=0, is_cancelled=True):
        raise Refusal(
            "surplus_was_used",
            "The surplus of this payment was used or refunded: take that back first.",
        )


def take(credit: Credit, cents: int) -> None:
    credit.open_cents -= cents
    credit.save(update_fields=["open_cents"])


def return_to(credit_id: UUID, cents: int) -> None:
    """What was used of it is open again."""
    Credit.objects.filter(id=credit_id).update(open_cents=F("open_cents") + cents)


def refund(
    credit: Credit,
    *,
    amount_cents: int,
    account_id: UUID | None,
    reference: str,
    on: date,
    now: datetime,
) -> UUID:
    """Paid back to the customer out of an account of money (None: cash). The credit is locked. Returns the refund's id.
    Refusal `credit_too_small`, `account_not_for_money`."""
    if not 0 < amount_cents <= credit.open_cents:
        raise Refusal(
            "credit_too_small",
            "{open_cents} of this credit are open: use an amount up to that.",
            open_cents=credit.open_cents,
        )
    refund_id, paid_from = ids.new(), chart.for_money(account_id)
    entry_id = journal.post(
        posted_on=on,
        kind="credit_refunded",
        source_kind="credit_refund",
        source_id=refund_id,
        postings=[(chart.by_role()["customer_credits"], amount_cents), (paid_from, -amount_cents)],
    )
    CreditRefund.objects.create(
        id=refund_id,
        credit=credit,
        refunded_on=on,
        refunded_at=now,
        refunded_by_id=tenancy.person_id(),
        amount_cents=amount_cents,
        account_id=paid_from,
        reference=reference.strip(),
        entry_id=entry_id,
    )
    take(credit, amount_cents)
    return refund_id


def use_for_new(new: Sequence[New], *, on: date, now: datetime) -> int:
    """Open credits settle what was issued on `on` for the same customer and unit: the oldest credit first, on what is due
    first. Nothing is settled yet of `new`, and nobody else sees it. Returns how many settlements. Costs a look into a small
    index where no customer has a credit."""
    if not new or not Credit.objects.filter(open_cents__gt=0).exists():
        return 0
    by_customer: dict[UUID, list[UUID]] = defaultdict(list)
    for customer_id, receivable_id in new:
        by_customer[_uuid(customer_id)].append(_uuid(receivable_id))
    # By id, as every chunk does it: two of them never wait for each other.
    credits = list(
        Credit.objects.select_for_update(no_key=True)
        .filter(customer_id__in=list(by_customer), open_cents__gt=0)
        .order_by("id")
    )
    # Asked again behind the lock: another chunk may have used it up.
    open_credits = [one for one in credits if one.open_cents]
    if not open_credits:
        return 0
    wanted = [one for credit in open_credits for one in by_customer[credit.customer_id]]
    receivables = list(Receivable.objects.filter(id__in=wanted).order_by("due_on", "id"))
    made = offsets.between(receivables, open_credits, on=on)
    offsets.store(made, on=on, now=now)
    return len(made)


def give_back(receivable_ids: Sequence[UUID], *, reason: str, on: date, now: datetime) -> int:
    """Credits that these receivables used are open again: each use is reversed on `on`. A use under which a payment lies stays
    where it is, for what was paid stands on it. Returns how many."""
    uses = list(
        _standing_uses(receivable_ids).values_list("id", "receivable_id", "credit_id", "entry_id", *_SUMS)
    )
    if not uses:
        return 0
    list(
        Credit.objects.select_for_update(no_key=True)
        .filter(id__in={row[2] for row in uses})
        .order_by("id")
        .values_list("id", flat=True)
    )
    mirrors = journal.reverse_many([row[3] for row in uses], posted_on=on, kind="settlement_reversed")
    person_id = tenancy.person_id()
    bulk.update(
        Settlement,
        ("id", "reversal_entry_id", "reversed_on", "reversed_at", "reversed_by_id", "reversal_reason"),
        ((row[0], mirrors[row[3]], on, now, person_id, reason) for row in uses),
    )
    returned: dict[UUID, int] = defaultdict(int)
    reopened: dict[UUID, int] = defaultdict(int)
    for _, receivable_id, credit_id, _, principal, discount, fine, interest in uses:
        returned[credit_id] += Allocation(principal, discount, fine, interest, 0, 0).used_cents
        reopened[receivable_id] += principal
    _add(Credit, returned)
    _add(Receivable, reopened)
    Receivable.objects.filter(id__in=list(reopened)).update(status=ReceivableStatus.OPEN)
    outbox.record_many("settlement.reversed", [row[0] for row in uses], occurred_on=on)
    return len(uses)


def _standing_uses(receivable_ids: Iterable[UUID]) -> "QuerySet[Settlement]":
    standing = Settlement.objects.filter(receivable_id__in=list(receivable_ids), reversed_at__isnull=True)
    paid = standing.exclude(kind=SettlementKind.CREDIT).values("receivable_id")
    return (
        standing.filter(kind=SettlementKind.CREDIT)
        .exclude(receivable_id__in=paid)
        .select_for_update(of=("self",), no_key=True)
        .order_by("id")
    )


def _add(model: type[Credit] | type[Receivable], cents: dict[UUID, int]) -> None:
    """More is open of each; by id, so that two who do it never wait for each other."""
    for row_id in sorted(cents):
        model.objects.filter(id=row_id).update(open_cents=F("open_cents") + cents[row_id])


def _uuid(row_id: RowId) -> UUID:
    return UUID(bytes=row_id) if isinstance(row_id, bytes) else row_id
