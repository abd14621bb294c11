"""Billing groups (agrupadores) of a customer (I16–I18)."""

from collections.abc import Collection
from uuid import UUID

from perene.apps.contracts.models import BillingGroup
from perene.kit import bulk, ids
from perene.rules.refusals import Refusal

DEFAULT_NAME = "Principal"


def default_of(customer_id: UUID) -> UUID:
    """The customer's default group, made with the first grouped contract."""
    group, _ = BillingGroup.objects.get_or_create(
        customer_id=customer_id, is_default=True, defaults={"id": ids.new(), "name": DEFAULT_NAME}
    )
    return group.id


def defaults_of(customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The default group of each of many customers, made where there is none yet."""
    found = dict(
        BillingGroup.objects.filter(customer_id__in=customer_ids, is_default=True).values_list(
            "customer_id", "id"
        )
    )
    missing = [customer_id for customer_id in customer_ids if customer_id not in found]
    made = {customer_id: ids.new() for customer_id in missing}
    bulk.insert(
        BillingGroup,
        ("id", "customer_id", "name", "is_default"),
        ((group_id, customer_id, DEFAULT_NAME, True) for customer_id, group_id in made.items()),
    )
    return found | made


def add(customer_id: UUID, *, name: str) -> BillingGroup:
    """One more group of the customer (I17). Refusal `group_name_missing`."""
    return BillingGroup.objects.create(id=ids.new(), customer_id=customer_id, name=_checked(name))


def rename(group_id: UUID, *, name: str) -> None:
    """What was invoiced stays with the group under its new name (I17). Refusal `group_name_missing`."""
    BillingGroup.objects.filter(id=group_id).update(name=_checked(name))


def check_owner(group_id: UUID, *, customer_id: UUID) -> None:
    """Refusal `group_of_another_customer` (I17): a group belongs to one customer."""
    if not BillingGroup.objects.filter(id=group_id, customer_id=customer_id).exists():
        raise Refusal(
            "group_of_another_customer", "Choose a billing group of this customer, or make a new one."
        )


def _checked(name: str) -> str:
    if not name.strip():
        raise Refusal("group_name_missing", "Give the billing group a name.")
    return name.strip()
