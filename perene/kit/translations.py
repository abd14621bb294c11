"""Compiles the Portuguese catalogs (.po → .mo) with Babel: a fresh machine has no GNU gettext, and .mo files are not kept."""

import os
from pathlib import Path
from typing import Any

from babel.messages import mofile, pofile

PACKAGE = Path(__file__).resolve().parent.parent


def catalogs() -> list[Path]:
    """Every .po of the package."""
    return sorted(PACKAGE.glob("**/locale/*/LC_MESSAGES/*.po"))


def compile_catalogs() -> None:
    """Compile those that changed since they were last compiled. A few milliseconds when there are none."""
    for source in catalogs():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalog = pofile.read_po(file, locale="pt_BR")
        try:
            _write(target, catalog)
        except PermissionError:
            # An installed program is not the service's to change: what was compiled with it must do.
            if not target.exists():
                raise


def _write(target: Path, catalog: Any) -> None:
    """Whole or not at all: several processes may start together."""
    half = target.with_suffix(f".{os.getpid()}.new")
    with half.open("wb") as out:
        mofile.write_mo(out, catalog)
    half.replace(target)
