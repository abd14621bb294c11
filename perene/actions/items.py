"""What happens to an item of the registry. Each function is one transaction."""

from uuid import UUID

from django.db import transaction

from perene.apps.catalog import items
from perene.apps.catalog.items import ItemContent


@transaction.atomic(durable=True)
def create(code: str, content: ItemContent) -> UUID:
    """A new item; returns its id. Raises the Refusals of `items.create`."""
    new_id: UUID = items.create(code, content).id
    return new_id


@transaction.atomic(durable=True)
def edit(item_id: UUID, content: ItemContent) -> None:
    """Change an item; plans keep the price they were made with. Raises the Refusals of `items.edit`."""
    items.edit(item_id, content)


@transaction.atomic(durable=True)
def set_active(item_id: UUID, *, is_active: bool) -> None:
    """Offer the item for plans, or no longer."""
    items.set_active(item_id, is_active=is_active)
