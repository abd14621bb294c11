"""Advisory locks: one at a time in an organization, without a row to hold."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from perene.kit import tenancy


def hold(name: str) -> None:
    """Wait for the lock of that name in the present organization; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [name, tenancy.organization_id()]
        )


@contextmanager
def held_if_free(name: str) -> Iterator[bool]:
    """The same lock across transactions, or False at once when somebody else holds it. The database lets go of it when the
    process dies."""
    key: list[str | int] = [name, tenancy.organization_id()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, %s))", key)
        is_ours: bool = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, %s))", key)
