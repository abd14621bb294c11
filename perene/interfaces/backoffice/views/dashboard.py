"""The panel: what the month came to, what is owed, and what needs somebody today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import dates
from django.utils.translation import gettext

from perene.apps.billing import charges, parked
from perene.apps.billing.models import Batch, Run, RunStatus
from perene.apps.contracts.models import Contract, ContractStatus
from perene.apps.events import alerts
from perene.apps.organizations import days
from perene.interfaces.backoffice import access, charts, figures
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.views.runs import add_results
from perene.reports import panel
from perene.rules import periods

MONTHS = 12
LATE_DAYS = 15
ENDING_DAYS = 30


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person."""

    icon: str
    text: str
    href: str
    count: int
    tone: str = ""


@access.page("", section="dashboard")
def page(request: MemberRequest) -> HttpResponseBase:
    if not request.member.may("panel.read"):
        return HttpResponseRedirect(reverse("backoffice:customers"))
    today, units = request.today, request.unit_ids
    months = panel.billed_by_month(until=today, months=MONTHS, unit_ids=units)
    ages = panel.open_by_age(today=today, unit_ids=units)
    late = [age for age in ages if age.is_late]
    month_on = today.replace(day=1)
    facts = {
        "title": gettext("Dashboard"),
        "today": today,
        "billed_cents": months[-1].billed_cents,
        "billed_note": _compared(months[-1].billed_cents, months[-2].billed_cents, today),
        "billed_href": _invoices(issued_since=month_on, issued_until=today),
        # Whole months: the present one would look like a fall.
        "trend": [month.billed_cents for month in months[:-1]],
        "has_billed": any(month.billed_cents for month in months),
        "columns": [
            charts.Column(_short(month.first_on), month.billed_cents, is_now=month.first_on == month_on)
            for month in months
        ],
        "mrr_cents": panel.mrr_cents(unit_ids=units, now=request.now),
        "contracts": panel.active_contracts(unit_ids=units),
        "owed_cents": panel.total(ages),
        "owed_count": sum(age.receivables for age in ages),
        "late_cents": panel.total(late),
        "late_count": sum(age.receivables for age in late),
        "late_share": figures.percent(panel.total(late), panel.total(ages)),
        "ages": [charts.Age(_age(age), age.amount_cents, age.receivables) for age in ages],
        "tasks": _tasks(request, ages),
        "last_run": _last_run(request),
    }
    return render(request, "backoffice/dashboard.html", facts)


def _tasks(request: MemberRequest, ages: list[panel.Age]) -> list[Task]:
    """What needs somebody today, most pressing first. Empty when all is well."""
    today = request.today
    found: list[Task] = []
    if request.member.may("runs.read"):
        stuck = days.begun_before(today)
        found += [
            Task("bell", gettext("Alerts"), reverse("backoffice:alerts"), alerts.open_count(), "bad"),
            Task(
                "clipboard-check",
                gettext("Rehearsals that wait for approval"),
                reverse("backoffice:runs") + "?state=rehearsed",
                Run.objects.filter(status=RunStatus.REHEARSED).count(),
                "warn",
            ),
            Task(
                "archive-restore",
                gettext("Contracts with held charges"),
                reverse("backoffice:held"),
                charges.held_count(),
                "warn",
            ),
            Task(
                "circle-alert", gettext("Days that broke off"), reverse("backoffice:runs"), len(stuck), "bad"
            ),
            Task(
                "circle-pause",
                gettext("Parked contracts"),
                reverse("backoffice:parked"),
                parked.open_count(),
                "warn",
            ),
            Task(
                "refresh-cw",
                gettext("Runs under way"),
                reverse("backoffice:runs") + "?state=running",
                Run.objects.filter(status=RunStatus.RUNNING).count(),
            ),
        ]
    very_late = [age for age in ages if age.from_days is not None and age.from_days > LATE_DAYS]
    until = today - timedelta(days=LATE_DAYS + 1)
    found += [
        Task(
            "clock-alert",
            gettext("Invoices overdue for more than {days} days").format(days=LATE_DAYS),
            _invoices(state="overdue", until=until),
            sum(age.receivables for age in very_late),
            "bad",
        ),
        Task(
            "file-pen-line",
            gettext("Drafts of contracts"),
            reverse("backoffice:contracts") + "?state=draft",
            Contract.objects.in_units(request.unit_ids).filter(status=ContractStatus.DRAFT).count(),
        ),
        Task(
            "calendar-clock",
            gettext("Terms that end in the next {days} days").format(days=ENDING_DAYS),
            reverse("backoffice:contracts"),
            panel.terms_ending(
                from_on=today, to_on=today + timedelta(days=ENDING_DAYS), unit_ids=request.unit_ids
            ),
        ),
    ]
    return [task for task in found if task.count]


def _last_run(request: MemberRequest) -> Any:
    if not request.member.may("runs.read"):
        return None
    run: Any = _run_with_work()
    if run is not None:
        add_results([run], today=request.today)
    return run


def _run_with_work() -> Run | None:
    """The latest run that issued something."""
    billed = Batch.objects.filter(run_id=OuterRef("id"), invoices__gt=0)
    return Run.objects.filter(Exists(billed)).order_by("-number").first()


def _invoices(**filters: object) -> str:
    said = {
        name: f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)
        for name, value in filters.items()
    }
    return reverse("backoffice:invoices") + "?" + "&".join(f"{name}={value}" for name, value in said.items())


def _compared(now_cents: int, before_cents: int, today: date) -> str:
    if not before_cents:
        return ""
    month = dates.MONTHS[periods.add_months(today.replace(day=1), -1).month].lower()
    return gettext("{share} of {month}").format(share=figures.percent(now_cents, before_cents), month=month)


def _short(month_on: date) -> str:
    return str(dates.MONTHS_3[month_on.month]).lower()


def _age(age: panel.Age) -> str:
    if age.from_days is None:
        return gettext("Not yet due")
    if age.to_days is None:
        return gettext("More than {days} days").format(days=age.from_days - 1)
    return gettext("{first} to {last} days late").format(first=age.from_days, last=age.to_days)
