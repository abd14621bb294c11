"""`perene bill --rehearse`: what a run would bill, and what it would hold."""

from datetime import date

from django.utils.translation import gettext as _

from perene.actions import rehearse
from perene.apps.billing import runs
from perene.interfaces.cli import common
from perene.kit import clock
from perene.reports import rehearsal
from perene.rules import money


def show(through: date, *, as_json: bool) -> int:
    """Rehearse and tell the figures; a person approves it on its page. Call within the organization's scope."""
    run_id = rehearse.start(through=through, now=clock.now())
    contracts = runs.progress(run_id).contracts
    with common.progress(_("Rehearsing contracts"), total=contracts, as_json=as_json) as shown:

        def each_chunk() -> None:
            done = runs.progress(run_id, step=runs.REHEARSED)
            shown.show(done.contracts_done, "")

        rehearse.free_batches(run_id, now=clock.now, each_chunk=each_chunk)
        while rehearse.next_chunk(run_id, now=clock.now(), waits=True):
            each_chunk()
        each_chunk()
    rehearse.finish(run_id, now=clock.now())
    _report(rehearsal.summary(run_id), run_id=str(run_id), as_json=as_json)
    return 0


def _report(found: rehearsal.Summary, *, run_id: str, as_json: bool) -> None:
    if as_json:
        common.tell(
            "rehearsed",
            run=run_id,
            contracts=found.bill.contracts,
            total_cents=found.bill.total_cents,
            held=found.hold.contracts,
            previous_cents=found.previous_cents,
            anomalies=dict(found.anomalies),
        )
        return
    print(
        _("{contracts} contracts would be billed {total}; held: {held}. Last cycle: {previous}.").format(
            contracts=found.bill.contracts,
            total=money.format_brl(found.bill.total_cents),
            held=found.hold.contracts,
            previous=money.format_brl(found.previous_cents),
        )
    )
    print(_("Nothing was billed: approve it on the page of billing runs."))
