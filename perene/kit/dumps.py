"""The whole database in one file and back, through PostgreSQL's own programs. No Django here.

A dump is taken as the role that reads past the policies: any other would write empty tables, and say nothing. Beside the file
FILE stands FILE.json: what it is, its checksum, and how many rows each table had in the very snapshot that was dumped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo, sql

from perene.kit.embedded_postgres import binaries

FORMAT = 1

_TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname
"""


class DumpRefused(RuntimeError):
    """It cannot be done; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands beside a dump. `rows`: table → rows; `migrations`: app → names that had run; `server` is PostgreSQL's
    version, like 180006; `keys` name the keys that sealed secrets need (kit.crypto), and tell nothing of them."""

    format: int
    made_at: str
    program: str
    server: int
    sha256: str
    bytes: int
    rows: dict[str, int]
    migrations: dict[str, list[str]]
    keys: list[str]


def dump(
    url: str,
    file: Path,
    *,
    now: datetime,
    program: str,
    keys: Iterable[str],
    began: Callable[[str], None] = lambda step: None,
) -> Manifest:
    """Write the database at `url` (as perene_backup) to `file` and its manifest beside it: whole, or not at all. One
    snapshot, while others go on working. Raises DumpRefused."""
    if file.exists():
        raise DumpRefused(f"{file} is there already: a backup is not written over, choose another name.")
    if not file.parent.is_dir():
        raise DumpRefused(f"There is no folder {file.parent}: make it first.")
    partial = file.with_name(f"{file.name}.partial")
    with _connected(url) as connection:
        _check_reads_everything(connection)
        version = connection.info.server_version
        # One snapshot for the counts and for pg_dump.
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone()  # type: ignore[misc]
        try:
            began("dump")
            _run(
                "pg_dump",
                ["--format=custom", f"--snapshot={snapshot}", f"--file={partial}"],
                url,
                at_least=version // 10000,
            )
            began("count")
            rows = _counted(connection)
            migrations = _migrations(connection)
            began("checksum")
            made = Manifest(
                format=FORMAT,
                made_at=now.isoformat(timespec="seconds"),
                program=program,
                server=version,
                sha256=_sha256(partial),
                bytes=partial.stat().st_size,
                rows=rows,
                migrations=migrations,
                keys=sorted(keys),
            )
            _write_private(manifest_of(file), json.dumps(asdict(made), indent=1, ensure_ascii=False) + "\n")
            _settle(partial, file)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    return made


def read(file: Path) -> Manifest:
    """The manifest beside a dump, with the dump proved to be what it says. Raises DumpRefused."""
    beside = manifest_of(file)
    for each in (file, beside):
        if not each.is_file():
            raise DumpRefused(
                f"{each} is not there: a backup is the file and its manifest, keep them together."
            )
    try:
        found = Manifest(**json.loads(beside.read_text("utf-8")))
    except (ValueError, TypeError):
        raise DumpRefused(f"{beside} cannot be read: it is not the manifest of a backup.") from None
    if found.format != FORMAT:
        raise DumpRefused(
            f"{beside} is of a newer version of Perene ({found.program}): restore it with that one."
        )
    if _sha256(file) != found.sha256:
        raise DumpRefused(
            f"{file} is not the file that was backed up: its checksum differs. Take another copy of it."
        )
    return found


def restore(owner_url: str, file: Path, manifest: Manifest, *, known: Mapping[str, Iterable[str]]) -> None:
    """Fill the empty database at `owner_url` (as perene_owner) from a dump that was `read`: all of it or nothing. `known`:
    app → migrations of this program. Raises DumpRefused, also for a database that is not empty and for a dump of a newer
    program."""
    newer = [
        f"{app}.{name}"
        for app, names in manifest.migrations.items()
        if app in known
        for name in sorted(set(names) - set(known[app]))
    ]
    if newer:
        raise DumpRefused(
            f"The backup is of a newer version of Perene ({manifest.program}, {newer[0]}): restore it with that one."
        )
    with _connected(owner_url) as connection:
        version = connection.info.server_version
        if version // 10000 < manifest.server // 10000:
            raise DumpRefused(
                f"The backup is of PostgreSQL {manifest.server // 10000} and the server is PostgreSQL {version // 10000}: "
                "restore into one that is not older."
            )
        tables = connection.execute(_TABLES.encode()).fetchall()
        if tables:
            raise DumpRefused(
                f"The database {connection.info.dbname} is not empty ({len(tables)} tables): a backup goes into an empty one."
                " Make one with `perene roles --sql --database NAME`, or move the embedded database's folder away."
            )
    options = ["--single-transaction", "--exit-on-error", "--no-owner", str(file)]
    _run("pg_restore", options, owner_url, at_least=max(version, manifest.server) // 10000)


def differing(backup_url: str, manifest: Manifest) -> dict[str, tuple[int, int]]:
    """Tables whose rows are not as many as were dumped: table → (dumped, there)."""
    with _connected(backup_url) as connection:
        _check_reads_everything(connection)
        there = _counted(connection)
    return {
        table: (manifest.rows.get(table, 0), there.get(table, 0))
        for table in sorted(manifest.rows.keys() | there.keys())
        if manifest.rows.get(table, 0) != there.get(table, 0)
    }


def manifest_of(file: Path) -> Path:
    """Where a dump's manifest stands."""
    return file.with_name(f"{file.name}.json")


def program(name: str, *, at_least: int) -> Path:
    """One of PostgreSQL's programs, of that major version or newer: a dump is taken by a program not older than its server.
    Raises DumpRefused."""
    found = [folder / name for folder in binaries.candidates() if os.access(folder / name, os.X_OK)]
    on_path = shutil.which(name)
    for path in [*found, *([Path(on_path)] if on_path else [])]:
        if _major(path) >= at_least:
            return path
    raise DumpRefused(
        f"There is no {name} of PostgreSQL {at_least} or newer here: install the package postgresql-client-{at_least}."
    )


def _run(name: str, options: list[str], url: str, *, at_least: int) -> None:
    address = conninfo.conninfo_to_dict(url)
    # Never as an argument: those are for everybody on the machine to read.
    password = address.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    command = [
        str(program(name, at_least=at_least)),
        f"--dbname={conninfo.make_conninfo('', **address)}",
        *options,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[:3])
        raise DumpRefused(f"{name} failed: {said or f'status {done.returncode}'}")


def _connected(url: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[0]
        raise DumpRefused(
            f"The database does not answer ({said}): check its address and that it runs."
        ) from error


def _check_reads_everything(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(
        "SELECT current_user, rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    name, reads_everything = row or ("?", False)
    if not reads_everything:
        raise DumpRefused(
            f"The role {name} sees no rows of any organization, and its backup would be empty: use perene_backup in"
            " DATABASE_BACKUP_URL."
        )


def _counted(connection: psycopg.Connection[Any]) -> dict[str, int]:
    found = {}
    for (table,) in connection.execute(_TABLES.encode()).fetchall():
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        found[str(table)] = int(row[0]) if row else 0
    return found


def _migrations(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for app, name in connection.execute(
        "SELECT app, name FROM django_migrations ORDER BY app, name"
    ).fetchall():
        found.setdefault(app, []).append(name)
    return found


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _write_private(file: Path, text: str) -> None:
    """It tells how much there is of everything: for the owner's eyes."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _settle(partial: Path, file: Path) -> None:
    """On the disk, for nobody else to read, under its name at last."""
    partial.chmod(0o600)
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _major(path: Path) -> int:
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except OSError:
        return 0
    words = said.split()
    number = next((word for word in words if word[:1].isdigit()), "0")
    return int(number.split(".")[0]) if number.split(".")[0].isdigit() else 0
