"""Founding an organization from the command line, and listing what there is."""

import getpass
import sys
from argparse import Namespace

from django.utils.translation import gettext as _

from perene.actions import found, people
from perene.apps.organizations import clock, organizations
from perene.interfaces.cli import common
from perene.kit import clock as real_clock
from perene.kit import tenancy
from perene.rules.refusals import Refusal


def create(arguments: Namespace) -> int:
    """`perene createowner`: an organization and the person who owns it."""
    number = found.organization(
        name=arguments.organization,
        owner_email=arguments.email,
        owner_name=arguments.name,
        owner_password=_password(from_stdin=arguments.password_from_stdin),
        document=arguments.document,
        address=arguments.address,
        state=arguments.state,
        sandbox_on=arguments.sandbox_on,
        lead_days=arguments.lead_days,
    )
    print(_("Organization {number} founded: {name}.").format(number=number, name=arguments.organization))
    return 0


def password_link(arguments: Namespace) -> int:
    """`perene passwordlink`: as the database's owner, for a person whom no organization may let in again."""
    token = people.password_link_as_operator(
        arguments.email, drops_second_factor=arguments.drop_second_factor, now=real_clock.now()
    )
    print(f"{arguments.address.rstrip('/')}/nova-senha/{token}")
    return 0


def listing(arguments: Namespace) -> int:
    """`perene organizations`: number, date, name."""
    now = real_clock.now()
    for number, name in common.names().items():
        with tenancy.organization(number):
            present = organizations.present()
        kind = _("sandbox") if present.is_sandbox else _("production")
        print(f"{number:>6}  {clock.today(present, now=now):%d/%m/%Y}  {kind:<9}  {name}")
    return 0


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise Refusal(
            "password_not_given", "Give the password on standard input, with --password-from-stdin."
        )
    password = getpass.getpass(_("Password: "))
    if getpass.getpass(_("The same again: ")) != password:
        raise Refusal("passwords_differ", "The two passwords are not the same: try again.")
    return password
