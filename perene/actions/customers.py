"""What happens to a customer. Each function is one transaction."""

from uuid import UUID

from django.db import transaction

from perene.apps.customers import customers
from perene.apps.customers.customers import CustomerContent


@transaction.atomic(durable=True)
def create(content: CustomerContent) -> UUID:
    """A new customer; returns its id. Raises the Refusals of `customers.create`."""
    new_id: UUID = customers.create(content).id
    return new_id


@transaction.atomic(durable=True)
def edit(customer_id: UUID, content: CustomerContent) -> None:
    """The customer with everything that `content` says. Raises the Refusals of `customers.edit`."""
    customers.edit(customer_id, content)
