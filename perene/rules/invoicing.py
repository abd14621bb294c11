"""From charges to invoices: which go together, what they add up to, what they post. Pure."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from perene.rules.charging import BillingMethod, Draft, RowId


class InvoiceStatus(StrEnum):
    """At birth, by its total: owed, nothing, or owed to the customer."""

    OPEN = "open"
    ZERO = "zero"
    CREDIT = "credit"
    CANCELLED = "cancelled"


class Billed(NamedTuple):
    """Who an invoice is for: charges that differ in one of these never share an invoice (I18)."""

    customer_id: RowId
    unit_id: RowId
    billing_group_id: RowId | None
    payment_method: str


class Charged(NamedTuple):
    """A charge on its way into an invoice. `charge_id` None = the charge is new too."""

    contract_id: RowId | None  # None: of a customer alone
    draft: Draft
    charge_id: RowId | None = None


class InvoiceDraft(NamedTuple):
    billed: Billed
    due_on: date
    # The contract, where all lines come from one.
    contract_id: RowId | None
    lines: list[Charged]
    total_cents: int

    @property
    def status(self) -> InvoiceStatus:
        if self.total_cents > 0:
            return InvoiceStatus.OPEN
        return InvoiceStatus.ZERO if self.total_cents == 0 else InvoiceStatus.CREDIT


class Accounts(NamedTuple):
    """The accounts that every invoice posts to, beside those of its items."""

    receivables: RowId
    deferred_revenue: RowId
    customer_credits: RowId


class Owed(NamedTuple):
    """What a run found for one contract."""

    billed: Billed
    method: str
    charges: list[Charged]


def group(owed: Iterable[Owed]) -> list[InvoiceDraft]:
    """Invoices in the order in which their first charge comes. Grouped: one per (whom, due date), across contracts.
    One per charge (I13): one per contract and cycle, never mixed with others."""
    gathered: dict[object, tuple[Billed, list[Charged]]] = {}
    for billed, method, charges in owed:
        for due_on, part in _by_due_date(charges).items():
            for key, some in _kept_apart(
                billed, due_on, part, is_grouped=method != BillingMethod.ONE_PER_CHARGE
            ):
                found = gathered.get(key)
                if found is None:
                    gathered[key] = (billed, list(some))  # a list of its own: it grows
                else:
                    found[1].extend(some)
    return [_invoice(billed, lines) for billed, lines in gathered.values()]


def _by_due_date(charges: list[Charged]) -> dict[date, list[Charged]]:
    first_due_on = charges[0].draft.due_on if charges else None
    if first_due_on is not None and all(charge.draft.due_on == first_due_on for charge in charges):
        return {first_due_on: charges}
    found: dict[date, list[Charged]] = {}
    for charge in charges:
        found.setdefault(charge.draft.due_on, []).append(charge)
    return found


def _kept_apart(
    billed: Billed, due_on: date, charges: list[Charged], *, is_grouped: bool
) -> list[tuple[object, list[Charged]]]:
    if is_grouped:
        return [((billed, due_on), charges)]
    found: dict[object, list[Charged]] = {}
    for charge in charges:
        key = (billed, due_on, charge.contract_id, charge.draft.cycle, charge.draft.kind)
        found.setdefault(key, []).append(charge)
    return list(found.items())


def _invoice(billed: Billed, lines: list[Charged]) -> InvoiceDraft:
    first = lines[0]
    is_of_one = all(line.contract_id == first.contract_id for line in lines)
    return InvoiceDraft(
        billed,
        first.draft.due_on,
        first.contract_id if is_of_one else None,
        lines,
        sum([line.draft.amount_cents for line in lines]),
    )


def postings(invoice: InvoiceDraft, *, issued_on: date, accounts: Accounts) -> list[tuple[RowId, int]]:
    """The entry of an invoice: (account, centavos; debit positive), one posting per account, none zero, sum zero.
    Revenue of a period that has not begun waits in deferred revenue. A negative total is owed to the customer."""
    sums: dict[RowId, int] = {}
    for _contract, draft, _charge in invoice.lines:
        account = draft.line.account_id if draft.period_start <= issued_on else accounts.deferred_revenue
        sums[account] = sums.get(account, 0) - draft.amount_cents
    counterpart = accounts.receivables if invoice.total_cents >= 0 else accounts.customer_credits
    found = [(counterpart, invoice.total_cents)] if invoice.total_cents else []
    found += [(account, cents) for account, cents in sums.items() if cents]
    return found
