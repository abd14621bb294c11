"""Some hundreds of contracts of mixed shapes, with a month behind them and a hard day before them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from perene.actions import change
from perene.apps.contracts.models import Contract
from perene.kit import tenancy
from tests import factories
from tests.ground import Database

CUSTOMERS = 120
BEGAN_ON = date(2026, 1, 1)
# The day that is billed under fire, and how many contracts a transaction of it bills.
FIRE_ON = date(2026, 2, 1)
BATCH_SIZE = 16

TIERS = [["10", 100, 0], ["50", 90, 0], [None, 80, 500]]
BAD_TIERS = '[["10", 100, 0], ["5", 90, 0], [null, 80, 0]]'
METHODS = ("boleto", "pix", "card", "pix_automatico")
POISONED_EVERY = 40


def build(database: Database) -> int:
    """Sell, bill January, cancel and change, sell some more, poison a few. Returns the organization's id."""
    organization = factories.organization("Provedor do Fogo", sandbox_on=BEGAN_ON)
    with tenancy.organization(organization):
        plans = _plans()
        sold = _sell(plans)
        factories.run(BEGAN_ON)
        for contract_id in sold[5::31]:
            change.cancel(contract_id, ends_on=date(2026, 1, 17), reason="mudou-se", on=date(2026, 1, 16))
        for contract_id in sold[6::31]:
            change.cancel(contract_id, ends_on=date(2026, 2, 10), reason="mudou-se", on=date(2026, 1, 16))
        open_ended = Contract.objects.filter(
            status="active", term_kind="open", plan_version_id=plans[0]
        ).order_by("number")
        for contract_id in open_ended.values_list("id", flat=True)[::9]:
            change.plan(contract_id, plan_version_id=plans[1], on=date(2026, 1, 20))
        _sell_late(plans)
    with database.admin() as connection:
        _poison(connection)
    return organization


def _plans() -> list[UUID]:
    flags = {"prorate_first": True, "prorate_last": True}
    return [
        factories.plan("FIBRA", ("Internet", 99_90), ("Wi-Fi", 15_00), **flags),
        factories.plan("FIBRA-1000", ("Internet 1000", 149_90), **flags),
        factories.plan(
            "COMBO",
            {"name": "TV", "unit_cents": 79_99, "adjustment_kind": "percent", "discount_percent": "33.3333"},
            {
                "name": "Telefone",
                "calc_type": "graduated",
                "unit_cents": 0,
                "quantity": "77.5",
                "tiers": TIERS,
            },
            {"name": "Adesão", "unit_cents": 120_00, "recurrence": "one_time:2"},
            **flags,
        ),
        factories.plan(
            "RAMAIS",
            {"name": "Ramais", "calc_type": "volume", "unit_cents": 0, "quantity": 12, "tiers": TIERS},
            {"name": "Bônus", "unit_cents": -5_00, "recurrence": "cycles:1:3"},
        ),
        factories.plan("BRINDE", {"name": "Brinde", "unit_cents": 50_00, "discount_cents": 50_00}),
        factories.plan("SEMANAL", ("Semana", 19_90), interval_unit="week", charge_day=3),
        factories.plan("ANTES", ("Adiantado", 70_00), charge_day_kind="before", charge_day=10),
    ]


def _sell(plans: list[UUID]) -> list[UUID]:
    """One to three contracts per customer: those that are grouped share a group."""
    sold = []
    for number in range(CUSTOMERS):
        customer_id = factories.customer(f"Assinante {number:04}")
        for each in range(1 + number % 3):
            sale: dict[str, Any] = {
                "due_day": (5, 10, 15, 31)[number % 4],
                "payment_method": METHODS[number % 4],
            }
            if number % 11 == each:
                sale["billing_method"] = "one_per_charge"
            elif number % 29 == 3:
                sale["billing_method"] = "none"
            if number % 7 == each:
                sale |= {"term_kind": "fixed", "term_months": 1 + number % 5}
            plan = plans[(number * 3 + each) % len(plans)]
            sold.append(factories.contract(plan, customer_id=customer_id, on=BEGAN_ON, **sale))
    return sold


def _sell_late(plans: list[UUID]) -> None:
    """On the eve: with cycles of January to be made up for, with days before the first charge, a year ahead."""
    for number in range(12):
        customer_id = factories.customer(f"Atrasado {number:04}")
        method = "one_per_charge" if number % 3 == 0 else "grouped"
        started_on = date(2026, 1, 1 + 2 * number)
        for plan in (plans[0], plans[2]):
            factories.contract(
                plan, customer_id=customer_id, on=started_on, billing_method=method, due_day=20
            )


def _poison(connection: psycopg.Connection[Any]) -> None:
    """Tier tables that cannot be, in the middle of the portfolio."""
    connection.execute(
        "SET session_replication_role = replica"
    )  # past the audit trail, which wants an organization
    poisoned = connection.execute(
        "UPDATE contracts_contractline SET calc_type = 'volume', tiers = %s WHERE contract_id IN"
        " (SELECT id FROM contracts_contract WHERE number %% %s = 0)",
        [BAD_TIERS, POISONED_EVERY],
    ).rowcount
    assert poisoned > 3
