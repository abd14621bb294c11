"""The server's process: started as our direct child, so that it cannot outlive us unnoticed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from perene.kit.embedded_postgres import postmaster, system_user
from perene.kit.embedded_postgres.errors import EmbeddedPostgresError
from perene.kit.embedded_postgres.system_user import SystemUser

LARGEST_LOG_BYTES = 10_000_000
LOG_TAIL_BYTES = 4_000
PR_SET_PDEATHSIG = 1

# What a new server says when the last one is not quite gone: its zombie, its orphaned backends, its last checkpoint.
PASSING_TROUBLES = ('lock file "', "pre-existing shared memory block", "could not bind Unix address")


def environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL's programs, in a fixed language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}


def start(
    command: list[str], *, user: SystemUser, data_folder: Path, log: Path
) -> subprocess.Popen[bytes] | None:
    """Start the server and wait until it takes connections. None when an old one still holds the folder.

    Raises EmbeddedPostgresError with the server's own last words when it does not start.
    """
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("ab") as output:
        begins_at = output.tell()
        system_user.share_with_owner(log)
        child = subprocess.Popen(
            command,
            cwd="/",  # our own folder may be one the server's user cannot enter
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us; we stop the server when we are done
            preexec_fn=_die_with_parent(),
            **user.popen_arguments(),
        )
    try:
        while child.poll() is None:
            found = postmaster.read(data_folder)
            if found is not None and found.pid == child.pid and found.status == "ready":
                return child
            time.sleep(0.02)
    except BaseException:
        stop(child, patience_seconds=10)
        raise
    with log.open("rb") as said:
        said.seek(max(begins_at, log.stat().st_size - LOG_TAIL_BYTES))
        words = said.read().decode(errors="replace").strip()
    if any(trouble in words for trouble in PASSING_TROUBLES):
        return None
    serious = [line for line in words.splitlines() if "FATAL" in line or "PANIC" in line]
    last = (serious or words.splitlines() or ["it said nothing"])[-1]
    raise EmbeddedPostgresError(f"PostgreSQL did not start ({last}): see {log}.")


def stop(child: subprocess.Popen[bytes], *, patience_seconds: float) -> None:
    """Shut down and reap: sessions are ended and all is written; if that takes too long, as in a crash (also safe)."""
    for request, wait_seconds in (
        (signal.SIGINT, patience_seconds),
        (signal.SIGQUIT, 10.0),
        (signal.SIGKILL, 10.0),
    ):
        if child.poll() is not None:
            return
        child.send_signal(request)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(wait_seconds)


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux, what makes the kernel ask the server for a clean shutdown when we die, however we die."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up here: after the fork it is too late to import
    parent = os.getpid()

    def in_the_child() -> None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
        if os.getppid() != parent:  # we died before the request was made
            os._exit(1)

    return in_the_child
