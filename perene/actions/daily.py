"""The day of an organization: one routine for the night and for the time machine alike.

Each step has a row per (organization, date, step): a finished one is never done again, an unfinished one is done again from
its start (every step is safe to repeat). It never runs backwards; `moving` keeps it to one mover at a time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import transaction

from perene.actions import alerts as watching
from perene.actions import bill
from perene.apps.billing import deferrals, runs
from perene.apps.contracts import renewal
from perene.apps.events import alerts
from perene.apps.ledger import chart
from perene.apps.organizations import clock, days, organizations
from perene.kit import locks, queue, tenancy
from perene.rules.refusals import Refusal

Now = Callable[[], datetime]

# An alert, by contract.
NOT_RENEWED = "term_not_renewed"
NOT_RENEWED_MESSAGE = (
    "The term of contract {number} has run out and could not begin anew: correct how many months it has."
)


@contextmanager
def moving() -> Iterator[None]:
    """One mover of this organization's time at a time: a lock of the session, which the database lets go of when the
    process dies. Raises Refusal when somebody else holds it."""
    with locks.held_if_free("perene.day") as is_ours:
        if not is_ours:
            raise Refusal(
                "day_under_way", "The day of this organization is being worked on: wait until it is done."
            )
        yield


def day(on: date, *, now: Now) -> None:
    """Do what is left of the day `on`; nothing of a day that was never begun when a later one was: time does not run
    backwards. Call inside `moving`."""
    finished = days.finished_steps(on)
    if not finished and days.is_passed_over(on):
        return
    for name, step in STEPS.items():
        if name in finished or not _begin(on, name, now=now()):
            continue
        result = step(on, now)
        _finish(on, name, now=now(), result=result)


def left_to_do(today: date) -> list[date]:
    """The days on which something is left: those that were begun and broke off, then today. Oldest first. Days that
    nobody was there for are not lived later: today's steps do all that is due by then, and date it today."""
    left = days.begun_before(today)
    if not STEPS.keys() <= days.finished_steps(today):
        left.append(today)
    return left


def advance(*, target_on: date, now: Now, each_day: Callable[[date], None] = lambda on: None) -> None:
    """Move a sandbox organization's clock forward to `target_on`, living every day on the way. `each_day` hears of each
    finished day. Raises Refusal as `clock.aim`, and when somebody else moves it."""
    with moving():
        _aim(target_on)
        finish_move(now=now, each_day=each_day)


def finish_move(*, now: Now, each_day: Callable[[date], None] = lambda on: None) -> None:
    """Go on with a move that was asked for (perhaps by a process that died): first what is left of the present day. The
    target stands until its own day is lived, so that whoever dies on the last day is seen to have left something."""
    while True:
        on = organizations.present().clock_on
        assert on is not None
        day(on, now=now)
        each_day(on)
        if not _next_day():
            return


@transaction.atomic(durable=True)
def aim(*, target_on: date) -> None:
    """Ask for a move to `target_on`; a worker makes it. A lost message loses nothing: the night finds the target. Raises the
    Refusals of `clock.aim`."""
    clock.aim(organizations.present(lock=True), target_on=target_on)
    organization_id = tenancy.organization_id()
    queue.enqueue("move_clock", lock=f"move_clock:{organization_id}", organization_id=organization_id)


@transaction.atomic(durable=True)
def _aim(target_on: date) -> None:
    clock.aim(organizations.present(lock=True), target_on=target_on)


def _close_terms(on: date, now: Now) -> dict[str, Any]:
    renewed, after = 0, None
    failed: dict[str, int] = {}
    while True:
        with transaction.atomic(durable=True):
            chunk = renewal.renew_terms(on=on, after=after)
        renewed += chunk.renewed
        failed.update((str(contract_id), number) for contract_id, number in chunk.failed)
        if (after := chunk.last_id) is None:
            break
    with transaction.atomic(durable=True):
        ended = renewal.close_ended(on=on)
        for contract_id, number in failed.items():
            alerts.raise_(
                NOT_RENEWED,
                key=contract_id,
                message=NOT_RENEWED_MESSAGE,
                params={"number": number},
                on=on,
                now=now(),
            )
        alerts.resolve_others(NOT_RENEWED, failed, now=now())
    return {"renewed": renewed, "ended": ended, "not_renewed": len(failed)}


def _bill(on: date, now: Now) -> dict[str, Any]:
    run_id = bill.whole_run(through=on, reason="night", now=now)
    progress = runs.progress(run_id)
    watching.tell_parked(on=on, now=now())
    return {"run": str(run_id), "invoices": progress.invoices, "parked": progress.parked}


def _recognize(on: date, now: Now) -> dict[str, Any]:
    recognized = 0
    while True:
        with transaction.atomic(durable=True):
            batch = deferrals.recognize(
                through=on,
                posted_on=_posting_day(on, now),
                deferred_account_id=chart.by_role()["deferred_revenue"],
            )
        if not batch:
            return {"recognized": recognized}
        recognized += batch


def _posting_day(on: date, now: Now) -> date:
    """A day that broke off and is finished later posts on the day it is then: nothing is posted backwards."""
    return max(on, clock.today(organizations.present(), now=now()))


STEPS: dict[str, Callable[[date, Now], dict[str, Any]]] = {
    "terms": _close_terms,
    "bill": _bill,
    "recognize": _recognize,
}


@transaction.atomic(durable=True)
def _begin(on: date, step: str, *, now: datetime) -> bool:
    return days.begin(on=on, step=step, now=now)


@transaction.atomic(durable=True)
def _finish(on: date, step: str, *, now: datetime, result: dict[str, Any]) -> None:
    days.finish(on=on, step=step, now=now, result=result)


@transaction.atomic(durable=True)
def _next_day() -> bool:
    return clock.next_day(organizations.present(lock=True))
