"""The accounts that settlements post to."""

from uuid import UUID

from perene.apps.ledger import chart
from perene.rules.settlement import Books


def accounts(*, money_account_id: UUID | None = None) -> Books:
    """By their roles; `money_account_id` is where a payment went. Refusal `account_role_missing`."""
    roles = chart.by_role()
    return Books(
        money=money_account_id,
        **{name: roles[name] for name in Books._fields if name != "money"},
    )
