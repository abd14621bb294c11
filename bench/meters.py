"""What a stretch of work cost the server: CPU of its processes, WAL written."""

import os
from dataclasses import dataclass
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds of the server so far, and its WAL position in bytes."""

    cpu_s: float
    wal_bytes: int

    def since(self, earlier: "Reading") -> "Reading":
        return Reading(self.cpu_s - earlier.cpu_s, self.wal_bytes - earlier.wal_bytes)


def read(connection: psycopg.Connection, *, postmaster_pid: int) -> Reading:
    """The server's meters now."""
    row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").fetchone()
    assert row is not None
    return Reading(_cpu(postmaster_pid), int(row[0]))


def _cpu(postmaster_pid: int) -> float:
    """Postmaster, its living children, and the children it has buried."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid, parent = int(stat.parent.name), int(fields[1])
        if pid == postmaster_pid:
            ticks += sum(int(fields[at]) for at in (11, 12, 13, 14))
        elif parent == postmaster_pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def settings(connection: psycopg.Connection) -> dict[str, str]:
    """The durability that the server really has, read from it in this run."""
    return {
        name: str(connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0])  # type: ignore[index]
        for name in (
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "wal_level",
            "shared_buffers",
            "server_version",
        )
    }
