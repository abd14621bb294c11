"""The demo's provider: the same seed gives the same books, also when its making was interrupted."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from perene.apps.billing.models import Invoice, Parked
from perene.apps.contracts.models import Contract
from perene.apps.customers.models import Contact, Customer
from perene.apps.organizations import organizations
from perene.apps.organizations.models import DailyStep, Membership, Unit
from perene.interfaces.cli.demo import calendar
from perene.interfaces.cli.demo.people import cnpj, cpf
from perene.kit import tenancy
from perene.reports import verification
from perene.rules import documents
from tests.ground import Database
from tests.interfaces.cli.conftest import Said, said_by, start

Perene = Callable[..., Said]

SMALL = ("demo", "--no-serve", "--customers", "20", "--months", "2")
# What twenty customers of the seed are billed in two months.
BOOKS = {"customers": 20, "contracts": 22, "invoices": 62, "total_cents": 12_229_89}


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo keeps its note."""
    monkeypatch.setenv("PERENE_DATA", str(tmp_path))
    return tmp_path


def books() -> dict[str, int]:
    with tenancy.organization(1):
        totals = list(Invoice.objects.values_list("total_cents", flat=True))
        return {
            "customers": Customer.objects.count(),
            "contracts": Contract.objects.count(),
            "invoices": len(totals),
            "total_cents": sum(totals),
        }


def test_the_same_seed_gives_the_same_books(perene: Perene) -> None:
    said = perene(*SMALL)
    assert (said.status, said.err) == (0, "")
    assert "Senha de todos: perene-demo-2026" in said.out
    assert "dona@aurora.example.com" in said.out
    assert books() == BOOKS
    with tenancy.organization(1):
        assert organizations.present().clock_on == date(2026, 2, 1)
        assert verification.verify() == []
        assert Parked.objects.filter(is_open=True).values_list("code", flat=True).distinct().get() == (
            "tiers_not_increasing"
        )
        assert set(Unit.objects.values_list("code", flat=True)) == {"MATRIZ", "FILIAL-SUL"}
        assert Counter(Membership.objects.values_list("role", flat=True)) == {
            "owner": 1, "finance": 1, "sales": 1, "collections_operator": 1, "collections_manager": 1, "auditor": 1,
        }  # fmt: skip
        emails = Contact.objects.filter(kind="email").values_list("value", flat=True)
        assert all(email.endswith("@example.com") for email in emails)


def days_lived() -> list[tuple[object, ...]]:
    """The steps of each day, with when they were done: no day is lived again."""
    with tenancy.organization(1):
        return list(DailyStep.objects.order_by("id").values_list("on", "step", "finished_at"))


def test_a_second_start_keeps_the_demo_as_it_is(perene: Perene) -> None:
    perene(*SMALL)
    lived = days_lived()
    assert perene("demo", "--no-serve").status == 0  # what it is made of was settled by the first
    assert days_lived() == lived
    assert books() == BOOKS


def test_an_interrupted_demo_goes_on_where_it_stopped(database: Database, perene: Perene) -> None:
    for until in (date(2025, 12, 9), date(2026, 1, 2)):
        demo = start(*SMALL)
        wait_for_clock(database, until)
        os.kill(demo.pid, signal.SIGKILL)
        said_by(demo)
        assert books() != BOOKS
    assert perene(*SMALL).status == 0
    assert books() == BOOKS
    with tenancy.organization(1):
        assert verification.verify() == []


def wait_for_clock(database: Database, on: date) -> None:
    deadline = time.monotonic() + 60
    with database.everything() as reader:
        while time.monotonic() < deadline:
            row = reader.execute("SELECT clock_on FROM organizations_organization").fetchone()
            if row is not None and row[0] >= on:
                return
            time.sleep(0.01)
    raise AssertionError("the demo did not come that far")


def test_a_database_that_is_not_ours_is_not_made_anew(perene: Perene) -> None:
    perene(*SMALL)
    said = perene(*SMALL, "--fresh")
    assert said.status == 2
    assert said.err.startswith("Só o banco de dados embutido pode ser refeito")
    assert books() == BOOKS


def test_a_year_has_something_of_everything() -> None:
    events = calendar.events(seed="perene-demo-2026", customers=300, months=12)
    kinds: Counter[Any] = Counter(type(event).__name__ for event in events)
    assert kinds == {"Join": 332, "Change": 30, "Cancel": 41, "Campaign": 6, "Damage": 1}
    agreements = [event.agreement for event in events if isinstance(event, calendar.Join)]
    assert {each.billing_method for each in agreements} == {"grouped", "one_per_charge", "none"}
    assert {(each.term_kind, each.term_months) for each in agreements} == {
        ("open", None), ("renewing", 12), ("fixed", 12), ("fixed", 6),
    }  # fmt: skip
    assert {each.payment_method for each in agreements} == {"boleto", "pix", "pix_automatico", "card"}
    assert len({each.person.place.city for each in agreements}) == 5
    assert [event.on for event in events] == sorted(event.on for event in events)
    assert events == calendar.events(seed="perene-demo-2026", customers=300, months=12)
    assert events != calendar.events(seed="another", customers=300, months=12)


def test_people_have_documents_that_are_valid_and_their_own() -> None:
    events = calendar.events(seed="perene-demo-2026", customers=300, months=12)
    people = {event.agreement.person for event in events if isinstance(event, calendar.Join)}
    assert len({person.document for person in people}) == len({person.name for person in people}) == 300
    for person in people:
        assert documents.parse(person.document).kind == ("cnpj" if person.is_company else "cpf")


def test_check_digits_of_known_documents() -> None:
    assert cpf("529982247") == "52998224725"
    assert cnpj("112223330001") == "11222333000181"
    assert cnpj("12ABC34501DE") == "12ABC34501DE35"
