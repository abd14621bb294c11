"""What a person must look at, until it is resolved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.actions import alerts
from perene.apps.events.models import Alert
from perene.apps.organizations.models import Person
from perene.interfaces.backoffice import access, filters, lists, states
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.kit import texts
from perene.rules.refusals import Text

ORDERS = {"raised_at": Order(("raised_at", "id"))}
DEFAULT = "-raised_at"
# Where each kind is put right.
PLACES = {
    "billing_did_not_happen": "backoffice:runs",
    "contracts_parked": "backoffice:parked",
    "webhook_off": "backoffice:webhooks",
    "webhook_given_up": "backoffice:webhooks",
}


class AlertFilters(filters.Filters):
    tabs = (
        Tab("", pgettext_lazy("alerts", "Open")),
        Tab("resolved", pgettext_lazy("alerts", "Resolved")),
    )


@access.page("runs.read", section="alerts")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    who = {row.resolved_by_id for row in shown.rows if row.resolved_by_id}
    names = dict(Person.objects.filter(id__in=who).values_list("id", "name"))
    for row in shown.rows:
        row.said = _said(row)
        row.state = "resolved" if row.resolved_at else "open"
        row.place = reverse(PLACES[row.kind]) if row.kind in PLACES else ""
        row.resolved_by = names.get(row.resolved_by_id, "")
    facts = {
        "title": gettext("Alerts"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:alerts_csv"),
        "may_resolve": request.member.may("runs.start"),
    }
    return render(request, "backoffice/alerts.html", facts)


@access.page("runs.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    columns = (
        Column(_("Since"), lambda row: row.raised_on),
        Column(_("Alert"), _said),
        Column(
            _("State"), lambda row: states.look_up("alert", "resolved" if row.resolved_at else "open").label
        ),
    )
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "alertas", rows, columns)


@access.act("runs.start")
def resolve(request: MemberRequest, alert_id: UUID) -> HttpResponseBase:
    """Somebody saw to it; the same trouble raises a new one."""
    if alerts.resolve(alert_id, now=request.now):
        messages.success(request, gettext("The alert is resolved."))
    else:
        messages.info(request, gettext("The alert was resolved before."))
    return HttpResponseRedirect(access.back(request, reverse("backoffice:alerts")))


def _said(row: Alert) -> str:
    return texts.render(Text(row.message, row.params))


def _found(request: MemberRequest) -> tuple[AlertFilters, QuerySet[Any]]:
    form = AlertFilters(request)
    form.settle()
    return form, Alert.objects.filter(resolved_at__isnull=form.state == "")
