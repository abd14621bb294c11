"""One search for everything: customers, contracts, invoices. As a panel while one types, as a page on Enter."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render

from perene.apps.billing.models import Invoice
from perene.apps.contracts.models import Contract
from perene.apps.customers.models import Customer
from perene.interfaces.backoffice import access, filters
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.views.invoices import state_of

SHORTEST = 2
IN_PANEL, ON_PAGE = 5, 25


@access.page("", section="")
def page(request: MemberRequest) -> HttpResponseBase:
    asked = request.GET.get("q", "").strip()[:100]
    is_panel = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    length = IN_PANEL if is_panel else ON_PAGE
    facts = {"search_text": asked, **_found(request, asked, length)}
    return render(request, f"backoffice/{'search_panel' if is_panel else 'search'}.html", facts)


def _found(request: MemberRequest, asked: str, length: int) -> dict[str, object]:
    number = filters.number_in(asked)
    if len(asked) < SHORTEST and number is None:
        return {"customers": [], "contracts": [], "invoices": [], "is_short": True}
    units, may = request.unit_ids, request.member.may
    customers = list(
        Customer.objects.in_units(units)
        .filter(filters.about_customer(asked), merged_into__isnull=True)
        .order_by("search_text", "id")[:length]
        if may("customers.read")
        else ()
    )
    by_number = Q(external_id=asked) if number is None else Q(number=number) | Q(external_id=asked)
    contracts = list(
        Contract.objects.in_units(units)
        .filter(by_number)
        .select_related("customer", "plan_version")
        .order_by("-number")[:length]
        if may("contracts.read")
        else ()
    )
    invoices = list(
        Invoice.objects.in_units(units).filter(number=number).select_related("customer", "receivable")
        if number is not None and may("invoices.read")
        else ()
    )
    for invoice in invoices:
        invoice.state = state_of(invoice, request)
    return {
        "customers": customers,
        "contracts": contracts,
        "invoices": invoices,
        "is_empty": not (customers or contracts or invoices),
    }
