"""Receivables as the rules of late charges read them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from perene.apps.policies import holidays, settlement
from perene.apps.receivables.models import Receivable, Settlement
from perene.rules import banking_days
from perene.rules.late_charges import Debt, Part


def of(receivable: Receivable) -> Debt:
    """What is owed, on which terms, and what was settled of it and stands. Read it locked where something follows."""
    return Debt(
        amount_cents=receivable.amount_cents,
        due_on=receivable.due_on,
        effective_due_on=holidays.roll(receivable.due_on),
        terms=settlement.terms_for(receivable.due_on),
        parts=_parts([receivable.id])[receivable.id],
    )


def of_many(receivables: Sequence[Receivable]) -> dict[UUID, Debt]:
    """The same for a page of them, by their ids: three queries."""
    policies, closed = settlement.all_terms(), holidays.of_the_city()
    parts = _parts([one.id for one in receivables])
    return {
        one.id: Debt(
            amount_cents=one.amount_cents,
            due_on=one.due_on,
            effective_due_on=banking_days.roll(one.due_on, city_holidays=closed),
            terms=settlement.among(policies, one.due_on),
            parts=parts[one.id],
        )
        for one in receivables
    }


def untouched(
    amount_cents: int, due_on: date, *, policies: settlement.Dated, city_holidays: Collection[date]
) -> Debt:
    """One of which nothing is settled yet."""
    effective_due_on = banking_days.roll(due_on, city_holidays=city_holidays)
    return Debt(amount_cents, due_on, effective_due_on, settlement.among(policies, due_on))


def _parts(receivable_ids: Sequence[UUID]) -> dict[UUID, tuple[Part, ...]]:
    found: dict[UUID, list[Part]] = defaultdict(list)
    standing = Settlement.objects.filter(receivable_id__in=receivable_ids, reversed_at__isnull=True)
    for receivable_id, paid_on, principal, fine, interest, waived in standing.order_by(
        "paid_on", "id"
    ).values_list(
        "receivable_id", "paid_on", "principal_cents", "fine_cents", "interest_cents", "waived_cents"
    ):
        found[receivable_id].append(Part(paid_on, principal, fine, interest, waived > 0))
    return defaultdict(tuple, {key: tuple(parts) for key, parts in found.items()})
