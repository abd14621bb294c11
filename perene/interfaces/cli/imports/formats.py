"""The four formats: their columns, and how a row of text becomes a row of values."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TypeVar

from perene.apps.catalog.imported import ItemRow
from perene.apps.contracts.imported import ContractRow
from perene.apps.contracts.imported_lines import LineRow
from perene.apps.customers.imported import CustomerRow
from perene.interfaces.cli.imports import csv_file
from perene.interfaces.cli.imports.csv_file import Row
from perene.kit.problems import Problems
from perene.rules import money
from perene.rules.refusals import Refusal

Value = TypeVar("Value")
AnyRow = ItemRow | CustomerRow | ContractRow | LineRow

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_QUANTITY = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_SHOWN = 80


class Format(NamedTuple):
    """The columns in their order, and the reading of one row."""

    columns: tuple[str, ...]
    read: Callable[["_Cells"], AnyRow | None]


def rows(what: str, path: Path, problems: Problems) -> Iterator[AnyRow]:
    """The rows of a file that could be read; the others are problems. Raises the Refusals of `csv_file.read`."""
    columns, read = FORMATS[what]
    for row in csv_file.read(path, columns, problems):
        found = read(_Cells(row, problems))
        if found is not None:
            yield found


class _Cells:
    """One row being read. What cannot be read is noted as a problem and answered with None."""

    def __init__(self, row: Row, problems: Problems) -> None:
        self.line, self._values = row
        self._problems = problems
        self.is_sound = True

    def text(self, column: str) -> str:
        return self._values[column]

    def cents(self, column: str) -> int:
        return self._read(column, money.from_decimal_text, 0)

    def quantity(self, column: str) -> Decimal:
        return self._read(column, _quantity, Decimal(0))

    def whole(self, column: str) -> int | None:
        return self._read(column, _whole, None) if self._values[column] else None

    def day(self, column: str) -> date:
        return self._read(column, _day, date.min)

    def _read(self, column: str, reading: Callable[[str], Value], otherwise: Value) -> Value:
        try:
            return reading(self._values[column])
        except Refusal as why:
            self._problems.add(self.line, column, self._values[column][:_SHOWN], why)
            self.is_sound = False
            return otherwise


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise Refusal("number_malformed", "“{text}” is not a whole number.", text=text[:_SHOWN])
    return int(text)


def _quantity(text: str) -> Decimal:
    if not _QUANTITY.fullmatch(text):
        raise Refusal(
            "quantity_malformed", "“{text}” is not a quantity: write it like 2 or 2.5.", text=text[:_SHOWN]
        )
    return Decimal(text)


def _day(text: str) -> date:
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(
            "date_malformed", "“{text}” is not a date: write it like 2026-12-31.", text=text[:_SHOWN]
        ) from None


def _item(cells: _Cells) -> AnyRow | None:
    row = ItemRow(
        cells.line,
        cells.text("item_code"),
        cells.text("name"),
        cells.text("calc_type"),
        cells.cents("base_amount"),
    )
    return row if cells.is_sound else None


def _customer(cells: _Cells) -> AnyRow | None:
    return CustomerRow(cells.line, *(cells.text(column) for column in CustomerRow._fields[1:]))


def _contract(cells: _Cells) -> AnyRow | None:
    row = ContractRow(
        cells.line,
        cells.text("external_id"),
        cells.text("customer_external_id"),
        cells.text("plan_code"),
        cells.whole("term_months"),
        cells.day("started_on"),
        cells.whole("due_day"),
        cells.text("payment_method"),
        cells.text("delivery"),
    )
    return row if cells.is_sound else None


def _contract_item(cells: _Cells) -> AnyRow | None:
    row = LineRow(
        cells.line,
        cells.text("contract_external_id"),
        cells.text("item_code"),
        cells.quantity("quantity"),
        cells.cents("base_amount"),
        cells.cents("surcharge"),
        cells.cents("discount"),
        cells.text("recurrence"),
    )
    return row if cells.is_sound else None


FORMATS = {
    "items": Format(("item_code", "name", "calc_type", "base_amount"), _item),
    "customers": Format(CustomerRow._fields[1:], _customer),
    "contracts": Format(ContractRow._fields[1:], _contract),
    "contract-items": Format(
        (
            "contract_external_id",
            "item_code",
            "quantity",
            "base_amount",
            "surcharge",
            "discount",
            "recurrence",
        ),
        _contract_item,
    ),
}
