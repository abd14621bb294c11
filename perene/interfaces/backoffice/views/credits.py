"""Credits: what the organization owes back to customers, used by later invoices or paid back."""

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

from perene.actions import credits as credit_actions
from perene.apps.ledger.models import Account, AccountKind
from perene.apps.receivables.models import Credit, CreditRefund, Settlement
from perene.interfaces.backoffice import access, fields, filters, lists, states, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.rules import money

ORDERS = {"granted_on": Order(("granted_on", "id")), "open": Order(("open_cents", "id"))}
DEFAULT = "-granted_on"


class CreditFilters(filters.Filters):
    tabs = (
        Tab("open", pgettext_lazy("credits", "To use")),
        Tab("used", pgettext_lazy("credits", "Used")),
        Tab("cancelled", pgettext_lazy("credits", "Cancelled")),
        Tab("all", pgettext_lazy("credits", "All")),
    )
    q = filters.text(_("Customer"), _("Name or CPF/CNPJ"))
    unit = filters.choice(_("Unit"), (), _("All units"))


@access.page("receivables.read", section="credits")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    for row in shown.rows:
        row.state = state_of(row)
    facts = {
        "title": gettext("Credits"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:credits_csv"),
    }
    return render(request, "backoffice/credits.html", facts)


@access.page("receivables.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    columns = (
        Column(_("Granted on"), lambda row: row.granted_on),
        Column(_("Customer"), lambda row: row.customer.name),
        Column(_("CPF/CNPJ"), lambda row: row.customer.document),
        Column(_("Origin"), lambda row: words.said(words.SOURCES, row.source_kind)),
        Column(_("State"), lambda row: states.look_up("credit", state_of(row)).label),
        Column(_("Credit"), lambda row: csv_export.cents(row.amount_cents)),
        Column(_("Still to use"), lambda row: csv_export.cents(row.open_cents)),
    )
    return csv_export.stream(request, "creditos", rows, columns)


@access.page("receivables.read", section="credits")
def one(request: MemberRequest, credit_id: UUID) -> HttpResponseBase:
    credit = _one(request, credit_id)
    used = Settlement.objects.filter(credit=credit).select_related("receivable").order_by("-id")
    origin = (
        Settlement.objects.filter(id=credit.source_id).first() if credit.source_kind == "settlement" else None
    )
    facts = {
        "credit": credit,
        "state": state_of(credit),
        "used": list(used),
        "refunds": list(CreditRefund.objects.filter(credit=credit).select_related("account").order_by("-id")),
        "origin": origin,
        "may_refund": request.member.may("receivables.write") and credit.open_cents > 0,
        "accounts": list(Account.objects.filter(kind=AccountKind.ASSET, is_active=True).order_by("code")),
        "open_plain": fields.plain_money(credit.open_cents),
        "crumbs": [
            {"label": gettext("Credits"), "href": reverse("backoffice:credits")},
            {"label": credit.customer.name},
        ],
    }
    return render(request, "backoffice/credit.html", facts)


@access.act("receivables.write")
def refund(request: MemberRequest, credit_id: UUID) -> HttpResponseBase:
    """Pay a credit, or part of it, back to the customer."""
    credit = _one(request, credit_id)
    credit_actions.refund(
        credit.id,
        amount_cents=money.from_brl_text(request.POST.get("amount", "")),
        account_id=fields.uuid(request.POST.get("account", "")),
        reference=request.POST.get("reference", "").strip()[:200],
        on=request.today,
        now=request.now,
    )
    messages.success(request, gettext("The refund was noted and posted."))
    return HttpResponseRedirect(reverse("backoffice:credit", args=[credit.id]))


def state_of(credit: Credit) -> str:
    if credit.is_cancelled:
        return "cancelled"
    return "open" if credit.open_cents else "used"


def _one(request: MemberRequest, credit_id: UUID) -> Credit:
    query = Credit.objects.in_units(request.member.unit_ids).select_related("customer", "unit")
    found: Credit = get_object_or_404(query, id=credit_id)
    return found


def _found(request: MemberRequest) -> tuple[CreditFilters, QuerySet[Any]]:
    form = CreditFilters(request)
    filters.offer_units(form, request)
    form.settle()
    in_state = {
        "open": Q(open_cents__gt=0, is_cancelled=False),
        "used": Q(open_cents=0, is_cancelled=False),
        "cancelled": Q(is_cancelled=True),
        "all": Q(),
    }
    found = Credit.objects.in_units(request.unit_ids).select_related("customer").filter(in_state[form.state])
    if asked := form.given("q"):
        found = found.filter(filters.about_customer(asked, prefix="customer__"))
    if "unit" in form.fields and (unit := form.given("unit")):
        found = found.filter(unit_id=unit)
    return form, found
