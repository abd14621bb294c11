"""What paying late costs, and paying on time saves, from a day on."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from perene.apps.policies import settlement
from perene.apps.receivables import settlements
from perene.rules.late_charges import Terms
from perene.rules.refusals import Refusal


@transaction.atomic(durable=True)
def set(
    *,
    valid_from: date,
    fine_percent: Decimal,
    interest_percent: Decimal,
    on_time_discount_percent: Decimal = Decimal(0),
    on: date,
) -> UUID:
    """For receivables due on `valid_from` or later, until the next policy begins; one that begins on that day is changed. A
    day in the past is refused once anything was settled, for customers were told otherwise. Returns the policy's id.
    Refusal `policy_in_the_past` and those of `late_charges.check`."""
    if valid_from < on and settlements.exist():
        raise Refusal(
            "policy_in_the_past",
            "Payments were received under the old terms: let the new ones begin on {on} or later.",
            on=on,
        )
    return settlement.put(valid_from, Terms(fine_percent, interest_percent, on_time_discount_percent))
