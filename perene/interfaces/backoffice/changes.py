"""An audit row in words: which columns changed, from what to what. Columns that a clerk knows have their Portuguese here; the
others keep the name of the table's column, which is still better than hiding them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.apps.catalog.models import Item, Plan, PlanVersion
from perene.apps.contracts.models import BillingGroup, Contract
from perene.apps.customers.models import Customer
from perene.apps.ledger.models import Account
from perene.apps.organizations.models import AuditEntry, Invitation, Membership, Person, Unit
from perene.interfaces.backoffice import states, words
from perene.rules import money

TABLES: Mapping[str, str | Promise] = {
    "organizations_organization": _("Organization"),
    "organizations_unit": _("Unit"),
    "organizations_person": _("Person"),
    "organizations_invitation": _("Invitation"),
    "organizations_membership": _("Membership"),
    "organizations_membershipunit": _("Unit of a membership"),
    "customers_customer": _("Customer"),
    "customers_contact": _("Contact"),
    "contracts_contract": _("Contract"),
    "contracts_billingterms": _("Billing terms of a contract"),
    "contracts_contractline": _("Line of a contract"),
    "contracts_billinggroup": _("Billing group"),
    "catalog_item": _("Item"),
    "catalog_plan": _("Plan"),
    "catalog_planversion": _("Version of a plan"),
    "catalog_planitem": _("Item of a plan"),
    "ledger_account": _("Account"),
    "policies_dunningschedule": _("Dunning schedule"),
    "policies_settlementpolicy": _("Fine and interest"),
    "policies_holiday": _("Holiday of the city"),
}
COLUMNS: Mapping[str, str | Promise] = {
    "name": _("Name"),
    "email": _("E-mail"),
    "access": _("Way in"),
    "requires_second_factor": _("Second factor asked of everybody"),
    "invited_at": _("Invited at"),
    "invited_by_id": _("Invited by"),
    "expires_at": _("Good until"),
    "accepted_at": _("Accepted at"),
    "revoked_at": _("Revoked at"),
    "valid_from": _("For what is due from"),
    "fine_percent": _("Fine (%)"),
    "interest_percent": _("Interest (% a month)"),
    "on_time_discount_percent": _("Discount for paying on time (%)"),
    "on": _("Date"),
    "status": _("State"),
    "document": _("CPF/CNPJ"),
    "street": _("Street"),
    "street_number": _("House number"),
    "complement": _("Complement"),
    "district": _("District"),
    "city": _("City"),
    "state": _("State (UF)"),
    "postal_code": _("Postal code"),
    "since_on": _("Customer since"),
    "external_id": _("External code"),
    "external_code": _("External code"),
    "code": _("Code"),
    "number": _("Number"),
    "kind": _("Kind"),
    "value": _("Value"),
    "label": _("Label"),
    "role": _("Role"),
    "is_active": _("Active"),
    "is_main": _("Main one"),
    "is_deleted": _("Deleted"),
    "is_default": _("Default"),
    "all_units": _("All units"),
    "unit_id": _("Unit"),
    "ends_on": _("First day without it"),
    "started_on": _("Start"),
    "signed_on": _("Signed on"),
    "term_ends_on": _("Term ends on"),
    "term_number": _("Term number"),
    "term_months": _("Months of a term"),
    "cancel_reason": _("Reason of the cancellation"),
    "payment_method": _("Payment method"),
    "billing_method": _("Billing method"),
    "due_day": _("Due day"),
    "plan_version_id": _("Version of the plan"),
    "version_id": _("Version of the plan"),
    "plan_id": _("Plan"),
    "item_id": _("Item"),
    "customer_id": _("Customer"),
    "contract_id": _("Contract"),
    "account_id": _("Account"),
    "person_id": _("Person"),
    "billing_group_id": _("Billing group"),
    "position": _("Position"),
    "calc_type": _("Calculation"),
    "adjustment_kind": _("Adjustments in"),
    "document_kind": _("Kind of document"),
    "delivery": _("Delivery"),
    "origin": _("Origin"),
    "term_kind": _("Kind of term"),
    "first_cycle": _("First cycle that is ours"),
    "next_cycle": _("Next cycle"),
    "next_run_on": _("Next run"),
    "confirmed_at": _("Confirmed at"),
    "review_before_billing": _("Review before billing"),
    "tiers": _("Tiers"),
    "package_size": _("Package size"),
    "payment_methods": _("Payment methods"),
    "interval_unit": _("Unit of the interval"),
    "interval_count": _("Units in an interval"),
    "charge_day_kind": _("Kind of charge day"),
    "charge_day": _("Charge day"),
    "due_after_days": _("Days from charge to due date"),
    "prorate_first": _("First period in proportion"),
    "prorate_last": _("Last period in proportion"),
    "total_cycles": _("Cycles"),
    "metadata": _("Additional data"),
    "is_sandbox": _("Sandbox"),
    "time_zone": _("Time zone"),
    "notes": _("Notes"),
    "unit_cents": _("Base amount"),
    "quantity": _("Quantity"),
    "surcharge_cents": _("Surcharge"),
    "discount_cents": _("Discount"),
    "surcharge_percent": _("Surcharge in %"),
    "discount_percent": _("Discount in %"),
    "recurrence": _("Recurrence"),
    "from_cycle": _("From cycle"),
    "until_cycle": _("Until before cycle"),
    "description": _("Description"),
    "latest_version": _("Latest version"),
    "clock_on": _("Date of the clock"),
    "clock_target_on": _("Date the clock goes to"),
    "lead_days": _("Days between charge and due date"),
    "address": _("Address"),
    "legal_name": _("Legal name"),
    "approved_on": _("Approved on"),
    "activated_on": _("Activated on"),
    "merged_into_id": _("Merged into"),
    "merged_at": _("Merged at"),
}
# Identities and what follows from other columns: nothing that anybody changed.
UNTOLD = frozenset({"id", "organization_id", "search_text", "batch_key", "revision", "digest", "request_key"})
# Tables whose state has a word (states.py).
_STATES = {"contracts_contract": "contract", "catalog_plan": "plan"}
_PAGES = {
    "contracts_contract": "backoffice:contract",
    "contracts_billingterms": "backoffice:contract",
    "customers_customer": "backoffice:customer",
    "catalog_plan": "backoffice:plan",
    "organizations_membership": "backoffice:person",
    "organizations_unit": "backoffice:unit",
}


# Columns that hold an identity: whose, and by which columns a person knows it.
_CALLED: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "plan_version_id": (PlanVersion, ("name", "number")),
    "version_id": (PlanVersion, ("name", "number")),
    "plan_id": (Plan, ("name",)),
    "item_id": (Item, ("name",)),
    "unit_id": (Unit, ("name",)),
    "customer_id": (Customer, ("name",)),
    "merged_into_id": (Customer, ("name",)),
    "contract_id": (Contract, ("number",)),
    "account_id": (Account, ("code", "name")),
    "person_id": (Person, ("name",)),
    "invited_by_id": (Person, ("name",)),
    "membership_id": (Membership, ("person__name",)),
    "invitation_id": (Invitation, ("email",)),
    "billing_group_id": (BillingGroup, ("name",)),
}
Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A column that changed; `old` and `new` as a person reads them, empty where there was or is nothing."""

    column: str
    label: str
    old: str
    new: str


def identities_in(entry: AuditEntry) -> set[str]:
    """The identities in a row that names could be put for."""
    rows = (entry.old or {}, entry.new or {})
    return {str(row[column]) for row in rows for column in _CALLED.keys() & row.keys() if row[column]}


def names_in(entries: Iterable[AuditEntry]) -> Names:
    """What the identities in these rows are called, kind by kind: one query each."""
    asked: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for row in (entry.old or {}, entry.new or {}):
            for column in _CALLED.keys() & row.keys():
                if row[column]:
                    asked[column].add(row[column])
    found: dict[str, str] = {}
    for column, ids in asked.items():
        model, shown_by = _CALLED[column]
        for id, *parts in model.objects.filter(id__in=ids).values_list("id", *shown_by):
            found[str(id)] = " · ".join(map(str, parts))
    return found


def of(entry: AuditEntry, names: Names | None = None) -> list[Change]:
    """What an audit row says: columns that differ; of a row that came or went, those that said something. `names` are what
    `names_in` found."""
    names = names or {}
    old, new = entry.old or {}, entry.new or {}
    found = []
    for column in {**old, **new}:
        if column in UNTOLD or (entry.action == "update" and old.get(column) == new.get(column)):
            continue
        change = Change(
            column,
            str(COLUMNS.get(column, column)),
            names.get(str(old.get(column))) or shown(entry.table, column, old.get(column)),
            names.get(str(new.get(column))) or shown(entry.table, column, new.get(column)),
        )
        if change.old or change.new:
            found.append(change)
    return found


def table(entry: AuditEntry) -> str:
    return str(TABLES.get(entry.table, entry.table))


def name(entry: AuditEntry) -> str:
    """What the row is called: its name, number or code."""
    row = entry.new or entry.old or {}
    for column in ("name", "description", "number", "email", "value", "code"):
        if row.get(column) not in (None, ""):
            return str(row[column])
    return ""


def address(entry: AuditEntry) -> str:
    """The page of what was changed; empty where there is none."""
    page = _PAGES.get(entry.table)
    if page is not None:
        return reverse(page, args=[entry.row_id])
    row = entry.new or entry.old or {}
    for column, of_parent in (("customer_id", "backoffice:customer"), ("contract_id", "backoffice:contract")):
        if entry.table != "organizations_organization" and row.get(column):
            return reverse(of_parent, args=[row[column]])
    return ""


def told(found: list[Change]) -> str:
    """Changes in one line."""
    return "; ".join(f"{change.label}: {change.old or '—'} → {change.new or '—'}" for change in found)


def shown(table: str, column: str, value: Any) -> str:
    """A value of the trail's JSON as a Brazilian reads it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if column == "status" and table in _STATES and (_STATES[table], value) in states.STATES:
        return str(states.look_up(_STATES[table], value).label)
    if column == "calc_type":
        return words.said(words.CALCULATIONS, str(value))
    if column == "payment_method":
        return words.said(words.PAYMENT_METHODS, str(value))
    if column == "billing_method":
        return words.said(words.BILLING_METHODS, str(value))
    if column == "access" and table == "organizations_person":
        return words.said(words.ACCESS, str(value))
    if column == "role" and table in ("organizations_membership", "organizations_invitation"):
        return words.said(words.ROLES, str(value))
    if column.endswith("_cents") and isinstance(value, int):
        return money.format_brl(value)
    if column.endswith("_on") and isinstance(value, str):
        return date.fromisoformat(value).strftime("%d/%m/%Y")
    if column.endswith("_at") and isinstance(value, str):
        return datetime.fromisoformat(value).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, dict | list):
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return str(value)
