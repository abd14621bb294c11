"""What was open in the old system when the organization moved in, from a file: all of it is stored, or nothing; said twice,
done once, by its code there. It enters the books against the opening account and is never billed by us."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from perene.apps.events import outbox
from perene.apps.organizations import organizations
from perene.apps.receivables import opening, opening_rows
from perene.apps.receivables.opening_rows import OpeningRow
from perene.kit.problems import Outcome, Problems


@transaction.atomic(durable=True)
def receivables(
    rows: Sequence[OpeningRow], problems: Problems, *, on: date, is_rehearsal: bool = False
) -> Outcome:
    """Open receivables, posted on `on`. `problems`: those that reading the file found; with any, or any more found here,
    RowsRefused is raised and nothing is stored. A rehearsal does everything and takes it back."""
    organizations.present(lock=True)  # one import at a time
    new = opening.owe(opening_rows.known(rows, problems), on=on)
    outbox.record_many("receivable.moved_in", new, occurred_on=on)
    return _done(len(new), rows, is_rehearsal)


@transaction.atomic(durable=True)
def credits(
    rows: Sequence[OpeningRow], problems: Problems, *, on: date, is_rehearsal: bool = False
) -> Outcome:
    """The same for what the organization owes its customers."""
    organizations.present(lock=True)
    new = opening.grant(opening_rows.known(rows, problems), on=on)
    outbox.record_many("credit.moved_in", new, occurred_on=on)
    return _done(len(new), rows, is_rehearsal)


def _done(new: int, rows: Sequence[OpeningRow], is_rehearsal: bool) -> Outcome:
    if is_rehearsal:
        transaction.set_rollback(True)
    return Outcome(new, 0, len(rows) - new)
