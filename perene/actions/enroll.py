"""Who works in an organization, and where: people and units."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from perene.apps.organizations import organizations, people
from perene.kit import constraints
from perene.rules.refusals import Refusal


@transaction.atomic(durable=True)
def unit(*, name: str, code: str) -> UUID:
    """One more unit. Refusal `unit_code_taken`. Returns its id."""
    taken = Refusal("unit_code_taken", "The code {code} belongs to another unit: choose another.", code=code)
    with constraints.refused("unit_code_once", taken):
        made: UUID = organizations.add_unit(name=name, code=code).id
    return made


@transaction.atomic(durable=True)
def person(
    *, email: str, name: str, role: str, password: str | None = None, unit_codes: Sequence[str] | None = None
) -> None:
    """Someone who may sign in; `unit_codes` limits them to these units. Refusal `unknown_unit` and those of `people.add`."""
    units = None
    if unit_codes is not None:
        units = [organizations.unit_by_code(code) for code in unit_codes]
        for code, found in zip(unit_codes, units, strict=True):
            if found is None:
                raise Refusal("unknown_unit", "There is no unit with the code {code}.", code=code)
    people.add(
        email=email,
        name=name,
        role=role,
        password=password,
        units=None if units is None else [each for each in units if each is not None],
    )
