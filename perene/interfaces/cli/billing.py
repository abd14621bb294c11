"""`perene bill`: a run of everything that is due."""

from argparse import Namespace

from django.utils.translation import gettext as _

from perene.actions import bill as bill_action
from perene.apps.billing import runs
from perene.apps.organizations import clock, organizations
from perene.interfaces.cli import common, drive, rehearsal
from perene.kit import clock as real_clock
from perene.kit import tenancy
from perene.rules import money
from perene.rules.refusals import Refusal


def bill(arguments: Namespace) -> int:
    """Start the run, or join the one that was interrupted, and come back when nothing of it is left."""
    organization_id = common.organization_id(arguments.organization)
    with tenancy.organization(organization_id):
        present = organizations.present()
        today = clock.today(present, now=real_clock.now())
        through = arguments.through or today
        if arguments.rehearse:
            return rehearsal.show(through, as_json=arguments.json)
        if through > today and not present.is_sandbox:
            raise Refusal(
                "billing_ahead_of_time",
                "Today is {today}: charges of {through} cannot be billed yet.",
                today=today,
                through=through,
            )
        run_id = bill_action.start(through=through, reason="command", now=real_clock.now())
        contracts = runs.progress(run_id).contracts
        with common.progress(_("Billing contracts"), total=contracts, as_json=arguments.json) as shown:

            def each_look(progress: runs.Progress) -> None:
                shown.show(
                    progress.contracts_done,
                    _("{invoices} invoices, {total}").format(
                        invoices=progress.invoices, total=money.format_brl(progress.total_cents)
                    ),
                )

            dead = drive.finish(organization_id, run_id, workers=arguments.workers, each_look=each_look)
        done = runs.progress(run_id)
    _report(arguments, done, dead=dead)
    return 0


def _report(arguments: Namespace, done: runs.Progress, *, dead: list[str]) -> None:
    if arguments.json:
        common.tell(
            "done",
            invoices=done.invoices,
            lines=done.lines,
            parked=done.parked,
            total_cents=done.total_cents,
            dead_workers=dead,
        )
        return
    for each in dead:
        print(_("A process ended early ({why}); the others did its part.").format(why=each))
    print(
        _("{invoices} invoices, {lines} lines, {total}; contracts held back: {parked}.").format(
            invoices=done.invoices,
            lines=done.lines,
            total=money.format_brl(done.total_cents),
            parked=done.parked,
        )
    )
