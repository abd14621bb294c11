"""Terms of a contract: how long they last, when they begin anew, when they are over."""

from datetime import date

from perene.apps.contracts.models import Contract, ContractStatus, TermKind
from perene.rules import periods
from perene.rules.refusals import Refusal


def renew_terms(*, on: date) -> int:
    """Terms with renewal that have run out begin anew at the same price. Returns how many. (Its full rules come with the
    renewal queue.)"""
    renewed = 0
    ended = Contract.objects.filter(
        status=ContractStatus.ACTIVE, term_kind=TermKind.RENEWING, term_ends_on__lte=on
    ).only("id", "started_on", "term_months", "term_number", "term_ends_on")
    for contract in ended.select_for_update(no_key=True).order_by("id"):
        number, ends_on = term_holding(contract.started_on, _months(contract.term_months), on)
        contract.term_number, contract.term_ends_on = number, ends_on
        contract.save(update_fields=["term_number", "term_ends_on"])
        renewed += 1
    return renewed


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
