"""What a plan may say (G1–G8, G23–G26, G28, G36), and what it adds up to."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from perene.rules import dunning, money, pricing, recurrence, schedule
from perene.rules.dunning import DunningTerms
from perene.rules.periods import Interval
from perene.rules.pricing import LinePrice
from perene.rules.recurrence import Recurrence
from perene.rules.refusals import Refusal, Text
from perene.rules.schedule import ChargeDay


class PaymentMethod(StrEnum):
    BOLETO = "boleto"
    PIX = "pix"
    PIX_AUTOMATICO = "pix_automatico"
    CARD = "card"


# As a person reads them.
PAYMENT_WORDS: Mapping[str, Text] = {
    PaymentMethod.BOLETO: Text("Boleto"),
    PaymentMethod.PIX: Text("Pix"),
    PaymentMethod.PIX_AUTOMATICO: Text("Pix Automático"),
    PaymentMethod.CARD: Text("Card"),
}


class PlanItem(NamedTuple):
    name: str
    price: LinePrice
    recurrence: Recurrence = recurrence.CONTINUOUS


class PlanTerms(NamedTuple):
    """`dunning` None means the organization's standard schedule (G9), `total_cycles` None open-ended (G4)."""

    name: str
    payment_methods: frozenset[str]
    interval: Interval
    charge_day: ChargeDay
    due_after_days: int
    total_cycles: int | None = None
    dunning: DunningTerms | None = None
    items: tuple[PlanItem, ...] = ()


class CheckedPlan(NamedTuple):
    """The plan as it will be kept, and what the person should know about the difference (G16)."""

    plan: PlanTerms
    warnings: tuple[Text, ...]


class Summary(NamedTuple):
    """G26. `recurring_cents` counts the continuous items; `total_cents` is None for an open-ended plan."""

    first_cycle_cents: int
    recurring_cents: int
    total_cents: int | None


def check(plan: PlanTerms) -> CheckedPlan:
    """A plan that may be saved; one without items may (G28). Refusal `plan_name_missing`, `payment_methods_missing`,
    `payment_method_unknown`, `reminder_before_charge` (G10 > G36), `item_name_missing`, and those of the rules of its
    interval, charge day, dunning, items and their cycles."""
    if not plan.name.strip():
        raise Refusal("plan_name_missing", "Give the plan a name.")
    check_payment_methods(plan.payment_methods)
    schedule.charge_day(plan.charge_day.kind, plan.charge_day.days, unit=plan.interval.unit)
    schedule.check_total_cycles(plan.total_cycles)
    schedule.check_due_after_days(plan.due_after_days)
    if plan.dunning is not None:
        dunning.check(plan.dunning)
        check_reminder(plan.dunning, due_after_days=plan.due_after_days)
    items: list[PlanItem] = []
    warnings: list[Text] = []
    for item in plan.items:
        checked = check_item(item, total_cycles=plan.total_cycles)
        items.append(item._replace(price=checked.line))
        warnings.extend(checked.warnings)
    kept = plan._replace(items=tuple(items))
    summary(kept)
    return CheckedPlan(kept, tuple(warnings))


def check_item(item: PlanItem, *, total_cycles: int | None) -> pricing.Checked:
    """G15, G16, G23–G25 and the price itself."""
    if not item.name.strip():
        raise Refusal("item_name_missing", "Give the item a name.")
    recurrence.check(item.recurrence, total_cycles=total_cycles)
    return pricing.check(item.price)


def check_sellable(plan: PlanTerms) -> None:
    """G28: a plan without items can be saved, but neither activated nor sold. Refusal `plan_without_items`."""
    if not plan.items:
        raise Refusal(
            "plan_without_items", "The plan has no items: add at least one before activating or selling it."
        )


def check_payment_methods(methods: Collection[str]) -> None:
    """G2. Refusal `payment_methods_missing`, `payment_method_unknown`."""
    if not methods:
        raise Refusal("payment_methods_missing", "Choose at least one payment method.")
    for method in sorted(methods):
        if method not in list(PaymentMethod):
            raise Refusal(
                "payment_method_unknown",
                "“{method}” is not a payment method: choose one of the list.",
                method=method,
            )


def check_reminder(terms: DunningTerms, *, due_after_days: int) -> None:
    """A reminder cannot leave before its charge exists (G36). Refusal `reminder_before_charge`."""
    if terms.pre_due_days is not None and terms.pre_due_days > due_after_days:
        raise Refusal(
            "reminder_before_charge",
            "The reminder {pre_due_days} days before the due date would leave before the charge, which is made "
            "{due_after_days} days before it: shorten the reminder or lengthen the due date.",
            pre_due_days=terms.pre_due_days,
            due_after_days=due_after_days,
        )


def default_due_after_days(methods: Collection[str]) -> int:
    """G36: a card is charged at once; who pays by boleto or Pix gets a week. The longest of the plan's methods."""
    return 0 if set(methods) == {PaymentMethod.CARD} else 7


def summary(plan: PlanTerms) -> Summary:
    """G26: the first cycle, a steady cycle, and everything over the plan's count, each item rounded once per cycle."""
    priced = [(item.recurrence, pricing.estimate(item.price)) for item in plan.items]
    first = sum(cents for repeats, cents in priced if repeats.applies(1))
    steady = sum(cents for repeats, cents in priced if repeats.kind == recurrence.RecurrenceKind.CONTINUOUS)
    total = None
    if plan.total_cycles is not None:
        cycles = plan.total_cycles
        total = money.check(sum(repeats.times_within(cycles) * cents for repeats, cents in priced))
    return Summary(money.check(first), money.check(steady), total)
