"""One PostgreSQL over one data folder: start it, find it when another process did, stop it.

Who holds `<data folder>.lock` may start a server over the folder. Beside the folder stand also `<data folder>.log` (what
the server said) and, with a TCP port, `<data folder>.passwords.json`.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import secrets
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psycopg

from perene.kit import roles
from perene.kit.embedded_postgres import binaries, cluster, postmaster, process, system_user
from perene.kit.embedded_postgres.errors import EmbeddedPostgresError

DEFAULT_PORT = 5432  # only a part of the socket's name unless TCP is asked for
PATIENCE_SECONDS = 30.0
STOP_SECONDS = 120.0


class Server:
    """A server over `data_folder`, which is made at the first start.

    `durable=False` trades safety for speed and is for tests. `tcp_port` also opens that port on the loopback address,
    with the passwords in `passwords`. `binaries` is the folder of the programs, found by `find_binaries` when not given.
    Every method raises EmbeddedPostgresError with a sentence when it cannot.
    """

    def __init__(
        self,
        data_folder: Path,
        *,
        durable: bool = True,
        tcp_port: int | None = None,
        binaries: Path | None = None,
    ) -> None:
        self.data_folder = data_folder.absolute()
        self.durable = durable
        self.tcp_port = tcp_port
        self.binaries = binaries
        self._child: subprocess.Popen[bytes] | None = None
        self._attached: postmaster.Postmaster | None = None
        self._lock: IO[str] | None = None
        self._maker_pid = os.getpid()

    def start(self) -> None:
        """Start the server. Must be called from the main thread; refuses when one runs over the folder already."""
        if self.is_running:  # asking also reaps a server of ours that was killed
            raise EmbeddedPostgresError(f"The server over {self.data_folder} already runs.")
        self._launch(may_attach=False)

    def attach_or_start(self) -> Self:
        """Use the server that another process runs over this folder, or start one here."""
        if not self.is_running:
            self._launch(may_attach=True)
        return self

    def stop(self) -> None:
        """Stop the server we started, cleanly; a server we only attached to goes on. Saying it twice is fine."""
        self._attached = None
        if (
            self._child is None or os.getpid() != self._maker_pid
        ):  # a forked child must not stop its parent's server
            return
        process.stop(self._child, patience_seconds=STOP_SECONDS)
        self._child = None
        self._unlock()
        atexit.unregister(self.stop)

    def destroy(self) -> None:
        """Stop, and delete the data and all files beside it. For throwaway clusters."""
        self.stop()
        if postmaster.living(self.data_folder) is not None:
            raise EmbeddedPostgresError(
                f"Another process runs the server over {self.data_folder}: stop it first."
            )
        system_user.remove(self.socket_folder)
        real = self.data_folder.resolve()
        system_user.remove(real.parent if self.data_folder.is_symlink() else real)
        for path in (
            self.data_folder,
            *(self._beside(kind) for kind in ("lock", "log", "log.1", "passwords.json")),
        ):
            path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        if not self.is_running:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the server; None when it does not run."""
        if not self.is_running:
            return None
        return self._child.pid if self._child is not None else self._attached.pid if self._attached else None

    @property
    def is_running(self) -> bool:
        """Whether the server we started or attached to is alive."""
        if self._child is not None:
            if os.getpid() == self._maker_pid:
                return self._child.poll() is None
            return postmaster.is_alive(self._child.pid, self.data_folder)
        return self._attached is not None and postmaster.is_alive(self._attached.pid, self.data_folder)

    @property
    def is_ours(self) -> bool:
        """Whether the server was started here, and not found running."""
        return self._child is not None

    @property
    def socket_folder(self) -> Path:
        """The private folder of the unix socket."""
        if self._attached is not None:
            return Path(self._attached.socket_folder)
        return cluster.socket_folder(self.data_folder.resolve())

    @property
    def passwords(self) -> dict[str, str] | None:
        """Role to password, for TCP; made once and kept beside the data folder. None without a TCP port."""
        if self.tcp_port is None:
            return None
        path = self._beside("passwords.json")
        if not path.exists():
            made = {name: secrets.token_urlsafe(24) for name in roles.APPLICATION_ROLES}
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(made, file)
            system_user.share_with_owner(path)
        kept: dict[str, str] = json.loads(path.read_text())
        return kept

    def dsn(self, database: str, *, role: str) -> str:
        """The address of `database` for `role` through the socket; psycopg, libpq and DATABASE_URL understand it."""
        port = self._attached.port if self._attached is not None else self.tcp_port or DEFAULT_PORT
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_folder), safe='/')}&port={port}"

    def tcp_dsn(self, database: str, *, role: str) -> str:
        """The same over TCP, with the role's password."""
        passwords = self.passwords
        if passwords is None:
            raise EmbeddedPostgresError("This server listens on no TCP port: give tcp_port.")
        return f"postgresql://{role}:{passwords[role]}@127.0.0.1:{self.tcp_port}/{database}"

    def _launch(self, *, may_attach: bool) -> None:
        if threading.current_thread() is not threading.main_thread():
            # Linux tells a child that its parent *thread* ended; from a helper thread the server would go down early.
            raise EmbeddedPostgresError("Start the database server from the main thread.")
        system_user.for_data_folder(self.data_folder)  # says no before we look inside
        self.data_folder.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            other = postmaster.living(self.data_folder)
            if other is not None:
                if other.status == "starting":  # recovery after a crash takes as long as it takes
                    deadline = time.monotonic() + PATIENCE_SECONDS
                elif other.status == "ready" and self._answers(other):
                    if not may_attach:
                        raise EmbeddedPostgresError(
                            f"A server already runs over {self.data_folder} (process {other.pid}): stop it first."
                        )
                    self._attached = other
                    return
            elif self._try_lock():
                try:
                    self._child = self._spawn()
                finally:
                    if self._child is None:
                        self._unlock()
                if self._child is not None:
                    self._maker_pid = os.getpid()
                    atexit.register(self.stop)
                    return
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"The data folder {self.data_folder} is held by another process that does not answer"
                    f"{f' (process {other.pid})' if other else ''}: end it, then try again."
                )
            time.sleep(0.1)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """A server that is ready; None when something old still holds the folder and a retry may help."""
        found = self.binaries or binaries.find_binaries()
        user, programs = cluster.prepare(self.data_folder, binaries=found, durable=self.durable)
        real = self.data_folder.resolve()
        sockets = cluster.private_socket_folder(real, user=user)
        postmaster.clear_stale(real, sockets)
        cluster.write_settings(real, user=user, durable=self.durable)
        command = [str(programs / "postgres"), "-D", str(real)]
        for name, value in {
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            "listen_addresses": "127.0.0.1" if self.tcp_port else "",
            "port": str(self.tcp_port or DEFAULT_PORT),
        }.items():
            command += ["-c", f"{name}={value}"]
        return process.start(command, user=user, data_folder=real, log=self._beside("log"))

    def _answers(self, other: postmaster.Postmaster) -> bool:
        try:
            with psycopg.connect(
                host=other.socket_folder,
                port=other.port,
                user=roles.ADMIN,
                dbname="postgres",
                connect_timeout=5,
            ):
                return True
        except psycopg.OperationalError:
            return False

    def _try_lock(self) -> bool:
        # A record lock: not inherited by forked workers, released by the kernel when we die, and seen by other
        # containers that share the folder, where process numbers mean nothing.
        if self._lock is None:
            self._lock = self._beside("lock").open("w")
            system_user.share_with_owner(self._beside("lock"))
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._unlock()
            return False
        return True

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _beside(self, kind: str) -> Path:
        return self.data_folder.with_name(f"{self.data_folder.name}.{kind}")
