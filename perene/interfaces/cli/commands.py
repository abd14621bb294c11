"""The commands at a glance: their words, their options, and where each is done."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from perene.interfaces.cli.command import Needs, later

Subparsers = Any


def register(subparsers: Subparsers) -> None:
    """Declare every command of this folder but imports and plans, which declare themselves."""
    _servers(subparsers)
    _database(subparsers)
    _organizations(subparsers)
    _work(subparsers)


def whole_number(*, at_least: int, at_most: int) -> Any:
    """An option's type: a whole number within bounds."""

    def number(text: str) -> int:
        value = int(text)
        if not at_least <= value <= at_most:
            raise argparse.ArgumentTypeError(f"{value} is not between {at_least} and {at_most}")
        return value

    return number


def host_and_port(text: str) -> tuple[str, int]:
    """An option's type: 127.0.0.1:9101, [::1]:9101."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form 127.0.0.1:9101")
    return host.strip("[]"), int(port)


def iso_date(text: str) -> date:
    """An option's type: 2026-12-31."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-12-31") from None


def _servers(subparsers: Subparsers) -> None:
    demo = subparsers.add_parser("demo", help="a provider with a year of life, in the browser")
    demo.add_argument("--fresh", action="store_true", help="throw the demo away and make it anew")
    demo.add_argument("--customers", type=whole_number(at_least=1, at_most=5000), default=180)
    demo.add_argument("--months", type=whole_number(at_least=1, at_most=36), default=12)
    demo.add_argument("--seed", default="perene-demo-2026", help="another seed is another provider")
    demo.add_argument("--no-serve", action="store_true", help="only make it: no web server, no worker")
    _where_to_listen(demo)
    demo.set_defaults(run=later("demo.command:run"))

    up = subparsers.add_parser("up", help="web server and worker (and the database, without DATABASE_URL)")
    _where_to_listen(up)
    up.set_defaults(run=later("serve:up"))

    worker = subparsers.add_parser(
        "worker", help="one worker: nights, clock moves, runs asked for in the browser"
    )
    worker.add_argument(
        "--metrics",
        type=host_and_port,
        metavar="HOST:PORT",
        help="answer there with what this worker counts (Prometheus); nobody is asked who they are",
    )
    worker.set_defaults(run=later("worker:run"), outlives_restarts=True)


def _where_to_listen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument("--port", type=whole_number(at_least=1, at_most=65535), default=8000)


def _database(subparsers: Subparsers) -> None:
    migrate = subparsers.add_parser(
        "migrate", help="bring the database's tables up to this version, as their owner"
    )
    migrate.set_defaults(run=later("migrate:run"), needs=Needs.OWNER)

    backup = subparsers.add_parser("backup", help="the whole database in one file, while work goes on")
    backup.add_argument(
        "file", metavar="FILE", type=Path, help="a new file; FILE.json beside it says what it is"
    )
    _as_json(backup)
    backup.set_defaults(run=later("backup:run"), needs=Needs.NOTHING)

    restore = subparsers.add_parser(
        "restore", help="fill an empty database from a backup, and verify every organization"
    )
    restore.add_argument("file", metavar="FILE", type=Path, help="what `perene backup` wrote")
    _as_json(restore)
    restore.set_defaults(run=later("restore:run"), needs=Needs.NOTHING)

    roles = subparsers.add_parser("roles", help="the database roles that Perene needs")
    roles.add_argument("--sql", action="store_true", required=True, help="print what a DBA must run in psql")
    roles.add_argument("--database", default="perene", help="name of the database (default: perene)")
    roles.set_defaults(run=later("roles:run"), needs=Needs.NOTHING)


def _organizations(subparsers: Subparsers) -> None:
    create = subparsers.add_parser("createowner", help="found an organization with its owner")
    create.add_argument("--organization", required=True, metavar="NAME")
    create.add_argument("--email", required=True, help="the owner's e-mail")
    create.add_argument("--name", required=True, help="the owner's name")
    create.add_argument(
        "--password-from-stdin", action="store_true", help="read the password's line from there"
    )
    create.add_argument("--document", default="", help="CNPJ or CPF of the organization")
    create.add_argument("--address", default="", help="as it is printed on invoices")
    create.add_argument("--state", default="SP", help="UF (default: SP)")
    create.add_argument("--lead-days", type=whole_number(at_least=0, at_most=90), default=0)
    create.add_argument(
        "--sandbox-on",
        type=iso_date,
        metavar="DATE",
        help="a sandbox: its own clock, which begins on this date",
    )
    create.set_defaults(run=later("organizations:create"))

    link = subparsers.add_parser(
        "passwordlink",
        help="a link by which a person who cannot get in chooses a new password (once, within a day)",
    )
    link.add_argument("--email", required=True)
    link.add_argument(
        "--address", default="http://localhost:8000", help="where people open Perene (default: this machine)"
    )
    link.add_argument("--drop-second-factor", action="store_true", help="the telephone is lost too")
    link.set_defaults(run=later("organizations:password_link"), needs=Needs.OWNER)

    _keys(subparsers)

    listing = subparsers.add_parser("organizations", help="their numbers, names and dates")
    listing.set_defaults(run=later("organizations:listing"))

    clock = subparsers.add_parser(
        "clock", help="move a sandbox organization's clock forward, living every day"
    )
    _of_organization(clock)
    how_far = clock.add_mutually_exclusive_group(required=True)
    how_far.add_argument("--days", type=whole_number(at_least=1, at_most=3660))
    how_far.add_argument("--months", type=whole_number(at_least=1, at_most=120))
    how_far.add_argument("--to", type=iso_date, metavar="DATE")
    clock.set_defaults(run=later("clock:run"))


def _keys(subparsers: Subparsers) -> None:
    keys = subparsers.add_parser("apikey", help="keys with which programs use the API").add_subparsers(
        dest="act", required=True, metavar="ACT"
    )
    create = keys.add_parser("create", help="a new key: printed once")
    create.add_argument("--organization", required=True, metavar="O", help="its number or its exact name")
    create.add_argument("--name", required=True, help="which program uses it")
    what = create.add_mutually_exclusive_group(required=True)
    what.add_argument("--scope", action="append", help="what it may do, like invoices.read; once for each")
    what.add_argument("--everything", action="store_true", help="all that a key may do")
    create.add_argument("--unit", action="append", metavar="CODE", help="only in this unit; once for each")
    create.set_defaults(run=later("api_keys:create"))
    listing = keys.add_parser("list", help="their beginnings, last use and names")
    listing.add_argument("--organization", required=True, metavar="O", help="its number or its exact name")
    listing.set_defaults(run=later("api_keys:listing"))
    revoke = keys.add_parser("revoke", help="it opens nothing from now on")
    revoke.add_argument("--organization", required=True, metavar="O", help="its number or its exact name")
    revoke.add_argument("prefix", help="its beginning, as the list shows it")
    revoke.set_defaults(run=later("api_keys:revoke"))


def _work(subparsers: Subparsers) -> None:
    bill = subparsers.add_parser(
        "bill", help="bill everything that is due, or go on with a run that was interrupted"
    )
    _of_organization(bill)
    bill.add_argument("--through", type=iso_date, metavar="DATE", help="default: the organization's today")
    bill.add_argument(
        "--workers", type=whole_number(at_least=1, at_most=64), default=1, help="processes at once"
    )
    bill.add_argument(
        "--rehearse", action="store_true", help="only show what would be billed; approve it on its page"
    )
    bill.set_defaults(run=later("billing:bill"))

    verify = subparsers.add_parser(
        "verify", help="prove the books: nothing billed twice, nothing missed, all balanced"
    )
    _of_organization(verify, required=False)
    verify.set_defaults(run=later("verify:run"))


def _of_organization(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("--organization", required=required, metavar="O", help="its number or its exact name")
    _as_json(parser)


def _as_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line instead of a progress bar"
    )
