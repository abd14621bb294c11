"""A list's page, found by where the last one ended (a cursor), never by counting rows from the start: page 2,000 costs what
page 1 costs, and a row that arrives meanwhile moves nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict

SIZE = 50
# A list says how many it has up to here; beyond, "10.000+": counting everything would cost more than showing the page.
CAP = 10_000


@dataclass(frozen=True, slots=True)
class Order:
    """How a list may be sorted. `fields` are never null, and the last one is unique."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows to show, the neighbours' cursors (empty = none), and how many rows there are in all."""

    rows: list[Any]
    after: str
    before: str
    total: int
    sort: str

    @property
    def is_capped(self) -> bool:
        return self.total > CAP


def page(
    query: QuerySet[Any], asked: QueryDict, *, orders: Mapping[str, Order], default: str, size: int = SIZE
) -> Page:
    """The page that the address asks for (`sort`, `after`, `before`); the first one where it asks for nothing known."""
    sort = _sort(asked, orders, default)
    fields = orders[sort.lstrip("-")].fields
    is_down = sort.startswith("-")
    before = _values(asked.get("before", ""), fields)
    cursor = before or _values(asked.get("after", ""), fields)
    is_backwards = before is not None
    found = query.order_by(*_order_by(fields, is_down=is_down != is_backwards))
    rows = _rows(found, fields, cursor, is_down=is_down != is_backwards, size=size + 1)
    if rows is None:
        cursor, is_backwards = None, False
        rows = list(
            query.order_by(*_order_by(fields, is_down=is_down)).values_list("pk", flat=True)[: size + 1]
        )
    has_more = len(rows) > size
    rows = _whole(query, rows[:size])
    if is_backwards:
        rows.reverse()
    return Page(
        rows=rows,
        after=_cursor(rows[-1], fields) if rows and (has_more or is_backwards) else "",
        before=_cursor(rows[0], fields)
        if rows and (has_more if is_backwards else cursor is not None)
        else "",
        total=query.order_by()[: CAP + 1].count(),
        sort=sort,
    )


def ordered(
    query: QuerySet[Any], asked: QueryDict, *, orders: Mapping[str, Order], default: str
) -> QuerySet[Any]:
    """All rows in the order that the address asks for (CSV)."""
    sort = _sort(asked, orders, default)
    return query.order_by(*_order_by(orders[sort.lstrip("-")].fields, is_down=sort.startswith("-")))


def _sort(asked: QueryDict, orders: Mapping[str, Order], default: str) -> str:
    sort = asked.get("sort", "")
    return sort if sort.removeprefix("-") in orders else default


def _order_by(fields: Sequence[str], *, is_down: bool) -> list[str]:
    return [f"-{field}" if is_down else field for field in fields]


def _rows(
    query: QuerySet[Any], fields: Sequence[str], cursor: Sequence[Any] | None, *, is_down: bool, size: int
) -> list[Any] | None:
    """Ids of up to `size` rows beyond the cursor; None for a cursor that does not fit the fields."""
    try:
        found = query if cursor is None else query.filter(_beyond(fields, cursor, is_down=is_down))
        return list(found.values_list("pk", flat=True)[:size])
    except (ValidationError, ValueError, TypeError):
        return None


def _whole(query: QuerySet[Any], ids: Sequence[Any]) -> list[Any]:
    """The rows with these ids, in this order. What belongs to them is joined to these few, and not to all that were sorted."""
    rows = {row.pk: row for row in query.order_by().filter(pk__in=ids)} if ids else {}
    return [rows[id] for id in ids if id in rows]


def _beyond(fields: Sequence[str], values: Sequence[Any], *, is_down: bool) -> Q:
    """(a, b, …) > (x, y, …), said so that an index on the fields finds its start: a ≥ x AND (a > x OR (b ≥ y AND …))."""
    further = "lt" if is_down else "gt"
    condition = Q(**{f"{fields[-1]}__{further}": values[-1]})
    for field, value in zip(reversed(fields[:-1]), reversed(values[:-1]), strict=True):
        condition = Q(**{f"{field}__{further}e": value}) & (Q(**{f"{field}__{further}": value}) | condition)
    return condition


def _cursor(row: Any, fields: Sequence[str]) -> str:
    values = []
    for field in fields:
        value = row
        for name in field.split("__"):
            value = getattr(value, name)
        values.append(value if isinstance(value, int) else str(value))
    return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")


def _values(cursor: str, fields: Sequence[str]) -> list[Any] | None:
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return None
    fits = isinstance(values, list) and len(values) == len(fields)
    return values if fits and all(_is_plain(value) for value in values) else None


def _is_plain(value: object) -> bool:
    """What a cursor of ours may hold: a number that a column holds, or a text without the character that none holds."""
    if isinstance(value, str):
        return "\x00" not in value
    return isinstance(value, int) and abs(value) < 2**63
