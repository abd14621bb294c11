"""A rehearsed run: what it would bill against the last cycle, what is odd, each contract billed or held, and the approval."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.actions import rehearse
from perene.apps.billing import runs as run_rows
from perene.apps.billing.models import Decision, Rehearsed, Run, RunStatus
from perene.interfaces.backoffice import access, figures, filters, lists, states
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.interfaces.backoffice.widgets import DateInput
from perene.kit import texts
from perene.reports import rehearsal
from perene.rules.refusals import Text

# What must be typed; the server checks it again.
APPROVE = "APROVAR"
MOST_AT_ONCE = 1000
WAITING = (RunStatus.REHEARSING, RunStatus.REHEARSED, RunStatus.DISCARDED)

ORDERS = {
    "contract": Order(("contract__number", "contract_id")),
    "total": Order(("total_cents", "contract_id")),
    "difference": Order(("by_cents", "contract_id")),
}
DEFAULT = "-difference"


class RehearsedFilters(filters.Filters):
    tabs = (
        Tab("", pgettext_lazy("rehearsed contracts", "All")),
        Tab("hold", pgettext_lazy("rehearsed contracts", "Held")),
        Tab("differs", pgettext_lazy("rehearsed contracts", "Other amount")),
        Tab("first", pgettext_lazy("rehearsed contracts", "First bill")),
        Tab("changed", pgettext_lazy("rehearsed contracts", "Changed since")),
    )
    q = filters.text(_("Contract or customer"), _("Number, name or CPF/CNPJ"))
    more_than = forms.IntegerField(
        label=_("Differs by more than (%)"),
        min_value=0,
        max_value=100_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "6"}),
        error_messages={"invalid": _("Write a whole number.")},
    )


class ThroughForm(forms.Form):
    through = forms.DateField(input_formats=["%d/%m/%Y"], widget=DateInput())


@access.act("runs.start")
def start(request: MemberRequest) -> HttpResponseBase:
    """Rehearse everything due by a date (today unless another is given). A worker does it."""
    form = ThroughForm(request.POST)
    if request.POST.get("through") and not form.is_valid():
        messages.error(request, gettext("Write the date as dd/mm/yyyy."))
        return HttpResponseRedirect(reverse("backoffice:runs"))
    through = form.cleaned_data["through"] if form.is_valid() else request.today
    run_id = rehearse.start(through=through, now=request.now, wakes_worker=True)
    if run_rows.progress(run_id).batches == 0:
        rehearse.discard(run_id, now=request.now)
        messages.info(
            request,
            gettext("Nothing is due until {through}: there is nothing to rehearse.").format(
                through=f"{through:%d/%m/%Y}"
            ),
        )
        return HttpResponseRedirect(reverse("backoffice:runs"))
    return HttpResponseRedirect(reverse("backoffice:rehearsal", args=[run_id]))


@access.page("runs.read", section="runs")
def page(request: MemberRequest, run_id: UUID) -> HttpResponseBase:
    run = _one(run_id)
    form, found = _found(request, run)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    for row in shown.rows:
        describe(row)
    found_sums = rehearsal.summary(run.id)
    facts = {
        "title": gettext("Rehearsal of run {number}").format(number=figures.whole(run.number)),
        "run": run,
        "state": str(run.status),
        "sums": found_sums,
        "compared": _compared(found_sums),
        "odd": [(words_of(code), count) for code, count in found_sums.anomalies],
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:rehearsal_csv", args=[run.id]),
        "may_decide": run.status == RunStatus.REHEARSED and request.member.may("runs.start"),
        "may_discard": run.status in WAITING[:2] and request.member.may("runs.start"),
        "is_ahead": run.through_on > request.today,
        "word": APPROVE,
        "crumbs": [
            {"label": gettext("Billing runs"), "href": reverse("backoffice:runs")},
            {
                "label": figures.whole(run.number),
                "href": "" if run.status in WAITING else reverse("backoffice:run", args=[run.id]),
            },
            {"label": gettext("Rehearsal")},
        ],
        **_how_far(run, request),
    }
    return render(request, "backoffice/rehearsal.html", facts)


@access.page("runs.read")
def progress(request: MemberRequest, run_id: UUID) -> HttpResponse:
    """The piece that is asked for every second; when the rehearsal is complete the whole page is drawn anew."""
    run = _one(run_id)
    response = render(request, "backoffice/rehearsal_progress.html", {"run": run, **_how_far(run, request)})
    if run.status != RunStatus.REHEARSING:
        response.headers["HX-Refresh"] = "true"
    return response


@access.page("runs.read")
def export(request: MemberRequest, run_id: UUID) -> StreamingHttpResponse:
    _form, found = _found(request, _one(run_id))
    columns = (
        Column(_("Contract"), lambda row: row.contract.number),
        Column(_("Customer"), lambda row: row.customer.name),
        Column(_("CPF/CNPJ"), lambda row: row.customer.document),
        Column(_("Last bill"), lambda row: _cents(row.previous_cents)),
        Column(_("Now"), lambda row: csv_export.cents(row.total_cents)),
        Column(_("Difference"), lambda row: _cents(row.by_cents)),
        Column(_("State"), lambda row: states.look_up("rehearsed", state_of(row)).label),
        Column(_("Reason"), lambda row: reason_of(row)),
    )
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "ensaio", rows, columns)


@access.act("runs.start")
def decide(request: MemberRequest, run_id: UUID) -> HttpResponseBase:
    """Bill or hold the contracts that were chosen, or the one whose button was pressed."""
    bill = request.POST.get("decision") == "bill"
    chosen = [_uuid(text) for text in request.POST.getlist("contract")[:MOST_AT_ONCE]]
    count = rehearse.decide(run_id, [one for one in chosen if one], bill=bill, now=request.now)
    if len(chosen) > 1:
        told = (
            ngettext("{count} contract will be billed.", "{count} contracts will be billed.", count)
            if bill
            else ngettext("{count} contract is held.", "{count} contracts are held.", count)
        )
        messages.success(request, told.format(count=figures.whole(count)))
    return HttpResponseRedirect(access.back(request, reverse("backoffice:rehearsal", args=[run_id])))


@access.act("runs.start")
def approve(request: MemberRequest, run_id: UUID) -> HttpResponseBase:
    """Bill what was rehearsed; before its day the run waits for it."""
    run = _one(run_id)
    if request.POST.get("word", "").strip() != APPROVE:
        messages.error(request, gettext("Type {word} to confirm.").format(word=APPROVE))
        return HttpResponseRedirect(reverse("backoffice:rehearsal", args=[run_id]))
    if not rehearse.approve(run_id, now=request.now, wakes_worker=True):
        messages.success(
            request,
            gettext("Approved: it is billed on {through}.").format(through=f"{run.through_on:%d/%m/%Y}"),
        )
    return HttpResponseRedirect(reverse("backoffice:run", args=[run_id]))


@access.act("runs.start")
def discard(request: MemberRequest, run_id: UUID) -> HttpResponseBase:
    rehearse.discard(run_id, now=request.now)
    messages.success(request, gettext("The rehearsal was discarded: nothing was billed."))
    return HttpResponseRedirect(reverse("backoffice:runs"))


def describe(row: Any) -> None:
    """What a row shows beside its columns."""
    row.state = state_of(row)
    row.reason = reason_of(row)
    row.share = (
        figures.percent(abs(row.by_cents), row.previous_cents) if row.by_cents and row.previous_cents else ""
    )
    row.is_first = row.previous_cents is None and row.lines > 0
    row.can_be_billed = row.lines > 0


def state_of(row: Rehearsed) -> str:
    if row.decision == Decision.BILL and row.anomaly:
        return "bill_anyway"
    return str(row.decision)


def reason_of(row: Rehearsed) -> str:
    if row.message:
        return texts.render(Text(row.message, row.params))
    return gettext("Held by hand.") if row.decision == Decision.HOLD else ""


def words_of(code: str) -> str:
    """A kind of anomaly in a few words; what could not be priced is one kind."""
    known = {
        "bill_rose": gettext("rose by more than 40%"),
        "bill_is_zero": gettext("would be zero"),
        "due_day_clipped": gettext("another due day for the first time"),
        "due_rule_missing": gettext("without a due rule"),
        "changed_since_rehearsal": gettext("changed since an earlier rehearsal"),
        "held_by_a_person": gettext("held by hand before"),
    }
    return known.get(code, gettext("cannot be priced"))


def _found(request: MemberRequest, run: Run) -> tuple[RehearsedFilters, QuerySet[Any]]:
    form = RehearsedFilters(request)
    form.settle()
    found = (
        Rehearsed.objects.select_related("contract", "customer")
        .filter(run_id=run.id)
        .annotate(by_cents=rehearsal.difference_or_total())
    )
    if form.state == "hold":
        found = found.filter(decision=Decision.HOLD)
    elif form.state == "differs":
        found = found.exclude(previous_cents=F("total_cents")).filter(previous_cents__isnull=False)
    elif form.state == "first":
        found = found.filter(previous_cents__isnull=True, lines__gt=0)
    elif form.state == "changed":
        found = found.filter(decision=Decision.CHANGED)
    share = form.cleaned_data.get("more_than")
    if share is not None:
        rise = Q(total_cents__gt=F("previous_cents") * (100 + share) / 100)
        found = found.filter(rise | Q(total_cents__lt=F("previous_cents") * (100 - share) / 100))
    if asked := form.given("q"):
        number = filters.number_in(asked)
        is_number = number is not None and len(str(number)) <= filters.LONGEST_NUMBER
        about = (
            Q(contract__number=number) if is_number else filters.about_customer(asked, prefix="customer__")
        )
        found = found.filter(about)
    return form, found


def _how_far(run: Run, request: MemberRequest) -> dict[str, Any]:
    done = run_rows.progress(run.id, step=run_rows.REHEARSED)
    seconds = ((run.finished_at or request.now) - run.started_at).total_seconds()
    return {"progress": done, "per_second": done.contracts_done / seconds if seconds > 0 else 0}


def _compared(sums: rehearsal.Summary) -> str:
    """The same contracts now and then, in words."""
    if not sums.previous_cents:
        return gettext("Nothing to compare with: these are first bills.")
    by_cents = sums.known_cents - sums.previous_cents
    share = figures.percent(abs(by_cents), sums.previous_cents)
    if not by_cents:
        return gettext("As much as the last cycle")
    return (
        gettext("{share} more than the last cycle")
        if by_cents > 0
        else gettext("{share} less than the last cycle")
    ).format(share=share)


def _one(run_id: UUID) -> Run:
    found: Run = get_object_or_404(Run, id=run_id, is_rehearsed=True)
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _cents(cents: int | None) -> object:
    return None if cents is None else csv_export.cents(cents)
