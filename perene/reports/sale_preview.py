"""What a contract that is about to be made will charge, with dates and amounts: by the rules that put it in force and bill it.
Nothing is stored."""

from datetime import date
from typing import NamedTuple

from perene.apps.catalog import prices, versions
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts import contracts, renewal
from perene.apps.contracts import terms as contract_terms
from perene.apps.contracts.models import BillingTerms, Contract, TermKind
from perene.reports import coming_charges
from perene.reports.coming_charges import Coming
from perene.rules import charging, periods, recurrence, schedule

MONTHS_SHOWN = 12
MOST_SHOWN = 24


class SalePreview(NamedTuple):
    """`charges`: those of the next year. `ends_on`: the first day without the contract; None when it has no end."""

    charges: tuple[Coming, ...]
    total_cents: int
    term_ends_on: date | None
    ends_on: date | None
    first_cycle: int


def of(
    version: PlanVersion,
    *,
    started_on: date,
    signed_on: date,
    term_kind: str,
    term_months: int | None,
    payment_method: str,
    billing_method: str,
    due_day: int | None,
    cut_over_on: date | None,
    on: date,
    lead_days: int,
) -> SalePreview:
    """What a sale on `on` would charge in the year from there. Raises the Refusals that `actions.sell` would."""
    contracts.check_on_sale(version)
    contracts.check_payment_method(version, payment_method)
    term_ends_on, ends_on = renewal.first_term(term_kind, term_months, started_on)
    contract = Contract(started_on=started_on, signed_on=signed_on, ends_on=ends_on, plan_version=version)
    terms = schedule.check(
        contract_terms.of_contract(contract, BillingTerms(due_day=due_day), version, lead_days=lead_days)
    )
    is_open_ended = term_kind != TermKind.FIXED
    opening = contract_terms.opening(
        terms, billing_method, is_open_ended=is_open_ended, cut_over_on=cut_over_on
    )
    lines = [
        charging.Line(
            row.id, row.id, row.name, price=prices.price_of(row), recurrence=recurrence.parse(row.recurrence)
        )
        for row in versions.items_of(version)
    ]
    charges = coming_charges.of(
        terms._replace(first_cycle=opening.first_cycle),
        lines,
        on=on,
        method=billing_method,
        is_open_ended=is_open_ended,
        next_cycle=opening.first_cycle,
        limit=MOST_SHOWN,
        until=periods.add_months(max(on, started_on), MONTHS_SHOWN),
    )
    return SalePreview(
        tuple(charges),
        sum(charge.total_cents for charge in charges),
        term_ends_on,
        ends_on,
        opening.first_cycle,
    )
