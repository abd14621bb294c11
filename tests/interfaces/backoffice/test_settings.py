"""The organization's own settings, its late charges, holidays and units, and the trail that each leaves."""

from __future__ import annotations

from decimal import Decimal

import pytest

from perene.apps.organizations.models import AuditEntry, Organization, Unit
from perene.apps.policies.models import Holiday, SettlementPolicy
from perene.kit import tenancy
from tests.ground import Database
from tests.interfaces.backoffice import staff
from tests.interfaces.backoffice.staff import Staff

WHOLE = {
    "name": "Provedor Novo",
    "legal_name": "Provedor Novo Ltda.",
    "document": "11.222.333/0001-81",
    "address": "Rua A, 1 – Manaus/AM",
    "state": "AM",
    "time_zone": "America/Manaus",
    "lead_days": "4",
}


@pytest.fixture
def here(database: Database) -> Staff:
    return staff.build()


def stored(here: Staff) -> list[object]:
    with tenancy.organization(here.here):
        row = Organization.objects.values("name", "legal_name", "document", "address", "state", "time_zone",
                                          "lead_days", "requires_second_factor").get()  # fmt: skip
    return list(row.values())


def test_the_organization_is_changed_and_says_who_did(here: Staff) -> None:
    owner = staff.signed_in(staff.OWNER)
    assert owner.post("/configuracoes", WHOLE).headers["Location"] == "/configuracoes"
    assert stored(here) == [
        "Provedor Novo", "Provedor Novo Ltda.", "11222333000181", "Rua A, 1 – Manaus/AM", "AM", "America/Manaus", 4, False,
    ]  # fmt: skip
    page = owner.get("/configuracoes").content.decode()
    assert 'value="11.222.333/0001-81"' in page
    assert "Última alteração" in page
    assert "Dona do Provedor" in page
    trail = owner.get("/auditoria?table=organizations_organization").content.decode()
    assert "<del>Provedor Aqui</del>" in trail
    assert "<ins>Provedor Novo</ins>" in trail


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "Digite o nome da organização."),
        ({"document": "11.222.333/0001-82"}, "não é um CPF ou CNPJ válido"),
        ({"state": "XX"}, "Faça uma escolha válida"),
        ({"time_zone": "Europe/Paris"}, "Faça uma escolha válida"),
        ({"lead_days": "91"}, "menor ou igual a 90"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_lost(
    here: Staff, given: dict[str, str], said: str
) -> None:
    before = stored(here)
    answer = staff.signed_in(staff.OWNER).post("/configuracoes", WHOLE | given)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert said in body
    assert "Rua A, 1 – Manaus/AM" in body
    assert stored(here) == before


def test_late_charges_are_dated(here: Staff) -> None:
    owner = staff.signed_in(staff.OWNER)
    given = {
        "valid_from": "01/03/2026",
        "fine_percent": "1,5",
        "interest_percent": "0,5",
        "on_time_discount_percent": "3",
    }
    assert owner.post("/configuracoes/multa-e-juros", given).status_code == 302
    with tenancy.organization(here.here):
        found = list(
            SettlementPolicy.objects.order_by("valid_from").values_list(
                "fine_percent", "interest_percent", "on_time_discount_percent"
            )
        )
    assert found == [(Decimal(2), Decimal(1), Decimal(0)), (Decimal("1.5"), Decimal("0.5"), Decimal(3))]
    page = owner.get("/configuracoes/multa-e-juros").content.decode()
    assert "01/03/2026" in page
    too_much = owner.post("/configuracoes/multa-e-juros", given | {"fine_percent": "2,01"})
    assert too_much.status_code == 422
    assert "art. 52" in too_much.content.decode()


def test_holidays_of_the_city_come_and_go(here: Staff) -> None:
    owner = staff.signed_in(staff.OWNER)
    given = {"on": "09/07/2026", "name": "Revolução Constitucionalista"}
    assert owner.post("/configuracoes/feriados", given).status_code == 302
    again = owner.post("/configuracoes/feriados", given)
    assert again.status_code == 422
    assert "09/07/2026" in again.content.decode()
    with tenancy.organization(here.here):
        holiday = Holiday.objects.get()
    owner.post(f"/configuracoes/feriados/{holiday.id}/remover")
    with tenancy.organization(here.here):
        assert Holiday.objects.count() == 0


def test_units_are_made_and_renamed(here: Staff) -> None:
    owner = staff.signed_in(staff.OWNER)
    assert owner.post("/configuracoes/unidades", {"name": "Filial Norte", "code": "norte"}).status_code == 302
    taken = owner.post("/configuracoes/unidades", {"name": "Outra", "code": "NORTE"})
    assert taken.status_code == 422
    assert "NORTE" in taken.content.decode()
    unit_id = staff.unit_id(here.here, "NORTE")
    owner.post(f"/configuracoes/unidades/{unit_id}", {"name": "Filial Nordeste"})
    with tenancy.organization(here.here):
        assert dict(Unit.objects.values_list("code", "name")) == {
            "MATRIZ": "Matriz", "SUL": "Filial Sul", "NORTE": "Filial Nordeste",
        }  # fmt: skip
    assert (
        "Filial Nordeste" in owner.get(f"/auditoria?table=organizations_unit&row={unit_id}").content.decode()
    )
    strange = staff.unit_id(here.abroad, "MATRIZ")
    assert owner.post(f"/configuracoes/unidades/{strange}", {"name": "x"}).status_code == 404


def test_the_trail_tells_names_on_the_page_and_in_the_file(here: Staff) -> None:
    owner = staff.signed_in(staff.OWNER)
    owner.post("/conta", {"name": "Dona Renomeada"})
    answer = owner.get("/auditoria.csv")
    file = b"".join(answer.streaming_content).decode()
    assert "Nome: Dona do Provedor → Dona Renomeada" in file
    assert "Pessoa: — → Vera Vendedora" in file
    assert str(staff.person_id(here.here, staff.SALES)) not in file.replace(
        next(line for line in file.splitlines() if ";Pessoa;" in line and "Vera" in line), ""
    )
    assert "password" not in file
    with tenancy.organization(here.here):
        columns = {
            column
            for entry in AuditEntry.objects.filter(table="organizations_person")
            for column in {**(entry.old or {}), **(entry.new or {})}
        }
    assert columns == {"id", "email", "name", "is_active"}


def test_one_records_history_is_found_by_its_link(here: Staff) -> None:
    owner = staff.signed_in(staff.OWNER)
    member = staff.membership(here.here, staff.SALES)
    owner.post(f"/pessoas/{member.id}", {"role": "finance", "scope": "all"})
    page = owner.get(f"/auditoria?table=organizations_membership&row={member.id}").content.decode()
    assert page.count("<tr>") - 1 == 2  # made, changed
