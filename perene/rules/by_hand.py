"""Charges and invoices that a person enters: what may be said, and what it becomes. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from perene.rules import derivation, money
from perene.rules.charging import Draft, Kind, Line, RowId
from perene.rules.invoicing import Billed, Charged, InvoiceDraft
from perene.rules.price_lines import CalcType, LinePrice
from perene.rules.recurrence import CONTINUOUS
from perene.rules.refusals import Refusal

LONGEST_DESCRIPTION = 200
LONGEST_REASON = 500
MOST_LINES = 100
# A charge or a due date further away than this is a slip of the keyboard.
FURTHEST = timedelta(days=3 * 366)

# It has its amount: nothing is priced.
UNPRICED = LinePrice(CalcType.PRICE)


class Said(NamedTuple):
    """A line as it was entered; an amount below zero is a discount."""

    description: str
    amount_cents: int
    account_id: RowId


def check_description(text: str) -> str:
    """The text without blanks around it. Refusal `description_missing`, `description_too_long`."""
    found = " ".join(text.split())
    if not found or not found.isprintable():
        raise Refusal("description_missing", "Describe the charge: the customer reads it on the invoice.")
    if len(found) > LONGEST_DESCRIPTION:
        raise Refusal(
            "description_too_long",
            "The description is too long: use at most {most} characters.",
            most=LONGEST_DESCRIPTION,
        )
    return found


def check_reason(text: str) -> str:
    """Why something is undone, without blanks around it. Refusal `reason_missing`, `reason_too_long`."""
    found = " ".join(text.split())
    if not found or not found.isprintable():
        raise Refusal("reason_missing", "Say why: the reason is kept with what you undo.")
    if len(found) > LONGEST_REASON:
        raise Refusal(
            "reason_too_long", "The reason is too long: use at most {most} characters.", most=LONGEST_REASON
        )
    return found


def check_amount(cents: int) -> int:
    """Refusal `amount_zero`, `amount_out_of_range`."""
    if cents == 0:
        raise Refusal("amount_zero", "Tell an amount other than zero.")
    return money.check(cents)


def check_charge_on(charge_on: date, *, on: date) -> date:
    """The day from which a charge waits for an invoice. Refusal `charge_in_the_past`, `charge_too_far`."""
    if charge_on < on:
        raise Refusal("charge_in_the_past", "Choose {on} or later as the day of the charge.", on=on)
    if charge_on > on + FURTHEST:
        raise Refusal(
            "charge_too_far",
            "Choose {furthest_on} or earlier as the day of the charge.",
            furthest_on=on + FURTHEST,
        )
    return charge_on


def invoice(lines: Sequence[Said], *, whom: Billed, due_on: date, by: str, on: date) -> InvoiceDraft:
    """The invoice of `lines`, issued on `on`. Refusal `invoice_has_no_lines`, `invoice_has_too_many_lines`,
    `invoice_not_positive`, `due_in_the_past`, `due_too_far`, and those of each line."""
    if not lines:
        raise Refusal("invoice_has_no_lines", "Enter at least one line.")
    if len(lines) > MOST_LINES:
        raise Refusal("invoice_has_too_many_lines", "An invoice has at most {most} lines.", most=MOST_LINES)
    if due_on < on:
        raise Refusal("due_in_the_past", "Choose {on} or later as the due date.", on=on)
    if due_on > on + FURTHEST:
        raise Refusal(
            "due_too_far", "Choose {furthest_on} or earlier as the due date.", furthest_on=on + FURTHEST
        )
    drafts = [draft(line, charge_on=on, due_on=due_on, by=by, on=on) for line in lines]
    total_cents = money.check(sum(each.amount_cents for each in drafts))
    if total_cents <= 0:
        raise Refusal(
            "invoice_not_positive",
            "The invoice comes to {total_cents}: it must be more than zero.",
            total_cents=total_cents,
        )
    return InvoiceDraft(whom, due_on, None, [Charged(None, each) for each in drafts], total_cents)


def draft(line: Said, *, charge_on: date, due_on: date, by: str, on: date) -> Draft:
    """One line as a charge of one day. Refusals of its description and amount."""
    description = check_description(line.description)
    amount_cents = check_amount(line.amount_cents)
    return Draft(
        Line(None, line.account_id, description, UNPRICED, CONTINUOUS),
        Kind.BY_HAND,
        0,
        0,
        charge_on,
        due_on,
        charge_on,
        charge_on + timedelta(days=1),
        amount_cents,
        derivation.write_by_hand(amount_cents, by=by, on=on),
    )


def ride(charge: Charged, *, due_on: date) -> Charged:
    """A waiting charge as it goes into an invoice: one that was entered by hand is due with that invoice."""
    if charge.draft.kind != Kind.BY_HAND:
        return charge
    return charge._replace(draft=charge.draft._replace(due_on=due_on))
