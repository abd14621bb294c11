"""The one thing in the demo that no public door lets happen: a contract whose price cannot be calculated any more."""

from django.db import connection, transaction

# A limit below the one before it.
IMPOSSIBLE_TIERS = '[["500", 15, 0], ["100", 20, 0], [null, 10, 0]]'


def break_tiers(contract_number: str) -> None:
    """As an old import or a script at the database might have done it. Saying it again changes nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contracts_contractline l SET tiers = %s::jsonb FROM contracts_contract c"
            " WHERE c.id = l.contract_id AND c.organization_id = l.organization_id AND c.external_id = %s"
            " AND l.tiers IS NOT NULL AND l.tiers <> %s::jsonb",
            [IMPOSSIBLE_TIERS, contract_number, IMPOSSIBLE_TIERS],
        )
