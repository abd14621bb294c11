"""Items from a file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from perene.apps.catalog import items
from perene.apps.catalog.items import ItemContent
from perene.apps.catalog.models import Item
from perene.kit.problems import Outcome, Problems
from perene.rules import tiers
from perene.rules.refusals import Refusal


class ItemRow(NamedTuple):
    """A row of the file, its amount read already."""

    line: int
    code: str
    name: str
    calc_type: str
    unit_cents: int


def store(rows: Sequence[ItemRow], problems: Problems) -> Outcome:
    """Create the items whose code is new (with the revenue account), edit those that say something else. Raises
    RowsRefused with every problem of the file, before anything is written."""
    present = items.by_codes({row.code for row in rows})
    lines: dict[str, int] = {}
    for row in rows:
        problems.tried(row.line, "item_code", row.code, _check_code, row, lines)
        problems.tried(row.line, "name", row.name, _check_name, row)
        problems.tried(row.line, "calc_type", row.calc_type, _check_price, row, present.get(row.code))
    problems.stop_if_any()
    new = changed = 0
    for row in rows:
        item = present.get(row.code)
        if item is None:
            items.create(row.code, _content(row))
            new += 1
        elif (row.name, row.unit_cents) != (item.name, item.unit_cents):
            items.edit(item.id, _content(row, item))
            changed += 1
    return Outcome(new, changed, len(rows) - new - changed)


def _check_code(row: ItemRow, lines: dict[str, int]) -> None:
    if not row.code:
        raise Refusal("item_code_missing", "Give the item a code.")
    first = lines.setdefault(row.code, row.line)
    if first != row.line:
        raise Refusal("row_twice", "This code is already in line {first}.", first=first)


def _check_name(row: ItemRow) -> None:
    if not row.name:
        raise Refusal("item_name_missing", "Give the item a name.")


def _check_price(row: ItemRow, item: Item | None) -> None:
    if item is not None and item.calc_type != row.calc_type:
        raise items.calc_type_fixed(item)
    items.check(replace(_content(row, item), name="-"))


def _content(row: ItemRow, item: Item | None = None) -> ItemContent:
    """What the row says; of a present item the file leaves the tier table and the package alone."""
    return ItemContent(
        name=row.name,
        calc_type=row.calc_type,
        unit_cents=row.unit_cents,
        tiers=tiers.from_json(item.tiers) if item else (),
        package_size=item.package_size if item else None,
    )
