"""What happens to the chart of accounts. Each function is one transaction."""

from uuid import UUID

from django.db import transaction

from perene.apps.ledger import accounts


@transaction.atomic(durable=True)
def create(*, code: str, name: str, kind: str) -> UUID:
    """A new account; returns its id. Raises the Refusals of `accounts.create`."""
    return accounts.create(code=code, name=name, kind=kind)


@transaction.atomic(durable=True)
def change(account_id: UUID, *, code: str, name: str, kind: str) -> None:
    """Its code, name and kind. Raises the Refusals of `accounts.change`."""
    accounts.change(account_id, code=code, name=name, kind=kind)


@transaction.atomic(durable=True)
def take_role(account_id: UUID, *, role: str) -> None:
    """The account is the one that Perene posts to by itself under `role`. Raises the Refusals of `accounts.take_role`."""
    accounts.take_role(account_id, role=role)


@transaction.atomic(durable=True)
def set_active(account_id: UUID, *, is_active: bool) -> None:
    """Offer it for new things, or no longer. Refusal `account_has_a_role_to_keep`."""
    accounts.set_active(account_id, is_active=is_active)
