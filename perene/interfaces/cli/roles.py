"""What a DBA must run before Perene can use their server."""

from argparse import Namespace

from perene.interfaces.cli import database
from perene.kit import roles


def run(arguments: Namespace) -> int:
    """`perene roles --sql`: a script for psql, as a superuser. May be run again."""
    try:
        script = roles.roles_sql(arguments.database)
    except ValueError as error:
        raise database.NotConfigured(str(error)) from None
    print("\n".join(script))
    return 0
