"""Lists: pages by cursor, filters in the address, CSV of exactly what is filtered, and a bounded number of queries."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from perene.apps.billing.models import Invoice
from perene.apps.contracts.models import Contract
from perene.apps.customers.models import Customer
from perene.kit import tenancy
from tests import factories
from tests.ground import Database
from tests.interfaces.backoffice import world

MANY = 130
OWNER = "dona@muitos.example.com"


@pytest.fixture(scope="module")
def many(module_database: Database) -> int:
    """An organization with 130 customers, contracts and invoices."""
    organization_id = factories.organization("Provedor de Muitos", owner_email=OWNER)
    with tenancy.organization(organization_id):
        world.more_invoices(MANY)
    return organization_id


@pytest.fixture
def client(many: int) -> Client:
    return world.signed_in(OWNER)


def numbers(body: str) -> list[int]:
    return [
        int(found.replace(".", ""))
        for found in re.findall(r'class="table__main" href="[^"]+">([\d.]+)<', body)
    ]


def names(body: str) -> list[str]:
    return re.findall(r'class="table__main" href="[^"]+">(Cliente \d+)<', body)


def link(body: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', body)
    return found[1].replace("&amp;", "&") if found else None


def walk(client: Client, path: str, read) -> list[list]:
    """Every page from the first to the last."""
    pages, query = [], ""
    while query is not None:
        body = client.get(path + query).content.decode()
        pages.append(read(body))
        query = link(body, "next")
    return pages


@pytest.mark.parametrize("sort", ["", "number", "-number", "due_on", "-due_on", "total", "-issued_on"])
def test_pages_hold_every_invoice_once_and_in_order(client: Client, many: int, sort: str) -> None:
    separator = f"?sort={sort}" if sort else "?"
    first = client.get(f"/faturas{separator}").content.decode()
    pages = [numbers(first)]
    body = first
    while (query := link(body, "next")) is not None:
        body = client.get("/faturas" + query).content.decode()
        pages.append(numbers(body))
    assert [len(page) for page in pages] == [50, 50, 30]
    with tenancy.organization(many):
        field = {"": "-number", "number": "number", "-number": "-number", "due_on": "due_on", "-due_on": "-due_on",
                 "total": "total_cents", "-issued_on": "-issued_on"}[sort]  # fmt: skip
        tie = "-number" if field.startswith("-") else "number"
        expected = list(Invoice.objects.order_by(field, tie).values_list("number", flat=True))
    assert [number for page in pages for number in page] == expected
    # And back again: the page before the last is the one we came from.
    assert numbers(client.get("/faturas" + link(body, "prev")).content.decode()) == pages[1]
    assert link(first, "prev") is None


def test_customers_are_sorted_as_portuguese_does(client: Client, many: int) -> None:
    with tenancy.organization(many):
        made = [
            factories.customer(name) for name in ("Érica Zimmer", "Ester Alves", "eduardo lima", "Àngel Puig")
        ]
        for id, text in zip(made, ("erica zimmer", "ester alves", "eduardo lima", "angel puig"), strict=True):
            Customer.objects.filter(id=id).update(search_text=f"{text} {factories.CPF}")
    body = client.get("/clientes?sort=-name").content.decode()
    shown = re.findall(r">(Érica Zimmer|Ester Alves|eduardo lima|Àngel Puig)<", body)
    assert shown == ["Ester Alves", "Érica Zimmer", "eduardo lima"]
    with tenancy.organization(many):
        assert Customer.objects.filter(search_text__startswith="e").count() == 3
        assert client.get("/clientes?q=erica").content.decode().count("Érica Zimmer") == 1
        assert client.get("/clientes?q=%C3%89RICA+zim").content.decode().count("Érica Zimmer") == 1


@pytest.mark.parametrize("cursor", ["abc", "W10", "WyJ4Il0", "WzEsMl0", "bnVsbA", "WyIyMDI2LTk5LTk5IiwgMV0"])
@pytest.mark.parametrize("path", ["/faturas", "/faturas?sort=due_on", "/clientes", "/contratos"])
def test_a_cursor_that_is_none_shows_the_first_page(client: Client, path: str, cursor: str) -> None:
    mark = "&" if "?" in path else "?"
    answer = client.get(f"{path}{mark}after={cursor}")
    assert answer.status_code == 200
    assert "Mostrando 50 de 13" in answer.content.decode()


def test_unknown_values_in_the_address_filter_nothing(client: Client) -> None:
    for query in ("sort=password", "state=weird", "method=gold", "unit=5", "page=9"):
        assert "Mostrando 50 de 130" in client.get(f"/faturas?{query}").content.decode()


def test_a_date_that_is_none_is_said_beside_its_field(client: Client) -> None:
    body = client.get("/faturas?since=31/02/2026").content.decode()
    assert "Escreva a data como dd/mm/aaaa." in body
    assert 'value="31/02/2026"' in body
    assert "Mostrando 50 de 130" in body


def test_filters_narrow_and_say_so(client: Client, many: int) -> None:
    body = client.get("/faturas?since=10/01/2026&until=12/01/2026&state=open").content.decode()
    with tenancy.organization(many):
        due = Invoice.objects.filter(due_on__gte="2026-01-10", due_on__lte="2026-01-12")
        expected = sorted(due.values_list("number", flat=True), reverse=True)
    assert numbers(body) == expected
    assert len(expected) == 15
    assert "Vence de: 10/01/2026" in body
    assert (
        numbers(client.get("/faturas?q=1.2").content.decode())[-1] == 12
    )  # as written on the invoice, with its dot
    assert expected[0] in numbers(client.get(f"/faturas?q={expected[0]}").content.decode())
    assert "Nada corresponde a estes filtros" in client.get("/faturas?q=zzzz").content.decode()


@pytest.mark.parametrize("query", ["", "?since=10/01/2026&until=12/01/2026&sort=due_on", "?q=Cliente+0007"])
def test_the_csv_is_exactly_what_is_filtered(client: Client, query: str) -> None:
    shown = (
        [number for page in walk(client, f"/faturas{query}", numbers) for number in page]
        if not query
        else None
    )
    answer = client.get(f"/faturas.csv{query}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeffFatura;Cliente;CPF/CNPJ;")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    if shown is None:
        shown = numbers(client.get(f"/faturas{query}").content.decode())
    assert [int(row[0]) for row in rows[1:]] == shown
    assert {row[-1] for row in rows[1:]} == {"50,00"}


def test_a_spreadsheet_runs_no_formula_of_a_customer(many: int) -> None:
    client = world.signed_in(OWNER)
    with tenancy.organization(many):
        factories.customer("=HYPERLINK(1)")
    text = b"".join(client.get("/clientes.csv?q=hyperlink").streaming_content).decode()
    assert "\r\n'=HYPERLINK(1);52998224725;" in text


PAGES = ["/", "/clientes", "/contratos?state=all", "/faturas", "/execucoes?state=all", "/retidos", "/lancamentos",
         "/balancete", "/planos", "/itens", "/pessoas", "/auditoria", "/busca?q=cliente"]  # fmt: skip


def test_pages_ask_as_much_for_200_rows_as_for_10(database: Database) -> None:
    organization_id = factories.organization("Provedor", owner_email="dona@cresce.example.com")
    with tenancy.organization(organization_id):
        world.more_invoices(10)
    client = world.signed_in("dona@cresce.example.com")
    few = {path: _queries(client, path) for path in [*PAGES, *_single(organization_id)]}
    with tenancy.organization(organization_id):
        world.more_invoices(190)
    many = {path: _queries(client, path) for path in [*PAGES, *_single(organization_id)]}
    assert list(many.values()) == list(few.values())
    assert max(many.values()) <= 30


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(asked)


def _single(organization_id: int) -> list[str]:
    """One page of each kind of thing, always the same things."""
    with tenancy.organization(organization_id):
        contract = Contract.objects.earliest("number")
        invoice = Invoice.objects.get(contract=contract)
    return [f"/clientes/{contract.customer_id}", f"/contratos/{contract.id}", f"/faturas/{invoice.id}",
            f"/lancamentos/{invoice.entry_id}", f"/execucoes/{invoice.run_id}"]  # fmt: skip
