"""Terms of a contract: how long they last, when they begin anew, when they are over."""

import logging
from datetime import date
from typing import NamedTuple
from uuid import UUID

from perene.apps.contracts.models import Contract, ContractStatus, TermKind
from perene.kit import bulk
from perene.rules import periods
from perene.rules.refusals import Refusal

log = logging.getLogger(__name__)

# Contracts per transaction.
CHUNK = 5000


class Renewed(NamedTuple):
    """What a chunk did. `last_id` None = it was the last one."""

    renewed: int
    # Id and number of contracts whose next term cannot be computed: they keep the old one.
    failed: list[tuple[UUID, int]]
    last_id: UUID | None


def renew_terms(*, on: date, after: UUID | None = None, size: int = CHUNK) -> Renewed:
    """Of the terms with renewal that have run out by `on`, those of the next `size` contracts after `after` begin anew at the
    same price. (Its full rules come with the renewal queue.)"""
    ended = Contract.objects.filter(
        status=ContractStatus.ACTIVE, term_kind=TermKind.RENEWING, term_ends_on__lte=on
    )
    if after is not None:
        ended = ended.filter(id__gt=after)
    rows = list(
        ended.select_for_update(no_key=True)
        .order_by("id")[:size]
        .values_list("id", "number", "started_on", "term_months")
    )
    begun, failed = [], []
    for contract_id, number, started_on, months in rows:
        try:
            begun.append((contract_id, *term_holding(started_on, _months(months), on)))
        except Exception as error:  # a bad contract waits in sight, the others and the billing go on
            is_ours = not isinstance(error, Refusal)
            log.warning(
                "the term of contract %s is not renewed: %s",
                contract_id,
                error,
                exc_info=error if is_ours else None,
            )
            failed.append((contract_id, number))
    bulk.update(Contract, ("id", "term_number", "term_ends_on"), begun)
    return Renewed(len(begun), failed, rows[-1][0] if len(rows) == size else None)


def close_ended(*, on: date) -> int:
    """Contracts whose fixed term is over are no longer active. Returns how many."""
    return Contract.objects.filter(status=ContractStatus.ACTIVE, ends_on__lte=on).update(
        status=ContractStatus.ENDED
    )


def term_holding(started_on: date, months: int, on: date) -> tuple[int, date]:
    """The number of the term that holds `on`, and its end (exclusive). The first when `on` is before the start."""
    number = max(1, (periods.month_index(on) - periods.month_index(started_on)) // months)
    while periods.add_months(started_on, number * months) <= on:
        number += 1
    return number, periods.add_months(started_on, number * months)


def first_term(kind: str, months: int | None, started_on: date) -> tuple[date | None, date | None]:
    """End of the first term, and end of the contract. Refusal `term_kind_unknown`, `open_term_has_no_months`,
    `term_months_out_of_range`."""
    if kind not in TermKind.values:
        raise Refusal(
            "term_kind_unknown", "“{kind}” is not a kind of term: choose one of the list.", kind=kind
        )
    if kind == TermKind.OPEN:
        if months is not None:
            raise Refusal("open_term_has_no_months", "A contract without end takes no number of months.")
        return None, None
    term_ends_on = periods.add_months(started_on, _months(months))
    return term_ends_on, term_ends_on if kind == TermKind.FIXED else None


def _months(months: int | None) -> int:
    if months is None or not 1 <= months <= 600:
        raise Refusal("term_months_out_of_range", "Tell how many months the term has: 1 to 600.")
    return months
