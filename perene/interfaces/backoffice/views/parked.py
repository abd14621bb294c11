"""Contracts that a run could not bill, with the reason and another try."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.actions import bill
from perene.apps.billing import runs as run_rows
from perene.apps.billing.models import Parked
from perene.interfaces.backoffice import access, figures, filters, lists
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.kit import texts
from perene.rules import anomalies, money
from perene.rules.refusals import Text

ORDERS = {"last_on": Order(("last_on", "id")), "first_on": Order(("first_on", "id"))}
DEFAULT = "-last_on"


class ParkedFilters(filters.Filters):
    tabs = (
        Tab("", pgettext_lazy("parked contracts", "Parked")),
        Tab("solved", pgettext_lazy("parked contracts", "Solved")),
    )
    q = filters.text(_("Customer"), _("Name or CPF/CNPJ"))


@access.page("runs.read", section="parked")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    for row in shown.rows:
        row.reason = _reason(row)
        row.state = "open" if row.is_open else "solved"
        row.can_be_accepted = row.code in anomalies.CODES
    facts = {
        "title": gettext("Parked contracts"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:parked_csv"),
        "may_retry": request.member.may("runs.retry"),
    }
    return render(request, "backoffice/parked.html", facts)


@access.page("runs.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    columns = (
        Column(_("Contract"), lambda row: row.contract.number),
        Column(_("Customer"), lambda row: row.contract.customer.name),
        Column(_("Reason"), _reason),
        Column(_("Since"), lambda row: row.first_on),
        Column(_("Last try"), lambda row: row.last_on),
        Column(_("Tries"), lambda row: row.tries),
    )
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "retidos", rows, columns)


@access.act("runs.retry")
def retry(request: MemberRequest, parked_id: UUID) -> HttpResponseBase:
    """Bill that contract alone, at once: it takes no longer than a page."""
    row: Parked = get_object_or_404(Parked.objects.select_related("contract"), id=parked_id)
    return _tried(request, row, accepts_anomalies=False)


@access.act("runs.retry")
def accept(request: MemberRequest, parked_id: UUID) -> HttpResponseBase:
    """Bill that contract once as it is, however odd its bill."""
    row: Parked = get_object_or_404(Parked.objects.select_related("contract"), id=parked_id)
    return _tried(request, row, accepts_anomalies=True)


def _tried(request: MemberRequest, row: Parked, *, accepts_anomalies: bool) -> HttpResponseBase:
    number = figures.whole(row.contract.number)
    run_id = bill.whole_run(
        through=request.today,
        reason="accepted" if accepts_anomalies else "retry",
        now=lambda: request.now,
        contract_id=row.contract_id,
        accepts_anomalies=accepts_anomalies,
    )
    done = run_rows.progress(run_id)
    if done.parked or not done.batches:
        still = Parked.objects.filter(contract_id=row.contract_id, is_open=True).first()
        messages.error(
            request,
            gettext("Contract {number} is still parked: {reason}").format(
                number=number, reason=_reason(still) if still else gettext("nothing of it is due")
            ),
        )
    else:
        told = ngettext(
            "Contract {number} was billed: {count} invoice, {total}.",
            "Contract {number} was billed: {count} invoices, {total}.",
            done.invoices,
        )
        messages.success(
            request,
            told.format(number=number, count=done.invoices, total=money.format_brl(done.total_cents)),
        )
    return HttpResponseRedirect(access.back(request, reverse("backoffice:parked")))


def _reason(row: Parked) -> str:
    return texts.render(Text(row.message, row.params))


def _found(request: MemberRequest) -> tuple[ParkedFilters, QuerySet[Any]]:
    form = ParkedFilters(request)
    form.settle()
    found = Parked.objects.select_related("contract__customer", "run").filter(is_open=form.state == "")
    if asked := form.given("q"):
        found = found.filter(filters.about_customer(asked, prefix="contract__customer__"))
    return form, found
