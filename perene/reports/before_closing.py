"""What to look at before an accounting period is closed: each question with its answer. Nothing here forbids the closing."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from perene.apps.billing.models import Deferral, Parked, Run, RunStatus
from perene.apps.organizations.models import DailyStep
from perene.kit import reading
from perene.reports.verification import books
from perene.reports.verification.violation import Violation
from perene.rules.refusals import Text

_BOOKS: tuple[Callable[[], Iterator[Violation]], ...] = (
    books.check_entries,
    books.check_sources,
    books.check_balances,
    books.check_deferrals,
)
# A run in one of these states will still bill, or take back.
_UNDER_WAY = (RunStatus.REHEARSING, RunStatus.REHEARSED, RunStatus.RUNNING, RunStatus.REVERSING)


class Found(NamedTuple):
    """`count` is how many stand against it; none is fine."""

    code: str
    count: int
    text: Text

    @property
    def is_fine(self) -> bool:
        return self.count == 0


def look(through_on: date) -> list[Found]:
    """The answers for a closing through that day. Seconds where there are hundreds of thousands of entries: the books are
    proved whole, as `perene verify` does it."""
    with reading.whole_sets():
        wrong = sum(1 for check in _BOOKS for _violation in check())
    parked = Parked.objects.filter(is_open=True, first_on__lte=through_on).count()
    runs = Run.objects.filter(through_on__lte=through_on, status__in=_UNDER_WAY).count()
    waiting = Deferral.objects.filter(status="waiting", recognize_on__lte=through_on).count()
    days = DailyStep.objects.filter(on__lte=through_on, finished_at__isnull=True).count()
    return [
        Found(
            "books",
            wrong,
            Text("Places where the books do not hold: {count}", {"count": wrong})
            if wrong
            else Text("The books are proved: debits are credits, and each entry says what it records"),
        ),
        Found(
            "runs",
            runs,
            Text("Billing runs that are not finished: {count}", {"count": runs})
            if runs
            else Text("No billing run is under way"),
        ),
        Found(
            "parked",
            parked,
            Text("Contracts parked since then, to be billed at a later date: {count}", {"count": parked})
            if parked
            else Text("No contract is parked"),
        ),
        Found(
            "unrecognized",
            waiting,
            Text(
                "Charges whose period has begun and whose revenue is not recognized: {count}",
                {"count": waiting},
            )
            if waiting
            else Text("All revenue of periods that have begun is recognized"),
        ),
        Found(
            "days",
            days,
            Text("Steps of the daily routine that are not finished: {count}", {"count": days})
            if days
            else Text("The routine of each day is finished"),
        ),
    ]
