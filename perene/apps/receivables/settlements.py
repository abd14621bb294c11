"""Baixas: a receivable is settled by a payment, a credit or a write-off, and a settlement is reversed."""

from datetime import date, datetime
from uuid import UUID

from perene.apps.ledger import chart, closings, journal
from perene.apps.receivables import books, credits, debts
from perene.apps.receivables.models import (
    Credit,
    Receivable,
    ReceivableStatus,
    Settlement,
    SettlementKind,
    SettlementMethod,
)
from perene.kit import constraints, ids, tenancy
from perene.rules import money, settlement
from perene.rules.refusals import Refusal
from perene.rules.settlement import Allocation, Given

_NOTHING = Allocation(0, 0, 0, 0, 0, 0)


def was_asked(request_key: str | None, *, receivable: Receivable) -> bool:
    """Whether this was done already. Refusal `request_key_used` where the key belongs to another receivable."""
    if request_key is None:
        return False
    found = Settlement.objects.filter(request_key=request_key).values_list("receivable_id", flat=True).first()
    if found is None:
        return False
    if found != receivable.id:
        raise _key_used()
    return True


def pay(
    receivable: Receivable,
    *,
    paid_on: date,
    received_cents: int,
    method: str,
    account_id: UUID | None,
    waive_late_charges: bool,
    reference: str,
    note: str,
    request_key: str | None,
    now: datetime,
) -> Settlement:
    """A payment, posted on the day it was made, or on the first open day of the books. What is more than owed becomes a
    credit. The receivable is locked. Refusal `receivable_not_open`, `payment_before_another`, `nothing_received`,
    `amount_out_of_range`, `payment_method_unknown`, `account_not_for_money`, `request_key_used`."""
    check_open(receivable)
    check_order(receivable, paid_on)
    check_received(received_cents)
    if method not in SettlementMethod.values:
        raise Refusal("payment_method_unknown", "Choose one of the ways of paying offered.")
    given = Given(debts.of(receivable), paid_on, received_cents, waive_late_charges)
    found = settlement.settle(given)
    into = chart.for_money(account_id)
    made = Settlement(
        id=ids.new(),
        kind=SettlementKind.PAYMENT,
        paid_on=paid_on,
        method=method,
        account_id=into,
        received_cents=received_cents,
        derivation=settlement.write(given),
        reference=reference.strip(),
        note=note.strip(),
        request_key=request_key,
    )
    posted_on = closings.first_open_day(paid_on)
    _store(made, receivable, found, now=now)
    _post(
        made,
        settlement.payment_postings(found, books.accounts(money_account_id=into)),
        "payment",
        on=posted_on,
    )
    if found.surplus_cents:
        credits.grant(receivable, source_id=made.id, amount_cents=found.surplus_cents, on=posted_on)
    return made


def use_credit(
    receivable: Receivable, credit: Credit, *, amount_cents: int | None, on: date, now: datetime
) -> Settlement:
    """Set a credit (locked, as the receivable is) off against what is owed, up to `amount_cents` of it: as of the day on which
    both were due, for debts that meet are settled then (Civil Code art. 368 and 369). Refusal `receivable_not_open`,
    `credit_of_another`, `credit_too_small`."""
    check_open(receivable)
    if (credit.customer_id, credit.unit_id) != (receivable.customer_id, receivable.unit_id):
        raise Refusal("credit_of_another", "The credit belongs to another customer or unit.")
    most = credit.open_cents if amount_cents is None else amount_cents
    if not 0 < most <= credit.open_cents:
        raise Refusal(
            "credit_too_small",
            "{open_cents} of this credit are open: use an amount up to that.",
            open_cents=credit.open_cents,
        )
    debt = debts.of(receivable)
    met_on = min(on, max(credit.granted_on, receivable.due_on, *(part.paid_on for part in debt.parts)))
    given, found = settlement.settle_up_to(Given(debt, met_on, most))
    made = Settlement(
        id=ids.new(),
        kind=SettlementKind.CREDIT,
        paid_on=met_on,
        credit=credit,
        derivation=settlement.write(given),
    )
    _store(made, receivable, found, now=now)
    _post(made, settlement.credit_postings(found, books.accounts()), "credit_used", on=on)
    credits.take(credit, found.used_cents)
    return made


def write_off(receivable: Receivable, *, reason: str, on: date, now: datetime) -> Settlement:
    """What is open is given up as lost. Refusal `receivable_not_open`, `reason_missing`."""
    check_open(receivable)
    made = Settlement(id=ids.new(), kind=SettlementKind.WRITE_OFF, paid_on=on, note=check_reason(reason))
    lost = receivable.open_cents
    _store(made, receivable, _NOTHING._replace(principal_cents=lost), now=now)
    _post(made, settlement.write_off_postings(lost, books.accounts()), "write_off", on=on)
    return made


def reverse(made: Settlement, receivable: Receivable, *, reason: str, on: date, now: datetime) -> None:
    """Undo it: its entry is mirrored on `on`, what it settled is owed again, its surplus is no credit any more, the credit it
    used is open again. The receivable is locked. Refusal `settlement_reversed`, `later_settlement_first`, `reason_missing`,
    `surplus_was_used`, `receivable_cancelled`."""
    reason = check_reason(reason)
    if made.reversed_at is not None:
        raise Refusal("settlement_reversed", "This settlement was reversed already.")
    if receivable.status == ReceivableStatus.CANCELLED:
        raise Refusal(
            "receivable_cancelled", "What it settled was cancelled meanwhile: nothing can be owed again."
        )
    if (last := _last(receivable.id)) is not None and last.id != made.id:
        raise Refusal(
            "later_settlement_first",
            "A later settlement, of {paid_on}, stands on this one: reverse that first.",
            paid_on=last.paid_on,
            settlement_id=str(last.id),
        )
    if made.surplus_cents:
        credits.withdraw_surplus(made.id)
    if made.credit_id is not None:
        credits.return_to(made.credit_id, used_of(made))
    assert made.entry_id is not None
    made.reversal_entry_id = journal.reverse(made.entry_id, posted_on=on, kind="settlement_reversed")
    made.reversed_on, made.reversed_at, made.reversed_by_id = on, now, tenancy.person_id()
    made.reversal_reason = reason
    made.save(
        update_fields=["reversal_entry", "reversed_on", "reversed_at", "reversed_by_id", "reversal_reason"]
    )
    _move(receivable, open_cents=receivable.open_cents + made.principal_cents, emptied=ReceivableStatus.OPEN)


def exist() -> bool:
    """Whether anything was ever settled."""
    return Settlement.objects.exists()


def used_of(made: Settlement) -> int:
    """What it took of the credit it used."""
    return made.principal_cents - made.discount_cents + made.fine_cents + made.interest_cents


def check_open(receivable: Receivable) -> None:
    """Refusal `receivable_not_open`."""
    if receivable.status != ReceivableStatus.OPEN:
        raise Refusal("receivable_not_open", "It is not owed any more: settled, written off or cancelled.")


def check_order(receivable: Receivable, paid_on: date) -> None:
    """Settlements follow each other by day, for each counts on from the one before. Refusal `payment_before_another`."""
    last = _last(receivable.id)
    if last is not None and paid_on < last.paid_on:
        raise Refusal(
            "payment_before_another",
            "A settlement of {paid_on} is noted already: reverse it first, then enter both in order.",
            paid_on=last.paid_on,
        )


def check_received(received_cents: int) -> None:
    """Refusal `nothing_received`, `amount_out_of_range`."""
    if money.check(received_cents) <= 0:
        raise Refusal("nothing_received", "Enter an amount above zero.")


def check_reason(reason: str) -> str:
    """The reason, trimmed. Refusal `reason_missing`."""
    if not (found := reason.strip()):
        raise Refusal("reason_missing", "Say why: the reason is kept.")
    return found


def _last(receivable_id: UUID) -> Settlement | None:
    standing = Settlement.objects.filter(receivable_id=receivable_id, reversed_at__isnull=True)
    return standing.order_by("-paid_on", "-id").first()


def _store(made: Settlement, receivable: Receivable, found: Allocation, *, now: datetime) -> None:
    made.receivable_id, made.customer_id = receivable.id, receivable.customer_id
    made.settled_at, made.settled_by_id = now, tenancy.person_id()
    for name, cents in found._asdict().items():
        setattr(made, name, cents)
    with constraints.refused("settlement_asked_once", _key_used()):
        made.save(force_insert=True)
    _move(
        receivable,
        open_cents=receivable.open_cents - found.principal_cents,
        emptied=ReceivableStatus.WRITTEN_OFF
        if made.kind == SettlementKind.WRITE_OFF
        else ReceivableStatus.SETTLED,
    )


def _move(receivable: Receivable, *, open_cents: int, emptied: str) -> None:
    receivable.open_cents = open_cents
    receivable.status = ReceivableStatus.OPEN if open_cents else emptied
    receivable.save(update_fields=["open_cents", "status"])


def _post(made: Settlement, postings: list[tuple[UUID, int]], kind: str, *, on: date) -> None:
    made.entry_id = journal.post(
        posted_on=on, kind=kind, source_kind="settlement", source_id=made.id, postings=postings
    )
    made.save(update_fields=["entry"])


def _key_used() -> Refusal:
    return Refusal("request_key_used", "This request was made for another receivable: begin again.")
