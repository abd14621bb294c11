"""People are invited by a link, join by themselves, change and leave; no owner ever knows their password."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from perene.apps.organizations.models import AuditEntry, Invitation, Membership, MembershipUnit
from perene.kit import tenancy
from tests.ground import Database
from tests.interfaces.backoffice import staff
from tests.interfaces.backoffice.staff import NEW_PASSWORD, PASSWORD, Staff

LINK = re.compile(r'value="http://localhost(/(?:convite|nova-senha)/[\w-]+)"')


@pytest.fixture
def here(database: Database) -> Staff:
    return staff.build()


def invited(client, email: str = "nova@aqui.example.com", **given: object) -> str:
    """The path of the link that the owner is shown."""
    answer = client.post("/pessoas/convidar", {"email": email, "role": "finance", "scope": "all", **given})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = LINK.search(answer.content.decode())
    assert found is not None
    return found.group(1)


def memberships(organization: int) -> list[tuple[str, str, bool, bool]]:
    with tenancy.organization(organization):
        rows = Membership.objects.order_by("person__email")
        return list(rows.values_list("person__email", "role", "all_units", "is_active"))


def test_a_new_person_joins_by_the_link_with_a_password_of_their_own(here: Staff) -> None:
    south = staff.unit_id(here.here, "SUL")
    path = invited(staff.signed_in(staff.OWNER), scope="some", units=[str(south)], role="sales")
    guest = staff.browser()
    page = guest.get(path, follow=True).content.decode()
    assert "Entrar em Provedor Aqui" in page
    assert "nova@aqui.example.com" in page
    answer = guest.post(path.rpartition("/")[0], {"name": "  Nina  Nova ", "password": NEW_PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/entrar")
    assert "Boas-vindas" in guest.get("/entrar").content.decode()
    staff.signed_in("nova@aqui.example.com", NEW_PASSWORD)
    member = staff.membership(here.here, "nova@aqui.example.com")
    assert (member.person.name, member.role, member.all_units) == ("Nina Nova", "sales", False)
    with tenancy.organization(here.here):
        assert [row.unit_id for row in MembershipUnit.objects.filter(membership=member)] == [south]
        kept = Invitation.objects.get()
    assert path.rpartition("/")[2] not in kept.digest
    # Once.
    assert guest.get(path, follow=True).status_code == 410
    assert guest.post(path.rpartition("/")[0], {"name": "Outra", "password": NEW_PASSWORD}).status_code == 410


def test_somebody_known_joins_only_with_the_password_they_have(here: Staff) -> None:
    path = invited(staff.signed_in(staff.OWNER), staff.STRANGER, role="auditor")
    guest = staff.browser()
    guest.get(path)
    before = memberships(here.here)
    answer = guest.post(path.rpartition("/")[0], {"name": "Dono", "password": NEW_PASSWORD})
    assert answer.status_code == 422
    assert "digite a senha que tem lá" in answer.content.decode()
    assert memberships(here.here) == before
    assert guest.post(path.rpartition("/")[0], {"name": "Dono", "password": PASSWORD}).status_code == 302
    assert memberships(here.here) == sorted([*before, (staff.STRANGER, "auditor", True, True)])
    # Their password, and their name, are what they were.
    client = staff.browser()
    assert staff.enter(client, staff.STRANGER).headers["Location"] == "/organizacoes"
    assert staff.membership(here.abroad, staff.STRANGER).person.name == "Dona do Provedor"


def test_the_page_of_a_link_does_not_tell_who_is_known(here: Staff) -> None:
    owner = staff.signed_in(staff.OWNER)
    pages = []
    for email in ("ninguem@fora.example.com", staff.STRANGER):
        page = staff.browser().get(invited(owner, email), follow=True).content.decode().replace(email, "…")
        pages.append(re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page))
    assert pages[0] == pages[1]


def test_an_invitation_is_revoked_replaced_and_gets_old(here: Staff) -> None:
    owner = staff.signed_in(staff.OWNER)
    first, second = invited(owner), invited(owner)
    assert staff.browser().get(first, follow=True).status_code == 410
    with time_machine.travel(staff.now() + timedelta(hours=71), tick=True):
        assert staff.browser().get(second, follow=True).status_code == 200
    with time_machine.travel(staff.now() + timedelta(hours=73), tick=True):
        assert staff.browser().get(second, follow=True).status_code == 410
    with tenancy.organization(here.here):
        waiting = Invitation.objects.get(revoked_at=None)
    owner.post(f"/pessoas/convites/{waiting.id}/revogar")
    assert staff.browser().get(second, follow=True).status_code == 410
    assert "nova@aqui.example.com" not in owner.get("/pessoas").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "nada"}, "O e-mail nada não é válido."),
        ({"email": staff.AUDITOR}, "já faz parte desta organização"),
        ({"scope": "some", "units": []}, "Escolha ao menos uma unidade"),
        ({"role": "king"}, "Faça uma escolha válida"),
    ],
)
def test_a_bad_invitation_is_said_beside_its_field_and_keeps_what_was_typed(
    here: Staff, given: dict[str, object], said: str
) -> None:
    typed = {"email": "nova@aqui.example.com", "role": "sales", "scope": "all", **given}
    answer = staff.signed_in(staff.OWNER).post("/pessoas/convidar", typed)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert said in body
    assert f'value="{typed["email"]}"' in body
    with tenancy.organization(here.here):
        assert Invitation.objects.count() == 0


def test_role_and_units_change_and_are_in_the_trail(here: Staff) -> None:
    owner, member = staff.signed_in(staff.OWNER), staff.membership(here.here, staff.SALES)
    page = owner.get(f"/pessoas/{member.id}").content.decode()
    assert "Vera Vendedora" in page
    answer = owner.post(f"/pessoas/{member.id}", {"role": "finance", "scope": "all"})
    assert answer.headers["Location"] == "/pessoas"
    assert (staff.SALES, "finance", True, True) in memberships(here.here)
    trail = owner.get(f"/auditoria?table=organizations_membership&row={member.id}").content.decode()
    assert "<del>Vendas</del>" in trail
    assert "<ins>Financeiro</ins>" in trail
    assert "Vera Vendedora" in trail


def test_who_is_deactivated_is_out_at_the_next_page_and_may_come_back(here: Staff) -> None:
    owner, sales = staff.signed_in(staff.OWNER), staff.signed_in(staff.SALES)
    member = staff.membership(here.here, staff.SALES)
    assert sales.get("/clientes").status_code == 200
    owner.post(f"/pessoas/{member.id}/desativar")
    assert sales.get("/clientes").headers["Location"].startswith("/entrar")
    assert staff.enter(staff.browser(), staff.SALES).status_code == 422
    owner.post(f"/pessoas/{member.id}/reativar")
    staff.signed_in(staff.SALES)


def test_the_last_owner_stays(here: Staff) -> None:
    owner, member = staff.signed_in(staff.OWNER), staff.membership(here.here, staff.OWNER)
    before = memberships(here.here)
    south = staff.unit_id(here.here, "SUL")
    for change in (
        {"role": "finance", "scope": "all"},
        {"role": "owner", "scope": "some", "units": [str(south)]},
    ):
        answer = owner.post(f"/pessoas/{member.id}", change)
        assert answer.status_code == 422
        assert "precisa de um proprietário de todas as unidades" in answer.content.decode()
    owner.post(f"/pessoas/{member.id}/desativar")
    assert "precisa de um proprietário" in owner.get("/pessoas").content.decode()
    assert memberships(here.here) == before
    # With a second one, the first may go.
    other = staff.membership(here.here, staff.AUDITOR)
    owner.post(f"/pessoas/{other.id}", {"role": "owner", "scope": "all"})
    owner.post(f"/pessoas/{member.id}", {"role": "finance", "scope": "all"})
    assert owner.get("/pessoas/convidar").status_code == 403


def test_a_lost_password_is_set_anew_by_the_person_alone(here: Staff) -> None:
    owner, sales = staff.signed_in(staff.OWNER), staff.signed_in(staff.SALES)
    member = staff.membership(here.here, staff.SALES)
    answer = owner.post(f"/pessoas/{member.id}/nova-senha")
    path = LINK.search(answer.content.decode()).group(1)
    guest = staff.browser()
    assert guest.get(path, follow=True).status_code == 200
    for given, said in (
        ({"password": "curta", "again": "curta"}, "Escolha uma senha de pelo menos 10 caracteres"),
        ({"password": NEW_PASSWORD, "again": "diferente-senha"}, "As duas senhas não são iguais"),
    ):
        refused = guest.post(path.rpartition("/")[0], given)
        assert refused.status_code == 422
        assert said in refused.content.decode()
    assert (
        guest.post(path.rpartition("/")[0], {"password": NEW_PASSWORD, "again": NEW_PASSWORD}).headers[
            "Location"
        ]
        == "/entrar"
    )
    assert guest.get(path, follow=True).status_code == 410
    assert sales.get("/clientes").headers["Location"].startswith("/entrar")
    assert staff.enter(staff.browser(), staff.SALES, PASSWORD).status_code == 422
    staff.signed_in(staff.SALES, NEW_PASSWORD)
    with tenancy.organization(here.here):
        told = [
            entry.new["access"]
            for entry in AuditEntry.objects.order_by("id")
            if "access" in (entry.new or {})
        ]
    assert told == ["link_made", "link_used"]


def test_no_link_for_who_also_works_elsewhere(here: Staff) -> None:
    """It would open the other organization to whoever made it."""
    owner = staff.signed_in(staff.OWNER)
    guest = staff.browser()
    guest.get(invited(owner, staff.STRANGER))
    guest.post("/convite", {"name": "Dono", "password": PASSWORD})
    member = staff.membership(here.here, staff.STRANGER)
    answer = owner.post(f"/pessoas/{member.id}/nova-senha")
    assert answer.status_code == 302
    assert "também trabalha em outra organização" in owner.get("/pessoas").content.decode()
    staff.enter(staff.browser(), staff.STRANGER)


def test_a_link_for_a_new_password_gets_old_and_a_newer_one_replaces_it(here: Staff) -> None:
    owner, member = staff.signed_in(staff.OWNER), staff.membership(here.here, staff.SALES)
    first, second = (
        LINK.search(owner.post(f"/pessoas/{member.id}/nova-senha").content.decode()).group(1) for _ in "12"
    )
    assert staff.browser().get(first, follow=True).status_code == 410
    assert staff.browser().get(second, follow=True).status_code == 200
    with time_machine.travel(staff.now() + timedelta(hours=25), tick=True):
        assert staff.browser().get(second, follow=True).status_code == 410
