"""What a test needs before its first sentence: an organization, a plan, a customer, a contract in force. Work inside

    with tenancy.organization(factories.organization()):
        fiber = factories.plan("FIBRA", ("Internet 500", 99_90), ("Wi-Fi", 15_00))
        contract = factories.contract(fiber, due_day=10)
        factories.live_until(date(2026, 4, 1))

Amounts are centavos. What a test is about it says itself; the rest is the plainest thing that works: monthly, charged on
day 1, every payment method, open-ended, grouped.
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from perene.actions import bill, daily, found, sell
from perene.apps.catalog.models import Item, Plan, PlanItem, PlanStatus, PlanVersion
from perene.apps.customers.models import Contact, Customer
from perene.apps.organizations import organizations
from perene.kit import clock, ids
from perene.rules.plans import PaymentMethod

# An instant for tests that only need one. What is sold, billed and lived here happens at the real one, as outside of tests:
# `perene verify` asks whether a run began after a contract was confirmed.
NOW = datetime(2026, 1, 1, 15, 0, tzinfo=UTC)
BEGINS_ON = date(2026, 1, 1)
PASSWORD = "senha-dos-testes"
CPF = "52998224725"
CNPJ = "11222333000181"

_serial = itertools.count(1)


def organization(
    name: str = "Provedor Teste",
    *,
    sandbox_on: date | None = BEGINS_ON,
    lead_days: int = 0,
    owner_email: str = "",
) -> int:
    """Found an organization with its owner; a sandbox unless `sandbox_on` is None. Returns its id."""
    return found.organization(
        name=name,
        owner_email=owner_email or f"dona{next(_serial)}@example.com",
        owner_name="Dona do Provedor",
        owner_password=PASSWORD,
        sandbox_on=sandbox_on,
        lead_days=lead_days,
    )


@transaction.atomic
def plan(code: str, *items: tuple[str, int] | dict[str, Any], **version: Any) -> UUID:
    """An active plan. An item is (name, centavos a month) or the columns of a `PlanItem`; `version` sets columns of the
    `PlanVersion`. Returns the version's id, which is what a contract pins."""
    made = Plan.objects.create(
        external_code=code, name=code.title(), status=PlanStatus.ACTIVE, latest_version=1
    )
    columns: dict[str, Any] = {
        "name": made.name,
        "payment_methods": list(PaymentMethod),
        "interval_unit": "month",
        "interval_count": 1,
        "charge_day_kind": "fixed",
        "charge_day": 1,
        "due_after_days": 7,
    }
    pinned = PlanVersion.objects.create(plan=made, number=1, **(columns | version))
    for position, given in enumerate(items, start=1):
        columns = {"name": given[0], "unit_cents": given[1]} if isinstance(given, tuple) else dict(given)
        columns = {"calc_type": "price", "quantity": 1} | columns
        item = Item.objects.create(
            code=f"{code}-{position}",
            name=columns["name"],
            calc_type=columns["calc_type"],
            unit_cents=columns["unit_cents"],
        )
        PlanItem.objects.create(version=pinned, item=item, position=position, **columns)
    return pinned.id


@transaction.atomic
def customer(
    name: str = "Ana Souza", *, document: str = CPF, email: str | None = None, **columns: Any
) -> UUID:
    """A customer of the first unit. Returns its id."""
    made = Customer.objects.create(
        unit=columns.pop("unit", None) or organizations.first_unit(),
        name=name,
        document=document,
        document_kind="cpf" if len(document) == 11 else "cnpj",
        search_text=f"{name.lower()} {document}",
        **columns,
    )
    if email is not None:
        Contact.objects.create(id=ids.new(), customer=made, kind="email", value=email)
    return made.id


def contract(
    plan_version_id: UUID, *, customer_id: UUID | None = None, on: date = BEGINS_ON, **sale: Any
) -> UUID:
    """Sell it on `on`: `sale` are fields of `actions.sell.Sale`. Without a customer a new one buys. Returns its id."""
    agreed = {"started_on": on, "payment_method": "boleto"} | sale
    return sell.contract(
        sell.Sale(customer_id=customer_id or customer(), plan_version_id=plan_version_id, **agreed),
        on=on,
        now=clock.now(),
    )


def run(through: date) -> UUID:
    """One billing run of everything due by `through`. Returns its id."""
    return bill.whole_run(through=through, reason="test", now=clock.now)


def live_until(target_on: date) -> None:
    """Live every day of the sandbox up to and with `target_on`."""
    daily.advance(target_on=target_on, now=clock.now)
