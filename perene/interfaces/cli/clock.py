"""The time machine of a sandbox organization."""

from argparse import Namespace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from perene.actions import daily
from perene.apps.organizations import organizations
from perene.interfaces.cli import common
from perene.kit import clock, tenancy
from perene.rules import periods
from perene.rules.refusals import Refusal


def run(arguments: Namespace) -> int:
    """`perene clock`: the production code lives every day up to the target."""
    with tenancy.organization(common.organization_id(arguments.organization)):
        present_on = organizations.present().clock_on
        if present_on is None:
            raise Refusal("clock_is_real", "Only a sandbox organization can move its clock.")
        target_on = _target(arguments, present_on)
        whole = (target_on - present_on).days
        with common.progress(_("Living the days"), total=whole, as_json=arguments.json) as shown:
            daily.advance(
                target_on=target_on,
                now=clock.now,
                each_day=lambda on: shown.show((on - present_on).days, f"{on:%d/%m/%Y}"),
            )
    if arguments.json:
        common.tell("done", clock_on=target_on)
    else:
        print(_("The clock shows {on:%d/%m/%Y}.").format(on=target_on))
    return 0


def _target(arguments: Namespace, present_on: date) -> date:
    if arguments.to is not None:
        return arguments.to
    if arguments.months is not None:
        return periods.add_months(present_on, arguments.months)
    return present_on + timedelta(days=arguments.days)
