"""Contracts: the list by state, and one of them with what it will be charged next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from perene.apps.billing import by_hand, invoices
from perene.apps.billing.models import Parked
from perene.apps.catalog import prices
from perene.apps.catalog.models import Plan
from perene.apps.contracts import changes as contract_changes
from perene.apps.contracts import terms as contract_terms
from perene.apps.contracts.models import BillingTerms, Contract, ContractLine, ContractStatus, TermKind
from perene.interfaces.backoffice import (
    access,
    figures,
    filters,
    lists,
    reasons,
    states,
    timeline,
    why,
    words,
)
from perene.interfaces.backoffice import (
    export as csv_export,
)
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.export import Column
from perene.interfaces.backoffice.filters import Tab
from perene.interfaces.backoffice.lists import Order
from perene.interfaces.backoffice.views.invoices import state_of
from perene.kit import texts
from perene.reports import coming_charges
from perene.reports.coming_charges import Coming
from perene.rules import pricing, recurrence
from perene.rules.refusals import Refusal, Text

ORDERS = {"number": Order(("number",)), "started_on": Order(("started_on", "number"))}
DEFAULT = "-number"
CYCLES_AHEAD = 3
INVOICES_SHOWN = 12


class ContractFilters(filters.Filters):
    tabs = (
        Tab("active", pgettext_lazy("contracts", "In force")),
        Tab("draft", pgettext_lazy("contracts", "Drafts")),
        Tab("parked", pgettext_lazy("contracts", "Parked")),
        Tab("cancelled", pgettext_lazy("contracts", "Cancelled")),
        Tab("ended", pgettext_lazy("contracts", "Ended")),
        Tab("all", pgettext_lazy("contracts", "All")),
    )
    q = filters.text(_("Customer or number"), _("Name, CPF/CNPJ or contract"))
    plan = filters.choice(_("Plan"), (), _("All plans"))
    method = filters.choice(_("Payment method"), words.PAYMENT_METHODS.items(), _("All methods"))
    unit = filters.choice(_("Unit"), (), _("All units"))


@dataclass(frozen=True, slots=True)
class NextCharge:
    """What a coming cycle will charge."""

    cycle: int
    charge_on: date
    due_on: date
    total: why.Step
    nodes: list[why.Node]


@access.page("contracts.read", section="contracts")
def page(request: MemberRequest) -> HttpResponseBase:
    form, found = _found(request)
    shown = lists.page(found, request.GET, orders=ORDERS, default=DEFAULT)
    facts = {
        "title": gettext("Contracts"),
        "filters": form,
        "page": shown,
        "sort": shown.sort,
        "csv": reverse("backoffice:contracts_csv"),
        "may_write": request.member.may("contracts.write"),
    }
    return render(request, "backoffice/contracts.html", facts)


@access.page("contracts.read")
def export(request: MemberRequest) -> StreamingHttpResponse:
    _form, found = _found(request)
    columns = (
        Column(_("Contract"), lambda row: row.number),
        Column(_("External code"), lambda row: row.external_id),
        Column(_("Customer"), lambda row: row.customer.name),
        Column(_("CPF/CNPJ"), lambda row: row.customer.document),
        Column(_("Plan"), lambda row: row.plan_version.name),
        Column(_("Version"), lambda row: row.plan_version.number),
        Column(_("Payment method"), lambda row: words.said(words.PAYMENT_METHODS, row.payment_method)),
        Column(_("Start"), lambda row: row.started_on),
        Column(_("First day without it"), lambda row: row.ends_on),
        Column(_("State"), lambda row: states.look_up("contract", row.status).label),
    )
    rows = lists.ordered(found, request.GET, orders=ORDERS, default=DEFAULT)
    return csv_export.stream(request, "contratos", rows, columns)


@access.page("contracts.read", section="contracts")
def one(request: MemberRequest, contract_id: UUID) -> HttpResponseBase:
    contract: Contract = get_object_or_404(
        Contract.objects.in_units(request.member.unit_ids).select_related("customer", "plan_version", "unit"),
        id=contract_id,
    )
    billing = BillingTerms.objects.select_related("billing_group").filter(contract_id=contract.id).first()
    lines = list(
        ContractLine.objects.filter(contract=contract).select_related("item", "account").order_by("position")
    )
    for line in lines:
        line.is_past = billing is not None and _is_past(line, billing.next_cycle)
        line.estimated_cents, line.trouble = _estimate(line)
        line.rhythm = words.recurrence(line.recurrence)
    issued = list(
        invoices.of_contract(contract).select_related("receivable").order_by("-number")[:INVOICES_SHOWN]
    )
    for invoice in issued:
        invoice.state = state_of(invoice, request)
    waiting = by_hand.waiting_of(contract.id)
    for charge in waiting:
        charge.dialog = f"drop-{charge.id}"
    parked = Parked.objects.filter(contract=contract, is_open=True).first()
    coming, trouble = _coming(contract, billing, request)
    facts = {
        "contract": contract,
        "billing": billing,
        "lines": [line for line in lines if not line.is_past],
        "past_lines": [line for line in lines if line.is_past],
        "coming": coming,
        "trouble": trouble,
        "parked": parked,
        "waiting": waiting,
        "may_charge": request.member.may("invoices.write"),
        "parked_reason": texts.render(Text(parked.message, parked.params)) if parked else "",
        "may_retry": request.member.may("runs.retry"),
        "may_change": request.member.may("contracts.write") and contract.status == ContractStatus.ACTIVE,
        "rhythm": words.interval(contract.plan_version.interval_unit, contract.plan_version.interval_count),
        "charge_day": words.charge_day(contract.plan_version),
        "invoices": issued,
        "events": timeline.of_contract(contract),
        "crumbs": [
            {"label": gettext("Contracts"), "href": reverse("backoffice:contracts")},
            {"label": figures.whole(contract.number)},
        ],
    }
    return render(request, "backoffice/contract.html", facts)


def _found(request: MemberRequest) -> tuple[ContractFilters, QuerySet[Any]]:
    form = ContractFilters(request)
    filters.offer_units(form, request)
    plans = Plan.objects.order_by("name").values_list("id", "name")
    form.fields["plan"].choices = [("", gettext("All plans")), *((str(id), name) for id, name in plans)]
    form.settle()
    found = Contract.objects.in_units(request.unit_ids).select_related("customer", "plan_version", "unit")
    if form.state == "parked":
        found = found.filter(id__in=Parked.objects.filter(is_open=True).values("contract_id"))
    elif form.state in ContractStatus.values:
        found = found.filter(status=form.state)
    if asked := form.given("q"):
        found = found.filter(filters.about_number_or_customer(asked))
    for name, condition in (
        ("plan", "plan_version__plan_id"),
        ("method", "payment_method"),
        ("unit", "unit_id"),
    ):
        if name in form.fields and (value := form.given(name)):
            found = found.filter(**{condition: value})
    return form, found


def _is_past(line: ContractLine, next_cycle: int) -> bool:
    """Whether no cycle from `next_cycle` on charges it: another plan took its place, or its times are over. A line whose
    recurrence cannot be read stays in sight."""
    if line.until_cycle is not None and line.until_cycle <= next_cycle:
        return True
    try:
        repeats = recurrence.parse(line.recurrence)
    except Refusal:
        return False
    return repeats.cycles is not None and line.from_cycle - 1 + repeats.start + repeats.cycles <= next_cycle


def _estimate(line: ContractLine) -> tuple[int | None, str]:
    """What a whole cycle of this line costs, or why a stored line cannot be priced: the page opens all the same."""
    try:
        recurrence.parse(line.recurrence)
        return pricing.estimate(prices.price_of(line)), ""
    except Refusal as refusal:
        return None, texts.render(refusal)


def _coming(
    contract: Contract, billing: BillingTerms | None, request: MemberRequest
) -> tuple[list[NextCharge], str]:
    """The next cycles by the same rules as the run, or why they cannot be told."""
    if billing is None or billing.next_run_on is None:
        return [], ""
    try:
        terms = contract_terms.of_contract(
            contract, billing, contract.plan_version, lead_days=request.organization.lead_days
        )
        found = coming_charges.of(
            terms,
            contract_changes.charged_lines(contract.id),
            on=request.today,
            method=billing.billing_method,
            is_open_ended=contract.term_kind != TermKind.FIXED,
            next_cycle=billing.next_cycle,
            limit=CYCLES_AHEAD,
        )
        return [_next_charge(coming) for coming in found], ""
    except Refusal as refusal:
        return [], texts.render(refusal)


def _next_charge(coming: Coming) -> NextCharge:
    total = gettext("Total of cycle {cycle}").format(cycle=coming.cycle)
    return NextCharge(
        coming.cycle,
        coming.charge_on,
        coming.due_on,
        why.Step(total, coming.total_cents, is_result=True),
        reasons.nodes_of_drafts(coming.drafts),
    )
