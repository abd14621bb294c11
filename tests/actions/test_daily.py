"""Each step of a day once, never backwards, one mover at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connections

from perene.actions import daily
from perene.apps.organizations import organizations
from perene.apps.organizations.models import DailyStep
from perene.kit import tenancy
from tests import factories
from tests.ground import Database
from tests.stories.test_time_machine import furnish
from tests.stories.unchanged import dump, refused


def test_a_step_of_a_day_is_done_once(database: Database, provider: int) -> None:
    furnish()
    factories.live_until(date(2026, 1, 3))
    steps = DailyStep.objects.order_by("on", "id").values_list("on", "step")
    assert list(steps) == [(date(2026, 1, day), step) for day in (1, 2, 3) for step in daily.STEPS]
    before = dump(database)
    with daily.moving():
        for day in (1, 2, 3):
            daily.day(date(2026, 1, day), now=lambda: factories.NOW)
    assert dump(database) == before


def test_time_does_not_run_backwards(database: Database, provider: int) -> None:
    """A message that comes late asks for a day that was passed over."""
    furnish()
    factories.live_until(date(2026, 1, 3))
    before = dump(database)
    with daily.moving():
        daily.day(date(2025, 12, 31), now=lambda: factories.NOW)
    assert dump(database) == before
    with refused(database, "clock_runs_forward", present_on=date(2026, 1, 3)):
        factories.live_until(date(2026, 1, 3))
    with refused(database, "clock_runs_forward"):
        factories.live_until(date(2025, 12, 31))
    with refused(database, "clock_too_far"):
        factories.live_until(date(2036, 6, 1))


@pytest.mark.capability("X7")
def test_the_clock_of_a_production_organization_cannot_be_moved(database: Database) -> None:
    with tenancy.organization(factories.organization(sandbox_on=None)), refused(database, "clock_is_real"):
        factories.live_until(date(2036, 1, 1))


def test_one_mover_at_a_time(database: Database, provider: int) -> None:
    furnish()
    with _held_by_another(provider):
        with refused(database, "day_under_way"):
            factories.live_until(date(2026, 1, 3))
        # Another organization is not held up.
        with _outside(), tenancy.organization(factories.organization("Outro")):
            factories.live_until(date(2026, 1, 2))
    factories.live_until(date(2026, 1, 3))
    assert organizations.present().clock_on == date(2026, 1, 3)


@contextmanager
def _outside() -> Iterator[None]:
    with tenancy.unscoped("from one organization to another"):
        yield


@contextmanager
def _held_by_another(organization_id: int) -> Iterator[None]:
    """Another thread, with its own connection, is moving that organization's time."""
    holds, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with tenancy.organization(organization_id), daily.moving():
            holds.set()
            may_go.wait(30)
        connections.close_all()

    mover = threading.Thread(target=hold)
    mover.start()
    try:
        assert holds.wait(30)
        yield
    finally:
        may_go.set()
        mover.join()


@pytest.mark.parametrize("aims", [[date(2026, 1, 4)], [date(2026, 1, 4), date(2026, 1, 4)]])
def test_who_is_told_of_each_day_hears_every_one(provider: int, aims: list[date]) -> None:
    """Also when the move was asked for before, by somebody who did not make it."""
    for target_on in aims[1:]:
        daily.aim(target_on=target_on)
    heard: list[date] = []
    daily.advance(target_on=aims[0], now=lambda: factories.NOW, each_day=heard.append)
    assert heard == [date(2026, 1, day) for day in (1, 2, 3, 4)]


def test_a_move_is_aimed_further_while_it_is_made(provider: int) -> None:
    heard: list[date] = []

    def each_day(on: date) -> None:
        heard.append(on)
        if on == date(2026, 1, 3):
            daily.aim(target_on=date(2026, 1, 5))

    daily.advance(target_on=date(2026, 1, 3), now=lambda: factories.NOW, each_day=each_day)
    assert heard == [date(2026, 1, day) for day in range(1, 6)]
    present = organizations.present()
    assert (present.clock_on, present.clock_target_on) == (date(2026, 1, 5), None)
