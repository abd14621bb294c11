"""The cells of one row of a CSV file, read as values: what cannot be read becomes a problem of the file."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from perene.kit.csv_file import Row
from perene.kit.problems import Problems
from perene.rules import money
from perene.rules.refusals import Refusal

Value = TypeVar("Value")

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_QUANTITY = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_SHOWN = 80


class Cells:
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
