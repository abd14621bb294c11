"""The second factor is turned on and off by the person themself, with their password."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from perene.apps.organizations import second_factors, sessions
from perene.rules.refusals import Refusal


@transaction.atomic(durable=True)
def turn_on(
    person_id: UUID, *, proven: str, secret: str, code: str, this_key: str | None, now: datetime
) -> list[str]:
    """From now on signing in asks for a code. `code` shows that the telephone has the secret; `proven` comes from
    `sign_in.is_themself`. The person's other sessions end. Returns the recovery codes, which are not kept. Refusal
    `wrong_code`."""
    step = second_factors.step_of(secret, code, now=now)
    codes = second_factors.new_recovery_codes()
    if step is None or not second_factors.turn_on(
        person_id, proven=proven, secret=secret, used_step=step, recovery_codes=codes
    ):
        raise Refusal("wrong_code", "The code is not right: type the six digits that the app shows now.")
    sessions.end_all(person_id, but_key=this_key)
    return codes


@transaction.atomic(durable=True)
def turn_off(person_id: UUID, *, proven: str) -> bool:
    """Whether it was turned off."""
    return second_factors.turn_off(person_id, proven=proven)
