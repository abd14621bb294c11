"""What a version of a plan changed against the one before it, as a person reads it (G30)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext

from perene.apps.catalog.models import PlanItem, PlanVersion
from perene.interfaces.backoffice import words
from perene.kit import texts
from perene.rules import money


class Difference(NamedTuple):
    """`old` or `new` is empty where there was or is nothing."""

    what: str
    old: str
    new: str


def between(
    before: PlanVersion, after: PlanVersion, items_before: Sequence[PlanItem], items_after: Sequence[PlanItem]
) -> list[Difference]:
    """What differs, the plan's own facts first."""
    old, new = _facts(before), _facts(after)
    found = [Difference(what, old[what], new[what]) for what in new if old[what] != new[what]]
    old_items, new_items = _items(items_before), _items(items_after)
    for key in [*new_items, *(key for key in old_items if key not in new_items)]:
        if old_items.get(key) != new_items.get(key):
            found.append(Difference(key[0], old_items.get(key, ""), new_items.get(key, "")))
    return found


def _facts(version: PlanVersion) -> dict[str, str]:
    yes_or_no = {True: gettext("yes"), False: gettext("no")}
    schedule = version.dunning_schedule
    return {
        gettext("Name"): version.name,
        gettext("Payment methods"): ", ".join(
            words.said(words.PAYMENT_METHODS, method) for method in version.payment_methods
        ),
        gettext(
            "Charged"
        ): f"{words.interval(version.interval_unit, version.interval_count)}, {words.charge_day(version)}",
        gettext("Cycles"): str(version.total_cycles or gettext("without end")),
        gettext("Days from charge to due date"): str(version.due_after_days),
        gettext("First period in proportion"): yes_or_no[version.prorate_first],
        gettext("Last period in proportion"): yes_or_no[version.prorate_last],
        gettext("Dunning"): words.dunning(schedule) if schedule else gettext("the organization's standard"),
        gettext("Additional data"): ", ".join(f"{name}: {text}" for name, text in version.metadata.items()),
    }


def _items(rows: Sequence[PlanItem]) -> dict[tuple[str, int], str]:
    """Each item in one line; the n-th of a name is compared with the n-th of it before."""
    seen: dict[str, int] = {}
    found = {}
    for row in rows:
        seen[row.name] = seen.get(row.name, 0) + 1
        found[row.name, seen[row.name]] = _said(row)
    return found


def _said(row: PlanItem) -> str:
    said = [words.said(words.CALCULATIONS, row.calc_type)]
    said.append(gettext("by tier") if row.tiers else money.format_brl(row.unit_cents))
    if row.calc_type != "price":
        said.append(f"× {texts.show('quantity', row.quantity)}")
    for sign, cents, percent in (
        ("+", row.surcharge_cents, row.surcharge_percent),
        ("−", row.discount_cents, row.discount_percent),
    ):
        if row.adjustment_kind == "percent" and percent:
            said.append(f"{sign} {texts.show('percent', percent)}%")
        elif row.adjustment_kind == "money" and cents:
            said.append(f"{sign} {money.format_brl(cents)}")
    said.append(words.recurrence(row.recurrence))
    return " · ".join(said)
