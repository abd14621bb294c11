"""What happens to a customer's billing groups (I17). Each function is one transaction."""

from uuid import UUID

from django.db import transaction

from perene.apps.contracts import groups


@transaction.atomic(durable=True)
def add(customer_id: UUID, *, name: str) -> UUID:
    """A new group of the customer; returns its id. Refusal `group_name_missing`."""
    new_id: UUID = groups.add(customer_id, name=name).id
    return new_id


@transaction.atomic(durable=True)
def rename(group_id: UUID, *, name: str) -> None:
    """The group's new name; what was invoiced stays with it. Refusal `group_name_missing`."""
    groups.rename(group_id, name=name)
