"""Several hands on one work: each step once, one scope, and no hand goes on after an error."""

from __future__ import annotations

import threading
from itertools import count

import pytest
from django.db import connection

from perene.kit import hands, tenancy
from tests import factories
from tests.ground import Database


def test_each_step_is_done_once_by_hands_with_connections_of_their_own(database: Database) -> None:
    organization = factories.organization()
    meeting, steps, seen = threading.Barrier(3), count(1), set()

    def step() -> bool:
        number = next(steps)
        if number <= 3:
            meeting.wait(timeout=30)  # three are at work at the same time, or this breaks
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid(), current_setting('perene.organization')")
                seen.add((cursor.fetchone(), number))
        return number < 10

    with tenancy.organization(organization):
        hands.work(step, hands=3)
    assert len({pid for (pid, _), _ in seen}) == 3
    assert {scope for (_, scope), _ in seen} == {str(organization)}
    assert next(steps) == 10 + 3  # the one that said no was the first of three


def test_an_error_of_any_hand_is_raised_and_stops_all() -> None:
    meeting, steps = threading.Barrier(2), count(1)

    def step() -> bool:
        number = next(steps)
        if number <= 2:
            meeting.wait(timeout=30)
        if threading.current_thread() is not threading.main_thread():
            raise ValueError("broken")
        return number < 1_000_000

    with pytest.raises(ValueError, match="broken"):
        hands.work(step, hands=2)


def test_one_hand_works_in_this_thread_and_stops_when_told() -> None:
    done: list[threading.Thread] = []

    def step() -> bool:
        done.append(threading.current_thread())
        return True

    def each() -> None:
        if len(done) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hands.work(step, hands=1, each=each)
    assert done == [threading.main_thread()] * 4
