"""What a duplicate owes, and is owed, becomes that of the customer who stays."""

from typing import NamedTuple
from uuid import UUID

from perene.apps.customers.merging import Pair
from perene.apps.receivables.models import Credit, Receivable, Settlement


class Moved(NamedTuple):
    receivables: int
    credits: int
    settlements: int


def move(pair: Pair) -> Moved:
    """The receivables first: whoever is settling one of them is waited for, and then their settlement moves too."""
    keep, gone = pair
    return Moved(
        Receivable.objects.filter(customer=gone).update(customer=keep),
        Credit.objects.filter(customer=gone).update(customer=keep),
        Settlement.objects.filter(customer=gone).update(customer=keep),
    )


def units_of(customer_id: UUID) -> set[UUID]:
    """The units that this customer's receivables and credits are of."""
    return {
        unit_id
        for model in (Receivable, Credit)
        for unit_id in model.objects.filter(customer_id=customer_id)
        .order_by()
        .values_list("unit_id", flat=True)
        .distinct()
    }
