"""The charges that terms and lines will make, with their dates and amounts: by the rules of the billing run, before there is
one."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from perene.rules import charging, schedule
from perene.rules.charging import BillingMethod, Draft, Line

# A cycle without any charge (an item that begins later) is passed over, but not for ever.
_CYCLES_LOOKED_AT = 240


class Coming(NamedTuple):
    """What one cycle will charge. `run_on`: the day on which the run does it."""

    cycle: int
    run_on: date
    charge_on: date
    due_on: date
    drafts: tuple[Draft, ...]

    @property
    def total_cents(self) -> int:
        return sum(draft.amount_cents for draft in self.drafts)


def of(
    terms: schedule.Terms,
    lines: Sequence[Line],
    *,
    on: date,
    method: str = BillingMethod.GROUPED,
    is_open_ended: bool = True,
    next_cycle: int = 1,
    limit: int = 3,
    until: date | None = None,
) -> list[Coming]:
    """At most `limit` cycles that charge something, from `next_cycle` on, as runs on `on` and later find them; none charged
    after `until`. Raises what pricing and the calendar raise."""
    found: list[Coming] = []
    first = max(next_cycle, terms.first_cycle)
    for number in range(first, first + _CYCLES_LOOKED_AT):
        cycle = schedule.live_cycle(terms, number)
        run_on = charging.next_run_on(terms, method, next_cycle=number, is_open_ended=is_open_ended)
        if cycle is None or run_on is None or len(found) == limit:
            break
        if until is not None and cycle.charge_on > until:
            break
        run_on = max(run_on, on)
        due = charging.due_cycle(terms, cycle, issued_on=run_on)
        drafts = charging.of_cycle(lines, due)
        if drafts:
            found.append(Coming(number, run_on, cycle.charge_on, due.due_on, tuple(drafts)))
    return found
