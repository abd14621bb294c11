"""The worker on a real database: works, is killed, is stopped, is told twice, is told nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from perene.actions import bill, daily
from perene.apps.billing import runs
from perene.apps.billing.models import Invoice
from perene.apps.organizations import clock, organizations
from perene.apps.organizations.models import DailyStep, Organization
from perene.kit import clock as real_clock
from perene.kit import queue, tenancy
from tests import factories
from tests.ground import Database
from tests.interfaces.jobs.conftest import Worker, wait_until

StartWorker = Callable[[], Worker]


def jobs(database: Database, task: str) -> list[tuple[Any, ...]]:
    """(status, arguments, attempts) of the jobs of one task, oldest first."""
    with database.app() as connection:
        return connection.execute(
            "SELECT status, args, attempts FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [task]
        ).fetchall()


def finished_steps(organization_id: int, on: date) -> set[str]:
    with tenancy.organization(organization_id):
        return set(DailyStep.objects.filter(on=on, finished_at__isnull=False).values_list("step", flat=True))


def today_of(organization_id: int) -> date:
    with tenancy.organization(organization_id):
        return clock.today(organizations.present(), now=real_clock.now())


def clock_of(organization_id: int) -> Organization:
    with tenancy.organization(organization_id):
        return organizations.present()


def has_lived(organization_id: int, on: date) -> bool:
    return finished_steps(organization_id, on) == set(daily.STEPS)


def test_a_worker_lives_the_day_of_a_production_organization(
    database: Database, start_worker: StartWorker
) -> None:
    """Nobody enqueued anything: the night, which a worker begins with, sees that the day is not done."""
    number = factories.organization(sandbox_on=None)
    start_worker()
    wait_until(lambda: has_lived(number, today_of(number)))
    with tenancy.organization(number):
        assert daily.left_to_do(today_of(number)) == []


def test_lost_messages_lose_nothing(database: Database, start_worker: StartWorker) -> None:
    """A move of the clock and a run were asked for, and their messages were lost."""
    number = factories.organization()
    with tenancy.organization(number):
        factories.contract(factories.plan("FIBRA", ("Internet 500", 99_90)), due_day=10)
        run_id = bill.start(through=factories.BEGINS_ON, reason="button", now=factories.NOW)
        daily.aim(target_on=factories.BEGINS_ON + timedelta(days=2))
    with database.admin() as admin:
        admin.execute("DELETE FROM procrastinate_jobs")
    assert jobs(database, "move_clock") == jobs(database, "work_run") == []
    start_worker()
    wait_until(lambda: clock_of(number).clock_target_on is None)
    assert clock_of(number).clock_on == date(2026, 1, 3)
    wait_until(lambda: has_lived(number, date(2026, 1, 3)))
    with tenancy.organization(number):
        wait_until(lambda: runs.is_done(run_id))
        assert [invoice.total_cents for invoice in Invoice.objects.all()] == [99_90]


def test_a_job_whose_worker_was_killed_is_taken_up_by_another(
    database: Database, start_worker: StartWorker
) -> None:
    number = factories.organization(sandbox_on=None)
    on = today_of(number)
    # The day comes as far as its run and waits there for a lock that we hold.
    with database.app(organization=number) as obstacle:
        obstacle.execute("SELECT pg_advisory_xact_lock(hashtextextended('perene.run', %s))", [number])
        queue_day(number, on, lock=None)
        first = start_worker()
        wait_until(lambda: "terms" in finished_steps(number, on))
        wait_until(lambda: jobs(database, "day")[0][0] == "doing")
        first.kill()
        obstacle.rollback()
    assert jobs(database, "day")[0][0] == "doing"  # nobody told the queue
    assert finished_steps(number, on) == {"terms"}
    with database.owner() as owner:  # what a minute's silence does
        owner.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'")
    start_worker()
    with tenancy.unscoped("the test asks for the rescue at once"):
        queue.enqueue("rescue", timestamp=0)
    wait_until(lambda: has_lived(number, on))
    wait_until(lambda: jobs(database, "day")[0][0] == "succeeded")


def test_a_killed_job_whose_twin_waits_is_given_up_in_its_favour(
    database: Database, start_worker: StartWorker
) -> None:
    number = factories.organization()
    with database.owner() as owner:
        queue_day(number, factories.BEGINS_ON)
        # A worker took it and was forgotten; its twin has its turn later.
        owner.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        queue_day(number, factories.BEGINS_ON)
        owner.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 day' WHERE status = 'todo'"
        )
    assert [status for status, _, _ in jobs(database, "day")] == ["doing", "todo"]
    with tenancy.unscoped("the test asks for the rescue at once"):
        queue.enqueue("rescue", timestamp=0)
    start_worker()
    wait_until(lambda: jobs(database, "rescue")[0][0] == "succeeded")
    assert [status for status, _, _ in jobs(database, "day")] == ["aborted", "todo"]


def test_a_stopped_worker_lets_go_and_the_next_goes_on(database: Database, start_worker: StartWorker) -> None:
    number = factories.organization()
    target_on = factories.BEGINS_ON + timedelta(days=3000)
    with tenancy.organization(number):
        daily.aim(target_on=target_on)
        queue.enqueue("move_clock", organization_id=number)
    first = start_worker()
    wait_until(lambda: clock_of(number).clock_on > factories.BEGINS_ON)
    assert first.stop() == 0
    reached_on = clock_of(number).clock_on
    assert factories.BEGINS_ON < reached_on < target_on
    # On a busy machine it may end before it could put the job back; the next one takes it up all the same.
    assert jobs(database, "move_clock")[0][0] in ("todo", "doing")
    second = start_worker()
    wait_until(lambda: clock_of(number).clock_on > reached_on)
    assert second.stop() == 0
    assert clock_of(number).clock_target_on == target_on


def test_a_message_is_asked_for_twice_and_waits_once(database: Database) -> None:
    number = factories.organization()
    with tenancy.organization(number), transaction.atomic():
        queue.enqueue("move_clock", lock="move_clock:1", organization_id=number)
        queue.enqueue("move_clock", lock="move_clock:1", organization_id=number)
        # The refused duplicate did not break the transaction.
        organizations.add_unit(name="Filial", code="FILIAL")
    assert jobs(database, "move_clock") == [("todo", {"organization_id": number}, 0)]
    with tenancy.organization(number):
        assert organizations.unit_by_code("FILIAL") is not None


def test_a_message_falls_with_its_transaction(database: Database) -> None:
    number = factories.organization()
    with tenancy.organization(number):
        try:
            with transaction.atomic():
                queue.enqueue("move_clock", organization_id=number)
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    assert jobs(database, "move_clock") == []


def test_arguments_of_jobs_are_ids_and_dates(database: Database) -> None:
    number = factories.organization()
    with tenancy.organization(number):
        queue.enqueue("day", organization_id=number, on="2026-01-01")
    with database.app() as connection:
        stored = connection.execute("SELECT args::text FROM procrastinate_jobs").fetchall()
    assert [json.loads(text) for (text,) in stored] == [{"organization_id": number, "on": "2026-01-01"}]


def queue_day(organization_id: int, on: date, *, lock: str | None = "the day") -> None:
    with tenancy.organization(organization_id):
        queue.enqueue("day", lock=lock, organization_id=organization_id, on=on.isoformat())
