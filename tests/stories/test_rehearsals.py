"""A run is rehearsed, looked at, approved, taken back and let go again."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import transaction

from perene.actions import bill, change, rehearse, reverse_run, settle
from perene.apps.billing import runs
from perene.apps.billing.models import Batch, Charge, Invoice, Parked, Rehearsed, Run
from perene.apps.contracts.models import ContractLine
from perene.apps.events.models import Event
from perene.apps.organizations.models import NumberSequence
from perene.apps.receivables.models import Receivable
from perene.kit import clock
from perene.reports import verification
from tests import factories
from tests.ground import Database
from tests.stories import statement
from tests.stories.statement import text
from tests.stories.unchanged import dump, refused

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
BILLED = ("billing_invoice", "billing_invoiceline", "billing_charge", "billing_parked", "ledger_entry", "ledger_posting",
          "receivables_receivable", "organizations_numbersequence", "contracts_billingterms")  # fmt: skip


def rehearsed(through: date) -> UUID:
    return rehearse.whole(through=through, now=clock.now)


def approved(run_id: UUID) -> None:
    rehearse.approve(run_id, now=clock.now())
    bill.free_batches(run_id, now=clock.now)
    assert bill.finish(run_id, now=clock.now())


def rows(run_id: UUID) -> list[tuple[int, str, int, int | None, str]]:
    """(contract number, decision, total, last bill, anomaly) by contract."""
    found = Rehearsed.objects.filter(run_id=run_id).order_by("contract__number")
    return list(found.values_list("contract__number", "decision", "total_cents", "previous_cents", "anomaly"))


def open_parked() -> list[tuple[int, str]]:
    return list(
        Parked.objects.filter(is_open=True)
        .order_by("contract__number")
        .values_list("contract__number", "code")
    )


@pytest.mark.capability("X2")
def test_a_rehearsal_writes_nothing_and_its_approval_bills_the_same(
    provider: int, database: Database
) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00), ("Wi-Fi", 15_00))
    for day in (5, 10, 15):
        factories.contract(fiber, due_day=day)
    factories.run(JANUARY)
    before = dump(database)
    run_id = rehearsed(FEBRUARY)
    after = dump(database)
    assert {table for table in after if after[table] != before[table]} == {
        "billing_run",
        "billing_batch",
        "billing_rehearsed",
        "organizations_numbersequence",
    }
    assert NumberSequence.objects.get(name="invoice").next == 4
    assert rows(run_id) == [(number, "bill", 115_00, 115_00, "") for number in (1, 2, 3)]
    # Asked for again, it is the same one.
    assert rehearse.start(through=FEBRUARY, now=clock.now()) == run_id

    approved(run_id)
    assert [row[1] for row in rows(run_id)] == ["billed"] * 3
    assert statement.headers() == text(
        """
        invoice 1 for Ana Souza of 2026-01-01 due 2026-01-05 by boleto: 115.00 open
        invoice 2 for Ana Souza of 2026-01-01 due 2026-01-10 by boleto: 115.00 open
        invoice 3 for Ana Souza of 2026-01-01 due 2026-01-15 by boleto: 115.00 open
        invoice 4 for Ana Souza of 2026-02-01 due 2026-02-05 by boleto: 115.00 open
        invoice 5 for Ana Souza of 2026-02-01 due 2026-02-10 by boleto: 115.00 open
        invoice 6 for Ana Souza of 2026-02-01 due 2026-02-15 by boleto: 115.00 open
        """
    )
    run = Run.objects.get(id=run_id)
    assert (str(run.status), run.reason) == ("done", "rehearsal")
    assert runs.progress(run_id).total_cents == 345_00


@pytest.mark.capability("X2")
def test_what_changed_since_is_held_contract_by_contract(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    radio = factories.plan("RADIO", ("Internet", 110_00))
    _same, changed, ended, later, held = (factories.contract(fiber, due_day=10) for _ in range(5))
    factories.run(JANUARY)
    assert Invoice.objects.count() == 5
    run_id = rehearsed(FEBRUARY)
    assert [row[0] for row in rows(run_id)] == [1, 2, 3, 4, 5]
    change.plan(changed, plan_version_id=radio, on=JANUARY)
    change.cancel(ended, ends_on=FEBRUARY, reason="mudou", on=JANUARY)
    bill.whole_run(through=FEBRUARY, reason="retry", now=clock.now, contract_id=later)
    newcomer = factories.contract(fiber, due_day=10, on=FEBRUARY)
    assert rehearse.decide(run_id, [held], bill=False, now=clock.now()) == 1
    approved(run_id)
    assert [(number, decision) for number, decision, *_ in rows(run_id)] == [
        (1, "billed"),
        (2, "changed"),
        (3, "changed"),
        (4, "changed"),
        (5, "hold"),
    ]
    # One that ended or was billed by others has nothing to wait for; what came later is not this run's.
    assert open_parked() == [(2, "changed_since_rehearsal"), (5, "held_by_a_person")]
    assert Invoice.objects.filter(run_id=run_id).count() == 1
    assert verification.verify() == []
    # The next unattended run leaves them alone, and bills the newcomer.
    factories.run(FEBRUARY)
    assert open_parked() == [(2, "changed_since_rehearsal"), (5, "held_by_a_person")]
    assert Invoice.objects.filter(contract_id=newcomer).count() == 1
    # A person lets them go, one by one.
    for contract_id in (changed, held):
        bill.whole_run(through=FEBRUARY, reason="retry", now=clock.now, contract_id=contract_id)
    assert open_parked() == []
    assert Invoice.objects.filter(contract_id=changed).latest("number").total_cents == 110_00


@pytest.mark.capability("X2")
def test_anomalies_are_held_with_their_reason(provider: int) -> None:
    cheap = factories.plan("BASICO", ("Internet", 100_00))
    turbo = factories.plan("TURBO", ("Internet", 200_00))
    later = {"name": "Depois", "recurrence": "cycles:2:12"}
    dear = factories.plan("SOBE", ("Internet", 100_00), later | {"unit_cents": 40_01})
    limit = factories.plan("QUASE", ("Internet", 100_00), later | {"unit_cents": 40_00})
    once = {"name": "Internet", "unit_cents": 100_00, "recurrence": "cycles:1:1"}
    free = factories.plan("CORTESIA", once, ("Suporte", 0))
    rises, _stays, frees, _month_end, upgraded = (
        factories.contract(plan, due_day=day)
        for plan, day in ((dear, 10), (limit, 10), (free, 10), (cheap, 31), (cheap, 10))
    )
    factories.run(JANUARY)
    change.plan(upgraded, plan_version_id=turbo, on=JANUARY)
    factories.contract(turbo, due_day=31, on=FEBRUARY)
    run_id = rehearsed(FEBRUARY)
    assert rows(run_id) == [
        (1, "hold", 140_01, 100_00, "bill_rose"),
        (2, "bill", 140_00, 100_00, ""),
        (3, "hold", 0, 100_00, "bill_is_zero"),
        (4, "hold", 100_00, 100_00, "due_day_clipped"),
        (5, "hold", 200_00, 100_00, "bill_rose"),
        (6, "bill", 200_00, None, ""),
    ]
    assert Rehearsed.objects.get(run_id=run_id, contract_id=rises).params == {
        "now_cents": 140_01,
        "previous_cents": 100_00,
        "percent": 40,
    }
    # Nobody looks on at night: the 31st that February lacks is no reason to wait then, nor what a person changed.
    rehearse.discard(run_id, now=clock.now())
    factories.run(FEBRUARY)
    assert open_parked() == [(1, "bill_rose"), (3, "bill_is_zero")]
    # The next night tries again, and still holds; a person bills it anyway, once.
    factories.run(date(2026, 2, 2))
    assert open_parked() == [(1, "bill_rose"), (3, "bill_is_zero")]
    for contract_id in (rises, frees):
        bill.whole_run(
            through=date(2026, 2, 2),
            reason="accepted",
            now=clock.now,
            contract_id=contract_id,
            accepts_anomalies=True,
        )
    assert open_parked() == []
    factories.run(MARCH)
    assert open_parked() == []


def test_a_bill_due_at_once_is_asked_about_in_a_rehearsal(provider: int) -> None:
    at_once = factories.plan("JA", ("Internet", 100_00), due_after_days=0)
    card = factories.contract(at_once, payment_method="card")
    boleto = factories.contract(at_once, payment_method="boleto")
    run_id = rehearsed(JANUARY)
    found = Rehearsed.objects.filter(run_id=run_id).values_list("contract_id", "anomaly", "decision")
    assert set(found) == {(card, "", "bill"), (boleto, "due_rule_missing", "hold")}
    rehearse.discard(run_id, now=clock.now())
    # A night takes the plan at its word, or it would hold those contracts every month.
    factories.run(JANUARY)
    assert open_parked() == []
    assert Invoice.objects.count() == 2


def test_a_rehearsal_of_a_far_day_is_refused(provider: int, database: Database) -> None:
    for far in (date(9999, 12, 31), date(2020, 1, 1)):
        with refused(database, "rehearsal_too_far", through=far):
            rehearse.start(through=far, now=clock.now())


def test_a_held_one_may_be_billed_and_a_sound_one_held(provider: int) -> None:
    cheap = factories.plan("BASICO", ("Internet", 100_00))
    dear = factories.plan("TURBO", ("Internet", 200_00))
    one, other = factories.contract(cheap, due_day=10), factories.contract(cheap, due_day=10)
    factories.run(JANUARY)
    change.plan(one, plan_version_id=dear, on=JANUARY)
    run_id = rehearsed(FEBRUARY)
    assert rehearse.decide(run_id, [one], bill=True, now=clock.now()) == 1
    assert rehearse.decide(run_id, [other], bill=False, now=clock.now()) == 1
    approved(run_id)
    assert open_parked() == [(2, "held_by_a_person")]
    assert Invoice.objects.get(run_id=run_id).total_cents == 200_00
    # What a person held is held in the next rehearsal too.
    again = rehearsed(FEBRUARY)
    assert rows(again) == [(2, "hold", 100_00, 100_00, "held_by_a_person")]
    rehearse.decide(again, [other], bill=True, now=clock.now())
    approved(again)
    assert open_parked() == []


def test_what_cannot_be_priced_stays_held(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    bad = factories.contract(fiber, due_day=10)
    with transaction.atomic():
        ContractLine.objects.filter(contract_id=bad).update(
            calc_type="graduated", quantity=10, tiers=[["x", 1, 0]]
        )
    run_id = rehearsed(JANUARY)
    [(number, decision, total, previous, code)] = rows(run_id)
    assert (number, decision, total, previous) == (1, "hold", 0, None)
    assert rehearse.decide(run_id, [bad], bill=True, now=clock.now()) == 0
    approved(run_id)
    assert open_parked() == [(1, code)]


def test_states_refuse_what_does_not_fit(provider: int, database: Database) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    factories.contract(fiber, due_day=10)
    run_id = rehearse.start(through=JANUARY, now=clock.now())
    with refused(database, "rehearsal_not_ready"):
        rehearse.approve(run_id, now=clock.now())
    # Not approved, nothing of it is billed, whoever asks.
    assert bill.next_chunk(run_id, now=clock.now()) is None
    rehearse.free_batches(run_id, now=clock.now)
    assert rehearse.finish(run_id, now=clock.now())
    assert bill.next_chunk(run_id, now=clock.now()) is None
    rehearse.approve(run_id, now=clock.now())
    with refused(database, "rehearsal_not_ready"):
        rehearse.approve(run_id, now=clock.now())
    with refused(database, "rehearsal_not_ready"):
        rehearse.discard(run_id, now=clock.now())
    with refused(database, "run_under_way"):
        rehearse.start(through=JANUARY, now=clock.now())
    with refused(database, "run_not_done"):
        reverse_run.start(run_id, reason="engano", on=JANUARY, now=clock.now())
    # A night that comes joins it, and bills what became due since in a run of its own.
    factories.contract(fiber, due_day=20)
    last = factories.run(JANUARY)
    assert last != run_id and Invoice.objects.filter(run_id=run_id).count() == 1
    assert Invoice.objects.count() == 2
    with refused(database, "run_unknown"):
        rehearse.approve(UUID(int=7), now=clock.now())


@pytest.mark.capability("X2")
def test_a_run_is_taken_back_as_one_and_its_charges_wait_for_a_person(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    ahead = factories.plan("ANUAL", ("Domínio", 60_00), charge_day_kind="before", charge_day=10)
    ana = factories.customer()
    for day in (5, 20):
        factories.contract(fiber, customer_id=ana, due_day=day)
    factories.contract(
        ahead, customer_id=ana, due_day=5, on=date(2026, 1, 5), billing_method="one_per_charge"
    )
    factories.run(JANUARY)
    books, owed = statement.books(), receivables_open()
    factories.live_until(FEBRUARY)
    run_id = Run.objects.filter(through_on=FEBRUARY).latest("number").id
    count = Invoice.objects.filter(run_id=run_id).count()
    assert count >= 2
    before = books_of_others(run_id)
    plan = reverse_run.plan(run_id)
    assert (plan.invoices, plan.obstacle_count) == (count, 0)
    assert plan.total_cents == sum(
        Invoice.objects.filter(run_id=run_id).values_list("total_cents", flat=True)
    )
    reverse_run.whole(run_id, reason="preço errado", on=FEBRUARY, now=clock.now)
    assert {
        str(status) for status in Invoice.objects.filter(run_id=run_id).values_list("status", flat=True)
    } == {"cancelled"}
    assert books_of_others(run_id) == before
    assert verification.verify() == []
    assert Event.objects.filter(kind="invoice.cancelled").count() == count
    held = Charge.objects.filter(status="held")
    assert held.count() == count
    # No run bills them, night after night.
    factories.run(date(2026, 2, 2))
    assert held.count() == count
    assert reverse_run.release(run_id=run_id, on=date(2026, 2, 2), now=clock.now()) == count
    assert reverse_run.release(run_id=run_id, on=date(2026, 2, 2), now=clock.now()) == 0
    assert verification.verify() == []
    factories.run(date(2026, 2, 2))
    assert not Charge.objects.exclude(status="invoiced").exists()
    assert verification.verify() == []
    assert books and owed


def receivables_open() -> int:
    return sum(Receivable.objects.values_list("open_cents", flat=True))


def books_of_others(run_id: UUID) -> tuple[int, int]:
    """What invoices of other runs left open, and that it is what the books say is owed beside this run's."""
    others = Invoice.objects.exclude(run_id=run_id).values_list("receivable_id", flat=True)
    mine = Invoice.objects.filter(run_id=run_id, status="open").values_list("receivable_id", flat=True)
    open_of_others = sum(Receivable.objects.filter(id__in=list(others)).values_list("open_cents", flat=True))
    open_of_mine = sum(Receivable.objects.filter(id__in=list(mine)).values_list("open_cents", flat=True))
    said = dict(
        part.rsplit(" ", 1) for part in statement.books().removeprefix("books: ").split(", ") if " " in part
    )
    total = round(float(said.get("receivables", "0")) * 100)
    return open_of_others, total - open_of_mine


def test_a_payment_stands_in_the_way_of_a_reversal(provider: int, database: Database) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    for day in (5, 10):
        factories.contract(fiber, due_day=day)
    run_id = factories.run(JANUARY)
    paid = Invoice.objects.get(number=2)
    settlement_id = settle.receive(
        paid.receivable_id, paid_on=JANUARY, received_cents=40_00, method="pix", on=JANUARY, now=clock.now()
    )
    plan = reverse_run.plan(run_id)
    assert plan.obstacle_count == 1
    assert [(one.kind, one.number, one.cents) for one in plan.obstacles] == [("payment", 2, 40_00)]
    with refused(database, "run_has_payments", count=1, numbers="2"):
        reverse_run.start(run_id, reason="engano", on=JANUARY, now=clock.now())
    with refused(database, "reason_missing"):
        settle.reverse(settlement_id, reason=" ", on=JANUARY, now=clock.now())
    settle.reverse(settlement_id, reason="estorno", on=JANUARY, now=clock.now())
    reverse_run.whole(run_id, reason="engano", on=JANUARY, now=clock.now)
    assert statement.books() == "books: empty"
    assert [str(run.status) for run in Run.objects.all()] == ["reversed"]
    with refused(database, "run_not_done"):
        reverse_run.start(run_id, reason="engano", on=JANUARY, now=clock.now())


def test_a_reversal_that_broke_off_is_finished_by_the_next(provider: int) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    for day in range(1, 8):
        factories.contract(fiber, due_day=day)
    run_id = bill.start(through=JANUARY, reason="test", now=clock.now(), batch_size=3)
    bill.free_batches(run_id, now=clock.now)
    bill.finish(run_id, now=clock.now())
    reverse_run.start(run_id, reason="engano", on=JANUARY, now=clock.now())
    assert reverse_run.next_chunk(run_id, now=clock.now())
    assert not reverse_run.finish(run_id, now=clock.now())
    assert Batch.objects.filter(run_id=run_id, is_reversed=True).count() == 1
    assert Invoice.objects.filter(status="cancelled").count() == 3
    reverse_run.free_batches(run_id, now=clock.now)
    assert reverse_run.finish(run_id, now=clock.now())
    assert not reverse_run.finish(run_id, now=clock.now())
    assert statement.books() == "books: empty"
    assert Charge.objects.filter(status="held").count() == 7
