"""What the end of a contract, or another plan for it, comes to before anybody does it. Nothing is stored; the rules are those
of `actions.change`."""

from datetime import date
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q

from perene.apps.billing import charges as charge_rows
from perene.apps.billing.models import Invoice, InvoiceLine
from perene.apps.catalog import prices, versions
from perene.apps.catalog.models import PlanVersion
from perene.apps.contracts import changes, contracts
from perene.apps.contracts import terms as contract_terms
from perene.apps.contracts.models import BillingTerms, Contract, TermKind
from perene.reports import coming_charges
from perene.reports.coming_charges import Coming
from perene.rules import charging, recurrence, schedule
from perene.rules.charging import Draft
from perene.rules.invoicing import InvoiceStatus

CHARGES_SHOWN = 3


class EndPreview(NamedTuple):
    """`invoices`: made ahead for periods that never begin, and cancelled. `credits`: given back by the next run. `charges`: still
    to come before the end."""

    invoices: int
    invoices_cents: int
    credits: tuple[Draft, ...]
    charges: tuple[Coming, ...]

    @property
    def credits_cents(self) -> int:
        return sum(draft.amount_cents for draft in self.credits)


class PlanChangePreview(NamedTuple):
    """The coming charges as they are, and as they would be."""

    from_cycle: int
    before: tuple[Coming, ...]
    after: tuple[Coming, ...]


def of_end(
    contract: Contract, billing: BillingTerms, *, ends_on: date, lead_days: int, on: date
) -> EndPreview:
    """The end of a contract on `ends_on`, its first day without it. Raises the Refusals of `changes.check_end`."""
    changes.check_end(contract, ends_on=ends_on)
    terms = schedule.check(
        contract_terms.of_contract(contract, billing, contract.plan_version, lead_days=lead_days)._replace(
            ends_on=ends_on
        )
    )
    unbegun = _unbegun(contract, ends_on)
    lines = {line.id: line for line in changes.charged_lines(contract.id)}
    gone = set(
        InvoiceLine.objects.filter(invoice__in=unbegun, charge__contract_id=contract.id).values_list(
            "charge__line_id", "charge__cycle", "charge__part"
        )
    )
    credits = []
    for line_id, number, part, charged_until, *_ in charge_rows.charged_beyond(contract.id, ends_on):
        if (line_id, number, part) not in gone:
            credit = charging.end_credit(
                terms, lines[line_id], schedule.cycle(terms, number), part=part, charged_until=charged_until
            )
            if credit is not None and credit.amount_cents:
                credits.append(credit)
    coming = _coming(contract, billing, terms, list(lines.values()), on=on)
    return EndPreview(
        len(unbegun), sum(invoice.total_cents for invoice in unbegun), tuple(credits), tuple(coming)
    )


def of_plan(
    contract: Contract, billing: BillingTerms, version: PlanVersion, *, lead_days: int, on: date
) -> PlanChangePreview:
    """Another plan from the first cycle that is not billed yet. Raises the Refusals of `changes.check_plan`."""
    from_cycle = billing.next_cycle
    before, after = changes.check_plan(
        contract, billing, version=version, from_cycle=from_cycle, lead_days=lead_days, on=on
    )
    lines = changes.charged_lines(contract.id)
    others = [
        charging.Line(
            row.id,
            row.id,
            row.name,
            price=prices.price_of(row),
            recurrence=recurrence.parse(row.recurrence),
            from_cycle=from_cycle,
        )
        for row in versions.items_of(version)
    ]
    contracts.check_has_items(version, others)
    return PlanChangePreview(
        from_cycle,
        tuple(_coming(contract, billing, before, lines, on=on)),
        tuple(_coming(contract, billing, after, others, on=on)),
    )


def of_due_day(
    contract: Contract, billing: BillingTerms, *, due_day: int | None, lead_days: int, on: date
) -> list[Coming]:
    """The coming charges, due on another day. Refusal `due_day_out_of_range`."""
    terms = schedule.check(
        contract_terms.of_contract(contract, billing, contract.plan_version, lead_days=lead_days)._replace(
            due_day=due_day
        )
    )
    return _coming(contract, billing, terms, changes.charged_lines(contract.id), on=on)


def _coming(
    contract: Contract, billing: BillingTerms, terms: schedule.Terms, lines: list[charging.Line], *, on: date
) -> list[Coming]:
    return coming_charges.of(
        terms,
        lines,
        on=on,
        method=billing.billing_method,
        is_open_ended=contract.term_kind != TermKind.FIXED,
        next_cycle=billing.next_cycle,
        limit=CHARGES_SHOWN,
    )


def _unbegun(contract: Contract, ends_on: date) -> list[Invoice]:
    """Invoices that `actions.change.cancel` takes back: of this contract alone, untouched, for periods from `ends_on` on."""
    begun = InvoiceLine.objects.filter(invoice_id=OuterRef("id"), charge__period_start__lt=ends_on)
    return list(
        Invoice.objects.filter(
            customer_id=contract.customer_id,
            contract_id=contract.id,
            status__in=[InvoiceStatus.OPEN, InvoiceStatus.ZERO],
        )
        .filter(Q(receivable__isnull=True) | Q(receivable__open_cents=F("receivable__amount_cents")))
        .exclude(Exists(begun))
    )
