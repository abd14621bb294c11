"""Numbers people read (fatura, contrato, execução): per organization, reserved in blocks, gaps allowed, never reused."""

from django.db import connection

from perene.kit import ids, tenancy


def reserve(name: str, count: int = 1) -> int:
    """The first of `count` consecutive numbers of the sequence `name`. Holds the sequence's row until the transaction ends."""
    organization_id = tenancy.organization_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO organizations_numbersequence AS s (id, organization_id, name, next) VALUES (%s, %s, %s, 1 + %s)"
            " ON CONFLICT ON CONSTRAINT sequence_name_once DO UPDATE SET next = s.next + %s RETURNING next",
            [ids.new(), organization_id, name, count, count],
        )
        return int(cursor.fetchone()[0]) - count
