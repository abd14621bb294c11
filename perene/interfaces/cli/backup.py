"""`perene backup FILE`: everything in one file, while everybody goes on working."""

import os
import sys
from argparse import Namespace

from perene.interfaces.cli import database, main
from perene.kit import clock, dumps


def run(arguments: Namespace) -> int:
    """Dump the database of DATABASE_BACKUP_URL, or the embedded one. It need not be of this version of Perene: one backs up
    before one upgrades."""
    with database.ready():
        url = os.environ.get("DATABASE_BACKUP_URL")
        if not url:
            raise database.NotConfigured(
                "Set DATABASE_BACKUP_URL to the address of the database as perene_backup, who reads past the policies."
            )
        main.set_up_django()
        # They need the settings.
        from perene.interfaces.cli import common
        from perene.kit import crypto

        with common.progress("backup", total=3, as_json=arguments.json) as shown:
            steps = iter(range(3))
            made = dumps.dump(
                url,
                arguments.file.absolute(),
                now=clock.now(),
                program=common.version(),
                keys=crypto.names(),
                began=lambda step: shown.show(next(steps), step),
            )
            shown.show(3)
    rows = sum(made.rows.values())
    if arguments.json:
        common.tell("backed_up", file=str(arguments.file), bytes=made.bytes, rows=rows, sha256=made.sha256)
    else:
        print(
            f"{arguments.file}: {made.bytes} bytes, {rows} rows of {len(made.rows)} tables, sha256 {made.sha256}"
        )
        print(
            "Keep it with its .json, and the keys (PERENE_SECRET_KEY, PERENE_ENCRYPTION_KEY) elsewhere: without them the "
            "secrets in it cannot be read.",
            file=sys.stderr,
        )
    return 0
