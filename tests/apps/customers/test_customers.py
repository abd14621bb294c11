"""Customers: documents, ways to reach them, addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perene.actions import customers
from perene.apps.customers import customers as customers_app
from perene.apps.customers.customers import ContactContent, CustomerContent
from perene.apps.customers.models import Contact, Customer
from perene.apps.organizations import organizations
from tests.ground import Database
from tests.stories.unchanged import refused

JOAO = CustomerContent(
    name="  João  da Conceição ",
    document="529.982.247-25",
    external_id="C-1",
    contacts=(
        ContactContent("email", "Joao@Example.com"),
        ContactContent("phone", "(11) 91234-5678", "casa"),
        ContactContent("email", "contas@example.com"),
        ContactContent("whatsapp", "+55 11 91234-5678"),
    ),
    street="Rua das Acácias",
    street_number="12",
    city="São José dos Campos",
    state="sp",
    postal_code="12345-678",
)


def test_a_customer_is_kept_in_one_form(provider: int) -> None:
    kept = Customer.objects.get(id=customers.create(JOAO))
    assert (kept.name, kept.document, kept.document_kind) == ("João da Conceição", "52998224725", "cpf")
    assert (kept.city, kept.state, kept.postal_code) == ("São José dos Campos", "SP", "12345678")
    assert kept.search_text == "joao da conceicao 52998224725 c-1"
    assert kept.unit_id == organizations.first_unit().id
    assert list(Contact.objects.order_by("id").values_list("kind", "value", "label", "is_main")) == [
        ("email", "joao@example.com", "", True),
        ("phone", "+5511912345678", "casa", True),
        ("email", "contas@example.com", "", False),
        ("whatsapp", "+5511912345678", "", True),
    ]


@pytest.mark.parametrize(
    ("document", "kind", "digits"),
    [
        ("11.222.333/0001-81", "cnpj", "11222333000181"),
        ("12.abc.345/01de-35", "cnpj", "12ABC34501DE35"),
        ("52998224725", "cpf", "52998224725"),
    ],
)
def test_documents_of_people_and_companies(provider: int, document: str, kind: str, digits: str) -> None:
    kept = Customer.objects.get(id=customers.create(CustomerContent(name="Aurora", document=document)))
    assert (kept.document_kind, kept.document) == (kind, digits)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({"name": "  "}, "customer_name_missing"),
        ({"name": "x" * 201}, "text_too_long"),
        ({"name": "Ana\x00"}, "text_not_printable"),
        ({"document": "529.982.247-26"}, "invalid_document"),
        ({"document": "111.111.111-11"}, "invalid_document"),
        ({"document": "12.ABC.345/01DE-36"}, "invalid_document"),
        ({"document": ""}, "invalid_document"),
        ({"state": "XX"}, "unknown_state"),
        ({"postal_code": "1234"}, "invalid_postal_code"),
        ({"unit_code": "LUA"}, "unknown_unit"),
        ({"contacts": (ContactContent("email", "ana@"),)}, "invalid_email"),
        ({"contacts": (ContactContent("phone", "12"),)}, "invalid_phone"),
        ({"contacts": (ContactContent("phone", "ligue"),)}, "invalid_phone"),
        ({"contacts": (ContactContent("fax", "1191234-5678"),)}, "contact_kind_unknown"),
        (
            {"contacts": (ContactContent("email", "a@b.com"), ContactContent("email", "A@B.com"))},
            "contact_twice",
        ),
    ],
)
def test_a_customer_that_cannot_be(provider: int, database: Database, says: dict[str, Any], why: str) -> None:
    with refused(database, why):
        customers.create(replace(JOAO, **says))


def test_an_external_id_belongs_to_one_customer(provider: int, database: Database) -> None:
    customers.create(JOAO)
    with refused(database, "customer_external_id_taken", external_id="C-1"):
        customers.create(replace(JOAO, name="Outro"))
    for _ in range(2):  # none is no id
        customers.create(replace(JOAO, external_id=None))
    assert Customer.objects.count() == 3


def test_an_edit_says_everything_anew(provider: int, database: Database) -> None:
    customer_id = customers.create(JOAO)
    said = customers_app.read(Customer.objects.get(id=customer_id))
    assert [contact.value for contact in said.contacts] == [
        "joao@example.com",
        "+5511912345678",
        "+5511912345678",
        "contas@example.com",
    ]
    customers.edit(
        customer_id,
        replace(
            said,
            name="João da Silva",
            contacts=(ContactContent("email", "contas@example.com"), ContactContent("phone", "1133334444")),
        ),
    )
    kept = Customer.objects.get(id=customer_id)
    assert (kept.name, kept.city) == ("João da Silva", "São José dos Campos")
    assert kept.search_text == "joao da silva 52998224725 c-1"
    assert set(Contact.objects.values_list("kind", "value", "is_main")) == {
        ("email", "contas@example.com", True),
        ("phone", "+551133334444", True),
    }
    with refused(database, "invalid_document"):
        customers.edit(customer_id, replace(said, document="1"))
