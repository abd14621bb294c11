"""Open receivables and credits of the old system from a file: which columns it has, and what a row means here."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models.functions import Coalesce

from perene.apps.customers import checks
from perene.apps.customers.models import Customer
from perene.apps.organizations import organizations
from perene.apps.receivables.opening import Row
from perene.kit.csv_cells import Cells
from perene.kit.problems import Problems
from perene.rules.plans import PaymentMethod
from perene.rules.refusals import Refusal

RECEIVABLES = (
    "external_id",
    "customer_external_id",
    "due_on",
    "amount",
    "payment_method",
    "description",
    "unit_code",
)
CREDITS = ("external_id", "customer_external_id", "granted_on", "amount", "description", "unit_code")


class OpeningRow(NamedTuple):
    """A row of the file, its date and amount read already. `unit_code` empty = the customer's own unit; a credit has no
    payment method, and its date is the day it was granted."""

    line: int
    external_id: str
    customer_external_id: str
    on: date
    amount_cents: int
    payment_method: str
    description: str
    unit_code: str


def receivable(cells: Cells) -> OpeningRow | None:
    """A row of RECEIVABLES; None where a cell cannot be read."""
    return _row(cells, "due_on", cells.text("payment_method"))


def credit(cells: Cells) -> OpeningRow | None:
    """A row of CREDITS; None where a cell cannot be read."""
    return _row(cells, "granted_on", PaymentMethod.BOLETO)


def _row(cells: Cells, day: str, method: str) -> OpeningRow | None:
    row = OpeningRow(
        cells.line,
        checks.code(cells.text("external_id")),
        checks.code(cells.text("customer_external_id")),
        cells.day(day),
        cells.cents("amount"),
        method,
        cells.text("description"),
        cells.text("unit_code"),
    )
    return row if cells.is_sound else None


def known(rows: Sequence[OpeningRow], problems: Problems) -> list[Row]:
    """The rows with the customers and units they name. Raises RowsRefused with every problem of the file."""
    customers = dict(
        Customer.objects.filter(external_id__in={row.customer_external_id for row in rows}).values_list(
            "external_id", Coalesce("merged_into_id", "id")
        )
    )
    units = {unit.code: UUID(str(unit.id)) for unit in organizations.units()}
    lines: dict[str, int] = {}
    found = []
    for row in rows:
        line = row.line
        problems.tried(line, "external_id", row.external_id, _once, row, lines)
        problems.tried(line, "amount", f"{row.amount_cents / 100:.2f}", _above_zero, row)
        problems.tried(line, "description", row.description, checks.short, row.description)
        if row.payment_method not in list(PaymentMethod):
            problems.add(line, "payment_method", row.payment_method, _unknown_method(row.payment_method))
        if row.customer_external_id not in customers:
            problems.add(line, "customer_external_id", row.customer_external_id, _unknown_customer())
        if row.unit_code and row.unit_code not in units:
            problems.add(line, "unit_code", row.unit_code, _unknown_unit(row.unit_code))
        if row.customer_external_id in customers:
            found.append(
                Row(
                    customer_id=customers[row.customer_external_id],
                    unit_id=units.get(row.unit_code),
                    external_id=row.external_id,
                    due_on=row.on,
                    amount_cents=row.amount_cents,
                    payment_method=row.payment_method,
                    description=row.description,
                )
            )
    problems.stop_if_any()
    return found


def _once(row: OpeningRow, lines: dict[str, int]) -> None:
    if not row.external_id:
        raise Refusal("external_id_missing", "Every row needs its code.")
    checks.short(row.external_id)
    first = lines.setdefault(row.external_id, row.line)
    if first != row.line:
        raise Refusal("row_twice", "This code is already in line {first}.", first=first)


def _above_zero(row: OpeningRow) -> None:
    if row.amount_cents <= 0:
        raise Refusal("amount_not_positive", "The amount must be above zero.")


def _unknown_method(method: str) -> Refusal:
    return Refusal(
        "payment_method_unknown",
        "“{method}” is not a payment method: choose one of the list.",
        method=method[:30],
    )


def _unknown_customer() -> Refusal:
    return Refusal("unknown_customer", "There is no customer with this code: import the customers first.")


def _unknown_unit(code: str) -> Refusal:
    return Refusal("unknown_unit", "There is no unit with the code {code}.", code=code)
