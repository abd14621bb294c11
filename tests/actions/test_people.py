"""People under contention: two at once, and twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from perene.actions import enroll, people, sign_in
from perene.apps.organizations.models import Invitation, Membership
from perene.kit import tenancy
from perene.rules.refusals import Refusal
from tests import factories
from tests.ground import Database

NOW = datetime(2026, 1, 1, 15, 0, tzinfo=UTC)
PASSWORD = "uma-senha-boa-9"


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What each act answered, begun together, each on a connection of its own: its refusal's code, or "done"."""
    gate, said = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
            said[number] = "done"
        except Refusal as refusal:
            said[number] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


@pytest.fixture
def organization(database: Database) -> int:
    return factories.organization()


def test_an_invitation_is_accepted_once_by_eight_at_once(organization: int) -> None:
    with tenancy.organization(organization):
        token = people.invite(email="nova@example.com", role="sales", unit_ids=None, now=NOW)

    def accept() -> None:
        with tenancy.unscoped("test"):
            people.accept(token, name="Nova", password=PASSWORD, now=NOW)

    assert at_once(*[accept] * 8) == ["done"] + ["invitation_gone"] * 7
    with tenancy.organization(organization):
        assert Membership.objects.filter(person__email="nova@example.com").count() == 1
        assert Invitation.objects.get().accepted_at == NOW


def test_of_two_owners_who_leave_at_once_one_stays(organization: int) -> None:
    with tenancy.organization(organization):
        enroll.person(email="outra@example.com", name="Outra", role="owner", password=PASSWORD)
        both = list(Membership.objects.values_list("id", flat=True))

    def leave(number: int) -> Callable[[], None]:
        def act() -> None:
            with tenancy.organization(organization):
                people.deactivate(both[number])

        return act

    assert at_once(leave(0), leave(1)) == ["done", "last_owner"]
    with tenancy.organization(organization):
        assert Membership.objects.filter(role="owner", is_active=True).count() == 1


def test_tries_at_once_are_all_counted(organization: int) -> None:
    def guess() -> None:
        with tenancy.unscoped("test"):
            found = sign_in.person(email="a@example.com", password="errada", address="10.0.0.1", now=NOW)
            assert found is None

    assert at_once(*[guess] * 12) == ["done"] * 5 + ["too_many_attempts"] * 7


def test_a_link_for_a_new_password_works_once_for_eight_at_once(organization: int) -> None:
    with tenancy.organization(organization):
        token = people.password_link(Membership.objects.get().id, drops_second_factor=False, now=NOW)

    def use() -> None:
        with tenancy.unscoped("test"):
            people.set_password(token, password=PASSWORD, now=NOW + timedelta(hours=23))

    assert at_once(*[use] * 8) == ["done"] + ["link_gone"] * 7
