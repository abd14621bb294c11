"""Moving in on the screen: tried first, stored by a second press, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from perene.apps.customers.models import Customer
from perene.apps.receivables.models import Credit, Receivable
from perene.kit import tenancy
from perene.reports import trial_balance, verification
from tests.interfaces.backoffice import world
from tests.interfaces.backoffice.world import World

HEADER = "external_id;customer_external_id;due_on;amount;payment_method;description;unit_code\n"
GOOD = HEADER + "A1;C1;2025-11-10;150.00;boleto;Novembro;\nA2;C1;2025-12-10;99.90;pix;Dezembro;MATRIZ\n"
BAD = (
    HEADER
    + "A1;C9;2025-11-10;150.00;boleto;;\nA1;C1;2025-13-10;1;boleto;;\nA3;C1;2025-11-10;-5.00;cheque;;XX\n"
)


@pytest.fixture
def clerk(living: World) -> Client:
    with tenancy.organization(living.organization_id):
        Customer.objects.filter(id=living.here.customer_id).update(external_id="C1")
    return world.signed_in("finance@aqui.example.com")


def upload(clerk: Client, text: str, kind: str = "receivables") -> Any:
    file = SimpleUploadedFile("abertos.csv", text.encode(), content_type="text/csv")
    return clerk.post("/mudanca", {"kind": kind, "file": file, "do": "try"})


def test_it_is_tried_first_and_stored_once(living: World, clerk: Client) -> None:
    tried = upload(clerk, GOOD)
    assert tried.status_code == 200
    assert "249,90" in tried.content.decode()
    with tenancy.organization(living.organization_id):
        assert not Receivable.objects.filter(origin="opening").exists()
    for _ in range(2):
        stored = clerk.post("/mudanca", {"kind": "receivables", "text": GOOD, "do": "store"})
        assert stored.status_code == 302
    with tenancy.organization(living.organization_id):
        rows = Receivable.objects.filter(origin="opening").order_by("external_id")
        assert [(row.external_id, row.open_cents, row.unit.code, row.customer_id) for row in rows] == [
            ("A1", 150_00, "SUL", living.here.customer_id),
            ("A2", 99_90, "MATRIZ", living.here.customer_id),
        ]
        opening = [
            row for row in trial_balance.between(world.BILLED_ON, world.BILLED_ON).rows if row.code == "2.9.1.01"
        ]  # fmt: skip
        assert [row.closing_cents for row in opening] == [-249_90]
        assert verification.verify() == []


def test_credits_too(living: World, clerk: Client) -> None:
    text = "external_id,customer_external_id,granted_on,amount,description,unit_code\nK1,C1,2025-12-01,20.00,Sobra,\n"
    assert upload(clerk, text, "credits").status_code == 200
    clerk.post("/mudanca", {"kind": "credits", "text": text, "do": "store"})
    with tenancy.organization(living.organization_id):
        assert Credit.objects.get(customer_id=living.here.customer_id).open_cents == 20_00


def test_every_problem_of_the_file_is_told_and_nothing_stored(living: World, clerk: Client) -> None:
    refused = upload(clerk, BAD)
    assert refused.status_code == 422
    body = refused.content.decode()
    for told in ("C9", "2025-13-10", "cheque", "XX", "maior que zero"):
        assert told in body
    assert upload(clerk, "outra coisa\n").status_code == 422
    assert clerk.post("/mudanca", {"kind": "receivables", "do": "try"}).status_code == 422
    with tenancy.organization(living.organization_id):
        assert not Receivable.objects.filter(origin="opening").exists()


def test_who_is_limited_to_a_unit_moves_nothing_in(living: World) -> None:
    assert world.signed_in(World.limited).get("/mudanca").status_code == 403
    assert world.signed_in("auditor@aqui.example.com").post("/mudanca", {}).status_code == 403
