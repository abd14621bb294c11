"""Billing runs: the list, one of them while it works and when it is done, and the button that starts one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.actions import bill, reverse_run
from perene.apps.billing import runs as run_rows
from perene.apps.billing.models import Batch, Charge, ChargeStatus, InvoiceLine, Parked, Run, RunStatus
from perene.apps.contracts import due
from perene.apps.organizations.models import Person
from perene.interfaces.backoffice import access, figures, filters, lists, states, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.kit import texts
from perene.rules.refusals import Text

ORDERS = {"number": Order(("number",)), "through_on": Order(("through_on", "number"))}
DEFAULT = "-number"
AT_WORK = (RunStatus.REHEARSING, RunStatus.RUNNING, RunStatus.REVERSING)
REHEARSALS = (RunStatus.REHEARSING, RunStatus.REHEARSED, RunStatus.DISCARDED)
# What must be typed before a run is taken back; the server checks it again.
REVERSE = "ESTORNAR"
# Longer than a worker needs to hear of a job.
WAIT_SECONDS = 10


class RunFilters(filters.Filters):
    tabs = (
        Tab("", pgettext_lazy("runs", "With invoices")),
        Tab("running", pgettext_lazy("runs", "Under way")),
        Tab("rehearsed", pgettext_lazy("runs", "Rehearsals")),
        Tab("all", pgettext_lazy("runs", "All")),
    )
    since = filters.day(_("Charges from"))
    until = filters.day(_("Charges until"))


@access.page("runs.read", section="runs")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    add_results(shown.rows, today=request.today)
    facts = {
        "title": gettext("Billing runs"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:runs_csv"),
        "may_start": request.member.may("runs.start"),
        "today": request.today,
    }
    return render(request, "backoffice/runs.html", facts)


@access.page("runs.read")
def due_now(request: MemberRequest) -> HttpResponse:
    """What the dialogs say of how much there is to bill: counted when one opens, for it takes a look at every contract."""
    facts = {"due_contracts": due.count(through=request.today), "today": request.today}
    return render(request, "backoffice/runs_due.html", facts)


@access.page("runs.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    columns = (
        Column(_("Run"), lambda row: row.number),
        Column(_("Charges until"), lambda row: row.through_on),
        Column(_("Started by"), lambda row: words.said(words.REASONS, row.reason)),
        Column(_("State"), lambda row: states.look_up("run", row.status).label),
        Column(_("Contracts"), lambda row: row.contracts),
        Column(_("Invoices"), lambda row: row.invoices),
        Column(_("Parked"), lambda row: row.parked),
        Column(_("Total"), lambda row: csv_export.cents(row.total_cents or 0)),
    )
    sums = {
        name: Batch.objects.filter(run_id=OuterRef("id"))
        .values("run_id")
        .annotate(sum=Sum(name))
        .values("sum")
        for name in ("contracts", "invoices", "parked", "total_cents")
    }
    rows = lists.ordered(found.annotate(**sums), request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "execucoes", rows, columns)


@access.page("runs.read", section="runs")
def one(request: MemberRequest, run_id: UUID) -> HttpResponseBase:
    run = _one(run_id)
    if run.status in REHEARSALS:
        return HttpResponseRedirect(reverse("backoffice:rehearsal", args=[run_id]))
    facts = {
        "run": run,
        "parked": parked_of(run),
        "started_by": _person(run.started_by_id),
        "may_retry": request.member.may("runs.retry"),
        "may_reverse": run.status == RunStatus.DONE and request.member.may("runs.start"),
        "is_ahead": is_ahead(run, today=request.today),
        "approved_by": _person(run.approved_by_id),
        "reversed_by": _person(run.reversed_by_id),
        "held_contracts": _held_contracts(run),
        "word": REVERSE,
        "crumbs": [
            {"label": gettext("Billing runs"), "href": reverse("backoffice:runs")},
            {"label": figures.whole(run.number)},
        ],
        **_how_far(run, request),
    }
    facts["may_reverse"] = facts["may_reverse"] and facts["progress"].invoices > 0
    return render(request, "backoffice/run.html", facts)


@access.page("runs.read")
def progress(request: MemberRequest, run_id: UUID) -> HttpResponse:
    """The piece of the run's page that is asked for every second; when it is done the whole page is drawn anew."""
    run = _one(run_id)
    response = render(request, "backoffice/run_progress.html", {"run": run, **_how_far(run, request)})
    if run.status not in AT_WORK:
        response.headers["HX-Refresh"] = "true"
    return response


@access.act("runs.start")
def start(request: MemberRequest) -> HttpResponseBase:
    """Bill everything due by the organization's today. A worker does it; here it is only planned."""
    run_id = bill.start(through=request.today, reason="button", now=request.now, wakes_worker=True)
    if run_rows.progress(run_id).batches == 0:
        bill.finish(run_id, now=request.now)
        messages.info(request, gettext("Nothing is due today: there is nothing to bill."))
        return HttpResponseRedirect(reverse("backoffice:runs"))
    return HttpResponseRedirect(reverse("backoffice:run", args=[run_id]))


@access.page("runs.read")
def reversal(request: MemberRequest, run_id: UUID) -> HttpResponse:
    """What the dialog of a reversal says before anybody presses it."""
    run = _one(run_id)
    plan = reverse_run.plan(run_id) if run.status == RunStatus.DONE else None
    return render(request, "backoffice/run_reversal.html", {"run": run, "plan": plan})


@access.act("runs.start")
def reverse_(request: MemberRequest, run_id: UUID) -> HttpResponseBase:
    """Take the run back; a worker does it."""
    if request.POST.get("word", "").strip() != REVERSE:
        messages.error(request, gettext("Type {word} to confirm.").format(word=REVERSE))
        return HttpResponseRedirect(reverse("backoffice:run", args=[run_id]))
    reverse_run.start(
        run_id,
        reason=request.POST.get("reason", ""),
        on=request.today,
        now=request.now,
        wakes_worker=True,
    )
    return HttpResponseRedirect(reverse("backoffice:run", args=[run_id]))


def add_results(rows: list[Any], *, today: date) -> None:
    """What each run of one page came to, and its state in words."""
    sums = {
        row["run_id"]: row
        for row in Batch.objects.filter(run_id__in=[run.id for run in rows])
        .values("run_id")
        .annotate(
            of_contracts=Sum("contracts"),
            of_invoices=Sum("invoices"),
            of_parked=Sum("parked"),
            of_cents=Sum("total_cents"),
        )
        .order_by()
    }
    for run in rows:
        found = sums.get(run.id, {})
        run.contracts, run.invoices = found.get("of_contracts", 0), found.get("of_invoices", 0)
        run.parked, run.total_cents = found.get("of_parked", 0), found.get("of_cents", 0)
        run.state = state_of(run, parked=run.parked, today=today)
        run.why = words.said(words.REASONS, run.reason)


def state_of(run: Run, *, parked: int, today: date) -> str:
    if is_ahead(run, today=today):
        return "approved"
    return "done_with_parked" if run.status == RunStatus.DONE and parked else str(run.status)


def is_ahead(run: Run, *, today: date) -> bool:
    """Whether the run was approved before its day, and waits for it."""
    return run.is_rehearsed and run.status == RunStatus.RUNNING and run.through_on > today


def parked_of(run: Run) -> list[Parked]:
    """Contracts that this run was the last to try in vain."""
    rows = list(
        Parked.objects.filter(run=run, is_open=True)
        .select_related("contract__customer")
        .order_by("contract__number")
    )
    for row in rows:
        row.reason = texts.render(Text(row.message, row.params))
    return rows


def _one(run_id: UUID) -> Run:
    found: Run = get_object_or_404(Run.objects.select_related("contract"), id=run_id)
    return found


def _person(person_id: UUID | None) -> Person | None:
    return Person.objects.filter(id=person_id).first() if person_id else None


def _held_contracts(run: Run) -> int:
    """Contracts whose charges this run's reversal gave back and that nobody released yet."""
    if run.status != RunStatus.REVERSED:
        return 0
    lines = InvoiceLine.objects.filter(invoice__run_id=run.id, is_reversed=True)
    held = Charge.objects.filter(status=ChargeStatus.HELD, id__in=lines.values("charge_id"))
    return held.values("contract_id").distinct().count()


def _how_far(run: Run, request: MemberRequest) -> dict[str, Any]:
    is_reversing = run.status == RunStatus.REVERSING
    done = run_rows.progress(run.id, step=run_rows.REVERSED if is_reversing else run_rows.BILLED)
    began_at = (run.reversed_at if is_reversing else run.approved_at) or run.started_at
    ended_at = None if is_reversing else run.finished_at
    seconds = ((ended_at or request.now) - began_at).total_seconds()
    return {
        "progress": done,
        "state": state_of(run, parked=done.parked, today=request.today),
        "per_second": done.contracts_done / seconds if seconds > 0 else 0,
        "seconds": max(seconds, 0.0),
        "is_waiting": run.status in AT_WORK and done.batches_done == 0 and seconds > WAIT_SECONDS,
        "why": words.said(words.REASONS, run.reason),
    }


def _found(request: MemberRequest) -> tuple[RunFilters, QuerySet[Any]]:
    form = RunFilters(request)
    form.settle()
    found = Run.objects.select_related("contract")
    if form.state == "":
        # Most nights of most organizations have nothing to charge: those runs would bury the others.
        billed = Exists(Batch.objects.filter(run_id=OuterRef("id"), invoices__gt=0))
        found = found.filter(billed | Q(status__in=[*AT_WORK, RunStatus.REHEARSED])).exclude(
            status=RunStatus.DISCARDED
        )
    elif form.state == "running":
        found = found.filter(status__in=AT_WORK)
    elif form.state == "rehearsed":
        found = found.filter(is_rehearsed=True)
    for name, condition in (("since", "through_on__gte"), ("until", "through_on__lte")):
        if value := form.given(name):
            found = found.filter(**{condition: value})
    return form, found
