"""What a plan may say, and what it adds up to (G1–G13, G15–G17, G19–G27, G36)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from perene.actions import dunning as actions
from perene.actions import plans
from perene.apps.catalog.plans import ItemSummary
from perene.apps.policies import dunning
from perene.rules.dunning import DunningTerms
from perene.rules.plans import Summary
from tests.apps.catalog import shop
from tests.ground import Database
from tests.stories.unchanged import refused


@pytest.mark.capability("G1")
def test_a_plan_is_kept_as_it_was_said(provider: int) -> None:
    net = shop.item("NET", 99_90)
    said = shop.content(
        shop.line(net, name="Internet", discount_cents=10_00, recurrence="cycles:1:3"),
        name="Fibra 500",
        payment_methods=("boleto", "pix"),
        interval_unit="quarter",
        interval_count=2,
        total_cycles=8,
        charge_day_kind="before",
        charge_day=5,
        due_after_days=10,
        prorate_last=True,
        dunning=DunningTerms(3, 2, 5, 20),
        metadata={"velocidade": "500 Mbps"},
    )
    saved = plans.create("FIBRA-500", said, is_active=True)
    version = shop.latest(saved.plan_id)
    assert (version.plan.external_code, version.number, saved.number) == ("FIBRA-500", 1, 1)
    kept = shop.says(saved.plan_id)
    assert kept.items[0].unit_cents == 99_90
    for fact in ("name", "payment_methods", "interval_unit", "interval_count", "total_cycles", "charge_day_kind",
                 "charge_day", "due_after_days", "prorate_first", "prorate_last", "dunning", "metadata"):  # fmt: skip
        assert getattr(kept, fact) == getattr(said, fact), fact


@pytest.mark.parametrize(
    ("says", "why"),
    [
        pytest.param({"name": " "}, "plan_name_missing", marks=pytest.mark.capability("G1")),
        pytest.param({"payment_methods": ()}, "payment_methods_missing", marks=pytest.mark.capability("G2")),
        pytest.param(
            {"payment_methods": ("ted",)}, "payment_method_unknown", marks=pytest.mark.capability("G2")
        ),
        pytest.param({"interval_unit": "day"}, "interval_unknown", marks=pytest.mark.capability("G3")),
        pytest.param({"interval_count": 0}, "interval_out_of_range", marks=pytest.mark.capability("G3")),
        pytest.param({"total_cycles": 0}, "cycles_out_of_range", marks=pytest.mark.capability("G4")),
        pytest.param({"charge_day": 32}, "charge_day_out_of_range", marks=pytest.mark.capability("G5")),
        pytest.param(
            {"interval_unit": "week", "charge_day": 8},
            "charge_day_out_of_range",
            marks=pytest.mark.capability("G5"),
        ),
        pytest.param(
            {"charge_day_kind": "before", "charge_day": -1},
            "charge_day_out_of_range",
            marks=pytest.mark.capability("G6"),
        ),
        pytest.param(
            {"charge_day_kind": "end", "charge_day": 91},
            "charge_day_out_of_range",
            marks=pytest.mark.capability("G7"),
        ),
        pytest.param(
            {"charge_day_kind": "end", "charge_day": None},
            "charge_day_days_missing",
            marks=pytest.mark.capability("G8"),
        ),
        pytest.param(
            {"dunning": DunningTerms(pre_due_days=11)},
            "dunning_pre_due_out_of_range",
            marks=pytest.mark.capability("G10"),
        ),
        pytest.param(
            {"dunning": DunningTerms(None, 0, 5, 20)},
            "dunning_start_out_of_range",
            marks=pytest.mark.capability("G11"),
        ),
        pytest.param(
            {"dunning": DunningTerms(None, 3, None, 20)},
            "dunning_every_missing",
            marks=pytest.mark.capability("G12"),
        ),
        pytest.param(
            {"dunning": DunningTerms(None, 3, 5, 181)},
            "dunning_for_out_of_range",
            marks=pytest.mark.capability("G13"),
        ),
        pytest.param({"metadata": {"": "x"}}, "metadata_malformed", marks=pytest.mark.capability("G27")),
        pytest.param(
            {"due_after_days": 31}, "due_after_days_out_of_range", marks=pytest.mark.capability("G36")
        ),
        pytest.param(
            {"due_after_days": 2, "dunning": DunningTerms(pre_due_days=3)},
            "reminder_before_charge",
            marks=pytest.mark.capability("G36"),
        ),
    ],
)
def test_a_plan_that_cannot_be(provider: int, database: Database, says: dict[str, Any], why: str) -> None:
    net = shop.item()
    with refused(database, why):
        shop.plan(shop.line(net), **says)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        pytest.param({"name": " "}, "item_name_missing", marks=pytest.mark.capability("G15")),
        pytest.param({"unit_cents": 10**18}, "amount_out_of_range", marks=pytest.mark.capability("G17")),
        pytest.param(
            {"adjustment_kind": "percent", "discount_percent": Decimal("100.5")},
            "percent_out_of_range",
            marks=pytest.mark.capability("G19"),
        ),
        pytest.param({"surcharge_cents": -1}, "adjustment_negative", marks=pytest.mark.capability("G20")),
        pytest.param(
            {"discount_cents": 100_01}, "discount_above_price", marks=pytest.mark.capability("G21", "G22")
        ),
        pytest.param(
            {"recurrence": "one_time:13"}, "cycle_beyond_total", marks=pytest.mark.capability("G23")
        ),
        pytest.param({"recurrence": "always"}, "recurrence_malformed", marks=pytest.mark.capability("G24")),
        pytest.param(
            {"recurrence": "cycles:11:3"}, "cycle_beyond_total", marks=pytest.mark.capability("G25")
        ),
    ],
)
def test_an_item_of_a_plan_that_cannot_be(
    provider: int, database: Database, says: dict[str, Any], why: str
) -> None:
    net = shop.item("NET", 100_00)
    with refused(database, why):
        shop.plan(shop.line(net, **says), total_cycles=12)


@pytest.mark.capability("G16")
def test_the_quantity_counts_everywhere_but_for_price(provider: int, database: Database) -> None:
    net, points = shop.item("NET", 100_00), shop.item("PONTOS", 7_50, calc_type="per_unit")
    saved = plans.create("FIBRA", shop.content(shop.line(net, 3), shop.line(points, 4)))
    assert [row.quantity for row in shop.lines_of(saved.plan_id)] == [Decimal(1), Decimal(4)]
    assert [(notice.code, notice.text.params) for notice in saved.notices] == [
        ("item.quantity_forced", {"quantity": Decimal(3)}),
        ("item.included", {}),
        ("item.included", {}),
    ]
    assert shop.summary(saved.plan_id).totals.recurring_cents == 100_00 + 30_00
    with refused(database, "quantity_out_of_range"):
        shop.plan(shop.line(points, -1), code="OUTRO")


@pytest.mark.capability("G17", "G19", "G20", "G21", "G22")
@pytest.mark.parametrize(
    ("says", "estimated_cents"),
    [
        ({"surcharge_cents": 10_00, "discount_cents": 2_50}, 107_49),
        # Both percentages are of the base; only what the kind reads counts.
        (
            {
                "adjustment_kind": "percent",
                "surcharge_percent": Decimal(10),
                "discount_percent": Decimal("2.5"),
                "discount_cents": 50_00,
            },
            107_49,
        ),
        ({"discount_cents": 99_99}, 0),
    ],
)
def test_surcharge_and_discount_show_in_the_estimate_alone(
    provider: int, says: dict[str, Any], estimated_cents: int
) -> None:
    plan_id = shop.plan(shop.line(shop.item("NET", 99_99), **says))
    assert shop.summary(plan_id).items == (ItemSummary("Net", 99_99, estimated_cents),)


@pytest.mark.capability("G4", "G23", "G24", "G25", "G26")
def test_the_summary_counts_each_item_in_its_cycles(provider: int) -> None:
    net, router, extra = shop.item("NET", 100_00), shop.item("ROTEADOR", 250_00), shop.item("BONUS", -20_00)
    lines = (
        shop.line(net),
        shop.line(router, recurrence="one_time:1"),
        shop.line(extra, recurrence="cycles:2:3"),
    )
    bounded = shop.plan(*lines, total_cycles=12)
    assert shop.summary(bounded).totals == Summary(350_00, 100_00, 12 * 100_00 + 250_00 - 3 * 20_00)
    open_ended = shop.plan(*lines, code="ABERTO")
    assert shop.summary(open_ended).totals == Summary(350_00, 100_00, None)


@pytest.mark.capability("G26")
def test_a_summary_beyond_any_amount_is_refused(provider: int, database: Database) -> None:
    dear = shop.item("CARO", 10**15)
    with refused(database, "amount_out_of_range"):
        shop.plan(shop.line(dear), total_cycles=2)


@pytest.mark.capability("G27")
def test_free_attributes_stand_in_the_summary(provider: int) -> None:
    plan_id = shop.plan(shop.line(shop.item()), metadata={"velocidade": "500 Mbps", "wi-fi": "incluso"})
    assert shop.summary(plan_id).metadata == {"velocidade": "500 Mbps", "wi-fi": "incluso"}


@pytest.mark.capability("G2", "G36")
@pytest.mark.parametrize(
    ("methods", "days"), [(("card",), 0), (("boleto",), 7), (("pix", "card"), 7), (("pix_automatico",), 7)]
)
def test_due_days_by_payment_methods(provider: int, methods: tuple[str, ...], days: int) -> None:
    plan_id = shop.plan(shop.line(shop.item()), payment_methods=methods)
    assert shop.says(plan_id).due_after_days == days
    assert shop.says(plan_id).payment_methods == tuple(sorted(methods))


@pytest.mark.capability("G3")
@pytest.mark.parametrize("unit", ["week", "month", "quarter", "half_year", "year"])
def test_intervals(provider: int, unit: str) -> None:
    kept = shop.says(shop.plan(interval_unit=unit, interval_count=2))
    assert (kept.interval_unit, kept.interval_count) == (unit, 2)


@pytest.mark.capability("G5", "G6", "G7", "G8")
@pytest.mark.parametrize(
    ("unit", "kind", "days"),
    [
        ("month", "fixed", 31),
        ("week", "fixed", 7),
        ("month", "before", 0),
        ("month", "before", 90),
        ("month", "end", 90),
    ],
)
def test_charge_days(provider: int, unit: str, kind: str, days: int) -> None:
    kept = shop.says(shop.plan(interval_unit=unit, charge_day_kind=kind, charge_day=days))
    assert (kept.charge_day_kind, kept.charge_day) == (kind, days)


@pytest.mark.capability("G9")
def test_the_standard_schedule_changes_for_every_plan_without_one(provider: int, database: Database) -> None:
    follows = shop.plan(code="PADRAO")
    own = shop.plan(code="PROPRIA", dunning=DunningTerms(0, 1, 2, 10))
    actions.change_standard(DunningTerms(5, 3, 10, 30))
    assert shop.says(follows).dunning is None
    assert dunning.terms_of(dunning.standard()) == DunningTerms(5, 3, 10, 30)
    assert shop.says(own).dunning == DunningTerms(0, 1, 2, 10)
    with refused(database, "dunning_every_out_of_range"):
        actions.change_standard(DunningTerms(5, 3, 181, 30))


@pytest.mark.capability("G10", "G11", "G12", "G13")
def test_a_version_keeps_its_schedule(provider: int) -> None:
    plan_id = shop.plan(shop.line(shop.item()), dunning=DunningTerms(3, 2, 5, 20))
    first = shop.latest(plan_id)
    plans.edit(plan_id, shop.content(name="Fibra 600", dunning=DunningTerms(3, 2, 5, 20)))
    second = shop.latest(plan_id)
    plans.edit(plan_id, shop.content(name="Fibra 600", dunning=DunningTerms(3, 2, 5, 25)))
    third = shop.latest(plan_id)
    assert first.dunning_schedule_id == second.dunning_schedule_id != third.dunning_schedule_id
    assert third.dunning_schedule is not None
    assert dunning.terms_of(third.dunning_schedule) == DunningTerms(3, 2, 5, 25)
