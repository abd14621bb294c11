"""Prorrogação: a receivable is due on another day."""

from datetime import date, datetime

from perene.apps.receivables import settlements
from perene.apps.receivables.models import DueDateChange, Receivable
from perene.kit import ids, tenancy
from perene.rules import terms
from perene.rules.refusals import Refusal


def change(receivable: Receivable, *, due_on: date, reason: str, on: date, now: datetime) -> None:
    """The receivable is locked. Refusal `receivable_not_open`, `due_date_passed`, `due_date_the_same`,
    `date_out_of_range`, `reason_missing`."""
    settlements.check_open(receivable)
    if due_on < on:
        raise Refusal("due_date_passed", "The new due date lies in the past: choose {on} or later.", on=on)
    if due_on == receivable.due_on:
        raise Refusal("due_date_the_same", "It is due on {due_on} already.", due_on=due_on)
    terms.check_day(due_on)
    DueDateChange.objects.create(
        id=ids.new(),
        receivable=receivable,
        from_on=receivable.due_on,
        to_on=due_on,
        reason=settlements.check_reason(reason),
        changed_at=now,
        changed_by_id=tenancy.person_id(),
    )
    receivable.due_on = due_on
    receivable.save(update_fields=["due_on"])
