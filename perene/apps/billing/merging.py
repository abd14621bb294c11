"""A duplicate's invoices become those of the customer who stays: an invoice is of the customer of its contract."""

from uuid import UUID

from perene.apps.billing.models import Invoice, Rehearsed
from perene.apps.customers.merging import Pair


def move(pair: Pair) -> int:
    """Returns how many invoices moved."""
    keep, gone = pair
    Rehearsed.objects.filter(customer=gone).update(customer=keep)
    moved: int = Invoice.objects.filter(customer=gone).update(customer=keep)
    return moved


def units_of(customer_id: UUID) -> set[UUID]:
    """The units that this customer's invoices are of."""
    found = Invoice.objects.filter(customer_id=customer_id).order_by()
    return set(found.values_list("unit_id", flat=True).distinct())
