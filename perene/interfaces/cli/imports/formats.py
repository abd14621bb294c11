"""The formats: their columns, and how a row of text becomes a row of values."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from perene.apps.catalog.imported import ItemRow
from perene.apps.contracts.imported import ContractRow
from perene.apps.contracts.imported_lines import LineRow
from perene.apps.customers.imported import CustomerRow
from perene.apps.receivables import opening_rows
from perene.apps.receivables.opening_rows import OpeningRow
from perene.kit import csv_file
from perene.kit.csv_cells import Cells
from perene.kit.problems import Problems

AnyRow = ItemRow | CustomerRow | ContractRow | LineRow | OpeningRow


class Format(NamedTuple):
    """The columns in their order, and the reading of one row."""

    columns: tuple[str, ...]
    read: Callable[["Cells"], AnyRow | None]


def rows(what: str, path: Path, problems: Problems) -> Iterator[AnyRow]:
    """The rows of a file that could be read; the others are problems. Raises the Refusals of `csv_file.read`."""
    columns, read = FORMATS[what]
    for row in csv_file.read(path, columns, problems):
        found = read(Cells(row, problems))
        if found is not None:
            yield found


def _item(cells: Cells) -> AnyRow | None:
    row = ItemRow(
        cells.line,
        cells.text("item_code"),
        cells.text("name"),
        cells.text("calc_type"),
        cells.cents("base_amount"),
    )
    return row if cells.is_sound else None


def _customer(cells: Cells) -> AnyRow | None:
    return CustomerRow(cells.line, *(cells.text(column) for column in CustomerRow._fields[1:]))


def _contract(cells: Cells) -> AnyRow | None:
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


def _contract_item(cells: Cells) -> AnyRow | None:
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
    "opening-receivables": Format(opening_rows.RECEIVABLES, opening_rows.receivable),
    "opening-credits": Format(opening_rows.CREDITS, opening_rows.credit),
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
