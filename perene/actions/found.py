"""A new organization, ready to work."""

from datetime import date

from django.db import transaction

from perene.apps.ledger import chart
from perene.apps.organizations import organizations, people
from perene.apps.policies import dunning, settlement
from perene.kit import tenancy


def organization(
    *,
    name: str,
    owner_email: str,
    owner_name: str,
    owner_password: str,
    legal_name: str = "",
    document: str = "",
    address: str = "",
    state: str = "SP",
    sandbox_on: date | None = None,
    lead_days: int = 0,
) -> int:
    """Found an organization with its first unit, owner, chart of accounts, standard dunning schedule and
    standard late charges: all or nothing.
    Returns its id. Raises the Refusals of `people.add`."""
    with tenancy.unscoped("an organization must have an id before it can be entered"):
        new_id = organizations.reserve_id()
    with tenancy.organization(new_id), transaction.atomic(durable=True):
        organizations.found(
            name=name,
            legal_name=legal_name,
            document=document,
            address=address,
            state=state,
            sandbox_on=sandbox_on,
            lead_days=lead_days,
        )
        chart.install_starter()
        dunning.install_standard()
        settlement.install_standard()
        people.add(email=owner_email, name=owner_name, role="owner", password=owner_password)
    return new_id
