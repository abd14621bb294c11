"""Bringing the database's tables up to this version."""

import subprocess
import sys
from argparse import Namespace

import psycopg
from django.db import OperationalError

from perene.interfaces.cli.processes import ours
from perene.kit import fitness, migrating


def run(arguments: Namespace) -> int:
    """`perene migrate`: as the owner of the tables."""
    try:
        migrating.run()
    except (psycopg.OperationalError, OperationalError) as error:
        said = str(error).strip().splitlines()[0]
        raise fitness.Unfit(
            f"The database could not be migrated ({said}): check DATABASE_OWNER_URL."
        ) from error
    return 0


def if_behind() -> None:
    """The embedded database is ours to migrate: done by another process, because this one is not the tables' owner."""
    if not fitness.is_behind():
        return
    print("preparing the database (once) …", file=sys.stderr, flush=True)
    subprocess.run(ours("migrate"), check=True)
