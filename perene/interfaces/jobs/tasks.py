"""The jobs by name. Each opens its own organization's scope, does what rows say is left, and may be lost, doubled or killed
anywhere: the night finds again what was not done.
"""

import logging
from datetime import date, datetime
from types import ModuleType
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted, UniqueViolation
from procrastinate.jobs import Status

from perene.actions import alerts, bill, daily, deliver, rehearse, reverse_run, sign_in
from perene.apps.billing import runs
from perene.apps.billing.models import RunStatus
from perene.apps.events import endpoints
from perene.apps.organizations import clock, organizations
from perene.kit import clock as real_clock
from perene.kit import queue, tenancy
from perene.rules.refusals import Refusal

log = logging.getLogger(__name__)

# A worker that was asked to stop lets go between two steps of a long job, and the next worker goes on with it.
AGAIN_AFTER_STOP = RetryStrategy(retry_exceptions=[JobAborted])

# Who works on a run, by its state; each has `free_batches` and `finish`.
AT_WORK: dict[str, ModuleType] = {
    RunStatus.REHEARSING: rehearse,
    RunStatus.RUNNING: bill,
    RunStatus.REVERSING: reverse_run,
}

# A worker says every 10 s that it lives.
SILENT_SECONDS = 40

# Calls to other systems wait behind whatever else there is to do, and let others have a turn.
CALLS_COME_LAST = -10
ROUNDS_OF_A_TURN = 50


@app.periodic(cron="*/5 * * * *")
@app.task(name="night", queueing_lock="night")
def night(timestamp: int) -> None:
    """Every five minutes: enqueue what any organization has left to do. `timestamp` is the queue's own."""
    with tenancy.unscoped("which organizations there are"):
        ids = organizations.ids_at_work()
    now = real_clock.now()
    with tenancy.unscoped("sessions and failures of signing in belong to no organization"):
        sign_in.forget_old(now=now)
    for organization_id in ids:
        with tenancy.organization(organization_id):
            _enqueue_what_is_left(organization_id, now=now)
            alerts.watch(now=now)


@app.task(name="day", retry=AGAIN_AFTER_STOP)
def day(organization_id: int, on: str) -> None:
    """Do what is left of a day (`on` is ISO 8601)."""
    with tenancy.organization(organization_id):
        try:
            with daily.moving():
                daily.day(date.fromisoformat(on), now=real_clock.now)
        except Refusal as refusal:
            _only_busy(refusal)


@app.task(name="move_clock", pass_context=True, retry=AGAIN_AFTER_STOP)
def move_clock(context: JobContext, organization_id: int) -> None:
    """Move a sandbox organization's clock to where it was asked to go, living every day."""

    def each_day(on: date) -> None:
        _let_go_if_asked(context)

    with tenancy.organization(organization_id):
        if not organizations.present().is_sandbox:
            log.error("organization %s is not a sandbox: its clock is not moved", organization_id)
            return
        try:
            with daily.moving():
                daily.finish_move(now=real_clock.now, each_day=each_day)
        except Refusal as refusal:
            _only_busy(refusal)


@app.task(name="work_run", pass_context=True, retry=AGAIN_AFTER_STOP)
def work_run(context: JobContext, organization_id: int, run_id: str) -> None:
    """Help with a run, be it rehearsed, billed or taken back, until no batch is free, and close it if that was the last."""
    run = UUID(run_id)
    with tenancy.organization(organization_id):
        work = AT_WORK.get(runs.one(run).status)
        if work is not None:
            work.free_batches(run, now=real_clock.now, each_chunk=lambda: _let_go_if_asked(context))
            work.finish(run, now=real_clock.now())


@app.periodic(cron="* * * * * */10")
@app.task(name="webhooks", queueing_lock="webhooks", priority=CALLS_COME_LAST)
def webhooks(timestamp: int) -> None:
    """Every ten seconds: what happened becomes deliveries, and endpoints with something due are called."""
    for organization_id in _organizations():
        with tenancy.organization(organization_id):
            deliver.spread(now=real_clock.now)
            for endpoint_id in endpoints.with_something_due(now=real_clock.now()):
                queue.enqueue(
                    "deliver",
                    lock=f"deliver:{endpoint_id}",
                    organization_id=organization_id,
                    endpoint_id=str(endpoint_id),
                )


@app.task(name="deliver", pass_context=True, priority=CALLS_COME_LAST, retry=AGAIN_AFTER_STOP)
def deliver_due(context: JobContext, organization_id: int, endpoint_id: str) -> None:
    """Call one endpoint until nothing is due there, or it does not answer, or others have waited for their turn."""
    endpoint = UUID(endpoint_id)
    with tenancy.organization(organization_id):
        for _ in range(ROUNDS_OF_A_TURN):
            on = clock.today(organizations.present(), now=real_clock.now())
            if not deliver.due(endpoint, now=real_clock.now, on=on):
                break
            _let_go_if_asked(context)


@app.periodic(cron="37 3 * * *")
@app.task(name="forget_deliveries", queueing_lock="forget_deliveries")
def forget_deliveries(timestamp: int) -> None:
    """Every night: what was delivered months ago is forgotten."""
    for organization_id in _organizations():
        with tenancy.organization(organization_id):
            while deliver.forget_old(now=real_clock.now()):
                pass


@app.periodic(cron="* * * * *")
@app.task(name="rescue", queueing_lock="rescue", pass_context=True)
async def rescue(context: JobContext, timestamp: int) -> None:
    """Every minute: jobs whose worker was killed wait again. One whose twin waits already is given up in its favour."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        log.warning("job %s is taken up again: its worker is gone", job.call_string)
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, status=Status.ABORTED, delete_job=False)


@app.periodic(cron="17 3 * * *")
@app.task(name="tidy", queueing_lock="tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:
    """Every night: messages that were done days ago are forgotten; failed ones stay in sight longer."""
    manager = context.app.job_manager
    await manager.delete_old_jobs(nb_hours=3 * 24)
    await manager.delete_old_jobs(
        nb_hours=90 * 24, include_failed=True, include_cancelled=True, include_aborted=True
    )


def _organizations() -> list[int]:
    with tenancy.unscoped("which organizations there are"):
        return organizations.ids_at_work()


def _enqueue_what_is_left(organization_id: int, *, now: datetime) -> None:
    present = organizations.present()
    if present.is_sandbox:
        if present.clock_target_on is not None:
            queue.enqueue("move_clock", lock=f"move_clock:{organization_id}", organization_id=organization_id)
    else:
        for on in daily.left_to_do(clock.today(present, now=now)):
            queue.enqueue(
                "day", lock=f"day:{organization_id}:{on}", organization_id=organization_id, on=on.isoformat()
            )
    for run_id in runs.all_under_way(today=clock.today(present, now=now)):
        queue.enqueue(
            "work_run", lock=f"work_run:{run_id}", organization_id=organization_id, run_id=str(run_id)
        )


def _let_go_if_asked(context: JobContext) -> None:
    if context.should_abort():
        raise JobAborted


def _only_busy(refusal: Refusal) -> None:
    """Somebody else is at it: they finish it, or the night finds it again."""
    if refusal.code != "day_under_way":
        raise refusal
    log.info("%s", refusal)
