"""`perene COMMAND …`: reads the command, finds its database, sets Django up, checks that all is well, runs it.

Modules in COMMANDS declare commands with `register(subparsers)`; they are imported before Django is set up (see `command`).
"""

import argparse
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from perene.interfaces.cli import commands, database, imports, plans
from perene.interfaces.cli.command import Needs
from perene.kit import dumps
from perene.kit.embedded_postgres import EmbeddedPostgresError

COMMANDS = (commands, imports, plans)

REFUSED = 2
INTERRUPTED = 130
UNHEARD = 141
TERMINATED = 143


def parser() -> argparse.ArgumentParser:
    """All commands."""
    whole = argparse.ArgumentParser(prog="perene", description="Recurring revenue and collections.")
    subparsers = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.register(subparsers)
    return whole


def main(argv: list[str] | None = None) -> int:
    """Run one command. 0 = done, 1 = done and something is wrong, 2 = refused, 130 and 143 = interrupted."""
    arguments = parser().parse_args(argv)
    needs = Needs(getattr(arguments, "needs", Needs.DATABASE))
    signal.signal(signal.SIGTERM, _leave)
    try:
        if needs is Needs.NOTHING:
            return int(arguments.run(arguments))
        with database.ready() as server:
            arguments.server = server
            if needs is Needs.OWNER:
                database.become_owner()
            set_up_django()
            return _run(arguments, is_checked=needs is Needs.DATABASE)
    except (EmbeddedPostgresError, database.NotConfigured, dumps.DumpRefused) as error:
        return _say(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `perene … | head`: nobody reads on, so nothing more is said, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNHEARD


def _run(arguments: argparse.Namespace, *, is_checked: bool) -> int:
    """The command itself, with what is expected to go wrong said in one sentence."""
    # Needs Django, which is set up only now.
    from django.db import OperationalError

    from perene.interfaces.cli import migrate
    from perene.kit import fitness, texts
    from perene.rules.refusals import Refusal

    try:
        if is_checked:
            if arguments.server is not None:
                migrate.if_behind()
            is_patient = getattr(arguments, "outlives_restarts", False)
            fitness.check(patience_seconds=fitness.RESTART_PATIENCE_SECONDS if is_patient else 0.0)
        return int(arguments.run(arguments))
    except Refusal as refusal:
        return _say(texts.render(refusal))
    except fitness.Unfit as unfit:
        return _say(str(unfit))
    except OperationalError as error:
        if not _is_lost_connection(error):
            raise
        said = str(error).strip().splitlines()[0]
        return _say(
            f"The connection to the database was lost ({said}): see that it runs, then say this again."
        )


def set_up_django() -> None:
    """Raises NotConfigured with the settings' own sentence when something is missing or wrong."""
    import django

    from perene.kit import translations

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perene.config.settings")
    try:
        translations.compile_catalogs()
        django.setup()
    except SystemExit as refusal:
        if not hasattr(refusal, "sentence"):  # we were told to stop, just now
            raise
        # perene.config says no this way, so that any server started on it stops too.
        raise database.NotConfigured(str(refusal)) from None


def _is_lost_connection(error: Exception) -> bool:
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return not state or state.startswith(("08", "57P"))


def _say(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return REFUSED


def _leave(signum: int, frame: FrameType | None) -> NoReturn:
    # So that what we started is stopped on the way out.
    raise SystemExit(TERMINATED)
