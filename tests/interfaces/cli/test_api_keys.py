"""`perene apikey`: made, listed, revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

from perene.actions import enroll
from perene.kit import tenancy
from tests import factories
from tests.ground import Database
from tests.interfaces.api.caller import Caller
from tests.interfaces.cli.conftest import Said


def test_a_key_is_printed_once_listed_and_revoked(perene: Callable[..., Said], database: Database) -> None:
    number = factories.organization("Provedor Teste")
    with tenancy.organization(number):
        enroll.unit(name="Filial Sul", code="SUL")
    whose = ("--organization", "Provedor Teste")
    said = perene("apikey", "create", *whose, "--name", "ERP", "--scope", "customers.read", "--unit", "SUL")
    assert (said.status, said.err) == (0, "")
    assert re.fullmatch(r"pk_test_[\w-]{43}\n", said.out)
    program = Caller(said.out.strip())
    known = program.get("/organization")["key"]
    assert (known["name"], known["scopes"], len(known["unit_ids"])) == ("ERP", ["customers.read"], 1)
    assert perene("apikey", "list", *whose).out.split() == [f"{known['prefix']}…", *used(), "ativa", "ERP"]
    assert perene("apikey", "revoke", *whose, known["prefix"]).out == "A chave “ERP” não abre mais nada.\n"
    assert program.ask("GET", "/organization").code == "key_unknown"
    again = perene("apikey", "revoke", *whose, known["prefix"])
    assert (again.status, again.out) == (2, "") and "Não há chave" in again.err


def test_what_cannot_be_is_one_sentence(perene: Callable[..., Said], database: Database) -> None:
    factories.organization("Provedor Teste")
    whose = ("--organization", "Provedor Teste", "--name", "ERP")
    for wrong in (("--scope", "people.write"), ("--everything", "--unit", "NADA")):
        said = perene("apikey", "create", *whose, *wrong)
        assert said.status == 2 and said.out == "" and len(said.err.splitlines()) == 1


def used() -> list[str]:
    from perene.kit import clock

    return [f"{clock.now():%d/%m/%Y}"]
