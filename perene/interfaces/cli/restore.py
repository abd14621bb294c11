"""`perene restore FILE`: into an empty database, and then the proof that it is right."""

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from perene.interfaces.cli import database, main
from perene.interfaces.cli.processes import ours
from perene.kit import dumps

WRONG = 1


def run(arguments: Namespace) -> int:
    """Restore, bring the tables up to this version, and verify every organization. 1 when something is wrong with what was
    restored: it is said."""
    file: Path = arguments.file.absolute()
    manifest = dumps.read(file)
    with database.ready():
        owner = os.environ.get("DATABASE_OWNER_URL")
        if not owner:
            raise database.NotConfigured(
                "Set DATABASE_OWNER_URL to the address of the empty database as perene_owner, who will own the tables."
            )
        main.set_up_django()
        dumps.restore(owner, file, manifest, known=_known())
        _say(
            f"restored: {sum(manifest.rows.values())} rows of {len(manifest.rows)} tables, backed up at {manifest.made_at}"
        )
        is_right = _says_so_many(manifest) and _has_keys(manifest)
        migrated = subprocess.run(ours("migrate"), check=False).returncode
        if migrated:
            return migrated
        verified = subprocess.run(
            ours("verify", *(["--json"] if arguments.json else [])), check=False
        ).returncode
    return verified or (0 if is_right else WRONG)


def _says_so_many(manifest: dumps.Manifest) -> bool:
    url = os.environ.get("DATABASE_BACKUP_URL")
    if not url:
        _say("DATABASE_BACKUP_URL is not set: the rows are not counted again.")
        return True
    differing = dumps.differing(url, manifest)
    for table, (dumped, there) in differing.items():
        _say(f"{table}: {dumped} rows were backed up and {there} are there now.")
    return not differing


def _has_keys(manifest: dumps.Manifest) -> bool:
    from perene.kit import crypto  # it reads the settings

    missing = set(manifest.keys) - set(crypto.names())
    if missing and not set(manifest.keys) & set(crypto.names()):
        _say(
            "The secrets in this backup (webhooks, second factors) were sealed with other keys than this machine has: set"
            " PERENE_ENCRYPTION_KEY (or PERENE_SECRET_KEY) to what it was, or rotate them one by one."
        )
        return False
    if missing:
        _say(
            "Some keys of the machine that was backed up are missing here: what only they sealed cannot be read."
        )
        return False
    return True


def _known() -> dict[str, Iterable[str]]:
    from django.db.migrations.loader import MigrationLoader

    found: dict[str, list[str]] = {}
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    for app, name in loader.disk_migrations or {}:
        found.setdefault(app, []).append(name)
    return dict(found)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
