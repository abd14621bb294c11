"""What happened to a customer, a contract or an invoice, newest first: from their invoices, the audit trail, and events that
neither of them tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from perene.apps.billing import invoices
from perene.apps.billing.models import Invoice, Parked
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts.models import Contract
from perene.apps.customers.models import Contact, Customer
from perene.apps.events.models import Event as Happened
from perene.apps.organizations import names
from perene.apps.organizations.models import AuditEntry
from perene.interfaces.backoffice import changes, figures
from perene.kit import texts
from perene.rules import money
from perene.rules.refusals import Text

LENGTH = 30


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, on a date of the organization. `order` keeps the things of one day apart."""

    on: date
    order: int
    icon: str
    text: str
    tone: str = ""
    detail: str = ""
    href: str = ""
    who: str = ""
    person_id: UUID | None = None
    at: None = None


def of_customer(
    customer: Customer, contracts: Sequence[Contract], *, unit_ids: frozenset[UUID] | None
) -> list[Event]:
    """The newest things of a customer and of those of their contracts that the reader may see."""
    contacts = [str(id) for id in Contact.objects.filter(customer=customer).values_list("id", flat=True)]
    ids = [str(contract.id) for contract in contracts]
    changed = _audit(
        Q(table="customers_customer", row_id=str(customer.id))
        | Q(table="customers_contact", row_id__in=contacts)
        | Q(table="contracts_contract", row_id__in=ids)
    )
    issued = Invoice.objects.in_units(unit_ids).filter(customer=customer)
    return _newest([*_invoices(issued), *_audited(changed, is_of_customer=True), *_parked(contracts)])


def of_contract(contract: Contract) -> list[Event]:
    """The newest things of a contract."""
    changed = _audit(
        Q(table="contracts_contract", row_id=str(contract.id))
        | Q(table="contracts_billingterms", row_id=str(contract.id))
    )
    return _newest([*_invoices(invoices.of_contract(contract)), *_audited(changed), *_parked([contract])])


def of_invoice(invoice: Invoice) -> list[Event]:
    """Issued, and what came after."""
    return _newest([_issued(invoice), *_cancelled([invoice])])


def _newest(events: Iterable[Event]) -> list[Event]:
    found = sorted(events, key=lambda event: (event.on, event.order), reverse=True)[:LENGTH]
    asked = {event.person_id for event in found if event.person_id}
    called = names.of(asked)
    return [
        replace(event, who=called.get(event.person_id, "")) if event.person_id else event for event in found
    ]


def _invoices(found: QuerySet[Invoice]) -> list[Event]:
    rows = list(found.order_by("-number")[:LENGTH])
    return [_issued(row) for row in rows] + _cancelled(rows)


def _issued(invoice: Invoice) -> Event:
    return Event(
        invoice.issued_on,
        _order(invoice.id),
        "receipt-text",
        gettext("Invoice {number} issued").format(number=figures.whole(invoice.number)),
        detail=gettext("{total}, due on {due}").format(
            total=money.format_brl(invoice.total_cents), due=f"{invoice.due_on:%d/%m/%Y}"
        ),
        href=reverse("backoffice:invoice", args=[invoice.id]),
    )


def _cancelled(rows: Iterable[Invoice]) -> list[Event]:
    by_id = {invoice.id: invoice for invoice in rows if invoice.status == "cancelled"}
    if not by_id:
        return []
    # Said as the index says it (events.Event): an invoice's issue is not among them.
    events = Happened.objects.exclude(kind="invoice.issued").filter(
        kind="invoice.cancelled", subject_id__in=by_id
    )
    return [
        Event(
            row.occurred_on,
            _order(row.id),
            "circle-x",
            gettext("Invoice {number} cancelled").format(number=figures.whole(by_id[row.subject_id].number)),
            tone="bad",
            href=reverse("backoffice:invoice", args=[row.subject_id]),
        )
        for row in events
    ]


def _parked(contracts: Sequence[Contract]) -> list[Event]:
    numbers = {contract.id: contract.number for contract in contracts}
    return [
        Event(
            row.last_on,
            _order(row.id),
            "circle-pause",
            gettext("Contract {number} could not be billed").format(
                number=figures.whole(numbers[row.contract_id])
            ),
            tone="warn",
            detail=texts.render(Text(row.message, row.params)),
        )
        for row in Parked.objects.filter(contract_id__in=numbers).order_by("-id")[:LENGTH]
    ]


def _audit(condition: Q) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(condition).order_by("-id")[: LENGTH * 2])


def _audited(entries: Iterable[AuditEntry], *, is_of_customer: bool = False) -> list[Event]:
    entries = list(entries)
    plans = _plan_names(entries)
    events = []
    for entry in entries:
        said = _contract_change(entry, plans) if entry.table == "contracts_contract" else _other_change(entry)
        if said is None or entry.on is None:
            continue
        icon, tone, text, detail = said
        events.append(
            Event(
                entry.on,
                int(entry.at.timestamp() * 1000),
                icon,
                text,
                tone=tone,
                detail=detail,
                href=changes.address(entry) if is_of_customer and entry.table.startswith("contracts") else "",
                person_id=entry.person_id,
            )
        )
    return events


Said = tuple[str, str, str, str]


def _contract_change(entry: AuditEntry, plans: dict[str, str]) -> Said | None:
    """(icon, tone, text, detail) of a change of a contract's row."""
    old, new = entry.old or {}, entry.new or {}
    number = figures.whole(int(new["number"]))
    plan = plans.get(new.get("plan_version_id", ""), "")
    if entry.action == "insert":
        text = gettext("Contract {number} made").format(number=number)
        return "file-plus", "", text, gettext("Plan {plan}").format(plan=plan)
    differ = {column for column in new if old.get(column) != new[column]}
    if "status" in differ and new["status"] == "active":
        return "circle-check", "good", gettext("Contract {number} in force").format(number=number), ""
    if "status" in differ and new["status"] == "cancelled":
        ends = gettext("First day without it: {on}").format(
            on=changes.shown(entry.table, "ends_on", new["ends_on"])
        )
        detail = f"{ends} · {new['cancel_reason']}" if new.get("cancel_reason") else ends
        return "circle-x", "bad", gettext("Contract {number} cancelled").format(number=number), detail
    if "status" in differ and new["status"] == "ended":
        return "flag", "", gettext("Contract {number} ended").format(number=number), ""
    if "plan_version_id" in differ:
        detail = f"{plans.get(old.get('plan_version_id', ''), '')} → {plan}"
        return "repeat", "", gettext("Plan of contract {number} changed").format(number=number), detail
    if "term_number" in differ:
        until = changes.shown(entry.table, "term_ends_on", new["term_ends_on"])
        text = gettext("Term of contract {number} renewed").format(number=number)
        return "calendar-sync", "", text, gettext("until {on}").format(on=until)
    detail = changes.told(changes.of(entry))
    return (
        ("pencil", "", gettext("Contract {number} changed").format(number=number), detail) if detail else None
    )


def _other_change(entry: AuditEntry) -> Said | None:
    if entry.action == "insert":
        if entry.table == "customers_customer":
            return "user-plus", "", gettext("Customer included"), ""
        return None  # what came with the customer or the contract
    detail = changes.told(changes.of(entry))
    if not detail:
        return None
    texts_of = {
        "customers_customer": gettext("Customer changed"),
        "customers_contact": gettext("Contact changed"),
        "contracts_billingterms": gettext("Billing terms changed"),
    }
    return "pencil", "", texts_of.get(entry.table, changes.table(entry)), detail


def _plan_names(entries: Iterable[AuditEntry]) -> dict[str, str]:
    asked = {
        row["plan_version_id"]
        for entry in entries
        if entry.table == "contracts_contract"
        for row in (entry.old, entry.new)
        if row and row.get("plan_version_id")
    }
    found: Any = PlanVersion.objects.filter(id__in=asked) if asked else ()
    return {
        str(version.id): gettext("{plan} (version {number})").format(plan=version.name, number=version.number)
        for version in found
    }


def _order(id: UUID) -> int:
    """The millisecond that a UUIDv7 was made in."""
    return int(id) >> 80
