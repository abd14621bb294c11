"""The sandbox's clock: where it stands, sending it forward, and what its last days did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from perene.actions import daily
from perene.apps.organizations.models import DailyStep
from perene.interfaces.backoffice import access, figures, framing, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.rules import periods

DAYS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was lived: what each of `daily.STEPS` did, and how long all took."""

    on: date
    told: tuple[str, ...]
    seconds: float


@access.page("clock.move", section="clock")
def page(request: MemberRequest) -> HttpResponseBase:
    if not request.organization.is_sandbox:
        raise Http404
    facts = {
        "title": gettext("Clock"),
        "clock": framing.clock_of(request),
        "names": [words.said(words.STEPS, name) for name in daily.STEPS],
        "days": _days(),
    }
    return render(request, "backoffice/clock.html", facts)


@access.act("clock.move")
def move(request: MemberRequest) -> HttpResponseBase:
    """Ask for the move; a worker lives the days."""
    target_on = _target(request)
    if target_on is None:
        typed = request.POST.get("to", "")[:20]
        messages.error(
            request, gettext("“{typed}” is not a date: write it as dd/mm/yyyy.").format(typed=typed)
        )
        return HttpResponseRedirect(access.back(request))
    daily.aim(target_on=target_on)
    return HttpResponseRedirect(access.back(request))


@access.page("")
def bar(request: MemberRequest) -> HttpResponse:
    """The bar at the top while the clock moves, asked for every second; when it arrived the page is drawn anew."""
    clock = framing.clock_of(request)
    if clock is None or not clock.is_moving:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "backoffice/frame/clock.html")


def _target(request: MemberRequest) -> date | None:
    """The date asked for; None for a text that is no date. `daily.aim` refuses one that cannot be."""
    by, today = request.POST.get("by", ""), request.today
    if by == "day":
        return today + timedelta(days=1)
    if by == "month":
        return periods.add_months(today, 1)
    typed = request.POST.get("to", "").strip()
    try:
        return datetime.strptime(typed, "%d/%m/%Y").date()
    except ValueError:
        return None


def _days() -> list[Day]:
    """The last days, newest first, each with what its steps did in the order they are done."""
    steps: dict[date, dict[str, DailyStep]] = {}
    for row in DailyStep.objects.order_by("-on", "-id")[: DAYS_SHOWN * len(daily.STEPS)]:
        steps.setdefault(row.on, {})[row.step] = row
    return [
        Day(
            on,
            tuple(_told(done.get(name)) for name in daily.STEPS),
            sum(
                (row.finished_at - row.started_at).total_seconds() for row in done.values() if row.finished_at
            ),
        )
        for on, done in steps.items()
    ]


def _told(row: DailyStep | None) -> str:
    """What a step did; a dash for nothing."""
    if row is None:
        return "—"
    if row.finished_at is None:
        return gettext("begun, not finished")
    result: dict[str, Any] = row.result

    def counted(name: str, one: str, many: str) -> str:
        count = int(result.get(name) or 0)
        return (one if count == 1 else many).format(count=figures.whole(count)) if count else ""

    said = (
        counted("invoices", gettext("{count} invoice"), gettext("{count} invoices")),
        counted("parked", gettext("{count} parked contract"), gettext("{count} parked contracts")),
        counted("renewed", gettext("{count} renewed"), gettext("{count} renewed (several)")),
        counted("ended", gettext("{count} ended"), gettext("{count} ended (several)")),
        counted("recognized", gettext("{count} recognized"), gettext("{count} recognized (several)")),
    )
    return ", ".join(filter(None, said)) or "—"
