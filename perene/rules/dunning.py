"""When reminders and collection notices leave, around a due date (G9–G14)."""

from datetime import date
from typing import NamedTuple

from perene.rules import periods
from perene.rules.refusals import Refusal

MAX_PRE_DUE_DAYS = 10
MAX_POST_DUE_START = 10
MAX_EVERY_DAYS = 180
MAX_FOR_DAYS = 180


class DunningTerms(NamedTuple):
    """`pre_due_days`: one reminder so many days before the due date (0: on it, None: none). `post_due_start`: the first
    notice so many days after it (None: none), then `every_days`, `for_days` counted from that first notice, inclusive."""

    pre_due_days: int | None = None
    post_due_start: int | None = None
    every_days: int | None = None
    for_days: int | None = None


def check(terms: DunningTerms) -> DunningTerms:
    """The same terms. Refusal `dunning_pre_due_out_of_range` (G10), `dunning_start_out_of_range` (G11),
    `dunning_every_missing`, `dunning_every_out_of_range` (G12), `dunning_for_missing`, `dunning_for_out_of_range` (G13),
    `dunning_start_missing`."""
    pre, start, every, during = terms
    if pre is not None and not 0 <= pre <= MAX_PRE_DUE_DAYS:
        raise Refusal(
            "dunning_pre_due_out_of_range",
            "A reminder {days} days before the due date is not possible: use 0 to {high}, or leave it empty.",
            days=pre,
            high=MAX_PRE_DUE_DAYS,
        )
    if start is None:
        if every is not None or during is not None:
            raise Refusal(
                "dunning_start_missing",
                "Tell how many days after the due date the first notice leaves, or empty the interval and the duration.",
            )
        return terms
    if not 1 <= start <= MAX_POST_DUE_START:
        raise Refusal(
            "dunning_start_out_of_range",
            "A first notice {days} days after the due date is not possible: use 1 to {high}.",
            days=start,
            high=MAX_POST_DUE_START,
        )
    if every is None:
        raise Refusal("dunning_every_missing", "Tell how many days lie between two notices.")
    if not 1 <= every <= MAX_EVERY_DAYS:
        raise Refusal(
            "dunning_every_out_of_range",
            "A notice every {days} days is not possible: use 1 to {high}.",
            days=every,
            high=MAX_EVERY_DAYS,
        )
    if during is None:
        raise Refusal("dunning_for_missing", "Tell for how many days notices are sent.")
    if not 1 <= during <= MAX_FOR_DAYS:
        raise Refusal(
            "dunning_for_out_of_range",
            "Notices for {days} days are not possible: use 1 to {high}.",
            days=during,
            high=MAX_FOR_DAYS,
        )
    return terms


def schedule(terms: DunningTerms, due_on: date) -> list[date]:
    """G14: the days on which a notice leaves while the debt is unpaid, in order. The terms must have passed `check`."""
    due = due_on.toordinal()
    days = [] if terms.pre_due_days is None else [due - terms.pre_due_days]
    if terms.post_due_start is not None and terms.every_days is not None and terms.for_days is not None:
        first = due + terms.post_due_start
        days += range(first, first + terms.for_days + 1, terms.every_days)
    return [periods.from_ordinal(day) for day in days]
