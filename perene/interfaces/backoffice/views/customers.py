"""Customers: the list, and everything about one of them on one page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.apps.billing.models import Invoice
from perene.apps.contracts.models import BillingGroup, Contract, ContractStatus
from perene.apps.customers import checks
from perene.apps.customers.models import Contact, Customer
from perene.apps.receivables.models import Credit, Receivable, ReceivableStatus
from perene.interfaces.backoffice import access, filters, lists, timeline
from perene.interfaces.backoffice import export as csv_export
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.interfaces.backoffice.views.invoices import state_of

# By name as Portuguese sorts it: the text of the search has no accents and no capitals.
ORDERS = {"name": Order(("search_text", "id")), "since": Order(("id",))}
DEFAULT = "name"
SHOWN = 12


class CustomerFilters(filters.Filters):
    tabs = (
        Tab("", pgettext_lazy("customers", "All")),
        Tab("active", pgettext_lazy("customers", "With a contract in force")),
        Tab("overdue", pgettext_lazy("customers", "Overdue")),
        Tab("gone", pgettext_lazy("customers", "Without a contract in force")),
    )
    q = filters.text(_("Customer"), _("Name, CPF/CNPJ or external code"))
    uf = filters.choice(_("State (UF)"), [(state, state) for state in sorted(checks.STATES)], _("All states"))
    unit = filters.choice(_("Unit"), (), _("All units"))


@access.page("customers.read", section="customers")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    _add_figures(shown.rows, request)
    facts = {
        "title": gettext("Customers"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:customers_csv"),
        "may_write": request.member.may("customers.write"),
    }
    return render(request, "backoffice/customers.html", facts)


@access.page("customers.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    columns = (
        Column(_("Name"), lambda row: row.name),
        Column(_("CPF/CNPJ"), lambda row: row.document),
        Column(_("External code"), lambda row: row.external_id),
        Column(_("Unit"), lambda row: row.unit.name),
        Column(_("City"), lambda row: row.city),
        Column(_("State (UF)"), lambda row: row.state),
        Column(_("Customer since"), lambda row: row.since_on),
    )
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "clientes", rows, columns)


@access.page("customers.read", section="customers")
def one(request: MemberRequest, customer_id: UUID) -> HttpResponseBase:
    units = request.member.unit_ids
    customer: Customer = get_object_or_404(
        Customer.objects.in_units(units).select_related("unit"), id=customer_id
    )
    if customer.merged_into_id is not None:
        return HttpResponseRedirect(reverse("backoffice:customer", args=[customer.merged_into_id]))
    contracts = list(
        Contract.objects.in_units(units)
        .filter(customer=customer)
        .select_related("plan_version", "unit")
        .order_by("-number")[: SHOWN * 2]
    )
    owed = Receivable.objects.in_units(units).filter(customer=customer, status=ReceivableStatus.OPEN)
    invoices = list(
        Invoice.objects.in_units(units)
        .filter(customer=customer)
        .select_related("receivable")
        .order_by("-number")[:SHOWN]
    )
    receivables = list(owed.order_by("due_on", "id")[:SHOWN])
    numbers = dict(
        Invoice.objects.filter(
            id__in=[row.source_id for row in receivables if row.source_kind == "invoice"]
        ).values_list("id", "number")
    )
    for row in receivables:
        row.invoice_number = numbers.get(row.source_id)
        row.state = "overdue" if row.due_on < request.today else "open"
    for invoice in invoices:
        invoice.state = state_of(invoice, request)
    facts = {
        "customer": customer,
        "contacts": list(Contact.objects.filter(customer=customer).order_by("-is_main", "id")),
        "contracts": contracts,
        "receivables": receivables,
        "owed": owed.aggregate(
            cents=Sum("open_cents", default=0),
            count=Count("id"),
            overdue_cents=Sum("open_cents", filter=Q(due_on__lt=request.today), default=0),
            overdue_count=Count("id", filter=Q(due_on__lt=request.today)),
        ),
        "credits": list(
            Credit.objects.in_units(units).filter(customer=customer, open_cents__gt=0).order_by("-id")[:SHOWN]
        ),
        "invoices": invoices,
        "groups": list(BillingGroup.objects.filter(customer=customer).order_by("-is_default", "name")),
        "merged": list(Customer.objects.filter(merged_into=customer).order_by("name")),
        "may_write": request.member.may("customers.write"),
        "may_sell": request.member.may("contracts.write"),
        "events": timeline.of_customer(customer, contracts, unit_ids=units),
        "crumbs": [
            {"label": gettext("Customers"), "href": reverse("backoffice:customers")},
            {"label": customer.name},
        ],
    }
    return render(request, "backoffice/customer.html", facts)


def _found(request: MemberRequest) -> tuple[CustomerFilters, QuerySet[Any]]:
    form = CustomerFilters(request)
    filters.offer_units(form, request)
    form.settle()
    found = (
        Customer.objects.in_units(request.unit_ids).filter(merged_into__isnull=True).select_related("unit")
    )
    in_force = Exists(
        Contract.objects.in_units(request.unit_ids).filter(
            customer_id=OuterRef("id"), status=ContractStatus.ACTIVE
        )
    )
    if form.state == "active":
        found = found.filter(in_force)
    elif form.state == "gone":
        found = found.filter(~in_force)
    elif form.state == "overdue":
        late = Receivable.objects.in_units(request.unit_ids).filter(
            customer_id=OuterRef("id"), status=ReceivableStatus.OPEN, due_on__lt=request.today
        )
        found = found.filter(Exists(late))
    if asked := form.given("q"):
        found = found.filter(filters.about_customer(asked))
    if uf := form.given("uf"):
        found = found.filter(state=uf)
    if "unit" in form.fields and (unit := form.given("unit")):
        found = found.filter(unit_id=unit)
    return form, found


def _add_figures(rows: list[Any], request: MemberRequest) -> None:
    """How many contracts are in force and what is owed, for the customers of one page."""
    ids = [row.id for row in rows]
    of_these = {"customer_id__in": ids}
    contracts = dict(
        Contract.objects.in_units(request.unit_ids)
        .filter(status=ContractStatus.ACTIVE, **of_these)
        .values_list("customer_id")
        .annotate(count=Count("id"))
        .order_by()
    )
    owed = {
        customer_id: (cents, late)
        for customer_id, cents, late in Receivable.objects.in_units(request.unit_ids)
        .filter(status=ReceivableStatus.OPEN, **of_these)
        .values_list("customer_id")
        .annotate(
            cents=Sum("open_cents"), late=Sum("open_cents", filter=Q(due_on__lt=request.today), default=0)
        )
        .order_by()
    }
    for row in rows:
        row.contracts = contracts.get(row.id, 0)
        row.owed_cents, row.overdue_cents = owed.get(row.id, (0, 0))
