"""What the server is told: postgresql.conf, pg_hba.conf, pg_ident.conf. All three are rewritten at every start.

To change a setting for good use ALTER SYSTEM: postgresql.auto.conf is read after ours and is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from perene.kit import roles

# For two cores and 2 GB or more. Durability is what PostgreSQL ships with.
COMMON = {
    "cluster_name": "'perene'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",  # the start-up code reads messages
    "shared_buffers": "256MB",  # the hot indexes of a billing run over 100,000 contracts
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",  # index builds, vacuum
    "temp_buffers": "16MB",  # a chunk's COPY target stays in memory
    "max_connections": "100",
    "min_wal_size": "512MB",
    "max_wal_size": "4GB",  # a run writes some hundred MB: no forced checkpoint, so no second round of full pages
    "checkpoint_timeout": "15min",
    "wal_buffers": "16MB",
    "random_page_cost": "1.1",  # solid state disks
    "jit": "off",  # short queries; compiling costs more than it gives, and the wheel has no LLVM
}

# For tests only: the data does not survive a crash of the machine.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "checkpoint_timeout": "1h",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

SMALLEST_SHARED_MEMORY = 256 * 1024 * 1024
HEADER = "# Written by Perene at every start. To change a setting use ALTER SYSTEM.\n"


def postgresql_conf(*, durable: bool, scratch_shared_memory: Path = Path("/dev/shm")) -> str:
    """The text of postgresql.conf."""
    settings = COMMON | ({} if durable else THROWAWAY)
    if _is_small(scratch_shared_memory):
        # Containers often have 64 MB there, and a parallel query then fails in the middle.
        settings |= {"dynamic_shared_memory_type": "mmap"}
    return HEADER + "".join(f"{name} = {value}\n" for name, value in settings.items())


def _is_small(folder: Path) -> bool:
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    return status.f_frsize * status.f_blocks < SMALLEST_SHARED_MEMORY


def pg_hba_conf() -> str:
    """Who may connect: through the socket the system users of pg_ident.conf, over TCP our roles with a password."""
    names = ",".join(roles.APPLICATION_ROLES)
    return f"{HEADER}local all all peer map=perene\n" + "".join(
        f"host all {names} {network} scram-sha-256\n" for network in ("127.0.0.1/32", "::1/128")
    )


def pg_ident_conf(*, peers: Iterable[str]) -> str:
    """Which role a system user may be: any."""
    return HEADER + "".join(f'perene "{peer}" all\n' for peer in peers)
