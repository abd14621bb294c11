"""`perene import`: reads the file, hands its rows to the action, says what came of it."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from perene.actions import import_openings, import_portfolio
from perene.apps.organizations import clock, organizations
from perene.interfaces.cli import common
from perene.interfaces.cli.imports import NO_CUT_OVER, SHOWN_PROBLEMS, formats
from perene.kit import clock as real_clock
from perene.kit import tenancy, texts
from perene.kit.problems import Outcome, Problem, Problems, RowsRefused
from perene.rules.refusals import Refusal

REFUSED = 2


def run(arguments: Namespace) -> int:
    """Import one file. 0 = stored (or rehearsed), 2 = refused, nothing stored."""
    _check_options(arguments)
    problems = Problems()
    with tenancy.organization(common.organization_id(arguments.organization)):
        rows = _read(arguments, problems)
        try:
            outcome = _store(arguments, rows, problems)
        except RowsRefused as refused:
            _tell_problems(arguments, refused.problems)
            return REFUSED
    _tell_outcome(arguments, outcome)
    return 0


def _check_options(arguments: Namespace) -> None:
    given = [name for name in ("cut_over", "terms", "billing") if getattr(arguments, name) is not None]
    if given and arguments.what != "contracts":
        raise Refusal(
            "option_of_contracts",
            "{options} is said when contracts are imported, not with {what}.",
            options=", ".join("--" + name.replace("_", "-") for name in given),
            what=arguments.what,
        )


def _read(arguments: Namespace, problems: Problems) -> list[Any]:
    """The rows, with a bar over the bytes of the file."""
    path = Path(arguments.file)
    rows: list[Any] = []
    found = formats.rows(arguments.what, path, problems)
    with common.progress(path.name, total=_lines(path), as_json=arguments.json) as bar:
        while block := list(islice(found, 5000)):
            rows += block
            bar.show(len(rows))
    return rows


def _lines(path: Path) -> int:
    """About how many rows there are; a file that cannot be read is refused later, with the reason."""
    try:
        with path.open("rb") as file:
            return max(1, sum(1 for _line in file) - 1)
    except OSError:
        return 1


def _store(arguments: Namespace, rows: Sequence[Any], problems: Problems) -> Outcome:
    is_rehearsal = arguments.dry_run
    if arguments.what == "items":
        return import_portfolio.items(rows, problems, is_rehearsal=is_rehearsal)
    if arguments.what == "customers":
        return import_portfolio.customers(rows, problems, is_rehearsal=is_rehearsal)
    now = real_clock.now()
    on = clock.today(organizations.present(), now=now)
    if arguments.what == "contracts":
        return import_portfolio.contracts(
            rows,
            problems,
            on=on,
            cut_over_on=None if arguments.cut_over == NO_CUT_OVER else arguments.cut_over,
            bills_the_past=arguments.cut_over == NO_CUT_OVER,
            term_kind=arguments.terms,
            billing_method=(arguments.billing or "grouped").replace("-", "_"),
            is_rehearsal=is_rehearsal,
        )
    if arguments.what == "opening-receivables":
        return import_openings.receivables(rows, problems, on=on, is_rehearsal=is_rehearsal)
    if arguments.what == "opening-credits":
        return import_openings.credits(rows, problems, on=on, is_rehearsal=is_rehearsal)
    return import_portfolio.contract_items(rows, problems, on=on, now=now, is_rehearsal=is_rehearsal)


def _tell_outcome(arguments: Namespace, outcome: Outcome) -> None:
    if arguments.json:
        for note in outcome.notes:
            _tell_row("note", note)
        common.tell(
            "imported",
            file=arguments.file,
            what=arguments.what,
            new=outcome.new,
            changed=outcome.changed,
            unchanged=outcome.unchanged,
            dry_run=arguments.dry_run,
        )
        return
    _print_rows(outcome.notes)
    counts = {"new": outcome.new, "changed": outcome.changed, "unchanged": outcome.unchanged}
    print(
        _("{file}: {new} new, {changed} changed, {unchanged} unchanged.").format(
            file=arguments.file, **counts
        )
    )
    if arguments.dry_run:
        print(_("This was a rehearsal: nothing was stored."))


def _tell_problems(arguments: Namespace, problems: Sequence[Problem]) -> None:
    if arguments.json:
        for problem in problems:
            _tell_row("problem", problem)
        common.tell("refused", file=arguments.file, what=arguments.what, problems=len(problems))
        return
    _print_rows(problems)
    count = len(problems)
    sentence = ngettext(
        "{file}: {count} problem, nothing was stored.", "{file}: {count} problems, nothing was stored.", count
    )
    print(sentence.format(file=arguments.file, count=count), file=sys.stderr)


def _print_rows(problems: Sequence[Problem]) -> None:
    for problem in problems[:SHOWN_PROBLEMS]:
        print(_sentence(problem), file=sys.stderr)
    if len(problems) > SHOWN_PROBLEMS:
        print(_("… and {count} more.").format(count=len(problems) - SHOWN_PROBLEMS), file=sys.stderr)


def _sentence(problem: Problem) -> str:
    why = texts.render(problem.why)
    if not problem.column:
        return _("line {line}: {why}").format(line=problem.line, why=why)
    return _("line {line}, column {column}, value “{value}”: {why}").format(
        line=problem.line, column=problem.column, value=problem.value, why=why
    )


def _tell_row(event: str, problem: Problem) -> None:
    common.tell(
        event,
        line=problem.line,
        column=problem.column,
        value=problem.value,
        code=getattr(problem.why, "code", ""),
        why=texts.render(problem.why),
    )
