"""Two companies that live the same: one bills straight, the other rehearses first. Whatever was not changed meanwhile is billed
the same, and a reversal restores every balance."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from perene.actions import bill, change, rehearse, reverse_run
from perene.apps.billing.models import Invoice, Run
from perene.apps.contracts.models import Contract
from perene.apps.receivables.models import Credit, Receivable
from perene.kit import clock, tenancy
from perene.reports import trial_balance, verification
from tests import factories
from tests.ground import Database
from tests.stories import statement

MONTHS = [date(2026, month, 1) for month in range(1, 7)]


def straight(on: date) -> list[UUID]:
    return [factories.run(on)]


def rehearsed(on: date) -> list[UUID]:
    """Rehearsed in small batches and approved as it is; then whatever a straight run would find left."""
    run_id = rehearse.start(through=on, now=clock.now(), batch_size=3)
    rehearse.free_batches(run_id, now=clock.now)
    assert rehearse.finish(run_id, now=clock.now())
    held = Run.objects.get(id=run_id)
    assert str(held.status) == "rehearsed"
    rehearse.approve(run_id, now=clock.now())
    bill.free_batches(run_id, now=clock.now)
    assert bill.finish(run_id, now=clock.now())
    return [run_id, factories.run(on)]


Balances = tuple[dict[str, int], int, int]


def company(seed: int, bills: Callable[[date], list[UUID]]) -> tuple[int, list[UUID], Balances]:
    """An organization that lives by the seed: its number, the last month's runs, and its balances before them."""
    chance = random.Random(seed)
    number = factories.organization(f"Provedor {seed} {bills.__name__}")
    with tenancy.organization(number):
        plans = [
            factories.plan("A", ("Internet", 100_00), ("Wi-Fi", 15_33)),
            factories.plan("B", ("Internet", 120_00), {"name": "Adesão", "unit_cents": 50_00, "recurrence": "one_time:1"}),
            factories.plan("C", {"name": "Blocos", "unit_cents": 33_33, "calc_type": "per_unit", "quantity": 3},
                           prorate_first=True, prorate_last=True),
        ]  # fmt: skip
        ahead = factories.plan("D", ("Domínio", 9_99), charge_day_kind="before", charge_day=5)
        sold: list[UUID] = []
        for serial in range(9):
            customer = factories.customer(f"Cliente {serial}")
            for _ in range(chance.choice((1, 1, 2))):
                sold.append(
                    factories.contract(
                        chance.choice(plans),
                        customer_id=customer,
                        on=date(2026, 1, chance.randint(1, 28)),
                        due_day=chance.choice((5, 10, 20, 28)),
                    )
                )
        sold.append(factories.contract(ahead, due_day=5, billing_method="one_per_charge"))
        for on in MONTHS[:-1]:
            bills(on)
            ending = chance.choice(sold)
            if Contract.objects.get(id=ending).status == "active" and chance.random() < 0.6:
                ends_on = date(on.year, on.month, chance.randint(2, 28))
                if Contract.objects.get(id=ending).started_on < ends_on:
                    change.cancel(ending, ends_on=ends_on, reason="mudou", on=on)
        before = balances()
        return number, bills(MONTHS[-1]), before


@pytest.mark.capability("X2")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_rehearsal_is_its_commit_and_a_reversal_restores(database: Database, seed: int) -> None:
    one, _runs, _before = company(seed, straight)
    two, runs, before = company(seed, rehearsed)
    said = []
    for number in (one, two):
        with tenancy.organization(number):
            assert verification.verify() == []
            said.append((sorted(_bills()), statement.books()))
    assert said[0] == said[1]

    # The last month is taken back: every balance is what it was before it.
    with tenancy.organization(two):
        of_month = [run_id for run_id in runs if Invoice.objects.filter(run_id=run_id).exists()]
        mine = Invoice.objects.filter(run_id__in=of_month)
        assert mine.exists()
        for run_id in reversed(of_month):
            reverse_run.whole(run_id, reason="preço errado", on=MONTHS[-1], now=clock.now)
        assert balances() == before
        assert verification.verify() == []
        # Let go and billed again, they are what they were.
        total = sum(mine.values_list("total_cents", flat=True))
        for run_id in of_month:
            reverse_run.release(run_id=run_id, on=MONTHS[-1], now=clock.now())
        again = factories.run(MONTHS[-1])
        assert sum(Invoice.objects.filter(run_id=again).values_list("total_cents", flat=True)) == total
        assert statement.books() == said[1][1]
        assert verification.verify() == []


def _bills() -> list[tuple[str, date, date, int, str]]:
    return [
        (row.customer.name, row.issued_on, row.due_on, row.total_cents, str(row.status))
        for row in Invoice.objects.select_related("customer")
    ]


def balances() -> Balances:
    """Each account's balance, what is owed and what is owed back."""
    rows = trial_balance.between(MONTHS[0], MONTHS[-1]).rows
    accounts = {row.code: row.closing_cents for row in rows if row.closing_cents}
    owed = sum(Receivable.objects.values_list("open_cents", flat=True))
    return accounts, owed, sum(Credit.objects.values_list("open_cents", flat=True))
