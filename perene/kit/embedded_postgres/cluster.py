"""The folders of a server: the data folder (initdb, version check, settings) and the socket's private folder."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import tempfile
from pathlib import Path

from perene.kit import roles
from perene.kit.embedded_postgres import binaries as programs
from perene.kit.embedded_postgres import process, settings, system_user
from perene.kit.embedded_postgres.errors import EmbeddedPostgresError
from perene.kit.embedded_postgres.system_user import SystemUser

# A socket's path fits in 107 bytes, and its name takes 14 more than the folder, 20 with ".lock".
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.65535.lock")


def prepare(data_folder: Path, *, binaries: Path, durable: bool) -> tuple[SystemUser, Path]:
    """Make the data folder if it is missing, check it if it is not; who runs the server, and from which programs."""
    user = system_user.for_data_folder(data_folder)
    binaries = programs.reachable_by(user, binaries)
    if not (data_folder / "PG_VERSION").exists():
        _initialize(data_folder, user=user, binaries=binaries, durable=durable)
    real = data_folder.resolve()
    system_user.give(user, real)
    if not system_user.can_reach(user, real):
        raise EmbeddedPostgresError(
            f"The data folder {real} lies below a folder that user {system_user.name_of(user.uid)} may not enter, and "
            "PostgreSQL does not run as root: move it to a folder everyone may enter."
        )
    written_by = int((real / "PG_VERSION").read_text().strip())
    ours = programs.major_version(binaries)
    if written_by != ours:
        raise EmbeddedPostgresError(
            f"The data in {data_folder} was written by PostgreSQL {written_by} and the one found here is {ours}: dump it with "
            f"pg_dump of version {written_by}, move the folder away, start again and restore the dump."
        )
    return user, binaries


def _initialize(data_folder: Path, *, user: SystemUser, binaries: Path, durable: bool) -> None:
    if data_folder.is_dir() and any(data_folder.iterdir()):
        raise EmbeddedPostgresError(
            f"{data_folder} is not empty and holds no PostgreSQL data: choose another folder."
        )
    real = data_folder
    if not system_user.can_reach(user, data_folder.absolute()):
        # Below a private home of root: the data lives elsewhere and a link says where.
        base = system_user.shared_folder() if durable else _temporary_folder()
        real = Path(tempfile.mkdtemp(prefix=f"{data_folder.name}-", dir=base)) / "data"
        real.parent.chmod(0o711)
    making = real.with_name(f"{real.name}.making")  # a killed initdb leaves no folder that looks finished
    system_user.remove(making)
    making.mkdir(mode=0o700, parents=True)
    if not user.is_us:
        os.chown(making, user.uid, user.gid)
    command = [
        str(binaries / "initdb"),
        "-D",
        str(making),
        "--username",
        roles.ADMIN,
        "--encoding=UTF8",
        "--locale=C",
    ]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    command += ["--auth-local=peer", "--auth-host=reject", *([] if durable else ["--no-sync"])]
    done = subprocess.run(
        command,
        cwd="/",
        env=process.environment(),
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        **user.popen_arguments(),
    )
    if done.returncode != 0:
        system_user.remove(making)
        reason = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise EmbeddedPostgresError(f"initdb could not make {data_folder}: {reason}")
    if data_folder.is_dir():
        data_folder.rmdir()
    making.rename(real)
    if real != data_folder:
        data_folder.unlink(missing_ok=True)  # a link whose target was deleted
        data_folder.symlink_to(real)


def write_settings(data_folder: Path, *, user: SystemUser, durable: bool) -> None:
    """Write the three configuration files into a data folder whose server does not run."""
    peers = {system_user.name_of(os.geteuid())}
    # The owner of the folder comes in too when root starts it; `nobody` stands for any service of the machine.
    peers |= {system_user.name_of(user.uid)} - {system_user.UNPRIVILEGED}
    for file, text in {
        "postgresql.conf": settings.postgresql_conf(durable=durable),
        "pg_hba.conf": settings.pg_hba_conf(),
        "pg_ident.conf": settings.pg_ident_conf(peers=peers),
    }.items():
        path = data_folder / file
        path.write_text(text)
        if not user.is_us:
            os.chown(path, user.uid, user.gid)


def socket_folder(data_folder: Path) -> Path:
    """Where the socket of this data folder lives: beside it, or in the temporary folder if that path is too long."""
    beside = data_folder.with_name(f"{data_folder.name}.socket")
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
        return beside
    stamp = hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:16]
    return _temporary_folder() / f"perene-{stamp}"


def private_socket_folder(data_folder: Path, *, user: SystemUser) -> Path:
    """The same, made, and proven to be a real folder that belongs to `user` alone."""
    folder = socket_folder(data_folder)
    try:
        folder.mkdir(mode=0o700)
        if not user.is_us:
            os.chown(folder, user.uid, user.gid)
    except FileExistsError:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != user.uid or status.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"{folder} must be a private folder of the server: remove it and try again."
            ) from None
    return folder


def _temporary_folder() -> Path:
    chosen = Path(tempfile.gettempdir())
    everyone = chosen.stat().st_mode & 0o1
    return chosen if everyone and len(os.fsencode(chosen)) < 60 else Path("/tmp")
