"""A customer's statement: every entry of the books about them, with the balance after each; printed, or as CSV."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.apps.customers.models import Customer
from perene.interfaces.backoffice import access, filters, words
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.reports import statement
from perene.reports.statement import Statement


class StatementFilters(filters.Filters):
    since = filters.day(_("From"))
    until = filters.day(_("Until"))


@access.page("receivables.read", section="customers")
def page(request: MemberRequest, customer_id: UUID) -> HttpResponseBase:
    customer = _one(request, customer_id)
    form, found = _found(request, customer)
    facts = {
        "customer": customer,
        "filters": form,
        "statement": found,
        "billed_cents": sum(line.change_cents for line in found.lines if line.change_cents > 0),
        "received_cents": sum(line.received_cents for line in found.lines),
        "csv": f"{reverse('backoffice:statement_csv', args=[customer.id])}?{request.GET.urlencode()}",
        "crumbs": [
            {"label": gettext("Customers"), "href": reverse("backoffice:customers")},
            {"label": customer.name, "href": reverse("backoffice:customer", args=[customer.id])},
            {"label": gettext("Statement")},
        ],
    }
    return render(request, "backoffice/statement.html", facts)


@access.page("receivables.read")
def export(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    customer = _one(request, customer_id)
    _form, found = _found(request, customer)
    columns = (
        Column(_("Date"), lambda line: line.on),
        Column(_("What"), lambda line: words.said(words.STATEMENT_LINES, line.kind)),
        Column(_("Invoice"), lambda line: line.number or ""),
        Column(_("Due on"), lambda line: line.due_on or ""),
        Column(_("Text"), lambda line: line.text),
        Column(_("Received"), lambda line: csv_export.cents(line.received_cents)),
        Column(_("Fine"), lambda line: csv_export.cents(line.fine_cents)),
        Column(_("Interest"), lambda line: csv_export.cents(line.interest_cents)),
        Column(_("Discount"), lambda line: csv_export.cents(line.discount_cents)),
        Column(pgettext_lazy("statement", "Change"), lambda line: csv_export.cents(line.change_cents)),
        Column(_("Balance"), lambda line: csv_export.cents(line.balance_cents)),
    )
    return csv_export.whole("extrato", found.lines, columns)


def _one(request: MemberRequest, customer_id: UUID) -> Customer:
    found: Customer = get_object_or_404(Customer.objects.in_units(request.member.unit_ids), id=customer_id)
    return found


def _found(request: MemberRequest, customer: Customer) -> tuple[StatementFilters, Statement]:
    """The statement of the days asked for; of the last twelve months where none are."""
    today = request.today
    usual = {"since": date(today.year - 1, today.month, 1), "until": today}
    form = StatementFilters(request, otherwise=usual)
    form.settle()
    found = statement.of_customer(
        customer.id,
        from_on=form.given("since") or usual["since"],
        through_on=form.given("until") or today,
        unit_ids=request.member.unit_ids,
    )
    return form, found
