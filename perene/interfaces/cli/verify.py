"""`perene verify`: the proof that the books are right."""

from argparse import Namespace

from django.utils.translation import gettext as _

from perene.interfaces.cli import common
from perene.kit import tenancy
from perene.reports import verification
from perene.reports.verification import Violation

WRONG = 1


def run(arguments: Namespace) -> int:
    """Check every organization, or one. 1 when something is wrong; each violation is named."""
    known = common.names()
    if arguments.organization:
        number = common.organization_id(arguments.organization)
        known = {number: known[number]}
    count = 0
    for number, name in known.items():
        violations = _violations(number, name, as_json=arguments.json)
        count += len(violations)
        _report(number, name, violations, as_json=arguments.json)
    return WRONG if count else 0


def _violations(number: int, name: str, *, as_json: bool) -> list[Violation]:
    done = 0
    with (
        tenancy.organization(number),
        common.progress(name, total=len(verification.CHECKS), as_json=as_json) as shown,
    ):

        def began(check: str) -> None:
            nonlocal done
            shown.show(done, check)
            done += 1

        found = verification.verify(began=began)
        shown.show(done)
    return found


def _report(number: int, name: str, violations: list[Violation], *, as_json: bool) -> None:
    if as_json:
        for violation in violations:
            common.tell("violation", organization=number, **violation._asdict())
        common.tell("verified", organization=number, violations=len(violations))
        return
    for violation in violations:
        print(violation)
    if violations:
        print(_("{name}: {count} violations.").format(name=name, count=len(violations)))
    else:
        print(_("{name}: everything is right.").format(name=name))
