"""Taking a run back, batch by batch: its invoices are cancelled, their entries mirrored, their charges held until a person
releases them. Set-based: a run has as many invoices as the company has customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from perene.apps.billing.models import (
    Batch,
    Charge,
    ChargeStatus,
    Deferral,
    Invoice,
    InvoiceLine,
    Run,
)
from perene.apps.events import outbox
from perene.apps.ledger import journal
from perene.apps.receivables import settlements
from perene.apps.receivables.models import Credit, Receivable, ReceivableStatus, Settlement, SettlementKind
from perene.kit import tenancy
from perene.rules.invoicing import InvoiceStatus

# Invoices of a transaction where they belong to no batch's own numbers.
LEFT_OVER = 4000
# Of what stands in the way, so many are named.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An invoice that cannot be taken back: `kind` "payment", "write_off" or "credit" (what came of it was used)."""

    kind: str
    number: int
    invoice_id: UUID
    cents: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reversal would do. `obstacles` are the first few of `obstacle_count`."""

    invoices: int
    customers: int
    charges: int
    total_cents: int
    settled_by_credit_cents: int
    obstacle_count: int
    obstacles: tuple[Obstacle, ...]


def plan(run_id: UUID) -> Plan:
    """The figures of a reversal, read only."""
    standing = _standing(run_id)
    sums = standing.aggregate(total=Sum("total_cents"))
    charges = InvoiceLine.objects.filter(invoice__in=standing.values("id"), is_reversed=False)
    credits_used = Settlement.objects.filter(
        receivable__in=standing.values("receivable_id"),
        kind=SettlementKind.CREDIT,
        reversed_on__isnull=True,
    ).aggregate(total=Sum("principal_cents"))
    paid = standing.filter(Exists(_payments(OuterRef("receivable_id")))).order_by("number")
    used = standing.filter(Exists(_used_credits(OuterRef("id")))).order_by("number")
    obstacles = [_paid(invoice) for invoice in paid[:NAMED]]
    obstacles += [
        Obstacle("credit", invoice.number, invoice.id, -invoice.total_cents) for invoice in used[:NAMED]
    ]
    return Plan(
        invoices=standing.count(),
        customers=standing.values("customer_id").distinct().count(),
        charges=charges.count(),
        total_cents=int(sums["total"] or 0),
        settled_by_credit_cents=int(credits_used["total"] or 0),
        obstacle_count=paid.count() + used.count(),
        obstacles=tuple(obstacles[:NAMED]),
    )


def undo_batch(batch: Batch, *, on: date, now: datetime) -> int:
    """Take back the invoices that have the batch's own numbers. Returns how many."""
    last = batch.first_number + batch.contracts
    own = _standing(batch.run_id).filter(number__gte=batch.first_number, number__lt=last)
    return _undo(own, batch.run, on=on, now=now)


def undo_left_over(run: Run, *, on: date, now: datetime) -> int:
    """Take back some of the invoices that have other numbers: contracts of more than one. 0 = none is left."""
    # Ids carry their time, and there is no index by run: nothing older than the run (by a day, for clocks differ) is read.
    earliest = UUID(int=max(0, run.id.int - (86_400_000 << 80)))
    return _undo(_standing(run.id).filter(id__gt=earliest), run, on=on, now=now, most=LEFT_OVER)


def _undo(found: "QuerySet[Invoice]", run: Run, *, on: date, now: datetime, most: int | None = None) -> int:
    """Invoices first, then receivables, then deferrals: everybody locks in this order. What is paid at this very moment stays,
    as what was paid before the reversal would have stopped it."""
    free = found.exclude(Exists(_payments(OuterRef("receivable_id")))).exclude(
        Exists(_used_credits(OuterRef("id")))
    )
    invoices = list(free.select_for_update(no_key=True, of=("self",)).order_by("id")[:most])
    receivables = {
        row.id: row
        for row in Receivable.objects.select_for_update(no_key=True, of=("self",))
        .filter(id__in=[invoice.receivable_id for invoice in invoices if invoice.receivable_id])
        .order_by("id")
    }
    paid = set(_payments_of(receivables).values_list("receivable_id", flat=True))
    invoices = [invoice for invoice in invoices if invoice.receivable_id not in paid]
    ids = [invoice.id for invoice in invoices]
    _give_back_credits(
        [row for row in receivables.values() if row.id not in paid], run.reversal_reason, on=on, now=now
    )
    Receivable.objects.filter(id__in=[key for key in receivables if key not in paid]).update(
        status=ReceivableStatus.CANCELLED, open_cents=0
    )
    Credit.objects.filter(source_kind="invoice", source_id__in=ids).update(is_cancelled=True, open_cents=0)
    deferred = list(
        Deferral.objects.select_for_update(no_key=True)
        .filter(invoice_id__in=ids)
        .order_by("id")
        .values_list("id", "entry_id")
    )
    entry_ids = [invoice.entry_id for invoice in invoices if invoice.entry_id is not None]
    journal.reverse_many(entry_ids, posted_on=on, kind="invoice_cancelled")
    recognized = sorted({entry_id for _, entry_id in deferred if entry_id is not None})
    journal.reverse_many(recognized, posted_on=on, kind="recognition_cancelled")
    Deferral.objects.filter(id__in=[row_id for row_id, _ in deferred]).update(status="cancelled")
    lines = InvoiceLine.objects.filter(invoice_id__in=ids)
    Charge.objects.filter(id__in=lines.filter(is_reversed=False).values("charge_id")).update(
        status=ChargeStatus.HELD, released_at=None
    )
    lines.update(is_reversed=True)
    Invoice.objects.filter(id__in=ids).update(
        status=InvoiceStatus.CANCELLED,
        cancelled_on=on,
        cancelled_at=now,
        cancelled_by_id=run.reversed_by_id or tenancy.person_id(),
        cancel_reason=run.reversal_reason,
    )
    outbox.record_many("invoice.cancelled", ids, occurred_on=on)
    return len(ids)


def standing_count(run_id: UUID) -> int:
    """Invoices of the run that are not cancelled."""
    return _standing(run_id).count()


def _standing(run_id: UUID) -> "QuerySet[Invoice]":
    return Invoice.objects.filter(run_id=run_id).exclude(status=InvoiceStatus.CANCELLED)


def _payments(receivable: OuterRef) -> "QuerySet[Settlement]":
    """What stands on a receivable and is not a credit, which is simply given back."""
    return Settlement.objects.filter(receivable_id=receivable, reversed_on__isnull=True).exclude(
        kind=SettlementKind.CREDIT
    )


def _payments_of(receivables: dict[UUID, Receivable]) -> "QuerySet[Settlement]":
    found = Settlement.objects.filter(receivable_id__in=list(receivables), reversed_on__isnull=True)
    return found.exclude(kind=SettlementKind.CREDIT)


def _used_credits(invoice: OuterRef) -> "QuerySet[Credit]":
    """The credit of a negative invoice, of which something was used or refunded."""
    return Credit.objects.filter(source_kind="invoice", source_id=invoice, is_cancelled=False).exclude(
        open_cents=F("amount_cents")
    )


def _paid(invoice: Invoice) -> Obstacle:
    last = _payments_of({invoice.receivable_id: Receivable()}).order_by("-settled_at", "-id")[0]
    cents = last.principal_cents if last.kind == SettlementKind.WRITE_OFF else last.received_cents
    return Obstacle(last.kind, invoice.number, invoice.id, cents)


def _give_back_credits(receivables: Sequence[Receivable], reason: str, *, on: date, now: datetime) -> None:
    by_id = {row.id: row for row in receivables}
    used = Settlement.objects.filter(
        receivable_id__in=list(by_id), kind=SettlementKind.CREDIT, reversed_on__isnull=True
    )
    for made in used.order_by("-paid_on", "-id"):
        settlements.reverse(made, by_id[made.receivable_id], reason=reason, on=on, now=now)
