"""However the days of a sandbox are lived, the same books (X7)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import NamedTuple

import pytest
from django.db import connections

from perene.actions import change, daily
from perene.apps.organizations import organizations
from perene.kit import tenancy
from perene.reports import verification
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text

TARGET_ON = date(2026, 2, 5)


class Died(Exception):
    """Stands for a process that ends here."""


def furnish() -> None:
    """Contracts of many kinds, so that the days have something to do."""
    fiber = factories.plan("FIBRA", ("Internet", 93_00), prorate_last=True)
    before = factories.plan("ANTES", ("Telefone", 40_00), charge_day_kind="before", charge_day=10)
    after = factories.plan("DEPOIS", ("Consumo", 50_00), charge_day_kind="end", charge_day=3)
    weekly = factories.plan("SEMANA", ("Aula", 20_00), interval_unit="week", charge_day=1)
    ana, bia = factories.customer(), factories.customer("Bia Lima")
    ending = factories.contract(fiber, customer_id=ana, due_day=10)
    factories.contract(before, customer_id=ana, due_day=10)
    factories.contract(after, customer_id=bia, due_day=10, term_kind="renewing", term_months=1)
    factories.contract(weekly, customer_id=bia)
    factories.contract(
        fiber, customer_id=bia, due_day=5, billing_method="one_per_charge", term_kind="fixed", term_months=3
    )
    factories.run(factories.BEGINS_ON)
    change.cancel(ending, ends_on=date(2026, 1, 21), reason="Preço", on=factories.BEGINS_ON)


def books() -> str:
    return f"{statement.of()}\n{statement.journal()}\n{organizations.present().clock_on}"


@contextmanager
def furnished() -> Iterator[int]:
    number = factories.organization()
    with tenancy.organization(number):
        furnish()
        yield number
        assert [str(violation) for violation in verification.verify()] == []


class Leap(NamedTuple):
    """The books of an organization that went to the target at once, and how often the clock on the wall was asked."""

    books: str
    asked: int


@pytest.fixture(scope="module")
def one_leap(module_database: Database) -> Leap:
    asked = 0

    def now() -> datetime:
        nonlocal asked
        asked += 1
        return factories.NOW

    with furnished():
        daily.advance(target_on=TARGET_ON, now=now)
        return Leap(books(), asked)


@pytest.mark.capability("X7")
def test_day_by_day_or_at_once_the_books_are_the_same(one_leap: Leap) -> None:
    assert one_leap.books.endswith(
        text(
            """
            2026-02-01 recognition: deferred_revenue 93.00, revenue -93.00
            2026-02-01 recognition: deferred_revenue 40.00, revenue -40.00
            2026-02-02 invoice: receivables 20.00, revenue -20.00
            2026-02-04 invoice: receivables 50.00, revenue -50.00
            2026-02-05
            """
        )
    )
    with furnished():
        for on in (factories.BEGINS_ON + timedelta(days=count) for count in range(1, 36)):
            factories.live_until(on)
        assert books() == one_leap.books
    with furnished():
        factories.live_until(date(2026, 2, 1))  # a month
        factories.live_until(TARGET_ON)
        assert books() == one_leap.books


@pytest.mark.capability("X7")
def test_interrupted_anywhere_it_goes_on_to_the_same_books(one_leap: Leap) -> None:
    """The clock on the wall is asked before and after each step: each time something else it dies, and another goes on."""
    with furnished():
        interruptions = 0
        target_on: date | None = TARGET_ON
        for allowed in [*range(1, 14), *range(14, 60, 5), 10_000]:
            asked = 0

            def now(most: int = allowed) -> datetime:
                nonlocal asked
                asked += 1
                if asked > most:
                    raise Died
                return factories.NOW

            try:
                daily.advance(target_on=TARGET_ON, now=now)
            except Died:
                interruptions += 1
            target_on = organizations.present().clock_target_on
            if target_on is None:
                break
        assert target_on is None
        assert interruptions > 10
        assert books() == one_leap.books


@pytest.mark.capability("X7")
@pytest.mark.parametrize("asked", [3, -7, -4, -1])
def test_a_killed_process_leaves_the_rest_to_the_next(one_leap: Leap, asked: int) -> None:
    """On the last day too: the target stands until that day is lived. It is killed when it asks the clock once more than
    `asked` times (a negative number: so many before the end)."""
    with furnished():
        connections.close_all()
        child = os.fork()
        if child == 0:
            _live_and_die(asked if asked > 0 else one_leap.asked + asked)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert organizations.present().clock_target_on == TARGET_ON
        with daily.moving():
            daily.finish_move(now=lambda: factories.NOW)
        assert books() == one_leap.books


def _live_and_die(allowed: int) -> None:
    asked = 0

    def now() -> datetime:
        nonlocal asked
        asked += 1
        if asked > allowed:
            os.kill(os.getpid(), signal.SIGKILL)
        return factories.NOW

    try:
        daily.advance(target_on=TARGET_ON, now=now)
    finally:
        os._exit(1)
