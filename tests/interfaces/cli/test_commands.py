"""What the commands say and do, on a real database."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from perene.actions import people as people_acts
from perene.apps.billing.models import Invoice, Run
from perene.apps.organizations import organizations, passwords, people
from perene.apps.organizations.models import Person
from perene.interfaces.cli import database as chosen
from perene.interfaces.cli import main
from perene.kit import tenancy
from tests import factories
from tests.ground import Database
from tests.interfaces.cli.conftest import Said, said_by, start

Perene = Callable[..., Said]


def words() -> set[str]:
    (subparsers,) = [action for action in main.parser()._actions if action.dest == "command"]
    return set(subparsers.choices or {})


def billed(number: int) -> list[int]:
    with tenancy.organization(number):
        return sorted(Invoice.objects.values_list("total_cents", flat=True))


def provider(contracts: int = 1, **organization: object) -> int:
    number = factories.organization(**organization)  # type: ignore[arg-type]
    with tenancy.organization(number):
        fiber = factories.plan("FIBRA", ("Internet 500", 99_90), ("Wi-Fi", 15_00))
        for _ in range(contracts):
            factories.contract(fiber, due_day=10)
    return number


def test_every_command_is_there() -> None:
    assert words() >= {
        "demo", "up", "worker", "migrate", "roles", "createowner", "organizations", "clock", "bill", "verify",
        "import", "plan",
    }  # fmt: skip


def test_help_needs_no_database() -> None:
    said = said_by(start("bill", "--help", DATABASE_URL="postgresql://nobody@/nothing?host=/nowhere"))
    assert (said.status, said.err) == (0, "")
    assert "--workers" in said.out


def test_createowner_founds_an_organization(perene: Perene, database: Database) -> None:
    said = said_by(
        start(
            "createowner", "--organization", "Provedor Sol", "--email", "Dona@Example.com", "--name", "Dona Sol",
            "--password-from-stdin", "--sandbox-on", "2026-05-31", "--lead-days", "5",
        ),
        given="uma-senha-boa-9\n",
    )  # fmt: skip
    assert said == Said(0, "Organização 1 criada: Provedor Sol.\n", "")
    with tenancy.organization(1):
        present = organizations.present()
        assert (present.name, present.clock_on, present.lead_days) == ("Provedor Sol", date(2026, 5, 31), 5)
        owner = Person.objects.get()
        assert (owner.email, owner.name) == ("dona@example.com", "Dona Sol")
        assert passwords.matches(owner.id, passwords.proof(owner.id, "uma-senha-boa-9"))
        member = people.member(owner.id)
        assert member is not None and member.role == "owner"
    assert perene("organizations").out == "     1  31/05/2026  testes     Provedor Sol\n"


def test_createowner_refuses_a_weak_password_and_founds_nothing(perene: Perene) -> None:
    said = said_by(
        start(
            "createowner",
            "--organization",
            "Sol",
            "--email",
            "a@example.com",
            "--name",
            "A",
            "--password-from-stdin",
        ),
        given="1234\n",
    )
    assert said == Said(2, "", "Escolha uma senha de pelo menos 10 caracteres que não seja comum.\n")
    assert perene("organizations").out == ""


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--organization", " ", "Digite o nome da organização."),
        (
            "--document",
            "11.222.333/0001-82",
            "“11.222.333/0001-82” não é um CPF ou CNPJ válido: confira os dígitos.",
        ),
        ("--state", "XX", "Escolha uma das 27 unidades da federação (UF)."),
    ],
)
def test_createowner_refuses_what_an_organization_cannot_be(
    perene: Perene, option: str, value: str, said: str
) -> None:
    given = {"--organization": "Sol", "--email": "a@example.com", "--name": "A", option: value}
    options = [word for pair in given.items() for word in pair]
    assert said_by(
        start("createowner", *options, "--password-from-stdin"), given="uma-senha-boa-9\n"
    ) == Said(2, "", f"{said}\n")
    assert perene("organizations").out == ""


def test_createowner_keeps_document_and_address(perene: Perene) -> None:
    start_ = start(
        "createowner", "--organization", "Sol", "--email", "a@example.com", "--name", "A", "--password-from-stdin",
        "--document", "11.222.333/0001-81", "--address", "Rua A, 1", "--state", "AM",
    )  # fmt: skip
    assert said_by(start_, given="uma-senha-boa-9\n").status == 0
    with tenancy.organization(1):
        present = organizations.present()
        assert (present.document, present.address, present.state) == ("11222333000181", "Rua A, 1", "AM")


def test_a_known_person_founds_another_organization_only_with_their_password(perene: Perene) -> None:
    provider()
    with tenancy.organization(1):
        email = Person.objects.get().email
    options = (
        "createowner",
        "--organization",
        "Lua",
        "--email",
        email,
        "--name",
        "A",
        "--password-from-stdin",
    )
    refused = said_by(start(*options), given="uma-senha-boa-9\n")
    assert refused.status == 2
    assert "digite a senha que tem lá" in refused.err
    assert said_by(start(*options), given=f"{factories.PASSWORD}\n").status == 0
    assert len(perene("organizations").out.splitlines()) == 2


def test_passwordlink_lets_anybody_in_again(perene: Perene) -> None:
    provider()
    with tenancy.organization(1):
        owner = Person.objects.get()
    said = said_by(start("passwordlink", "--email", owner.email, "--address", "https://erp.example.com/"))
    assert said.status == 0
    assert said.out.startswith("https://erp.example.com/nova-senha/")
    token = said.out.strip().rpartition("/")[2]
    with tenancy.unscoped("test"):
        people_acts.set_password(token, password="uma-senha-boa-9", now=datetime.now(UTC))
    with tenancy.organization(1):
        assert passwords.matches(owner.id, passwords.proof(owner.id, "uma-senha-boa-9"))
    unknown = said_by(start("passwordlink", "--email", "ninguem@example.com"))
    assert unknown == Said(2, "", "Ninguém tem o e-mail ninguem@example.com.\n")


def test_the_demo_is_not_made_beside_real_books(perene: Perene) -> None:
    provider()
    said = said_by(start("demo", "--no-serve", "--customers", "1", "--months", "1"))
    assert said.status == 2
    assert (
        said.err
        == "Este banco de dados tem outras organizações: aponte DATABASE_URL para um vazio, ou não a defina.\n"
    )
    assert len(perene("organizations").out.splitlines()) == 1


def test_createowner_wants_a_password_from_somewhere(perene: Perene) -> None:
    said = said_by(start("createowner", "--organization", "Sol", "--email", "a@example.com", "--name", "A"))
    assert said == Said(2, "", "Informe a senha pela entrada padrão, com --password-from-stdin.\n")
    assert perene("organizations").out == ""


def test_bill_bills_and_says_how_much(perene: Perene) -> None:
    number = provider(contracts=2)
    said = perene("bill", "--organization", "Provedor Teste")
    assert said == Said(0, "2 faturas, 4 linhas, R$\u00a0229,80; contratos retidos: 0.\n", "")
    assert billed(number) == [114_90, 114_90]
    again = perene("bill", "--organization", str(number))
    assert again.out == "0 faturas, 0 linhas, R$\u00a00,00; contratos retidos: 0.\n"
    assert billed(number) == [114_90, 114_90]


def test_bill_refuses_a_production_organization_ahead_of_its_time(perene: Perene) -> None:
    number = provider(sandbox_on=None)
    said = perene("bill", "--organization", str(number), "--through", "2199-12-31")
    assert said.status == 2
    assert said.err.endswith("ainda não é possível faturar as cobranças de 31/12/2199.\n")
    with tenancy.organization(number):
        assert not Run.objects.exists()
    assert billed(number) == []


def test_bill_may_run_a_sandbox_ahead(perene: Perene) -> None:
    number = provider()
    assert perene("bill", "--organization", str(number), "--through", "2026-03-01").status == 0
    assert billed(number) == [3 * 114_90]  # all due on the same day after it


def test_an_unknown_organization_is_said(perene: Perene) -> None:
    said = perene("bill", "--organization", "Provedor Lua")
    assert said == Said(
        2, "", "Não existe a organização “Provedor Lua”: `perene organizations` mostra as que existem.\n"
    )


def test_a_name_that_two_have_is_said(perene: Perene) -> None:
    first, second = factories.organization("Gêmea"), factories.organization("Gêmea")
    said = perene("verify", "--organization", "Gêmea")
    assert said == Said(
        2,
        "",
        f"Mais de uma organização se chama “Gêmea”: informe o número de uma delas: {first}, {second}.\n",
    )


def test_several_processes_bill_one_run(database: Database) -> None:
    number = provider(contracts=6)
    said = said_by(start("bill", "--organization", str(number), "--workers", "3", "--json"))
    *_, done = map(json.loads, said.out.splitlines())
    assert (said.status, said.err) == (0, "")
    assert done == {
        "event": "done", "invoices": 6, "lines": 12, "parked": 0, "total_cents": 6 * 114_90, "dead_workers": [],
    }  # fmt: skip
    assert billed(number) == [114_90] * 6


def test_a_process_that_dies_is_reported_and_its_part_is_done(database: Database) -> None:
    number = provider(contracts=2)
    with database.app(organization=number) as obstacle:
        obstacle.execute(
            "SELECT 1 FROM contracts_billingterms FOR UPDATE"
        )  # the one chunk waits for these rows
        command = start("bill", "--organization", str(number), "--workers", "2", "--json")
        (stuck,) = children_of(command.pid, until=1)
        os.kill(stuck, signal.SIGKILL)
        children_of(command.pid, until=0)
        obstacle.rollback()
    said = said_by(command)
    *_, done = map(json.loads, said.out.splitlines())
    assert (said.status, done["invoices"], done["total_cents"]) == (0, 2, 229_80)
    (why,) = done["dead_workers"]
    assert why in ("1: SIGKILL", "2: SIGKILL")
    assert billed(number) == [114_90, 114_90]


def children_of(pid: int, *, until: int) -> list[int]:
    """The processes that `pid` started, once there were two and now are `until`."""
    deadline, most = time.monotonic() + 30, 0
    while time.monotonic() < deadline:
        found = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        most = max(most, len(found))
        if len(found) == until and (most == 2 or until == 0):
            return found
        time.sleep(0.01)
    raise AssertionError(f"{most} children")


def test_clock_lives_the_days(perene: Perene) -> None:
    number = provider()
    assert (
        perene("clock", "--organization", str(number), "--months", "2").out
        == "O relógio mostra 01/03/2026.\n"
    )
    assert billed(number) == [114_90, 114_90, 114_90]
    assert (
        perene("clock", "--organization", str(number), "--days", "1").out == "O relógio mostra 02/03/2026.\n"
    )
    assert (
        perene("clock", "--organization", str(number), "--to", "2026-03-05").out
        == "O relógio mostra 05/03/2026.\n"
    )
    back = perene("clock", "--organization", str(number), "--to", "2026-03-05")
    assert back == Said(2, "", "O relógio só anda para a frente: escolha uma data depois de 05/03/2026.\n")


def test_clock_refuses_a_production_organization(perene: Perene) -> None:
    number = factories.organization(sandbox_on=None)
    said = perene("clock", "--organization", str(number), "--days", "1")
    assert said == Said(2, "", "Só uma organização de testes pode avançar o relógio.\n")


def test_verify_says_that_all_is_right(perene: Perene) -> None:
    number = provider()
    perene("bill", "--organization", str(number))
    assert perene("verify") == Said(0, "Provedor Teste: tudo certo.\n", "")


def test_verify_names_what_is_wrong(perene: Perene, database: Database) -> None:
    number = provider()
    perene("bill", "--organization", str(number))
    with database.admin() as admin:
        admin.execute("UPDATE billing_invoice SET total_cents = total_cents + 1")
    said = perene("verify", "--organization", str(number))
    assert said.status == 1
    assert "invoice_differs_from_lines: invoice 1: says 11491 centavos, its lines 11490\n" in said.out
    *_, last = perene("verify", "--json").out.splitlines()
    facts = json.loads(last)
    assert (facts["event"], facts["organization"], facts["violations"] > 0) == ("verified", number, True)


@pytest.mark.parametrize("file_mode", [0o600])
def test_the_generated_key_is_made_once_and_is_private(tmp_path: Path, file_mode: int) -> None:
    file = tmp_path / "secret_key"
    made = chosen.secret_key(file)
    assert len(made) >= 48
    assert file.stat().st_mode & 0o777 == file_mode
    assert chosen.secret_key(file) == made
