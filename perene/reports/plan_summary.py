"""What a plan adds up to while it is being written: totals, items, and the first charges of a contract signed on a day
(G14, G22, G26, G36). Nothing is stored; the rules are those that save and bill it."""

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from perene.apps.catalog import prices, versions
from perene.apps.catalog.models import Plan
from perene.apps.catalog.plans import ItemSummary
from perene.apps.catalog.versions import PlanContent
from perene.apps.policies import dunning as dunning_schedules
from perene.reports import coming_charges
from perene.reports.coming_charges import Coming
from perene.rules import charging, dunning, plans, pricing, recurrence, schedule
from perene.rules.plans import Summary
from perene.rules.refusals import Text

FIRST_CHARGES = 3
# What a nameless plan or item is called while its figures are already told.
_NAMELESS = "—"


class PlanPreview(NamedTuple):
    """`notices_on`: the days on which reminders and notices of the first charge leave (G14)."""

    totals: Summary
    items: tuple[ItemSummary, ...]
    charges: tuple[Coming, ...]
    notices_on: tuple[date, ...]
    due_after_days: int
    warnings: tuple[Text, ...]


def of(content: PlanContent, *, plan: Plan | None, on: date, lead_days: int) -> PlanPreview:
    """The preview of `content`, for a contract signed on `on`. A name that is missing does not matter here; anything else
    that keeps it from being saved is the Refusal of `versions.draft`."""
    drafted = versions.draft(_named(content), plan=plan)
    terms = drafted.checked.plan
    lines = [
        charging.Line(
            row.id, row.id, row.name, price=prices.price_of(row), recurrence=recurrence.parse(row.recurrence)
        )
        for row in drafted.items
    ]
    charges = coming_charges.of(
        schedule.Terms(
            interval=terms.interval,
            charge_day=terms.charge_day,
            started_on=on,
            signed_on=on,
            total_cycles=terms.total_cycles,
            lead_days=lead_days,
            due_after_days=terms.due_after_days,
            prorate_first=content.prorate_first,
            prorate_last=content.prorate_last,
        ),
        lines,
        on=on,
        limit=FIRST_CHARGES,
    )
    notices = terms.dunning or dunning_schedules.terms_of(dunning_schedules.standard())
    return PlanPreview(
        totals=plans.summary(terms),
        items=tuple(
            ItemSummary(line.description, pricing.base(line.price), pricing.estimate(line.price))
            for line in lines
        ),
        charges=tuple(charges),
        notices_on=tuple(dunning.schedule(notices, charges[0].due_on)) if charges else (),
        due_after_days=terms.due_after_days,
        warnings=drafted.checked.warnings,
    )


def _named(content: PlanContent) -> PlanContent:
    items = [
        item if item.name is None or item.name.strip() else replace(item, name=_NAMELESS)
        for item in content.items
    ]
    return replace(content, name=content.name if content.name.strip() else _NAMELESS, items=items)
