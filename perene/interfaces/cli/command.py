"""How a command says what it needs and what it does.

Commands are declared before Django is set up (`--help` needs no database) and run after it: what a command does is named
as text and imported then.
"""

import importlib
from argparse import Namespace
from collections.abc import Callable
from enum import IntEnum


class Needs(IntEnum):
    """What must stand before a command runs: nothing; Django, as the owner of the tables; Django, on a checked database.
    A command's default `needs`; without one it is the last."""

    NOTHING = 0
    OWNER = 1
    DATABASE = 2


def later(path: str) -> Callable[[Namespace], int]:
    """A command's `run` from "module:function" below this package: `later("billing:bill")`."""
    module, function = path.split(":")

    def imported_and_run(arguments: Namespace) -> int:
        found = importlib.import_module(f"perene.interfaces.cli.{module}")
        return int(getattr(found, function)(arguments))

    return imported_and_run
