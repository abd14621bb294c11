"""Processes that we start, watch and stop in order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


class Process:
    """A program of ours in a process group of its own: Ctrl-C reaches only us, and we say who stops when. On Linux the
    kernel asks it to stop should we be killed."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def start(self) -> None:
        """Start it (again)."""
        self._started_at = time.monotonic()
        self._child = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_stop_with_parent()
        )

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return None if self._child is None else self._child.poll()

    @property
    def lived_seconds(self) -> float:
        return time.monotonic() - self._started_at

    def stop(self, *, patience_seconds: float) -> None:
        """Ask it to stop, wait, and end it and what it started if it does not."""
        if self._child is None:
            return
        if self.is_running:
            self._child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(patience_seconds)
        with contextlib.suppress(ProcessLookupError):  # what it may have left in its group
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


def ours(*arguments: str) -> list[str]:
    """The command line of another `perene`."""
    return [sys.executable, "-m", "perene", *arguments]


def _stop_with_parent() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up here: after the fork it is too late
    parent = os.getpid()

    def in_the_child() -> None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child
