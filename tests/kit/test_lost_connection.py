"""The connection died while nobody used it: the next transaction says so in Django's words, which the ways in know."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from perene.kit import tenancy
from tests import factories
from tests.ground import Database


def test_a_connection_that_died_between_two_transactions(database: Database) -> None:
    with tenancy.organization(factories.organization()):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        with database.admin() as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        with pytest.raises(OperationalError), transaction.atomic():
            pass
        connection.close()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
