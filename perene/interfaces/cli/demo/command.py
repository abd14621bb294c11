"""`perene demo`: makes a provider with a year of life, once, and opens it in the browser."""

import json
import logging
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from perene.actions import found
from perene.apps.organizations import organizations, people
from perene.interfaces.cli import common, database, migrate, serve
from perene.interfaces.cli.demo import calendar, life
from perene.interfaces.cli.demo.people import cnpj
from perene.kit import tenancy
from perene.kit.embedded_postgres import Server, bootstrap, drop
from perene.rules.refusals import Refusal

NAME = "Provedor Aurora"
OWNER = ("Dona Aurora", f"dona@{life.DOMAIN}")
PASSWORD = "perene-demo-2026"
NOTE_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class Made:
    """What the demo is made of; kept in a file beside the data, so that a demo that was interrupted goes on as it began."""

    seed: str
    customers: int
    months: int


def run(arguments: Namespace) -> int:
    """Make the demo where it is not finished, then serve it. Refusal `demo_not_alone`, `demo_beside_others`,
    `demo_fresh_not_here`."""
    if arguments.fresh:
        _throw_away(arguments.server)
    if arguments.server is None:
        _be_alone()
    made = _settled(Made(arguments.seed, arguments.customers, arguments.months))
    organization_id = _organization(made)
    _live(organization_id, made)
    if arguments.no_serve:
        print(_box(_sign_ins()))
        return 0
    return serve.serve(
        arguments.server,
        host=arguments.host,
        port=arguments.port,
        ready=lambda address: print(
            _box(
                [
                    *_sign_ins(),
                    "",
                    _("Address:  {address}").format(address=address),
                    _("Ctrl-C stops everything."),
                ]
            ),
            flush=True,
        ),
    )


def _be_alone() -> None:
    """The demo's people have a password that everybody can read: it is not made beside anybody's real books. Refusal
    `demo_beside_others`."""
    with tenancy.unscoped("whether somebody else lives in this database"):
        known = people.where(OWNER[1])
        others = set(organizations.ids_at_work()) - set(known[1] if known else ())
    if others:
        raise Refusal(
            "demo_beside_others",
            "This database holds other organizations: point DATABASE_URL to an empty one, or leave it out.",
        )


def _organization(made: Made) -> int:
    """The demo's organization, founded where it is missing."""
    with tenancy.unscoped("whether the demo's owner is there already"):
        known = people.where(OWNER[1])
    if known is not None:
        return known[1][0]
    return found.organization(
        name=NAME,
        legal_name="Aurora Telecomunicações Fictícia Ltda.",
        document=cnpj("112223330001"),
        address="Rua da Alvorada, 100 – Campinas/SP",
        state="SP",
        owner_email=OWNER[1],
        owner_name=OWNER[0],
        owner_password=PASSWORD,
        sandbox_on=calendar.BEGINS_ON,
        lead_days=4,
    )


def _live(organization_id: int, made: Made) -> None:
    until = calendar.ends_on(made.months)
    with tenancy.organization(organization_id):
        present = organizations.present()
        assert present.clock_on is not None
        if present.clock_on >= until and present.clock_target_on is None:
            return
        life.prepare(password=PASSWORD)
        events = calendar.events(seed=made.seed, customers=made.customers, months=made.months)
        days = (until - calendar.BEGINS_ON).days
        with _in_a_hurry(), common.progress(_("Living the months"), total=days) as shown:

            def each_day(on: date) -> None:
                shown.show((on - calendar.BEGINS_ON).days, f"{on:%d/%m/%Y}")

            each_day(present.clock_on)
            life.live(events, until=until, each_day=each_day)


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """Meanwhile a commit does not wait for the disk: what a power cut takes from a demo is lived again."""
    before = os.environ.get("PGOPTIONS", "")
    connection.close()
    os.environ["PGOPTIONS"] = f"{before} -c synchronous_commit=off".strip()
    # A contract that is held back on purpose would be said on every night of the year.
    log = logging.getLogger("perene.apps.billing")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
        os.environ["PGOPTIONS"] = before
        connection.close()


def _settled(asked: Made) -> Made:
    """What the demo that is there was begun with, else what is asked now."""
    file = database.data_folder() / NOTE_FILE
    with tenancy.unscoped("whether the demo's owner is there already"):
        is_there = people.where(OWNER[1]) is not None
    if is_there and file.exists():
        return Made(**json.loads(file.read_text()))
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f"{file.name}.new")
    half.write_text(json.dumps(asdict(asked)))
    half.replace(file)
    return asked


def _throw_away(server: Server | None) -> None:
    """Drop the embedded database with the demo in it and make an empty one."""
    if server is None or not server.is_ours:
        raise Refusal(
            "demo_fresh_not_here",
            "Only the embedded database can be made anew, and nothing else may be using it: stop the other process, or "
            "unset DATABASE_URL.",
        )
    others = [name for name in common.names().values() if name != NAME]
    if others:
        raise Refusal(
            "demo_not_alone",
            "The database also holds {names}, which would be lost: use another folder in PERENE_DATA.",
            names=", ".join(others),
        )
    connection.close()
    drop(server, database.NAME)
    bootstrap(server, database.NAME)
    migrate.if_behind()


def _sign_ins() -> list[str]:
    rows = [
        (OWNER[1], "owner"),
        *((f"{mailbox}@{life.DOMAIN}", role) for role, _name, mailbox, _units in life.STAFF),
    ]
    names = {
        "owner": _("owner"),
        "finance": _("finance"),
        "sales": _("sales"),
        "collections_operator": _("collections operator, one unit"),
        "collections_manager": _("collections manager"),
        "auditor": _("auditor, may only read"),
    }
    return [
        NAME,
        "",
        _("Password: {password}").format(password=PASSWORD),
        *(f"  {email:<34}{names[role]}" for email, role in rows),
    ]


def _box(lines: list[str]) -> str:
    width = max(map(len, lines)) + 2
    return "\n".join(
        [
            "╭" + "─" * (width + 1) + "╮",
            *(f"│ {line:<{width}}│" for line in lines),
            "╰" + "─" * (width + 1) + "╯",
        ]
    )
