from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import plans, pricing, recurrence
from perene.rules.dunning import DunningTerms
from perene.rules.periods import Interval, IntervalUnit
from perene.rules.plans import PlanItem, PlanTerms
from perene.rules.pricing import LinePrice
from perene.rules.schedule import ChargeDay, ChargeDayKind
from tests.rules import prices
from tests.rules.refused import refused

INTERNET = PlanItem("Internet", LinePrice("price", 9990))
SETUP = PlanItem("Setup", LinePrice("price", 15000), recurrence.one_time(1))
ROUTER = PlanItem("Router", LinePrice("per_unit", 1000, Decimal(2)), recurrence.cycles(3, start=2))


def plan(*items: PlanItem, **more: object) -> PlanTerms:
    return PlanTerms(
        name="Fibra",
        payment_methods=frozenset({"boleto", "pix"}),
        interval=Interval(IntervalUnit.MONTH),
        charge_day=ChargeDay(ChargeDayKind.FIXED, 1),
        due_after_days=7,
        items=items,
    )._replace(**more)


@pytest.mark.capability("G1")
def test_a_sound_plan_is_kept_as_it_is() -> None:
    sound = plan(INTERNET, SETUP, ROUTER, total_cycles=12, dunning=DunningTerms(7, 3, 5, 20))
    assert plans.check(sound) == (sound, ())


@pytest.mark.capability("G1")
def test_a_plan_without_a_name_is_refused() -> None:
    with refused("plan_name_missing"):
        plans.check(plan(INTERNET, name=" "))


@pytest.mark.capability("G2")
def test_payment_methods_are_a_choice_of_four_and_never_none() -> None:
    assert sorted(plans.PaymentMethod) == ["boleto", "card", "pix", "pix_automatico"]
    with refused("payment_methods_missing"):
        plans.check(plan(INTERNET, payment_methods=frozenset()))
    with refused("payment_method_unknown", method="cash"):
        plans.check(plan(INTERNET, payment_methods=frozenset({"pix", "cash"})))


@pytest.mark.capability("G4", "G5", "G8", "G36")
@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("cycles_out_of_range", {"total_cycles": 0}),
        ("charge_day_out_of_range", {"charge_day": ChargeDay(ChargeDayKind.FIXED, 32)}),
        ("charge_day_out_of_range", {"charge_day": ChargeDay(ChargeDayKind.END, 91)}),
        (
            "charge_day_out_of_range",
            {"interval": Interval(IntervalUnit.WEEK), "charge_day": ChargeDay(ChargeDayKind.FIXED, 8)},
        ),
        ("due_after_days_out_of_range", {"due_after_days": 31}),
        ("dunning_every_missing", {"dunning": DunningTerms(0, 3)}),
    ],
)
def test_a_plan_that_cannot_be_is_refused(code: str, more: dict[str, object]) -> None:
    with refused(code):
        plans.check(plan(INTERNET, **more))


@pytest.mark.capability("G10", "G36")
def test_a_reminder_cannot_leave_before_the_charge_is_made() -> None:
    at_once = plan(INTERNET, dunning=DunningTerms(pre_due_days=7))
    assert plans.check(at_once).plan == at_once
    with refused("reminder_before_charge", pre_due_days=8, due_after_days=7):
        plans.check(plan(INTERNET, dunning=DunningTerms(pre_due_days=8)))


@pytest.mark.capability("G36")
def test_the_days_to_the_due_date_follow_the_payment_methods() -> None:
    assert plans.default_due_after_days({"card"}) == 0
    assert plans.default_due_after_days({"boleto"}) == 7
    assert plans.default_due_after_days({"card", "pix"}) == 7
    assert plans.default_due_after_days({"pix_automatico"}) == 7


@pytest.mark.capability("G15")
def test_an_item_needs_a_name() -> None:
    assert plans.check_item(INTERNET, total_cycles=None).line == INTERNET.price
    with refused("item_name_missing"):
        plans.check(plan(INTERNET._replace(name="")))


@pytest.mark.capability("G16")
def test_a_forced_quantity_is_kept_and_told() -> None:
    checked = plans.check(plan(PlanItem("Internet", LinePrice("price", 9990, Decimal(4)))))
    assert checked.plan.items == (INTERNET,)
    assert [dict(warning.params) for warning in checked.warnings] == [{"quantity": Decimal(4)}]


@pytest.mark.capability("G23", "G25")
def test_an_item_charged_beyond_the_count_is_refused() -> None:
    assert plans.check(plan(ROUTER, total_cycles=4)).warnings == ()
    with refused("cycle_beyond_total", last=4, total=3):
        plans.check(plan(ROUTER, total_cycles=3))
    with refused("cycle_beyond_total", last=5, total=4):
        plans.check(plan(SETUP._replace(recurrence=recurrence.one_time(5)), total_cycles=4))


@pytest.mark.capability("G26")
def test_the_summary_of_a_plan_with_an_end() -> None:
    assert plans.summary(plan(INTERNET, SETUP, ROUTER, total_cycles=12)) == plans.Summary(
        first_cycle_cents=9990 + 15000, recurring_cents=9990, total_cents=12 * 9990 + 15000 + 3 * 2000
    )


@pytest.mark.capability("G26")
def test_an_open_ended_plan_has_no_grand_total() -> None:
    assert plans.summary(plan(INTERNET, SETUP)) == (24990, 9990, None)
    assert plans.summary(plan(total_cycles=6)) == (0, 0, 0)


@pytest.mark.capability("G26")
def test_a_total_beyond_any_amount_is_refused() -> None:
    dear = PlanItem("Dear", LinePrice("price", 10**15))
    assert plans.summary(plan(dear, total_cycles=1)).total_cents == 10**15
    with refused("amount_out_of_range"):
        plans.check(plan(dear, total_cycles=2))


@pytest.mark.capability("G26")
@given(st.lists(prices.lines(), max_size=4), st.integers(1, 24), st.data())
def test_the_total_is_the_sum_of_the_cycles(lines: list[LinePrice], total: int, data: st.DataObject) -> None:
    kinds = st.sampled_from([recurrence.CONTINUOUS, recurrence.one_time(total), recurrence.cycles(total)])
    items = [PlanItem("Item", line, data.draw(kinds)) for line in lines]
    by_cycle = [
        sum(pricing.estimate(item.price) for item in items if item.recurrence.applies(cycle))
        for cycle in range(1, total + 1)
    ]
    found = plans.summary(plan(*items, total_cycles=total))
    assert found.total_cents == sum(by_cycle)
    assert found.first_cycle_cents == by_cycle[0]


@pytest.mark.capability("G28")
def test_a_plan_without_items_is_saved_but_not_sold() -> None:
    empty = plan()
    assert plans.check(empty) == (empty, ())
    with refused("plan_without_items"):
        plans.check_sellable(empty)
    plans.check_sellable(plan(INTERNET))


def test_a_metered_item_is_not_sellable_yet() -> None:
    with refused("metered_not_sellable"):
        plans.check(plan(PlanItem("Traffic", LinePrice("metered", 10))))
