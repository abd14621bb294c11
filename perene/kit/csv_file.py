"""Reading a CSV file as spreadsheets write it: UTF-8 with or without its mark, comma or semicolon, a header."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from perene.kit.problems import Problems
from perene.rules.refusals import Refusal

# A value longer than this is a quote that was never closed.
LONGEST_VALUE = 10_000

csv.field_size_limit(LONGEST_VALUE)


class Row(NamedTuple):
    """A record and the line of the file that it begins on; values are stripped of blanks around them."""

    line: int
    values: dict[str, str]


def read_text(text: str, columns: Sequence[str], problems: Problems) -> Iterator[Row]:
    """The rows of a file that is at hand. Raises the Refusals of `read` but `file_unreadable` and `file_not_utf8`."""
    yield from _rows(io.StringIO(text.removeprefix("\ufeff"), newline=""), columns, problems)


def read(path: Path, columns: Sequence[str], problems: Problems) -> Iterator[Row]:
    """The rows of the file; a row that cannot be read becomes a problem. Raises Refusal `file_unreadable`,
    `file_not_utf8`, `file_empty`, `columns_missing`, `columns_unknown`, `column_twice`."""
    try:
        # Kept as written: the csv module must see the line ends inside quotes.
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(file, columns, problems)
    except UnicodeDecodeError:
        raise Refusal(
            "file_not_utf8", "The file {file} is not UTF-8: save it as “CSV UTF-8”.", file=path.name
        ) from None
    except OSError:
        raise Refusal(
            "file_unreadable",
            "The file {file} cannot be read: see that it is there, and that this program may read it.",
            file=str(path),
        ) from None


def _rows(file: IO[str], columns: Sequence[str], problems: Problems) -> Iterator[Row]:
    header = file.readline(LONGEST_VALUE)
    separator = ";" if header.count(";") > header.count(",") else ","
    names = _names(header, separator, columns)
    reader = csv.reader(file, delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 2  # the header is line 1
        try:
            values = next(reader, None)
        except csv.Error:
            why = Refusal("row_unreadable", "The row cannot be read: check its quotes.")
            problems.add(line, "", "", why)
            return
        if values is None:
            return
        if values and (len(values) > 1 or values[0].strip()):
            row = _row(line, names, values, problems)
            if row is not None:
                yield row


def _names(header: str, separator: str, columns: Sequence[str]) -> list[str]:
    try:
        names = [
            name.strip().lower() for name in next(csv.reader([header], delimiter=separator, strict=True), [])
        ]
    except csv.Error:
        names = []
    if not any(names):
        raise Refusal(
            "file_empty",
            "The file has no header: its first line must be {columns}.",
            columns=",".join(columns),
        )
    missing = [name for name in columns if name not in names]
    if missing:
        raise Refusal("columns_missing", "The file lacks the columns {columns}.", columns=", ".join(missing))
    unknown = [name for name in names if name not in columns]
    if unknown:
        raise Refusal(
            "columns_unknown",
            "The file has columns that are not known: {columns}. Remove or rename them.",
            columns=", ".join(name or "“”" for name in unknown),
        )
    if len(names) > len(columns):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise Refusal("column_twice", "The file has the column {columns} twice.", columns=", ".join(twice))
    return names


def _row(line: int, names: Sequence[str], values: Sequence[str], problems: Problems) -> Row | None:
    if len(values) != len(names):
        why = Refusal(
            "wrong_number_of_values",
            "The row has {found} values and the header {expected}: check separators and quotes.",
            found=len(values),
            expected=len(names),
        )
        problems.add(line, "", "", why)
        return None
    # A spreadsheet's no-break spaces are spaces.
    values = [value.replace("\u00a0", " ").strip() for value in values]
    for name, value in zip(names, values, strict=True):
        if not value.isprintable():
            why = Refusal(
                "value_not_printable", "The value holds a line break or an invisible character: remove it."
            )
            problems.add(line, name, ascii(value)[1:-1][:40], why)
            return None
    return Row(line, dict(zip(names, values, strict=True)))
