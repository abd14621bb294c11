"""Contracts that could not be billed, in sight until a try succeeds."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from perene.apps.billing.models import Parked
from perene.apps.contracts.models import BillingTerms
from perene.kit import ids, tenancy, texts
from perene.rules.refusals import Refusal

# What a person can do nothing about is a bug of ours: said so, with the type of error; its details go to the log.
BUG = "unexpected_error"
BUG_MESSAGE = "An unexpected error of the system ({error}) kept this contract from being billed. The technical team was alerted."

BILLED_ALREADY = "charge_exists_already"
BILLED_ALREADY_MESSAGE = (
    "Cycle {cycle} of this contract was billed before, though its billing stands in front of it: nothing is billed twice."
    " The technical team must set where its billing goes on."
)


class Reason(NamedTuple):
    contract_id: UUID
    code: str
    message: str
    params: Mapping[str, object]


def reason(contract_id: UUID, error: Exception) -> Reason:
    """Why a contract is parked: the refusal's own words, or our apology."""
    if isinstance(error, Refusal):
        return Reason(contract_id, error.code, error.message, error.params)
    return Reason(contract_id, BUG, BUG_MESSAGE, {"error": type(error).__name__})


def billed_already(contract_id: UUID, *, cycle: int) -> Reason:
    """The contract would be charged for `cycle` a second time."""
    return Reason(contract_id, BILLED_ALREADY, BILLED_ALREADY_MESSAGE, {"cycle": cycle})


def park(reasons: Iterable[Reason], *, run_id: UUID, on: date) -> None:
    """Park each, or note one more failed try of one that is parked already."""
    with connection.cursor() as cursor:
        for found in reasons:
            cursor.execute(
                """
                INSERT INTO billing_parked AS p (id, organization_id, contract_id, run_id, code, message, params, tries,
                                                 first_on, last_on, is_open)
                VALUES (%(id)s, %(org)s, %(contract)s, %(run)s, %(code)s, %(message)s, %(params)s::jsonb, 1,
                        %(on)s, %(on)s, true)
                ON CONFLICT (organization_id, contract_id) WHERE is_open DO UPDATE
                   SET tries = p.tries + 1, last_on = excluded.last_on, run_id = excluded.run_id, code = excluded.code,
                       message = excluded.message, params = excluded.params
                """,
                {
                    "id": ids.new(),
                    "org": tenancy.organization_id(),
                    "contract": found.contract_id,
                    "run": run_id,
                    "code": found.code,
                    "message": found.message,
                    "params": json.dumps(texts.stored(found.params)),
                    "on": on,
                },
            )


def release(billed: Collection[bytes]) -> int:
    """Of the contracts that were just billed (ids as bytes), those that were parked leave the list. Returns how many."""
    listed = Parked.objects.filter(is_open=True).values_list("contract_id", flat=True)
    settled = [contract_id for contract_id in listed if contract_id.bytes in billed]
    return (
        Parked.objects.filter(is_open=True, contract_id__in=settled).update(is_open=False) if settled else 0
    )


def release_idle() -> int:
    """Contracts that ended before a try succeeded, so that nothing is left to bill, leave the list. Returns how many."""
    idle = BillingTerms.objects.filter(next_run_on__isnull=True)
    return Parked.objects.filter(is_open=True, contract_id__in=idle.values("contract_id")).update(
        is_open=False
    )


def open_count() -> int:
    return Parked.objects.filter(is_open=True).count()
