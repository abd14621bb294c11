"""From rows to the pure values that rules/ works with."""

from datetime import date
from typing import Any, NamedTuple

from perene.apps.catalog.models import PlanVersion
from perene.rules import charging, schedule
from perene.rules.periods import Interval


def of_version(version: PlanVersion) -> schedule.Terms:
    """The part of the terms that every contract of a plan version shares; the contract's own dates are put in by
    `schedule.Terms._replace`. Raises the Refusals of `Interval` and `schedule.charge_day` for one that cannot be read."""
    interval = Interval(version.interval_unit, version.interval_count)
    return schedule.Terms(
        interval=interval,
        charge_day=schedule.charge_day(version.charge_day_kind, version.charge_day, unit=interval.unit),
        started_on=charging.UNKNOWN_DATE,
        signed_on=charging.UNKNOWN_DATE,
        total_cycles=version.total_cycles,
        due_after_days=version.due_after_days,
        prorate_first=version.prorate_first,
        prorate_last=version.prorate_last,
    )


def of_contract(contract: Any, billing: Any, version: PlanVersion, *, lead_days: int) -> schedule.Terms:
    """The dates' terms of one contract. `contract` and `billing` are its rows (Contract, BillingTerms)."""
    return of_version(version)._replace(
        started_on=contract.started_on,
        signed_on=contract.signed_on,
        ends_on=contract.ends_on,
        first_cycle=billing.first_cycle,
        due_day=billing.due_day,
        lead_days=lead_days,
    )


class Opening(NamedTuple):
    """Where the billing of a contract begins: its first cycle that is ours, and when a run first has something to do."""

    first_cycle: int
    next_run_on: date | None


def opening(
    terms: schedule.Terms, method: str, *, is_open_ended: bool, cut_over_on: date | None = None
) -> Opening:
    """`cut_over_on`: what was charged before it belongs to another system; without it `terms.first_cycle` is the first."""
    first_cycle = terms.first_cycle
    if cut_over_on is not None:
        first_cycle = schedule.first_cycle_on_or_after(terms, cut_over_on)
        terms = terms._replace(first_cycle=first_cycle)
    return Opening(
        first_cycle, charging.next_run_on(terms, method, next_cycle=first_cycle, is_open_ended=is_open_ended)
    )
