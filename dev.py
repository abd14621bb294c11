#!/usr/bin/env python3
"""One command from a fresh machine: makes the virtualenv, installs what is locked, runs what you asked for.

    python3 dev.py demo              a provider with a year of life, in the browser
    python3 dev.py up                web server and worker
    python3 dev.py test [--system]   linters, types, import rules, then every test
    python3 dev.py test ARGS         only pytest, with these arguments
    python3 dev.py lint              everything of `test` but the tests
    python3 dev.py bench ARGS        the measurements
    python3 dev.py ANY WORD ...      the command line of Perene: migrate, import, bill, verify, clock, ...

`test --system` first installs the system packages that the tests want (a browser, a PDF reader): as root, on Debian.
Needs only Python 3.11 or newer; this file uses the standard library alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
WITH_DEVELOPMENT_TOOLS = ("test", "lint", "bench")
CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)
# Program: the Debian package that has it.
SYSTEM_PACKAGES = {"chromium": "chromium", "pdftotext": "poppler-utils"}


class Stop(Exception):
    """Ends the command with one plain sentence."""


class Virtualenv:
    """The folder `.venv`; a stamp in it says which locked file it holds."""

    def __init__(self, folder: Path, requirements: Path) -> None:
        self.folder = folder
        self.requirements = requirements

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def ensure(self, kind: str) -> bool:
        """Have the packages of `kind` ("runtime" or "dev") installed; whether anything had to be done."""
        wanted = self._sum(kind)
        if self._holds(kind):
            return False
        # Before the first byte is fetched: this is the only thing that takes long, and only once.
        print(f"installing packages into {self.folder.name} (once) …", file=sys.stderr, flush=True)
        if not self.is_usable():
            self._make()
        self._install(self.requirements / (kind + ".txt"))
        self._stamp(kind).write_text(wanted)
        return True

    def _holds(self, kind: str) -> bool:
        # Development's list includes runtime's.
        kinds = ("runtime", "dev") if kind == "runtime" else ("dev",)
        return self.python.exists() and any(
            self._stamp(each).exists() and self._stamp(each).read_text() == self._sum(each) for each in kinds
        )

    def _sum(self, kind: str) -> str:
        path = self.requirements / (kind + ".txt")
        if not path.exists():
            raise Stop(f"{path} is missing: take the whole repository.")
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def _stamp(self, kind: str) -> Path:
        return self.folder / f"installed-{kind}.sha256"

    def is_usable(self) -> bool:
        """Whether it is whole: one that was interrupted while it was made has a Python and no pip."""
        pips = self.folder.glob("lib/python*/site-packages/pip/__main__.py")
        return self.python.exists() and (shutil.which("uv") is not None or any(pips))

    def _make(self) -> None:
        uv = shutil.which("uv")
        if uv:
            command = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(self.folder)]
        else:
            command = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        self._run(
            command,
            f"{self.folder} could not be made: on Debian and Ubuntu install the package python3-venv.",
        )

    def _install(self, file: Path) -> None:
        uv = shutil.which("uv")
        if uv:
            command = [uv, "pip", "install", "--quiet", "--python", str(self.python)]
        else:
            command = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            command += ["--no-input"]
        self._run(
            [*command, "--require-hashes", "-r", str(file)],
            f"The packages of {file.name} could not be installed: is the package index reachable from here?",
        )

    def _run(self, command: list[str], sentence: str) -> None:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.stderr.write(done.stdout)
            raise Stop(sentence)


def install_system_packages() -> None:
    """What pip cannot bring. Raises Stop when something is missing and cannot be installed from here."""
    missing = sorted(package for program, package in SYSTEM_PACKAGES.items() if shutil.which(program) is None)
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        names = " and ".join(missing)
        raise Stop(f"Install {names}, then run this again (as root on Debian it is done for you).")
    print(f"installing {' '.join(missing)} (once) …", file=sys.stderr, flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *missing]):
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            sys.stderr.write(done.stdout)
            raise Stop(f"{' '.join(command[:2])} failed: install {' and '.join(missing)} by hand.")


def environment(virtualenv: Virtualenv) -> dict[str, str]:
    """The environment of what we start: our packages first, and the data beside this file unless said otherwise."""
    path = [str(ROOT)] + ([os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else [])
    changed = dict(os.environ, PYTHONPATH=os.pathsep.join(path), VIRTUAL_ENV=str(virtualenv.folder))
    changed["PATH"] = os.pathsep.join([str(virtualenv.python.parent), os.environ.get("PATH", os.defpath)])
    changed.setdefault("PERENE_DATA", str(ROOT / "var"))
    return changed


def check(virtualenv: Virtualenv) -> int:
    """Run every linter, whatever the others say; 0 when all are content."""
    failed = []
    for command in CHECKS:
        print("→ " + " ".join(command), flush=True)
        program = str(virtualenv.python.parent / command[0])
        done = subprocess.run([program, *command[1:]], cwd=ROOT, env=environment(virtualenv))
        if done.returncode != 0:
            failed.append(" ".join(command))
    if failed:
        print("failed: " + ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


def replace_with(virtualenv: Virtualenv, arguments: list[str]) -> None:
    """Become the virtualenv's Python with these arguments; does not return."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(virtualenv.python, [str(virtualenv.python), *arguments], environment(virtualenv))


def main(arguments: list[str]) -> int:
    """Do what was asked; the exit status, when the work was not handed to another program."""
    if os.name != "posix":
        raise Stop("Perene runs on Linux and macOS (on Windows: inside WSL).")
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    word, rest = arguments[0], arguments[1:]
    virtualenv = Virtualenv(ROOT / ".venv", ROOT / "requirements")
    if word == "test" and "--system" in rest:
        rest.remove("--system")
        install_system_packages()
    virtualenv.ensure("dev" if word in WITH_DEVELOPMENT_TOOLS else "runtime")
    if word == "lint":
        return check(virtualenv)
    if word == "test":
        os.chdir(ROOT)
        if not rest and check(virtualenv) != 0:
            return 1
        print("→ pytest " + " ".join(rest), flush=True)
        replace_with(virtualenv, ["-m", "pytest", *rest])
    if word == "bench":
        replace_with(virtualenv, ["-m", "bench", *rest])
    replace_with(virtualenv, ["-m", "perene", word, *rest])
    return 0


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        sys.exit("Perene needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info[:2]))
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(str(stop))
    except KeyboardInterrupt:
        sys.exit(130)
