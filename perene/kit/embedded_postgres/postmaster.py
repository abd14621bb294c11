"""What `postmaster.pid` in a data folder says, and whether the process it names is really a PostgreSQL that lives."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOCK_FILE = "postmaster.pid"


@dataclass(frozen=True)
class Postmaster:
    """One reading of the lock file; `status` is "starting", "ready", "stopping" or "" while not written yet."""

    pid: int
    port: int
    socket_folder: str
    status: str


def read(data_folder: Path) -> Postmaster | None:
    """The lock file of `data_folder`, or None when there is none (or it is being written)."""
    try:
        lines = (data_folder / LOCK_FILE).read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not lines or not lines[0].strip().lstrip("-").isdigit():
        return None
    lines += [""] * 8
    port = lines[3].strip()
    return Postmaster(
        pid=abs(int(lines[0])),  # negative: a standalone backend
        port=int(port) if port.isdigit() else 0,
        socket_folder=lines[4].strip(),
        status=lines[7].strip(),
    )


def living(data_folder: Path) -> Postmaster | None:
    """The lock file's process, when it is a PostgreSQL over this folder and alive; a zombie is not alive."""
    found = read(data_folder)
    return found if found is not None and is_alive(found.pid, data_folder) else None


def is_alive(pid: int, data_folder: Path) -> bool:
    """Whether process `pid` is a living PostgreSQL over `data_folder`, and not another program that got its number."""
    if not sys.platform.startswith("linux"):
        said = subprocess.run(
            ["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout.split(None, 1)
        return len(said) == 2 and not said[0].startswith("Z") and "postgres" in said[1]
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    command, state = status[status.index("(") + 1 : status.rindex(")")], status[status.rindex(")") + 2]
    if state in "ZX" or command != "postgres":
        return False
    try:
        return os.readlink(f"/proc/{pid}/cwd") == str(data_folder.resolve())
    except PermissionError:  # root in a container may not look at another user's process
        return True
    except OSError:  # it ended while we looked
        return False


def clear_stale(data_folder: Path, socket_folder: Path) -> None:
    """Remove lock files whose process is gone. Only for the holder of our own lock, with no living postmaster.

    PostgreSQL removes them itself when no process has that number; it cannot when a zombie or an unrelated program has.
    Orphaned backends are still noticed by it through the shared memory of the folder.
    """
    found = read(data_folder)
    if found is not None and not is_alive(found.pid, data_folder) and _number_is_taken(found.pid):
        (data_folder / LOCK_FILE).unlink(missing_ok=True)
    for leftover in socket_folder.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)


def _number_is_taken(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
