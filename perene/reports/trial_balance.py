"""The trial balance (balancete): every account with its opening balance, what moved, and its closing balance."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, Sum

from perene.apps.ledger.models import Account, Subtotal


@dataclass(frozen=True, slots=True)
class Row:
    """An account between two dates, in centavos; balances are debit positive, `credit_cents` is not negative."""

    account_id: UUID
    code: str
    name: str
    kind: str
    opening_cents: int
    debit_cents: int
    credit_cents: int

    @property
    def closing_cents(self) -> int:
        return self.opening_cents + self.debit_cents - self.credit_cents


@dataclass(frozen=True, slots=True)
class TrialBalance:
    rows: list[Row]

    @property
    def debit_cents(self) -> int:
        return sum(row.debit_cents for row in self.rows)

    @property
    def credit_cents(self) -> int:
        return sum(row.credit_cents for row in self.rows)

    @property
    def opening_cents(self) -> int:
        return sum(row.opening_cents for row in self.rows)

    @property
    def closing_cents(self) -> int:
        return sum(row.closing_cents for row in self.rows)

    @property
    def is_balanced(self) -> bool:
        return self.debit_cents == self.credit_cents and self.opening_cents == 0


def between(first_on: date, last_on: date) -> TrialBalance:
    """From `first_on` to `last_on`, both included; accounts by code. Two queries over the subtotals."""
    within, before = Q(posted_on__gte=first_on), Q(posted_on__lt=first_on)
    sums = {
        row["account_id"]: row
        for row in Subtotal.objects.filter(posted_on__lte=last_on)
        .values("account_id")
        .annotate(
            opening_debit=Sum("debit_cents", filter=before, default=0),
            opening_credit=Sum("credit_cents", filter=before, default=0),
            debit=Sum("debit_cents", filter=within, default=0),
            credit=Sum("credit_cents", filter=within, default=0),
        )
        .order_by()
    }
    nothing = {"opening_debit": 0, "opening_credit": 0, "debit": 0, "credit": 0}
    rows = []
    for account in Account.objects.order_by("code"):
        found = sums.get(account.id, nothing)
        rows.append(
            Row(
                account_id=account.id,
                code=account.code,
                name=account.name,
                kind=account.kind,
                opening_cents=int(found["opening_debit"] - found["opening_credit"]),
                debit_cents=int(found["debit"]),
                credit_cents=int(found["credit"]),
            )
        )
    return TrialBalance(rows)
