"""Whether this process can serve: asked again and again by whoever sends it requests."""

import time

from django.db import DatabaseError, InterfaceError, connection

from perene.kit import fitness, tenancy

# The role and the migrations are looked at so often; that the database answers, every time.
WHOLE_CHECK_SECONDS = 30.0

_checked_at: float | None = None


def check() -> None:
    """Raises fitness.Unfit with what is in the way."""
    global _checked_at
    if _checked_at is None or time.monotonic() - _checked_at >= WHOLE_CHECK_SECONDS:
        _checked_at = None
        fitness.check_database()
        _checked_at = time.monotonic()
        return
    try:
        with tenancy.unscoped("whether the database answers"), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        _checked_at = None
        connection.close()
        raise fitness.NoAnswer("The database does not answer.", reason="database") from error
