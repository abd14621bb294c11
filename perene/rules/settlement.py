"""How an amount settles a receivable: interest first, then the fine, then the principal (Civil Code art. 354), and what is
more than all of it is the customer's."""

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from perene.rules import late_charges
from perene.rules.late_charges import Debt, Owed, Part, Terms


class Allocation(NamedTuple):
    """given = principal − discount + fine + interest + surplus. `principal_cents` is by how much the receivable shrinks;
    `waived_cents` are late charges that were due and let go."""

    principal_cents: int
    discount_cents: int
    fine_cents: int
    interest_cents: int
    surplus_cents: int
    waived_cents: int

    @property
    def used_cents(self) -> int:
        """What the receivable took of the amount given."""
        return self.principal_cents - self.discount_cents + self.fine_cents + self.interest_cents


class Given(NamedTuple):
    """An amount that a customer gave for a debt on a day; None is exactly what was owed."""

    debt: Debt
    on: date
    amount_cents: int | None
    waive_late_charges: bool = False


def allocate(owed: Owed, amount_cents: int, *, waive_late_charges: bool = False) -> Allocation:
    """What `amount_cents` settles. The on-time discount is only for who settles all that is open: a smaller amount is a part
    without it."""
    interest = fine = waived = 0
    if waive_late_charges:
        waived = owed.interest_cents + owed.fine_cents
    else:
        interest = min(amount_cents, owed.interest_cents)
        fine = min(amount_cents - interest, owed.fine_cents)
    left = amount_cents - interest - fine
    discount = owed.discount_cents if left >= owed.principal_cents - owed.discount_cents else 0
    principal = min(left + discount, owed.principal_cents)
    return Allocation(principal, discount, fine, interest, left + discount - principal, waived)


def asked_for(owed: Owed, *, waive_late_charges: bool = False) -> int:
    """What settles it whole."""
    late = owed.fine_cents + owed.interest_cents
    return owed.total_cents - (late if waive_late_charges else 0)


def still_open(owed: Owed, found: Allocation) -> int:
    """Principal that is open afterwards."""
    return owed.principal_cents - found.principal_cents


def loses_discount(owed: Owed, found: Allocation) -> bool:
    """Whether the amount was too small for a discount that was to be had."""
    return owed.discount_cents > 0 and found.discount_cents == 0


def settle(given: Given) -> Allocation:
    """The allocation of an amount."""
    owed = late_charges.owed(given.debt, on=given.on)
    amount = given.amount_cents
    if amount is None:
        amount = asked_for(owed, waive_late_charges=given.waive_late_charges)
    return allocate(owed, amount, waive_late_charges=given.waive_late_charges)


def settle_up_to(given: Given) -> tuple[Given, Allocation]:
    """As `settle`, but what is more than owed is not taken: the amount that was, and its allocation."""
    found = settle(given)
    taken = given._replace(amount_cents=found.used_cents)
    return taken, settle(taken)


def write(given: Given) -> str:
    """JSON text from which the allocation can be computed again (X6): a amount · d due · e effective due day · f, i, o fine,
    interest, on-time discount in percent · h what was settled before [[day, principal, fine, interest, waived], …] ·
    n the day · g the amount given · w late charges waived. What is zero is left out."""
    debt = given.debt
    said: dict[str, Any] = {"c": "settle", "a": debt.amount_cents, "d": debt.due_on.isoformat()}
    if debt.effective_due_on != debt.due_on:
        said["e"] = debt.effective_due_on.isoformat()
    for key, percent in zip("fio", debt.terms, strict=True):
        if percent:
            said[key] = f"{percent.normalize():f}"
    if debt.parts:
        said["h"] = [[part.paid_on.isoformat(), *part[1:4], int(part.is_waived)] for part in debt.parts]
    said["n"] = given.on.isoformat()
    if given.amount_cents is not None:
        said["g"] = given.amount_cents
    if given.waive_late_charges:
        said["w"] = 1
    return json.dumps(said, separators=(",", ":"))


def read(derivation: str) -> Given:
    """What `write` wrote. Raises ValueError for anything else."""
    try:
        said = json.loads(derivation)
        if said["c"] != "settle":
            raise ValueError(derivation)
        due_on = date.fromisoformat(said["d"])
        debt = Debt(
            amount_cents=_whole(said["a"]),
            due_on=due_on,
            effective_due_on=date.fromisoformat(said["e"]) if "e" in said else due_on,
            terms=Terms(*(Decimal(said.get(key, 0)) for key in "fio")),
            parts=tuple(
                Part(date.fromisoformat(day), _whole(cents), _whole(fine), _whole(interest), bool(waived))
                for day, cents, fine, interest, waived in said.get("h", ())
            ),
        )
        amount = None if "g" not in said else _whole(said["g"])
        return Given(debt, date.fromisoformat(said["n"]), amount, bool(said.get("w")))
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise ValueError(f"not a derivation of a settlement: {derivation!r}") from error


def evaluate(derivation: str) -> Allocation:
    """The allocation, computed again. Raises ValueError for what is no derivation."""
    return settle(read(derivation))


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


class Books(NamedTuple):
    """The accounts that settlements post to. `money` is where a payment went."""

    money: object
    receivables: object
    customer_credits: object
    fines: object
    interest: object
    discounts: object
    losses: object


def payment_postings(found: Allocation, books: Books) -> list[tuple[Any, int]]:
    """The sides of a payment's entry: (account, centavos; debit positive), none of zero."""
    received = (books.money, found.used_cents + found.surplus_cents)
    return _sides([received, *_settled(found, books), (books.customer_credits, -found.surplus_cents)])


def credit_postings(found: Allocation, books: Books) -> list[tuple[Any, int]]:
    """The same for a credit that was used."""
    return _sides([(books.customer_credits, found.used_cents), *_settled(found, books)])


def write_off_postings(principal_cents: int, books: Books) -> list[tuple[Any, int]]:
    """The same for what is given up."""
    return _sides([(books.losses, principal_cents), (books.receivables, -principal_cents)])


def _settled(found: Allocation, books: Books) -> list[tuple[Any, int]]:
    return [
        (books.discounts, found.discount_cents),
        (books.receivables, -found.principal_cents),
        (books.fines, -found.fine_cents),
        (books.interest, -found.interest_cents),
    ]


def _sides(postings: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """One per account, in order."""
    sums: dict[Any, int] = {}
    for account, cents in postings:
        sums[account] = sums.get(account, 0) + cents
    return [(account, cents) for account, cents in sums.items() if cents]
