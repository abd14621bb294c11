"""A duplicate's contracts and billing groups become those of the customer who stays."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import F

from perene.apps.contracts.models import BillingGroup, BillingTerms, Contract
from perene.apps.customers.merging import Pair


class Moved(NamedTuple):
    contracts: int
    groups: int


def move(pair: Pair) -> Moved:
    """Contracts keep their billing group, which moves with them: what one invoice holds does not change. The revision grows,
    so that a chunk that read the old customer is done again."""
    keep, gone = pair
    ids = list(
        Contract.objects.select_for_update(no_key=True)
        .filter(customer=gone)
        .order_by("id")
        .values_list("id", flat=True)
    )
    BillingTerms.objects.filter(contract_id__in=ids).update(revision=F("revision") + 1)
    Contract.objects.filter(id__in=ids).update(customer=keep)
    groups = list(BillingGroup.objects.filter(customer=gone).order_by("id"))
    has_default = BillingGroup.objects.filter(customer=keep, is_default=True).exists()
    names = set(BillingGroup.objects.filter(customer=keep).values_list("name", flat=True))
    for group in groups:
        group.customer = keep
        group.is_default = group.is_default and not has_default
        if group.name in names:
            group.name = f"{group.name} ({gone.name})"
        group.save(update_fields=["customer", "is_default", "name"])
    return Moved(len(ids), len(groups))


def units_of(customer_id: UUID) -> set[UUID]:
    """The units that this customer's contracts are of."""
    return set(Contract.objects.filter(customer_id=customer_id).values_list("unit_id", flat=True))
