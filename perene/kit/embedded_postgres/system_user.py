"""The system user the server runs as.

PostgreSQL refuses to run as root. When we are root it runs as the owner of the data folder, or as `nobody` for a new
one; otherwise as ourselves.
"""

from __future__ import annotations

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from perene.kit.embedded_postgres.errors import EmbeddedPostgresError

UNPRIVILEGED = "nobody"
SHARED_FOLDER = Path("/var/lib/perene")


class PopenUser(TypedDict, total=False):
    """The keyword arguments of subprocess that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class SystemUser:
    """A user id and its main group id."""

    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()

    def popen_arguments(self) -> PopenUser:
        """What to give subprocess so that the program runs as this user; nothing when we are that user."""
        if self.is_us:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def for_data_folder(folder: Path) -> SystemUser:
    """Who runs the server over `folder` (which may not exist yet). Raises EmbeddedPostgresError."""
    us = SystemUser(os.geteuid(), os.getegid())
    name_of(us.uid)
    owner = folder.stat().st_uid if folder.exists() else us.uid
    if us.uid != 0:
        if owner != us.uid:
            raise EmbeddedPostgresError(
                f"The data folder {folder} belongs to user id {owner}: run as that user, or choose another "
                "folder."
            )
        return us
    if owner != 0:
        return SystemUser(owner, folder.stat().st_gid)
    try:
        nobody = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root and this machine has no user `nobody`: run as an ordinary user."
        ) from None
    return SystemUser(nobody.pw_uid, nobody.pw_gid)


def name_of(uid: int) -> str:
    """The name of a user id. Raises EmbeddedPostgresError where it has none: PostgreSQL does not run without."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise EmbeddedPostgresError(
            f"User id {uid} has no name on this machine and PostgreSQL needs one: add it to /etc/passwd, or run "
            "as another user."
        ) from None


def can_reach(user: SystemUser, path: Path) -> bool:
    """Whether `user` may enter every folder above `path`, and read and execute `path` itself if it exists."""
    if user.is_us:
        return True
    real = path.resolve()
    for step in (*real.parents, *([real] if real.exists() else [])):
        status = step.stat()
        if status.st_uid == user.uid:
            bits = status.st_mode >> 6
        elif status.st_gid == user.gid:
            bits = status.st_mode >> 3
        else:
            bits = status.st_mode
        if not bits & 0o1:
            return False
    return True


def shared_folder() -> Path:
    """A folder of root that everyone may read, for what must not stay below a private home. Only as root."""
    try:
        SHARED_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL cannot run below a private folder of root, and {SHARED_FOLDER} cannot be made ({error.strerror}): "
            "install Perene in a folder everyone may enter, such as /opt, or run as an ordinary user."
        ) from error
    status = SHARED_FOLDER.stat()
    if status.st_uid != 0 or status.st_mode & 0o022:
        # Programs are started from here: nobody but root may be able to change them.
        raise EmbeddedPostgresError(f"{SHARED_FOLDER} must belong to root and be writable by root only.")
    return SHARED_FOLDER


def give(user: SystemUser, folder: Path) -> None:
    """Make `user` the owner of `folder` and all below it, if it is not already."""
    if user.is_us or folder.stat().st_uid == user.uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(Path(parent) / name, user.uid, user.gid)
    os.chown(folder, user.uid, user.gid)  # last: its owner is what says that the rest is done


def share_with_owner(path: Path) -> None:
    """Give a file that root made to the owner of its folder, who may start the server next time."""
    owner = path.parent.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def remove(folder: Path) -> None:
    """Delete a folder and all below it, when it exists."""
    if folder.exists():
        shutil.rmtree(folder)
