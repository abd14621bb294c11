"""Two registrations of one customer become one."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from perene.apps.billing import merging as billing_merging
from perene.apps.contracts import merging as contract_merging
from perene.apps.customers import merging
from perene.apps.events import outbox
from perene.apps.receivables import merging as receivable_merging
from perene.rules.refusals import Refusal


class Merged(NamedTuple):
    """What moved to the customer who stays."""

    contracts: int
    groups: int
    invoices: int
    receivables: int
    credits: int
    settlements: int
    contacts: int


@transaction.atomic(durable=True)
def customers(
    keep_id: UUID,
    gone_id: UUID,
    *,
    on: date,
    now: datetime,
    unit_ids: frozenset[UUID] | None = None,
) -> Merged:
    """Everything of the duplicate `gone_id` is `keep_id`'s from here on; its row stays, marked. `unit_ids`: the units of the
    person who does it, None = all. Cannot be taken back. Refusal `merge_with_itself`, `unknown_customer_id`,
    `customer_merged_already`, `merge_beyond_units`."""
    pair = merging.locked(keep_id, gone_id)
    _check_units(pair, unit_ids)
    of_contracts = contract_merging.move(pair)
    invoices = billing_merging.move(pair)
    owed = receivable_merging.move(pair)
    contacts = merging.mark(pair, now=now)
    outbox.record("customer.merged", subject_id=keep_id, occurred_on=on, merged_id=str(gone_id))
    return Merged(
        of_contracts.contracts,
        of_contracts.groups,
        invoices,
        owed.receivables,
        owed.credits,
        owed.settlements,
        contacts,
    )


def _check_units(pair: merging.Pair, unit_ids: frozenset[UUID] | None) -> None:
    if unit_ids is None:
        return
    touched = merging.units_of(pair)
    for subject in (contract_merging, billing_merging, receivable_merging):
        touched |= subject.units_of(pair.gone.id)
    if not touched <= unit_ids:
        raise Refusal(
            "merge_beyond_units",
            "These customers have to do with units that you do not work in: ask somebody who works in all of them.",
        )
