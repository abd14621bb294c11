"""Payments and other settlements by day: what came in, what was let go, what was taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.actions import settle
from perene.apps.receivables.models import Settlement
from perene.interfaces.backoffice import access, filters, lists, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order

ORDERS = {"paid_on": Order(("paid_on", "id"))}
DEFAULT = "-paid_on"


class SettlementFilters(filters.Filters):
    tabs = (
        Tab("", pgettext_lazy("settlements", "All")),
        Tab("payment", pgettext_lazy("settlements", "Payments")),
        Tab("credit", pgettext_lazy("settlements", "Credits used")),
        Tab("write_off", pgettext_lazy("settlements", "Write-offs")),
        Tab("reversed", pgettext_lazy("settlements", "Reversed")),
    )
    q = filters.text(_("Customer"), _("Name or CPF/CNPJ"))
    since = filters.day(_("Paid from"))
    until = filters.day(_("Paid until"))
    method = filters.choice(_("How it was paid"), words.WAYS_OF_PAYING.items(), _("All ways"))


@access.page("receivables.read", section="settlements")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    for row in shown.rows:
        row.state = state_of(row)
        row.late_cents = row.fine_cents + row.interest_cents
    facts = {
        "title": gettext("Settlements"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:settlements_csv"),
    }
    return render(request, "backoffice/settlements.html", facts)


@access.page("receivables.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    columns = (
        Column(_("Paid on"), lambda row: row.paid_on),
        Column(_("Customer"), lambda row: row.customer.name),
        Column(_("CPF/CNPJ"), lambda row: row.customer.document),
        Column(_("Kind"), lambda row: words.said(words.SETTLEMENT_KINDS, row.kind)),
        Column(_("How it was paid"), lambda row: words.said(words.WAYS_OF_PAYING, row.method)),
        Column(_("Received"), lambda row: csv_export.cents(row.received_cents)),
        Column(_("Principal"), lambda row: csv_export.cents(row.principal_cents)),
        Column(_("Fine"), lambda row: csv_export.cents(row.fine_cents)),
        Column(_("Interest"), lambda row: csv_export.cents(row.interest_cents)),
        Column(_("Discount"), lambda row: csv_export.cents(row.discount_cents)),
        Column(_("Surplus"), lambda row: csv_export.cents(row.surplus_cents)),
        Column(_("Reference"), lambda row: row.reference),
        Column(_("Reversed on"), lambda row: row.reversed_on),
        Column(_("Reason"), lambda row: row.reversal_reason),
    )
    return csv_export.stream(request, "baixas", rows, columns)


@access.act("receivables.write")
def reverse_one(request: MemberRequest, settlement_id: UUID) -> HttpResponseBase:
    """Take a settlement back: what it settled is owed again."""
    settlement: Settlement = get_object_or_404(
        _of_units(Settlement.objects.all(), request.member.unit_ids), id=settlement_id
    )
    settle.reverse(
        settlement.id,
        reason=request.POST.get("reason", "").strip()[:500],
        on=request.today,
        now=request.now,
    )
    messages.success(request, gettext("The settlement was reversed: the amount is owed again."))
    return HttpResponseRedirect(reverse("backoffice:receivable", args=[settlement.receivable_id]))


def state_of(settlement: Settlement) -> str:
    return "done" if settlement.reversed_at is None else "reversed"


def _of_units(found: QuerySet[Any], unit_ids: frozenset[UUID] | None) -> QuerySet[Any]:
    return found if unit_ids is None else found.filter(receivable__unit_id__in=unit_ids)


def _found(request: MemberRequest) -> tuple[SettlementFilters, QuerySet[Any]]:
    form = SettlementFilters(request)
    form.settle()
    found = _of_units(Settlement.objects.all(), request.unit_ids).select_related("customer", "receivable")
    if form.state == "reversed":
        found = found.filter(reversed_at__isnull=False)
    elif form.state:
        found = found.filter(Q(kind=form.state, reversed_at__isnull=True))
    if asked := form.given("q"):
        found = found.filter(filters.about_customer(asked, prefix="customer__"))
    for name, condition in (("since", "paid_on__gte"), ("until", "paid_on__lte"), ("method", "method")):
        if (value := form.given(name)) is not None:
            found = found.filter(**{condition: value})
    return form, found
