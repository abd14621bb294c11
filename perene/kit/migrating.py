"""Bringing the tables up to this version of the program, as their owner."""

import psycopg
from django.core.management import call_command
from django.db import connection

from perene.kit import tenancy


def run() -> None:
    """Apply what is missing; a second process that asks meanwhile waits. Django's connection must be the owner's.
    Raises OperationalError of psycopg or Django when the database does not answer."""
    # A connection of its own: the lock is held across the transactions of all migrations.
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as lock:
        lock.execute("SELECT pg_advisory_lock(hashtext('perene migrate'))")
        with tenancy.unscoped("migrations make the tables of every organization"):
            call_command("migrate", interactive=False, verbosity=0)
