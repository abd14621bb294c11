"""Keys for programs, from the command line."""

from argparse import Namespace
from uuid import UUID

from django.utils.translation import gettext as _

from perene.actions import api_keys as acts
from perene.apps.organizations import api_keys, organizations
from perene.apps.organizations.models import ApiKey
from perene.interfaces.cli import common
from perene.kit import clock, tenancy
from perene.rules.refusals import Refusal


def create(arguments: Namespace) -> int:
    """`perene apikey create`: prints the key, and nothing else, on standard output."""
    with tenancy.organization(common.organization_id(arguments.organization)):
        scopes = api_keys.GRANTABLE if arguments.everything else arguments.scope
        made = acts.create(
            name=arguments.name, scopes=scopes, unit_ids=_units(arguments.unit), now=clock.now()
        )
    print(made.secret)
    return 0


def listing(arguments: Namespace) -> int:
    """`perene apikey list`: beginning, last use, state and name of each."""
    now = clock.now()
    with tenancy.organization(common.organization_id(arguments.organization)):
        for key in ApiKey.objects.order_by("id"):
            is_over = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now)
            used = f"{key.last_used_on:%d/%m/%Y}" if key.last_used_on else _("never")
            print(f"{key.prefix}…  {used:<10}  {_('ended') if is_over else _('active'):<9}  {key.name}")
    return 0


def revoke(arguments: Namespace) -> int:
    """`perene apikey revoke`: by the beginning that the list shows."""
    with tenancy.organization(common.organization_id(arguments.organization)):
        found = ApiKey.objects.filter(prefix=arguments.prefix.rstrip("…"), revoked_at__isnull=True)
        key = found.first()
        if key is None:
            raise Refusal(
                "unknown_key",
                "There is no key that begins with {prefix} and is not revoked.",
                prefix=arguments.prefix,
            )
        acts.revoke(key.id, now=clock.now())
    print(_("The key “{name}” opens nothing any more.").format(name=key.name))
    return 0


def _units(codes: list[str] | None) -> list[UUID] | None:
    """Ids of the units with these codes; None for none given: all units. Refusal `unknown_unit`."""
    if not codes:
        return None
    found = []
    for code in codes:
        unit = organizations.unit_by_code(code)
        if unit is None:
            raise Refusal("unknown_unit", "There is no unit with the code {code}.", code=code)
        found.append(unit.id)
    return found
