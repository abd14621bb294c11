"""How the demo's customers pay: most in time, some late or in two parts, a few too much, a few not at all any more. Drawn from
who pays and for when, so that the same seed pays the same."""

import hashlib
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from perene.actions import settle
from perene.apps.receivables.models import Receivable, ReceivableStatus
from perene.kit import clock
from perene.rules import money

# Who has not paid so long after the due day does not pay any more.
PATIENCE_DAYS = 60
_TEN_REAIS = 10_00


class Habit(NamedTuple):
    """Days after the due day on which the money comes (before it: negative), and how much of it."""

    days: int
    is_half: bool = False
    is_round: bool = False


def pay(*, on: date) -> None:
    """Whatever comes in on that day. A day that is lived again brings nothing twice."""
    due = Receivable.objects.filter(
        status=ReceivableStatus.OPEN,
        due_on__range=(on - timedelta(days=PATIENCE_DAYS), on + timedelta(days=3)),
    ).select_related("customer")
    for receivable in due.order_by("due_on", "customer__external_id", "amount_cents"):
        habit = habit_of(str(receivable.customer.external_id), due_on=receivable.due_on)
        if habit is not None and receivable.due_on + timedelta(days=habit.days) <= on:
            _pay(receivable, habit, on=on)


def habit_of(customer: str, *, due_on: date) -> Habit | None:
    """How this customer pays what is due on that day; None = not at all."""
    nature, mood = _drawn(customer), _drawn(f"{customer} {due_on.isoformat()}")
    if nature < 4 and due_on.month % 12 >= 3 + nature:  # paid some months, then stopped
        return None
    if nature < 16:
        return Habit(days=2 + mood % 24)
    if mood < 3:
        return Habit(days=5, is_half=True)
    if mood < 6:
        return Habit(days=0, is_round=True)
    return Habit(days=-(mood % 4))


def _pay(receivable: Receivable, habit: Habit, *, on: date) -> None:
    owed = settle.preview(receivable.id, paid_on=on, received_cents=None).total_cents
    is_first = receivable.open_cents == receivable.amount_cents
    if habit.is_half and is_first:
        owed = money.split(owed, 2)[0]
    elif habit.is_round:
        owed = -(-owed // _TEN_REAIS) * _TEN_REAIS
    if not is_first and on.day != 1:
        return  # the other half comes on the first of a month
    settle.receive(
        receivable.id,
        paid_on=on,
        received_cents=owed,
        method=receivable.payment_method,
        request_key=f"demo:{_key(receivable.id)}:{1 if is_first else 2}",
        on=on,
        now=clock.now(),
    )


def _key(receivable_id: UUID) -> str:
    return receivable_id.hex


def _drawn(words: str) -> int:
    """0 to 99, the same for the same words."""
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=4).digest()) % 100
