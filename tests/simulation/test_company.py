"""A company of chance lives fourteen months: plans of every rhythm, prices of every kind, joins, ends, changes, renewals.
What must hold is looked at every month; at the end every amount is computed again from what is stored with it."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from django.db.models import Sum

from perene.actions import change, daily
from perene.apps.billing.models import Charge, Deferral, Invoice, InvoiceLine
from perene.apps.contracts.models import BillingTerms, Contract
from perene.apps.ledger import chart
from perene.apps.ledger.models import Posting
from perene.apps.receivables.models import Credit, Receivable
from perene.kit import tenancy
from perene.reports import verification
from perene.rules import explanation, periods, pricing
from perene.rules.refusals import Refusal
from tests import factories
from tests.ground import Database

BEGINS_ON = date(2026, 1, 1)
MONTHS = 14
NIGHTS_LIVED = 0.4
JOINS_A_DAY = 0.5
CHANGES_A_DAY = 0.35
ENDS_A_DAY = 0.2

RHYTHMS: list[dict[str, object]] = [
    {"charge_day": 1},
    {"charge_day": 15, "prorate_first": True, "prorate_last": True},
    {"charge_day": 31, "prorate_last": True},
    {"charge_day_kind": "before", "charge_day": 10, "prorate_last": True},
    {"charge_day_kind": "before", "charge_day": 45},
    {"charge_day_kind": "end", "charge_day": 0, "prorate_last": True},
    {"charge_day_kind": "end", "charge_day": 7},
    {"interval_unit": "week", "charge_day": 3, "prorate_first": True, "prorate_last": True},
    {"interval_unit": "week", "interval_count": 2, "charge_day_kind": "end", "charge_day": 2},
    {"interval_unit": "month", "interval_count": 2, "charge_day": 20, "prorate_last": True},
    {"interval_unit": "quarter", "charge_day": 5, "prorate_first": True},
    {"interval_unit": "half_year", "charge_day_kind": "before", "charge_day": 30, "prorate_last": True},
    {"interval_unit": "year", "charge_day": 10, "prorate_last": True},
    {"charge_day": 8, "total_cycles": 5},
]

ITEMS: list[dict[str, object]] = [
    {"unit_cents": 99_90},
    {"unit_cents": 33_33, "calc_type": "per_unit", "quantity": "2.5"},
    {
        "unit_cents": 100_01,
        "adjustment_kind": "percent",
        "discount_percent": "33.33",
        "surcharge_percent": "7.5",
    },
    {"unit_cents": 80_00, "discount_cents": 80_00},
    {"unit_cents": -15_00, "recurrence": "cycles:1:3"},
    {"unit_cents": 150_00, "recurrence": "one_time:1"},
    {"unit_cents": 45_50, "recurrence": "cycles:2:4"},
    {
        "unit_cents": 0,
        "calc_type": "graduated",
        "quantity": "25",
        "tiers": [["10", 5_00, 0], [None, 3_33, 10_00]],
    },
    {"unit_cents": 0, "calc_type": "volume", "quantity": "12", "tiers": [["10", 5_00, 0], [None, 4_25, 0]]},
    {"unit_cents": 19_99, "calc_type": "package", "quantity": "7", "package_size": "3"},
]


class Company:
    """Lives day by day; every choice comes from the seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._plans = [
            self._plan(f"P{number}-{twin}", rhythm)
            for number, rhythm in enumerate(RHYTHMS)
            for twin in (1, 2)
        ]
        self._customers = [factories.customer(f"Cliente {number}") for number in range(12)]
        self._contracts: list[UUID] = []
        self.refused: Counter[str] = Counter()
        self.done: Counter[str] = Counter()

    def lives(self, on: date) -> None:
        """First the night's work, then the people's. Some nights the server is off: the next one does what was left."""
        is_last_of_month = (on + timedelta(days=1)).day == 1
        if is_last_of_month or self._random.random() < NIGHTS_LIVED:
            with daily.moving():
                daily.day(on, now=lambda: factories.NOW)
        for chance, act in (
            (JOINS_A_DAY, self._join),
            (CHANGES_A_DAY, self._change),
            (ENDS_A_DAY, self._end),
        ):
            if self._random.random() < chance:
                try:
                    act(on)
                    self.done[act.__name__] += 1
                except Refusal as refusal:
                    self.refused[refusal.code] += 1

    def _plan(self, code: str, rhythm: dict[str, object]) -> UUID:
        items = self._random.sample(ITEMS, k=self._random.randint(1, 4))
        named = [{"name": f"Item {code} {number}", **item} for number, item in enumerate(items)]
        return factories.plan(code, *named, due_after_days=self._random.choice([0, 7, 30]), **rhythm)

    def _join(self, on: date) -> None:
        chance = self._random
        kind = chance.choice(["open", "open", "fixed", "renewing"])
        self._contracts.append(
            factories.contract(
                chance.choice(self._plans),
                customer_id=chance.choice(self._customers),
                on=on,
                started_on=on + timedelta(days=chance.randint(-40, 20)),
                signed_on=on,
                payment_method=chance.choice(["boleto", "pix", "card"]),
                due_day=chance.choice([None, 5, 10, 29, 31]),
                term_kind=kind,
                term_months=None if kind == "open" else chance.randint(1, 9),
                billing_method=chance.choice(["grouped"] * 4 + ["one_per_charge"] * 2 + ["none"]),
            )
        )

    def _change(self, on: date) -> None:
        contract = Contract.objects.get(id=self._random.choice(self._contracts))
        ahead = self._random.choice([None, 0, 2])
        next_cycle = BillingTerms.objects.get(contract_id=contract.id).next_cycle
        change.plan(
            contract.id,
            plan_version_id=self._partner(contract.plan_version_id),
            from_cycle=None if ahead is None else next_cycle + ahead,
            on=on,
        )

    def _partner(self, version_id: UUID) -> UUID:
        """As a rule the other plan of the same rhythm."""
        if self._random.random() < 0.1:
            return self._random.choice(self._plans)
        return self._plans[self._plans.index(version_id) ^ 1]

    def _end(self, on: date) -> None:
        ends_on = on + timedelta(days=self._random.randint(-30, 60))
        change.cancel(self._random.choice(self._contracts), ends_on=ends_on, reason="Sorte", on=on)


def assert_sound(on: date) -> None:
    assert [str(violation) for violation in verification.verify()] == []
    roles = chart.by_role()
    for role, sign, owed in (
        ("receivables", 1, Receivable.objects.aggregate(cents=Sum("open_cents"))["cents"]),
        ("customer_credits", -1, Credit.objects.aggregate(cents=Sum("open_cents"))["cents"]),
        (
            "deferred_revenue",
            -1,
            Deferral.objects.filter(status="waiting").aggregate(cents=Sum("amount_cents"))["cents"],
        ),
    ):
        booked = Posting.objects.filter(account_id=roles[role]).aggregate(cents=Sum("amount_cents"))["cents"]
        assert (booked or 0) * sign == (owed or 0), role
    identities = Counter(Charge.objects.values_list("line_id", "kind", "cycle", "part"))
    assert max(identities.values(), default=1) == 1
    consumed = Counter(InvoiceLine.objects.filter(is_reversed=False).values_list("charge_id", flat=True))
    assert max(consumed.values(), default=1) == 1
    assert not Deferral.objects.filter(status="waiting", recognize_on__lte=on).exists()


@pytest.mark.capability("X1", "X6")
def test_a_company_of_chance_is_billed_right_every_month(database: Database) -> None:
    with tenancy.organization(factories.organization(sandbox_on=None)):
        company = Company(seed=20260101)
        on = BEGINS_ON
        for month in range(1, MONTHS + 1):
            until = periods.add_months(BEGINS_ON, month)
            while on < until:
                company.lives(on)
                on += timedelta(days=1)
            assert_sound(on - timedelta(days=1))
        assert min(company.done[act] for act in ("_join", "_change", "_end")) >= 20
        statuses = Counter(Invoice.objects.values_list("status", flat=True))
        assert set(statuses) == {"open", "zero", "credit", "cancelled"}
        for derivation, amount_cents in Charge.objects.values_list("derivation", "amount_cents"):
            assert pricing.evaluate(derivation) == amount_cents
            last = explanation.explain(derivation)[-1]
            assert (last.amount_cents, last.running_cents) == (None, amount_cents)
