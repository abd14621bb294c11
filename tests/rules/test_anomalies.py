"""What is odd about a bill."""

from __future__ import annotations

from datetime import date

import pytest

from perene.rules import anomalies, charging, schedule
from perene.rules.periods import Interval, IntervalUnit
from perene.rules.schedule import ChargeDay, ChargeDayKind, Terms

TERMS = Terms(
    interval=Interval(IntervalUnit.MONTH, 1),
    charge_day=ChargeDay(ChargeDayKind.FIXED, 1),
    started_on=date(2026, 1, 1),
    signed_on=date(2026, 1, 1),
    due_day=31,
)


@pytest.mark.parametrize(
    ("previous", "bills", "code"),
    [
        (None, [500_00], None),  # a first bill
        (0, [500_00], None),  # after a free cycle
        (100_00, [140_00], None),
        (100_00, [140_01], anomalies.ROSE),
        (1, [2], anomalies.ROSE),
        (100_00, [99_00], None),
        (100_00, [0], anomalies.ZERO),
        (100_00, [], None),  # nothing that comes again is charged
        (100_00, [100_00, 100_00, 100_00], None),  # three late cycles, compared one by one
        (100_00, [100_00, 150_00], anomalies.ROSE),
        (-5_00, [100_00], None),
    ],
)
@pytest.mark.capability("X2")
def test_against_the_last_bill(previous: int | None, bills: list[int], code: str | None) -> None:
    found = anomalies.of_bill(previous, bills)
    assert (found.code if found else None) == code


def test_the_rise_is_said_in_figures() -> None:
    found = anomalies.of_bill(80_00, [160_00])
    assert found is not None
    assert found.params == {"now_cents": 160_00, "previous_cents": 80_00, "percent": 100}


@pytest.mark.parametrize(
    ("due_day", "month", "first_cycle", "code"),
    [
        (31, 2, 1, anomalies.CLIPPED),
        (30, 2, 1, anomalies.CLIPPED),
        (28, 2, 1, None),
        (31, 3, 1, None),  # March has it
        (31, 4, 1, None),  # February was shorter already
        (31, 2, 2, None),  # a first bill
        (30, 4, 1, None),
    ],
)
def test_the_first_month_that_is_too_short(
    due_day: int, month: int, first_cycle: int, code: str | None
) -> None:
    terms = TERMS._replace(due_day=due_day, first_cycle=first_cycle)
    cycle = charging.due_cycle(terms, schedule.cycle(terms, month), issued_on=date(2026, month, 1))
    found = anomalies.of_due_day(terms, [cycle])
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("due_day", "days", "payment_method", "method", "is_odd"),
    [
        (None, 0, "boleto", "grouped", True),
        (None, 0, "pix", "one_per_charge", True),
        (None, 0, "card", "grouped", False),
        (None, 0, "boleto", "none", False),
        (None, 7, "boleto", "grouped", False),
        (10, 0, "boleto", "grouped", False),
    ],
)
def test_nothing_says_until_when_to_pay(
    due_day: int | None, days: int, payment_method: str, method: str, is_odd: bool
) -> None:
    terms = TERMS._replace(due_day=due_day, due_after_days=days)
    assert (anomalies.of_due_rule(terms, method, payment_method) is not None) == is_odd
