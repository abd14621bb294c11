"""Moving in: what was open in the old system, from a file. Uploaded, tried, seen, and only then stored."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from perene.actions import import_openings
from perene.apps.receivables import opening_rows
from perene.apps.receivables.opening_rows import OpeningRow
from perene.interfaces.backoffice import access
from perene.interfaces.backoffice.access import MemberRequest
from perene.kit import csv_file, texts
from perene.kit.csv_cells import Cells
from perene.kit.problems import Outcome, Problem, Problems, RowsRefused
from perene.rules.refusals import Refusal

# More is imported on the command line.
MOST_BYTES = 2_000_000
PROBLEMS_SHOWN = 100
ROWS_SHOWN = 50
KINDS = {
    "receivables": (_("Open receivables"), opening_rows.RECEIVABLES, opening_rows.receivable, import_openings.receivables),
    "credits": (_("Customers' credits"), opening_rows.CREDITS, opening_rows.credit, import_openings.credits),
}  # fmt: skip


@access.form("books.write", section="moving_in")
def page(request: MemberRequest) -> HttpResponseBase:
    """First the file, then what it would do, then “import”: the file's text goes along in between."""
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    kind = kind if kind in KINDS else "receivables"
    facts: dict[str, Any] = {"kind": kind}
    if request.method == "POST":
        try:
            text = _text(request)
            is_rehearsal = request.POST.get("do") != "store"
            rows, outcome = _imported(request, kind, text, is_rehearsal=is_rehearsal)
            if not is_rehearsal:
                return _done(request, kind, outcome)
            facts |= {
                "text": text,
                "outcome": outcome,
                "rows": rows[:ROWS_SHOWN],
                "more": max(0, len(rows) - ROWS_SHOWN),
                "total_cents": sum(row.amount_cents for row in rows),
            }
        except RowsRefused as refused:
            facts["problems"] = [_told(problem) for problem in refused.problems[:PROBLEMS_SHOWN]]
            facts["problem_count"] = len(refused.problems)
        except Refusal as refusal:
            facts["trouble"] = texts.render(refusal)
    facts |= {
        "title": gettext("Moving in"),
        "kinds": [(key, label) for key, (label, *_rest) in KINDS.items()],
        "label": KINDS[kind][0],
        "columns": KINDS[kind][1],
    }
    is_refused = "problems" in facts or "trouble" in facts
    return render(request, "backoffice/moving_in.html", facts, status=422 if is_refused else 200)


def _text(request: MemberRequest) -> str:
    """The file that was chosen, or the text of the one that was tried a moment ago. Refusal `file_missing`,
    `file_too_large`, `upload_not_utf8`."""
    sent = request.FILES.get("file")
    if sent is None:
        text = request.POST.get("text", "")
        if not text:
            raise Refusal("file_missing", "Choose a CSV file.")
        return text
    if sent.size is None or sent.size > MOST_BYTES:
        raise Refusal(
            "file_too_large",
            "The file is larger than 2 MB: split it, or have it imported on the server with `perene import`.",
        )
    try:
        return sent.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("upload_not_utf8", "The file is not UTF-8: save it as “CSV UTF-8”.") from None


def _imported(
    request: MemberRequest, kind: str, text: str, *, is_rehearsal: bool
) -> tuple[list[OpeningRow], Outcome]:
    _label, columns, read, store = KINDS[kind]
    problems = Problems()
    found = (read(Cells(row, problems)) for row in csv_file.read_text(text, columns, problems))
    rows = [row for row in found if row is not None]
    return rows, store(rows, problems, on=request.today, is_rehearsal=is_rehearsal)


def _done(request: MemberRequest, kind: str, outcome: Outcome) -> HttpResponseBase:
    said = ngettext(
        "{count} row imported, {unchanged} there already.",
        "{count} rows imported, {unchanged} there already.",
        outcome.new,
    )
    messages.success(request, said.format(count=outcome.new, unchanged=outcome.unchanged))
    return HttpResponseRedirect(reverse("backoffice:moving_in") + f"?kind={kind}")


def _told(problem: Problem) -> dict[str, object]:
    return {
        "line": problem.line,
        "column": problem.column,
        "value": problem.value,
        "why": texts.render(problem.why),
    }
