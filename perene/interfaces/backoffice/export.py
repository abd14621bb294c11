"""A list as a CSV file, streamed: exactly what is filtered, in the order shown, as a Brazilian spreadsheet opens it (UTF-8 with
a mark, semicolons, decimal commas, dd/mm/aaaa)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.functional import Promise

from perene.interfaces.backoffice.access import MemberRequest
from perene.kit import tenancy

CHUNK = 2000
# Spreadsheets run what begins with these as a formula, whoever wrote it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Column(NamedTuple):
    label: str | Promise
    value: Callable[[Any], object]


def stream(
    request: MemberRequest, name: str, query: QuerySet[Any], columns: Sequence[Column]
) -> StreamingHttpResponse:
    """The answer with every row of `query`."""
    return stream_rows(request, name, lambda: query.iterator(chunk_size=CHUNK), columns)


def stream_rows(
    request: MemberRequest, name: str, read: Callable[[], Iterator[Any]], columns: Sequence[Column]
) -> StreamingHttpResponse:
    """The same for rows that are more than a query. They are read while they are sent, after the page's own transaction: the
    organization is entered again, for that long."""
    scope = request.organization.id, request.member.person_id
    return StreamingHttpResponse(
        _lines(read, columns, *scope),
        content_type="text/csv; charset=utf-8",
        headers=_as_file(name),
    )


def whole(name: str, rows: Iterable[Any], columns: Sequence[Column]) -> HttpResponse:
    """The same for a few rows that are at hand."""
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")
    lines = [writer.writerow([str(column.label) for column in columns])]
    lines += [writer.writerow([_cell(column.value(row)) for column in columns]) for row in rows]
    return HttpResponse(
        "\ufeff" + "".join(lines), content_type="text/csv; charset=utf-8", headers=_as_file(name)
    )


def cents(amount: int) -> Plain:
    """1234 → 12,34."""
    reais, rest = divmod(abs(amount), 100)
    return Plain(f"{'-' if amount < 0 else ''}{reais},{rest:02d}")


class Plain(str):
    """A text of ours that is a number: it may begin with a minus sign."""


def _lines(
    read: Callable[[], Iterator[Any]], columns: Sequence[Column], organization_id: int, person_id: Any
) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + writer.writerow([str(column.label) for column in columns])
    with tenancy.organization(organization_id, person_id=person_id), transaction.atomic():
        gathered: list[str] = []
        for row in read():
            gathered.append(writer.writerow([_cell(column.value(row)) for column in columns]))
            if len(gathered) == CHUNK:
                yield "".join(gathered)
                gathered.clear()
        if gathered:
            yield "".join(gathered)


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.csv"'}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, Plain | int) else text


class _Echo:
    """csv.writer's file: hands the line back."""

    def write(self, line: str) -> str:
        return line
